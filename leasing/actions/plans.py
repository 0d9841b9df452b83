"""A plan is accepted by its digest and carried out, all of it in one transaction or nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from leasing.actions import leases, orders
from leasing.models import Lease, PlanAcceptance, PlanAcceptedLease
from leasing.queries import plan_inputs
from leasing.rules import proposals
from leasing.rules.plans import Inputs, Plan, Proposal
from marketplace.actions import audit
from marketplace.models import Listing, Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period, local_midnight


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
    """The proposal needs more than an acceptance: the other side's word, or data terms to be read."""

    code = "proposal_by_hand"
    text = gettext_noop(
        "“{name}” is not carried out from here: do it on the page of the lease or of the offer."
    )


@transaction.atomic
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
    Ask for the machines of some proposals of a plan, for their days and with their use.

    ``note`` is for the lessors.

    :raises MissingRight: if ``by`` may not request leases for ``organization``
    :raises PlanAccepted: if the plan was accepted before
    :raises PlanStale: if what it follows from has changed
    :raises ProposalUnknown: if nothing is chosen, or something that it does not propose
    :raises ProposalByHand: if one cannot be carried out from here
    :raises ListingNotOffered, RequestInvalid: as the request itself says
    """
    require(by, Permission.LEASE_REQUEST, within=organization)
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
    found = Listing.objects.filter(public_id__in=[one.subject for one in chosen]).order_by("pk")
    listings = {one.public_id: one for one in found}
    # Listings are locked by rising number, as by whoever locks several.
    for one in sorted(chosen, key=lambda one: (listings[one.subject].pk, one.key)):
        lease = _ask(one, listings[one.subject], inputs, organization, note, by, at)
        PlanAcceptedLease.objects.create(acceptance=acceptance, lease=lease, proposal=one.key)
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
