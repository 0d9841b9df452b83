"""The life of a lease: asked for, decided, handed over, ended. Machines are locked first, then the lease."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from devices.ownership.rules import data_terms
from leasing.actions import beginnings, comings, endings, holds, moves, offers, service_openings
from leasing.models import Lease, LeaseUnit
from leasing.queries import services_of, terms_of
from leasing.rules import requests
from leasing.rules.leases import RUNNING, TABLE, Move, Status
from leasing.rules.terms import Terms
from marketplace.actions import admission, claims, needs
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, Need, Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.services import chosen
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period


class RequestInvalid(Invalid):
    """Something in the request is wrong; ``flaws`` say what, each at its field."""

    code = "lease_request_invalid"
    text = gettext_noop("The request cannot be sent like this. Mend what is marked.")


class ListingNotOffered(NotPossible):
    """The listing is a draft, paused or retired."""

    code = "listing_not_offered"
    text = gettext_noop("This machine is not on offer at the moment.")


class MachineUnderWay(NotPossible):
    """A machine that was sent off or handed over comes back by an end, not by a cancellation."""

    code = "machine_under_way"
    text = gettext_noop(
        "The machine is on its way or was handed over. Answer the record of the hand-over, then give notice."
    )


UNDER_WAY = (LeaseUnit.State.IN_TRANSIT, LeaseUnit.State.INSTALLED)


@atomic
def request(
    *,
    listing: Listing,
    lessee: Organization,
    period: Period,
    expected_usage: Mapping[str, Decimal],
    note: str,
    by: User,
    at: datetime,
    data_terms_digest: str = "",
    services: Sequence[str] = (),
    need: Need | None = None,
) -> Lease:
    """
    Ask for a machine of a listing; the terms of the offer are copied and stay as they are now.

    Several may ask for the same days: a request occupies nothing. ``expected_usage`` is for the whole lease,
    per meter in the unit that the plan bills. Data terms that are the offer's own are accepted by
    ``data_terms_digest``. ``services`` are the ids of those chosen; required ones come along. A ``need``
    of the lessee, of whose chosen answer the listing is, is met by the lease.

    :raises MissingRight: if ``by`` may not request leases for ``lessee``
    :raises NotVerified: if the platform has not verified ``lessee``, which signed up itself
    :raises OrganizationCloses: if one of the two closes
    :raises ListingNotOffered: if the listing is not on offer to ``lessee``
    :raises RequestInvalid: with every fault at its field
    :raises NotForThisNeed, NeedMoveRefused: if the need is not the lessee's, or not for this listing
    """
    require(by, Permission.LEASE_REQUEST, within=lessee)
    admission.require_verified(organization=lessee)
    admission.require_open(organizations=[listing.owner])
    listing = Listing.objects.locked().select_related("owner").get(pk=listing.pk)
    if not listing.is_open_to(lessee):
        raise ListingNotOffered
    picked, unknown = chosen(services_of(listing), services)
    terms = terms_of(listing, picked)
    flaws = requests.service_flaws(unknown)
    flaws += _request_flaws(listing, lessee, terms, period, expected_usage, note, at)
    flaws += _data_flaws(terms, data_terms_digest)
    if flaws or period.end is None:
        raise RequestInvalid(flaws=flaws)
    lease = Lease.objects.create(
        number=_next_number(at, terms),
        listing=listing,
        lessor=listing.owner,
        lessee=lessee,
        status=Status.REQUESTED,
        starts_at=period.start,
        ends_at=period.end,
        terms=terms.dump(),
        terms_digest=terms.digest(),
        expected_usage={meter: format(quantity, "f") for meter, quantity in expected_usage.items()},
        note=note,
        requested_at=at,
    )
    _begin(lease, terms, by, at)
    if need is not None:
        _meet(need, lease, by=by, at=at)
    return lease


def _begin(lease: Lease, terms: Terms, by: User, at: datetime) -> None:
    """Write down that a lease is asked for, with its first offer."""
    first = offers.first(lease=lease, by=by, at=at, note=lease.note)
    facts = _asked(lease, terms) | {"offer": first.digest}
    moves.check_records(step=TABLE[0], recorded=facts)
    acts: dict[str, Any] = {"by": by, "within": lease.lessee, "at": at, "reason": lease.note}
    moves.write_down(lease=lease, move=Move.REQUEST, before="", facts=facts, **acts)


def _meet(need: Need, lease: Lease, *, by: User, at: datetime) -> None:
    if need.poster_id != lease.lessee_id:
        raise needs.NotForThisNeed
    needs.fulfil(need=need, listing=lease.listing, lease=lease.public_id, by=by, at=at)


@atomic
def refuse(*, lease: Lease, reason: str, by: User, at: datetime, expected: int | None = None) -> Lease:
    """
    Refuse a request or a counter-offer, take a quote back, or refuse to approve; tell the lessee why.

    Whatever was kept or taken for the lease is free at once.

    :raises MissingRight: if ``by`` may not decide requests of the lessor
    :raises LeaseMoveRefused: if the request was decided already
    :raises RecordMissing: if no reason is given
    """
    within = moves.require_side(lease=lease, move=Move.REFUSE, by=by)
    lease = moves.lock(lease=lease, move=Move.REFUSE, expected=expected)
    holds.drop(lease=lease, by=by, at=at)
    _release_claims(lease, by=by, at=at)
    reason = reason.strip()
    return moves.carry_out(
        lease=lease, move=Move.REFUSE, by=by, within=within, at=at, reason=reason, decided_at=at
    )


@atomic
def cancel(*, lease: Lease, by: User, at: datetime, reason: str = "", expected: int | None = None) -> Lease:
    """
    Withdraw a request, decline a quote, or give an accepted lease up before its handover.

    The machine is free at once.

    :raises MissingRight: if ``by`` may not request leases for the lessee
    :raises LeaseMoveRefused: if the lease runs or is over
    :raises MachineUnderWay: if the machine was sent off or handed over
    """
    within = moves.require_side(lease=lease, move=Move.CANCEL, by=by)
    lease = moves.lock(lease=lease, move=Move.CANCEL, expected=expected)
    if lease.units.filter(state__in=UNDER_WAY).exists():
        raise MachineUnderWay
    holds.drop(lease=lease, by=by, at=at)
    _release_claims(lease, by=by, at=at)
    service_openings.end_with_lease(lease=lease, at=at)
    reason = reason.strip()
    return moves.carry_out(lease=lease, move=Move.CANCEL, by=by, within=within, at=at, reason=reason)


@atomic
def activate(*, lease: Lease, by: User, at: datetime, expected: int | None = None) -> Lease:
    """
    Begin the lease on the record of its hand-over: confirmed by the lessee, or unanswered for three days.

    From the moment of the hand-over on, its use is the lessee's to pay, and its data the lessee's to read. A
    lessee that confirms begins the lease with that (``handovers.confirm``). In a running lease the use of the
    machines begins that a change brought.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease is not under contract, or is over
    :raises HandoverNotRecorded: if a machine was not handed over with a record
    :raises HandoverNotConfirmed: if the lessee has not answered it, and still may
    :raises HandoverObjected: if the lessee objects to it
    :raises DataNoticeNotAccepted: if the lessee has not accepted the notice on the machine's data
    :raises DataNoticeOutdated: if the machine reports something else than the notice says
    """
    within = moves.require_side(lease=lease, move=Move.ACTIVATE, by=by)
    lease = moves.lock(lease=lease, move=Move.ACTIVATE, expected=expected)
    begin = comings.begin_unanswered if lease.status in RUNNING else beginnings.begin
    return begin(lease=lease, by=by, within=within, at=at)


@atomic
def end(*, lease: Lease, by: User, at: datetime, expected: int | None = None) -> Lease:
    """
    End a running lease: at the given moment, or at its agreed end if that has passed.

    The machine is free then, but for the buffer behind it, and its sub-leases end. An early end costs what a
    notice of that day would: the fee is recorded. The final invoice is not made here: billing finds ended
    leases that have none.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises LeaseMoveRefused: if the lease is not running
    :raises FinanceBinds: if it is a finance lease, and its agreed end has not come
    :raises EndBeforeStart: if ``at`` is not after the handover
    :raises HandoverNotConfirmed: if a machine came by a change and the lessee may still answer its record
    """
    within = moves.require_side(lease=lease, move=Move.END, by=by)
    lease = moves.lock(lease=lease, move=Move.END, expected=expected)
    ends_at = min(at, lease.ends_at)
    endings.check_free_to_end(lease=lease, ends_at=ends_at)
    facts = {"active_to": ends_at.isoformat()} | endings.fee_of(lease=lease, within=within, ends_at=ends_at)
    endings.close_up(lease=lease, ends_at=ends_at, by=by, within=within, at=at)
    return moves.carry_out(
        lease=lease, move=Move.END, by=by, within=within, at=at, facts=facts, active_to=ends_at
    )


@atomic
def expire(*, lease: Lease, by: User, at: datetime, expected: int | None = None) -> Lease:
    """
    Let an offer run out that nobody accepted, or an accepted lease whose machine was never handed over.

    :raises MissingRight: if ``by`` is not the clock
    :raises LeaseMoveRefused: if the lease is past that
    """
    within = moves.require_side(lease=lease, move=Move.EXPIRE, by=by)
    lease = moves.lock(lease=lease, move=Move.EXPIRE, expected=expected)
    holds.drop(lease=lease, by=by, at=at)
    _release_claims(lease, by=by, at=at)
    service_openings.end_with_lease(lease=lease, at=at)
    return moves.carry_out(lease=lease, move=Move.EXPIRE, by=by, within=within, at=at)


@atomic
def close_due(*, lease: Lease, by: User, at: datetime) -> Lease:
    """
    Do what the clock owes a lease: end it at its end, let it expire; nothing if it is not due any more.

    :raises MissingRight: if ``by`` is not the clock
    """
    moves.require_side(lease=lease, move=Move.EXPIRE, by=by)
    due = Lease.objects.due(at).filter(pk=lease.pk).first()
    if due is None:
        return lease
    if due.status in RUNNING:
        return _ended(due, by=by, at=at)
    if due.units.filter(state=LeaseUnit.State.INSTALLED).exists():
        return _begun_late(due, by=by, at=at)
    return expire(lease=due, by=by, at=at)


def _ended(lease: Lease, *, by: User, at: datetime) -> Lease:
    """End a lease at its end, when nobody has to answer the record of a machine that came by a change."""
    lease = moves.lock(lease=lease, move=Move.END, expected=None)
    try:
        with transaction.atomic():
            comings.finish(lease=lease, at=at)
    except beginnings.HandoverNotConfirmed:
        return Lease.objects.get(pk=lease.pk)
    return end(lease=lease, by=by, at=lease.ends_at)


def _begun_late(lease: Lease, *, by: User, at: datetime) -> Lease:
    """
    Begin a lease whose machine was handed over, and end it at its end: use is never free by silence.

    While the lessee may still answer, or objects, the lease waits for a person.
    """
    lease = moves.lock(lease=lease, move=Move.ACTIVATE, expected=None)
    try:
        with transaction.atomic():
            lease = beginnings.begin(lease=lease, by=by, within=None, at=at)
    except (beginnings.HandoverNotConfirmed, beginnings.HandoverObjected, beginnings.HandoverNotRecorded):
        return Lease.objects.get(pk=lease.pk)
    return end(lease=lease, by=by, at=lease.ends_at) if at >= lease.ends_at else lease


def _asked(lease: Lease, terms: Terms) -> dict[str, Any]:
    """Return what the history says of a request."""
    return {
        "starts_at": lease.starts_at.isoformat(),
        "ends_at": lease.ends_at.isoformat(),
        "terms_digest": lease.terms_digest,
        "data_terms_digest": data_terms.digest(terms.data_terms),
        "expected_usage": lease.expected_usage,
    }


def _request_flaws(
    listing: Listing,
    lessee: Organization,
    terms: Terms,
    period: Period,
    expected_usage: Mapping[str, Decimal],
    note: str,
    at: datetime,
) -> list[Flaw]:
    return [
        *requests.party_flaws(listing.owner.public_id, lessee.public_id),
        *requests.period_flaws(period, zone=terms.zone, minimum_days=listing.minimum_days, at=at),
        *requests.usage_flaws(expected_usage, terms.price_plan.meters()),
        *requests.note_flaws(note),
    ]


def _data_flaws(terms: Terms, given: str) -> list[Flaw]:
    own = bool(terms.data_terms.get("changes"))
    return requests.data_terms_flaws(given, digest=data_terms.digest(terms.data_terms), own=own)


def _next_number(at: datetime, terms: Terms) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('leasing_lease_number')")
        (number,) = cursor.fetchone()
    return f"L{at.astimezone(terms.zone).year}-{number:06d}"


def _release_claims(lease: Lease, *, by: User, at: datetime) -> None:
    for unit in lease.units.select_related("claim__equipment__owner").order_by("equipment"):
        claims.release(claim=unit.claim, by=by, at=at)
