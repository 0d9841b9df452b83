"""What pages say of acceptance bills, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from billing.payments.models import AcceptanceBill, Allocation
from billing.payments.rules.bill_states import State
from marketplace.models import Organization
from marketplace.shared.money import Money

LOOKS = {
    State.PROPOSED: "idle",
    State.HELD: "info",
    State.PRESENTED: "info",
    State.HONOURED: "run",
    State.DISHONOURED: "fault",
    State.RETURNED: "fault",
    State.DROPPED: "off",
}


def columns() -> list[str]:
    """Return the heads of the table of bills."""
    return [
        _("Bill number"),
        _("Part of a split bill"),
        _("Kind"),
        _("Given by"),
        _("Drawer"),
        _("Acceptor"),
        _("Amount"),
        _("Received on"),
        _("Bill due on"),
        _("State"),
    ]


def cells(bill: AcceptanceBill) -> list[Any]:
    """Return a bill as a row of a file."""
    return [
        bill.number,
        bill.part,
        bill.get_kind_display(),
        bill.payer.name,
        bill.drawer,
        bill.acceptor,
        bill.amount.amount,
        bill.received_on,
        bill.due_on,
        bill.get_state_display(),
    ]


def row(bill: AcceptanceBill) -> dict[str, Any]:
    """Return a bill as pages show it."""
    return {"bill": bill, "amount": bill.amount, "look": LOOKS[State(bill.state)]}


def paid(one: Allocation, within: Organization, *, is_keeper: bool) -> dict[str, Any]:
    """
    Return what a bill paid of an invoice; what was taken back is negative.

    Who gave the bill reads no name of another company's invoice.
    """
    named = one.invoice if is_keeper or one.invoice.buyer_id == within.pk else None
    return {"invoice": named, "amount": Money(one.amount_minor, one.currency), "on": one.made_at}


def history(bill: AcceptanceBill) -> list[dict[str, Any]]:
    """Return what happened to a bill, the newest first."""
    return [
        {"at": step.occurred_at, "who": step.actor_name, "what": step.get_move_display(), "why": step.reason}
        for step in bill.steps.order_by("-position")
    ]
