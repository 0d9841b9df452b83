"""What the pages of risk funds say, in the reader's language."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from billing.models import Fund, FundClaim, FundRules, FundTransfer
from billing.models.funds import CollectionKind
from billing.queries import Standing
from billing.rules.fund_states import MAY_MOVE, Payment, Side, Status, moves_for, told_to
from billing.rules.fund_terms import Rung
from marketplace.models import Organization
from marketplace.shared.money import Money

KINDS = {
    Status.CLAIMED: "info",
    Status.REVIEWED: "idle",
    Status.APPROVED: "run",
    Status.PAID: "run",
    Status.SETTLED: "off",
    Status.REJECTED: "fault",
    Status.WITHDRAWN: "off",
}
STAGES = {"PROPOSED": "idle", "CONFIRMED": "run", "DROPPED": "off"}
RUNGS = {
    Rung.OPEN_RENT: gettext_lazy("Open rent, VAT included"),
    Rung.DEPOSIT: gettext_lazy("Less the deposit: the loss"),
    Rung.COVER: gettext_lazy("Share that is covered"),
    Rung.LESSEE_CAP: gettext_lazy("Left of the year's cap for the lessee"),
    Rung.OWNER_CAP: gettext_lazy("Left of the year's cap for the owner"),
    Rung.YEAR_CAP: gettext_lazy("Left of the year's cap in all"),
    Rung.BALANCE: gettext_lazy("Free on the fund's account"),
}
STANDING = (
    ("balance_minor", gettext_lazy("On the fund's account")),
    ("promised_minor", gettext_lazy("Of that promised to claims")),
    ("owners_minor", gettext_lazy("Of that owed to owners")),
    ("free_minor", gettext_lazy("Free")),
    ("due_minor", gettext_lazy("Contributions to be paid over")),
    ("claims_minor", gettext_lazy("Paid for claims")),
    ("recovered_minor", gettext_lazy("Recovered for the fund")),
)


def yuan(minor: int) -> Money:
    """Return fen as money; funds are in yuan."""
    return Money(minor, "CNY")


def rules_words(rules: FundRules) -> dict[str, Any]:
    """Return what a page shows of a version of the rules."""
    caps = (rules.lessee_cap_minor, rules.owner_cap_minor, rules.year_cap_minor)
    return {
        "rules": rules,
        "caps": [None if cap is None else yuan(cap) for cap in caps],
        "floor": yuan(rules.floor_minor),
        "steps": [CollectionKind(step).label for step in rules.steps],
    }


def standing_words(standing: Standing) -> list[tuple[Any, Money]]:
    """Return how a fund stands, for its administrator."""
    return [(label, yuan(getattr(standing, name))) for name, label in STANDING]


def transfer_words(transfer: FundTransfer) -> dict[str, Any]:
    """Return what a page shows of a payment."""
    waits = transfer.stage == FundTransfer.Stage.PROPOSED
    return {
        "one": transfer,
        "money": yuan(transfer.amount_minor),
        "kind": STAGES[transfer.stage],
        "waits": waits,
    }


def claim_words(claim: FundClaim, within: Organization, *, whole: bool = False) -> dict[str, Any]:
    """Return what a list shows of a claim to its owner or the fund, and what its page shows beside."""
    status = Status(claim.status)
    words: dict[str, Any] = {
        "claim": claim,
        "number": str(claim.invoice),
        "owner": claim.owner.name,
        "lessee": claim.lessee.name,
        "state": claim.get_status_display(),
        "kind": KINDS[status],
        "amount": claim.amount,
        "taken_over": yuan(claim.taken_over_minor),
    }
    if not whole:
        return words
    side = Side.OWNER if within.pk == claim.owner_id else Side.FUND
    return words | {
        "side": str(side),
        "moves": moves_for(side, status),
        "pays": payments_for(claim) if side is Side.FUND else [],
        "rungs": [_rung(row) for row in told_to(side, claim.waterfall)],
        "taken": [
            (CollectionKind(one["kind"]).label, one | {"done_on": date.fromisoformat(one["done_on"])})
            for one in claim.collection
        ],
        "deposit": yuan(claim.deposit_minor),
        "transfers": [transfer_words(one) for one in claim.transfers_told_to(side)],
        "recovered": [
            yuan(one)
            for one in (claim.recovered_minor, claim.fund_recovered_minor, claim.owner_recovered_minor)
        ],
        "events": _events(claim),
    }


def payments_for(claim: FundClaim) -> list[str]:
    """Return what may move for a claim now."""
    return [str(kind) for kind, states in MAY_MOVE.items() if Status(claim.status) in states]


def next_payment(claim: FundClaim) -> dict[str, Any]:
    """Return what the form of a payment says before anybody typed."""
    kinds = payments_for(claim)
    fixed = {str(Payment.CLAIM_PAID), str(Payment.OWNER_PAID)}
    return {"kind": kinds[0], "amount": claim.amount.amount} if kinds and kinds[0] in fixed else {}


def claim_cells(claim: FundClaim, within: Organization) -> list[object]:
    """Return the row of a claim in the file of a list."""
    row = claim_words(claim, within)
    named = [row[name] for name in ("number", "owner", "lessee", "state")]
    return [*named, row["amount"].amount, row["taken_over"].amount]


def fund_words(fund: Fund, within: Organization) -> dict[str, Any]:
    """Return what a list shows of a fund."""
    rules = sorted(fund.rules.all(), key=lambda one: -one.number)
    return {
        "fund": fund,
        "administrator": fund.administrator.name,
        "rules": [rules_words(one) for one in rules],
        "takes_part": any(
            one.owner_id == within.pk and one.left_at is None for one in fund.memberships.all()
        ),
    }


def _rung(row: dict[str, Any]) -> dict[str, Any]:
    limit = row["limit_minor"]
    shown = None if limit is None else yuan(limit)
    return {"label": RUNGS[Rung(row["rung"])], "limit": shown, "left": yuan(row["left_minor"])}


def _events(claim: FundClaim) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first; who acted is named by its organization alone."""
    return [
        {
            "at": step.occurred_at,
            "who": step.organization_name,
            "what": step.get_move_display(),
            "why": step.reason,
            "kind": KINDS[Status(step.status_after)],
        }
        for step in claim.steps.order_by("-position")
    ]
