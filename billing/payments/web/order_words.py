"""What pages of payments say of orders, in the reader's language."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.payments.models import LineBooking, PaymentOrder, PayoutItem, Receipt
from billing.payments.rules.order_states import State
from billing.web.event_words import event_name
from marketplace.shared.money import Money

KINDS = {
    State.PROPOSED: "idle",
    State.APPROVED: "info",
    State.SENT: "info",
    State.DONE: "run",
    State.RETURNED: "fault",
    State.REJECTED: "fault",
    State.DROPPED: "off",
}


def columns() -> list[str]:
    """Return the heads of the table of orders."""
    return [_("Payment"), _("Kind"), _("Paid to"), _("Account"), _("Amount"), _("State"), _("Proposed on")]


def cells(order: PaymentOrder) -> list[Any]:
    """Return an order as a row of a file."""
    account = order.payee_account.number if order.payee_account else order.payee_reference
    state, kind = order.get_state_display(), order.get_kind_display()
    return [
        order.reference,
        kind,
        order.payee.name,
        account,
        order.amount.amount,
        state,
        order.made_at.date(),
    ]


def row(order: PaymentOrder) -> dict[str, Any]:
    """Return an order as pages show it."""
    account = order.payee_account
    return {
        "order": order,
        "kind": order.get_kind_display(),
        "state": order.get_state_display(),
        "look": KINDS[State(order.state)],
        "payee": order.payee.name,
        "account": account,
        "last": account.number[-4:] if account else order.payee_reference[-4:],
        "amount": order.amount,
    }


def item(one: PayoutItem, *, runs: bool) -> dict[str, Any]:
    """Return a line that a payout pays; what lowers it is negative."""
    line = one.line
    return {
        "name": event_name(line.journal.kind),
        "on": line.effective_date,
        "invoice": line.invoice,
        "lease": line.lease,
        "amount": Money(-line.amount_minor, line.currency),
        "books": reverse("book", args=[line.journal.book.code]) if runs else "",
    }


def history(order: PaymentOrder) -> list[dict[str, Any]]:
    """Return what happened to an order, the newest first."""
    return [
        {"at": step.occurred_at, "who": step.actor_name, "what": step.get_move_display(), "why": step.reason}
        for step in order.steps.order_by("-position")
    ]


def kind_of_receipt(receipt: Receipt, *, is_taken_back: bool = False) -> str:
    """Return how money came; of a bill how far it is, of a line that turned out to be something else that."""
    more = receipt.bill.get_state_display() if receipt.bill else ""
    if is_taken_back and not more:
        more = str(LineBooking.Kind.UNDO.label)
    return f"{receipt.get_source_display()} · {more}" if more else str(receipt.get_source_display())
