"""Decide what is held: each side says what it thinks; what both say counts, else the contract's rule."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import borders, window_sets
from billing.models import ReviewDecision, ReviewItem, Watermark
from billing.rules.reviews import Verdict, outcome
from leasing.models import LeaseUnit
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

OUTCOME = {Verdict.BILL: ReviewItem.Outcome.BILLED, Verdict.DROP: ReviewItem.Outcome.DROPPED}
LONGEST_REASON = 500


class NotASide(NotAllowed):
    """Only the two sides of the lease decide."""

    code = "not_a_side_of_the_lease"
    text = gettext_noop("Only the lessor and the lessee of {lease} decide this.")


class ReviewClosed(NotPossible):
    """The item is decided, or late readings have overtaken it."""

    code = "review_closed"
    text = gettext_noop("This is not open any more: {outcome}.")


class ReasonMissing(Invalid):
    """A decision gives a reason, which the other side reads."""

    code = "review_reason_missing"
    text = gettext_noop("Give a reason in at most {most} characters; the other side reads it.")


@transaction.atomic
def decide(
    *, item: ReviewItem, within: Organization, verdict: Verdict, reason: str, by: User, at: datetime
) -> ReviewItem:
    """
    Say for one side whether what is held counts; the last word of a side stands until both agree.

    When both say the same, the held quantity is billed or dropped: a new version of its day is written.

    :raises MissingRight: if ``by`` may not operate leases of ``within``
    :raises NotASide: if ``within`` is not a side of the lease
    :raises ReviewClosed: if the item is not open any more
    :raises ReasonMissing: if there is no reason, or it is too long
    """
    require(by, Permission.LEASE_OPERATE, within=within)
    unit, item = _locked(item)
    lease = unit.lease
    sides = {lease.lessor_id: ReviewDecision.Side.LESSOR, lease.lessee_id: ReviewDecision.Side.LESSEE}
    if within.pk not in sides:
        raise NotASide(lease=lease.number)
    if item.outcome != ReviewItem.Outcome.WAITING:
        raise ReviewClosed(outcome=item.get_outcome_display())
    reason = reason.replace("\x00", "").strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        flaw = Flaw("/reason", ReasonMissing.code, ReasonMissing.text, {"most": LONGEST_REASON})
        raise ReasonMissing(flaws=[flaw], most=LONGEST_REASON)
    side = sides[within.pk]
    ReviewDecision.objects.create(item=item, side=side, verdict=verdict, reason=reason, by=by, at=at)
    audit.record(
        by=by,
        action="review.decide",
        subject=item.public_id,
        at=at,
        within=within,
        side=side.value,
        verdict=verdict.value,
        reason=reason,
    )
    agreed = outcome(Verdict(one.verdict) for one in item.said().values())
    if agreed is not None:
        _settle(unit, item, agreed, by=by, at=at)
    return item


@transaction.atomic
def close_due(*, item: ReviewItem, by: User, at: datetime) -> ReviewItem:
    """
    Let the contract's rule decide an item whose time is over: what is not agreed is not billed.

    Doing it early or twice changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    """
    require(by, Permission.INVOICE_RUN, within=item.unit.lease.lessor)
    unit, item = _locked(item)
    if item.outcome == ReviewItem.Outcome.WAITING and item.deadline <= at:
        _settle(unit, item, Verdict.DROP, by=by, at=at, by_rule=True)
    return item


def _locked(item: ReviewItem) -> tuple[LeaseUnit, ReviewItem]:
    """Lock the unit, as metering does, with those on the other side of its border, then the item."""
    at_border = item.unit_id, *(other.unit_id for other in _others(item))
    units = LeaseUnit.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    locked = list(units.select_related("lease__lessor", "lease__lessee").filter(pk__in=at_border))
    unit = next(one for one in locked if one.pk == item.unit_id)
    return unit, ReviewItem.objects.locked().select_related("device").get(pk=item.pk)


def _others(item: ReviewItem) -> list[ReviewItem]:
    """Return the items on the other side of the border for the same growth."""
    if item.reason != ReviewItem.Reason.EDGE:
        return []
    others = (
        borders.others_of(device=item.device, unit=item.unit, meter=item.meter, first=first, last=last)
        for first, last in borders.spans_of(item=item)
    )
    return [one for found in others for one in found]


def _settle(
    unit: LeaseUnit, item: ReviewItem, verdict: Verdict, *, by: User, at: datetime, by_rule: bool = False
) -> None:
    """Write an outcome down; growth over a border that counts on one side is dropped on the other."""
    others = _others(item) if verdict is Verdict.BILL else []
    if any(other.outcome == ReviewItem.Outcome.BILLED for other in others):
        verdict, by_rule, others = Verdict.DROP, True, []
    for other in others:
        if other.outcome == ReviewItem.Outcome.WAITING:
            _settle(other.unit, other, Verdict.DROP, by=by, at=at, by_rule=True)
    item.move(OUTCOME[verdict], at, by_rule=by_rule)
    mark = Watermark.objects.get(device=item.device, unit=unit)
    window_sets.compose(device=item.device, unit=unit, touched={item.local_day}, arrival=mark.arrival, at=at)
    audit.record(
        by=by,
        action="review.settle",
        subject=item.public_id,
        at=at,
        within=unit.lease.lessor,
        outcome=item.outcome,
        quantity=format(item.quantity.normalize(), "f"),
        by_rule=by_rule,
    )
