"""A plan is accepted by its digest and carried out, all of it in one transaction or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import annexes, leases, moves, orders
from leasing.models import Annex, Lease, PlanAcceptance, PlanAcceptedAnnex, PlanAcceptedLease
from leasing.queries import plan_inputs
from leasing.rules import proposals
from leasing.rules.annexes import Kind as Changed
from leasing.rules.plans import Inputs, Kind, Plan, Proposal
from marketplace.actions import admission, audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period, local_midnight

ANSWERED_IN = timedelta(days=7)


class PlanStale(NotPossible):
    """Orders, leases or offers have changed since the plan was made, or a new day has begun."""

    code = "plan_stale"
    text = gettext_noop(
        "Orders, leases, offers or the day have changed since this plan was made. Nothing was done. "
        "Look at the new one."
    )


class PlanAccepted(NotPossible):
    """The plan was accepted already; what came of it is recorded."""

    code = "plan_accepted"
    text = gettext_noop("This plan was accepted already, by {who}. Look at the new one.")


class ProposalUnknown(Invalid):
    """The plan does not propose this."""

    code = "proposal_unknown"
    text = gettext_noop("Choose proposals of this plan, each once.")


class ProposalByHand(NotPossible):
    """The proposal needs more than an acceptance: data terms to be read, or a lease to be looked at."""

    code = "proposal_by_hand"
    text = gettext_noop(
        "“{name}” is not carried out from here: do it on the page of the lease or of the offer."
    )


@atomic
def accept(
    *,
    organization: Organization,
    digest: str,
    keys: Sequence[str],
    by: User,
    at: datetime,
    note: str = "",
) -> PlanAcceptance:
    """
    Ask for the machines of some proposals of a plan, and propose to change the leases of the others.

    An extension and a return become annexes that the lessor accepts or declines.
    ``note`` is for the lessors.

    :raises MissingRight: if ``by`` may not request leases for ``organization``, or not change its leases
    :raises NotVerified: if the platform has not verified ``organization``, which signed up itself
    :raises PlanAccepted: if the plan was accepted before
    :raises PlanStale: if what it follows from has changed
    :raises ProposalUnknown: if nothing is chosen, or something that it does not propose
    :raises ProposalByHand: if one cannot be carried out from here
    :raises ListingNotOffered, RequestInvalid: as the request itself says
    :raises LeaseMoveRefused, NoticeWasGiven, AnnexInvalid: as the change itself says
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
    admission.require_verified(organization=organization)
    book = orders.lock(organization=organization)
    inputs = plan_inputs(organization, book, at=at)
    _check_current(organization, inputs, digest)
    chosen = _chosen(proposals.plan(inputs), keys)
    acceptance = PlanAcceptance.objects.create(
        organization=organization,
        turn=inputs.turn,
        digest=digest,
        inputs=inputs.document(),
        proposals=[_written(one) for one in chosen],
        accepted_by=by.public_id,
        accepted_by_name=by.name,
        accepted_at=at,
    )
    book.accepted += 1
    book.save(update_fields=["accepted"])
    asks = {"inputs": inputs, "organization": organization, "note": note, "by": by, "at": at}
    _change(acceptance, [one for one in chosen if one.kind is not Kind.ADD], **asks)
    _add(acceptance, [one for one in chosen if one.kind is Kind.ADD], **asks)
    audit.record(
        by=by,
        action="plan.accept",
        subject=acceptance.public_id,
        at=at,
        within=organization,
        digest=digest,
        proposals=[one.key for one in chosen],
    )
    return acceptance


def _check_current(organization: Organization, inputs: Inputs, digest: str) -> None:
    if inputs.digest() == digest:
        return
    before = PlanAcceptance.objects.of(organization).filter(digest=digest).first()
    if before is not None:
        raise PlanAccepted(who=before.accepted_by_name)
    raise PlanStale


def _chosen(plan: Plan, keys: Sequence[str]) -> list[Proposal]:
    """Return the proposals with these keys, in the order of the plan."""
    chosen = [one for one in plan.proposals if one.key in keys]
    if not chosen or len(chosen) != len(keys):
        raise ProposalUnknown
    for one in chosen:
        if one.by_hand:
            raise ProposalByHand(name=one.name)
    return chosen


def _change(acceptance: PlanAcceptance, chosen: Sequence[Proposal], **asks: Any) -> None:
    """Propose the changes of leases; machines are locked before any lease, in the order of every writer."""
    found = Lease.objects.filter(public_id__in=[one.subject for one in chosen])
    leased = {one.public_id: one for one in found.select_related("lessor", "lessee", "listing")}
    moves.lock_machines(leases=list(leased.values()))
    for one in sorted(chosen, key=lambda one: leased[one.subject].pk):
        annex = _propose(one, leased[one.subject], **asks)
        PlanAcceptedAnnex.objects.create(acceptance=acceptance, annex=annex, proposal=one.key)


def _propose(
    one: Proposal,
    lease: Lease,
    inputs: Inputs,
    organization: Organization,
    note: str,
    by: User,
    at: datetime,
) -> Annex:
    """Propose another end of one lease; the lessor has a week to answer, or until the nearer end."""
    extends = one.kind is Kind.EXTEND
    ends_at = local_midnight(one.ends if extends else one.starts, inputs.zone)
    return annexes.propose(
        lease=lease,
        kind=Changed.EXTEND if extends else Changed.SHORTEN,
        ends_at=ends_at,
        valid_until=min(at + ANSWERED_IN, lease.ends_at, ends_at),
        note=note,
        by=by,
        at=at,
        within=organization,
    )


def _add(acceptance: PlanAcceptance, chosen: Sequence[Proposal], **asks: Any) -> None:
    """Ask for the machines; listings are locked by rising number, as by whoever locks several."""
    found = Listing.objects.filter(public_id__in=[one.subject for one in chosen]).order_by("pk")
    listings = {one.public_id: one for one in found}
    for one in sorted(chosen, key=lambda one: (listings[one.subject].pk, one.key)):
        lease = _ask(one, listings[one.subject], **asks)
        PlanAcceptedLease.objects.create(acceptance=acceptance, lease=lease, proposal=one.key)


def _ask(
    one: Proposal,
    listing: Listing,
    inputs: Inputs,
    organization: Organization,
    note: str,
    by: User,
    at: datetime,
) -> Lease:
    """Ask for the machine of one proposal."""
    period = Period(local_midnight(one.starts, inputs.zone), local_midnight(one.ends, inputs.zone))
    return leases.request(
        listing=listing,
        lessee=organization,
        period=period,
        expected_usage=one.usage,
        note=note,
        by=by,
        at=at,
    )


def _written(one: Proposal) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": str(one.kind),
        "subject": one.subject,
        "name": one.name,
        "category": one.category,
        "starts": one.starts.isoformat(),
        "ends": one.ends.isoformat(),
        "hours": f"{one.hours:f}",
        "usage": {meter: f"{quantity:f}" for meter, quantity in one.usage.items()},
        "cost_minor": one.cost.minor,
        "currency": one.cost.currency,
        "reasons": [{"text": each.msgid, "facts": dict(each.facts)} for each in one.reasons],
    }
