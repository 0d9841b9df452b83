"""What the pages of subsidies say, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import (
    Invoice,
    SubsidyAdmission,
    SubsidyGrant,
    SubsidyItem,
    SubsidyProgramme,
    SubsidyRules,
    SubsidySettlement,
)
from billing.queries import SubsidyStanding, subsidy_of, with_answers
from billing.rules.subsidy_states import Status, moves_for
from billing.rules.subsidy_terms import Mode, Step
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.rules.pricing.words import LINES
from marketplace.shared.money import Money

KINDS = {
    Status.DRAFTED: "idle",
    Status.SUBMITTED: "info",
    Status.CONFIRMED: "run",
    Status.PAID: "run",
    Status.HANDED_ON: "off",
    Status.DROPPED: "off",
}
STEPS = {
    Step.BASE: gettext_lazy("Eligible amount of the invoice with its notes"),
    Step.RATE: gettext_lazy("The rate of it, rounded to the fen"),
    Step.LEAST: gettext_lazy("The same, or nothing if it is below the least subsidy"),
    Step.CAP: gettext_lazy("Left of your cap of the year, before this"),
    Step.BUDGET: gettext_lazy("Left of the budget, before this"),
    Step.BORNE: gettext_lazy("Borne of the invoice before this"),
    Step.THIS: gettext_lazy("This adds"),
}
STANDING = (
    ("budget_minor", gettext_lazy("Budget in all")),
    ("granted_minor", gettext_lazy("Granted of invoices")),
    ("asked_minor", gettext_lazy("Of that asked of the authority")),
    ("refused_minor", gettext_lazy("Not confirmed")),
    ("paid_minor", gettext_lazy("Paid by the authority")),
    ("left_minor", gettext_lazy("Left of the budget")),
)


def yuan(minor: int) -> Money:
    """Return fen as money; subsidies are in yuan."""
    return Money(minor, "CNY")


def rules_words(rules: SubsidyRules) -> dict[str, Any]:
    """Return what a page shows of a version of the terms."""
    cap = rules.lessee_cap_minor
    who = [*rules.regions, *rules.industries, *(OrganizationKind(kind).label for kind in rules.kinds)]
    what = [*rules.categories, *(_(LINES[kind]) for kind in rules.components)]
    return {
        "rules": rules,
        "cap": None if cap is None else yuan(cap),
        "least": yuan(rules.least_minor),
        "who": who,
        "what": what,
    }


def standing_words(standing: SubsidyStanding) -> list[tuple[Any, Money]]:
    """Return how a programme stands, for its operator."""
    return [(label, yuan(getattr(standing, name))) for name, label in STANDING]


def programme_words(programme: SubsidyProgramme) -> dict[str, Any]:
    """Return what everybody is shown of a programme."""
    rules = sorted(programme.rules.all(), key=lambda one: -one.number)
    return {
        "programme": programme,
        "budget": yuan(programme.budget_minor),
        "rules": [rules_words(one) for one in rules],
    }


def grant_words(one: SubsidyGrant, *, runs: bool) -> dict[str, Any]:
    """Return what a page shows of a grant ``with_answers``; what is left of the budget is the operator's."""
    return {
        "one": one,
        "number": str(one.invoice),
        "base": yuan(one.base_minor),
        "amount": one.amount,
        "state": _state(one),
        "steps": [
            (STEPS[Step(row["step"])], None if row["minor"] is None else yuan(row["minor"]))
            for row in one.steps
            if runs or row["step"] != Step.BUDGET
        ],
    }


def _state(one: Any) -> Any:
    if one.refused_minor:
        refused = f"{yuan(one.refused_minor).amount:,f}"
        return _("{amount} yuan not confirmed: {reason}").format(amount=refused, reason=one.refused_for)
    return SubsidySettlement.State(one.asked).label if one.asked else _("Not asked for yet")


def settlement_words(found: SubsidySettlement) -> dict[str, Any]:
    """Return what a list shows of a settlement."""
    confirmed = found.confirmed_minor
    return {
        "settlement": found,
        "state": found.get_status_display(),
        "kind": KINDS[Status(found.status)],
        "total": yuan(found.total_minor),
        "confirmed": None if confirmed is None else yuan(confirmed),
        "moves": [str(one) for one in moves_for(Status(found.status), Mode(found.programme.mode))],
    }


def settlement_cells(found: SubsidySettlement) -> list[object]:
    """Return a settlement as a row of a file."""
    row = settlement_words(found)
    confirmed = None if row["confirmed"] is None else row["confirmed"].amount
    return [f"{found.month:%Y-%m}", row["state"], row["total"].amount, confirmed]


def admission_cells(one: SubsidyAdmission) -> list[object]:
    """Return an admitted company as a row of a file."""
    return [str(one.lessee), one.admitted_on, one.ended_on]


def item_words(item: SubsidyItem) -> dict[str, Any]:
    """Return what a page shows of an item."""
    confirmed = item.confirmed_minor
    return {
        "item": item,
        "number": str(item.grant.invoice),
        "amount": yuan(item.amount_minor),
        "confirmed": None if confirmed is None else yuan(confirmed),
    }


def events(found: SubsidySettlement) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first."""
    return [
        {
            "at": step.occurred_at,
            "who": step.organization_name,
            "what": step.get_move_display(),
            "why": step.reason,
            "kind": KINDS[Status(step.status_after)],
        }
        for step in found.steps.order_by("-position")
    ]


def on_invoice(shown: Invoice, within: Organization, by: User, *, billed_minor: int) -> dict[str, Any] | None:
    """
    Return what the page of an invoice says of a subsidy: steps to its lessee and the operator.

    Its seller is told how much another pays of what is prepaid, and nothing of what a lessee claims.
    ``billed_minor`` is what is billed with all notes, in fen.
    """
    grants: list[Any] = list(with_answers(subsidy_of(shown)).select_related("programme", "invoice"))
    if not grants:
        return None
    programme = grants[0].programme
    runs = within.pk == programme.operator_id and allowed(by, Permission.SUBSIDY_MANAGE, within=within)
    prepaid = programme.mode == Mode.PREPAID
    inside = runs or within.pk == shown.buyer_id
    if not inside and not (prepaid and within.pk == shown.seller_id):
        return None
    refused = sum(one.refused_minor for one in grants)
    borne = sum(one.amount_minor for one in grants) - refused
    return {
        "programme": programme if inside else None,
        "borne": yuan(borne),
        "refused": yuan(refused) if refused else None,
        "prepaid": prepaid,
        "rest": yuan(billed_minor - borne),
        "grants": [grant_words(one, runs=runs) for one in grants] if inside else [],
    }
