"""
Make offers for a lease, and accept one. Machines are locked first, then the lease.

The side that did not speak last may accept what the other offered, by the digest of exactly that.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.rules import data_terms
from leasing.actions import approvals, contracts, finance, holds, mandates, moves, notices
from leasing.models import Lease, LeaseUnit, Offer
from leasing.models.leases import TIME_TO_DECIDE
from leasing.queries import services_of
from leasing.rules import chosen_services, requests
from leasing.rules import offers as rules
from leasing.rules.leases import Move, Side, Status
from leasing.rules.offers import Offered
from leasing.rules.terms import InvalidTerms, Terms
from marketplace.actions import gathering, nameplates, parties, second_life
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, User
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period


class OfferInvalid(Invalid):
    """Something in the offer is wrong; ``flaws`` say what, each at its pointer."""

    code = "offer_invalid"
    text = gettext_noop("The offer cannot be made like this. Mend what is marked.")


class OfferNotRead(Invalid):
    """An offer is accepted by its digest, which proves that it was seen."""

    code = "offer_not_read"
    text = gettext_noop("Read the offer, then accept it by its fingerprint: {digest}.")


class OfferOutdated(NotPossible):
    """The digest is not that of what was offered last."""

    code = "offer_outdated"
    text = gettext_noop(
        "What you accept is not what was offered last. Read it again; its fingerprint: {digest}."
    )


class TooLateToAccept(NotPossible):
    """Nobody decided in time."""

    code = "too_late_to_accept"
    text = gettext_noop("This could be accepted until {decide_by}. It is too late.")


@atomic
def quote(
    *,
    lease: Lease,
    valid_until: datetime,
    by: User,
    at: datetime,
    terms: Mapping[str, Any] | None = None,
    period: Period | None = None,
    hold: bool = False,
    equipment: Equipment | None = None,
    note: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Offer the lessee terms and a time until which it may accept them; a further quote replaces the last.

    ``terms`` holds what changes against the last offer (``leasing.rules.offers.NEGOTIABLE``), ``period``
    another time. With ``hold`` a machine is kept free until ``valid_until``: ``equipment``, or the first that
    is free.

    :raises MissingRight: if ``by`` may not decide requests of the lessor
    :raises LeaseMoveRefused: if nobody negotiates about the lease any more
    :raises OfferInvalid: with every fault at its pointer
    :raises MachineBusy: if a machine is to be kept and none is free
    :raises NoMachineLeft: if a machine is to be kept and the listing has none, or not the one chosen
    """
    within = moves.require_side(lease=lease, move=Move.QUOTE, by=by)
    lease = moves.lock(lease=lease, move=Move.QUOTE, expected=expected)
    offered, flaws = _draft(lease, Side.LESSOR, terms, period, valid_until, note, at)
    shown = moves.words(moment=offered.starts_at, lease=lease)
    latest = min(offered.starts_at + TIME_TO_DECIDE, offered.ends_at)
    flaws += rules.validity_flaws(valid_until, starts_at=offered.starts_at, latest=latest, at=at, shown=shown)
    if flaws:
        raise OfferInvalid(flaws=flaws)
    holds.drop(lease=lease, by=by, at=at)
    _take_over(lease, offered)
    claim = holds.keep(lease=lease, equipment=equipment, until=valid_until, by=by, at=at) if hold else None
    facts = _put_down(lease, offered, by=by, at=at, note=note, claim=claim)
    return moves.carry_out(
        lease=lease,
        move=Move.QUOTE,
        by=by,
        within=within,
        at=at,
        reason=note,
        facts=facts,
        quote_ends_at=valid_until,
        **_offered_fields(lease),
    )


@atomic
def counter(
    *,
    lease: Lease,
    by: User,
    at: datetime,
    terms: Mapping[str, Any] | None = None,
    period: Period | None = None,
    note: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Answer a quote with other terms or another time; the lessor may accept them or quote again.

    :raises MissingRight: if ``by`` may not request leases for the lessee
    :raises LeaseMoveRefused: if there is no quote to answer
    :raises OfferInvalid: with every fault at its pointer, that nothing was changed among them
    """
    within = moves.require_side(lease=lease, move=Move.COUNTER, by=by)
    lease = moves.lock(lease=lease, move=Move.COUNTER, expected=expected)
    offered, flaws = _draft(lease, Side.LESSEE, terms, period, None, note, at)
    if not flaws and not rules.differences(Offer.objects.latest_for(lease).value(), offered):
        flaws = [Flaw("", "nothing_changed", rules.TEXTS["nothing_changed"])]
    if flaws:
        raise OfferInvalid(flaws=flaws)
    _take_over(lease, offered)
    facts = _put_down(lease, offered, by=by, at=at, note=note)
    return moves.carry_out(
        lease=lease,
        move=Move.COUNTER,
        by=by,
        within=within,
        at=at,
        reason=note,
        facts=facts,
        **_offered_fields(lease),
    )


@atomic
def accept(
    *,
    lease: Lease,
    by: User,
    at: datetime,
    digest: str = "",
    equipment: Equipment | None = None,
    mandate: str = "",
    mandate_reference: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Accept what the other side offered: a machine is claimed with its buffers, the terms are frozen for good.

    Where no limit of the lessor says otherwise, the approval follows by itself, and for a lease of less than
    six months the contract.

    A quote or counter-offer is accepted by its ``digest``; a request, which nobody can change, also without.
    The lessee is given the notice on the machine's data, to accept before the handover. Without ``equipment``
    the machine that was kept is taken, or the first free one of the listing. A lessee says by what
    ``mandate`` (``leasing.rules.offers.Mandate``) its person accepts; a power of attorney has its
    ``mandate_reference``.

    :raises MissingRight: if ``by`` may not decide for the side whose turn it is
    :raises LeaseMoveRefused: if the lease was decided already
    :raises OfferNotRead: if no digest is given
    :raises OfferOutdated: if the digest is another offer's
    :raises MandateInvalid: if a lessee's person does not say by what it may accept
    :raises MachineBusy: if no machine of the listing, or not the one chosen, is free
    :raises NoMachineLeft: if the listing has no machine, or not the one chosen
    :raises MachineHeld: if the platform doubts the nameplate of the machine
    :raises MachineOutOfService: if the machine was set aside
    :raises TooLateToAccept: if the offer has run out
    :raises NoLicence: if it is a finance lease and the lessor's licence does not hold any more
    """
    within = moves.require_side(lease=lease, move=Move.ACCEPT, by=by)
    lease = moves.lock(lease=lease, move=Move.ACCEPT, expected=expected)
    if at >= lease.decide_by:
        raise TooLateToAccept(decide_by=moves.words(moment=lease.decide_by, lease=lease))
    offer = Offer.objects.latest_for(lease)
    _check_digest(offer, digest)
    facts = {"offer": offer.digest, "terms_digest": lease.terms_digest}
    facts |= _mandate(lease, mandate, mandate_reference)
    claim = holds.take(lease=lease, equipment=equipment, by=by, at=at)
    nameplates.check_let(equipment=claim.equipment)
    second_life.check_let(equipment=claim.equipment)
    unit = LeaseUnit.objects.create(lease=lease, equipment=claim.equipment, claim=claim)
    teller = by if offer.side == Side.LESSEE else parties.robot(name="clock")
    facts |= {"equipment": claim.equipment.public_id, "claim": claim.public_id}
    with gathering.gathered():
        notice = notices.tell(lease=lease, by=teller, at=at, machines=[claim.equipment])
        facts |= {"data_notice": notice.digest}
        lease = moves.carry_out(
            lease=lease, move=Move.ACCEPT, by=by, within=within, at=at, facts=facts, decided_at=at
        )
        bound = contracts.Bound(offer, lease.written[-1], notice, [unit])
        return approvals.follow(lease=lease, bound=bound, at=at)


def first(*, lease: Lease, by: User, at: datetime, note: str) -> Offer:
    """Write down a request, which is the first offer of its lease; the request has asked for the rights."""
    offered = Offered(lease.public_id, 1, Side.LESSEE, lease.starts_at, lease.ends_at, lease.terms)
    return _write(lease, offered, by=by, at=at, note=note)


def _draft(
    lease: Lease,
    side: Side,
    changes: Mapping[str, Any] | None,
    period: Period | None,
    valid_until: datetime | None,
    note: str,
    at: datetime,
) -> tuple[Offered, list[Flaw]]:
    """Return the offer as it would be, and everything that is wrong with it."""
    document, flaws = rules.negotiated(lease.terms, changes or {})
    when = period or lease.period
    flaws += requests.note_flaws(note)
    flaws += requests.period_flaws(
        when,
        zone=lease.agreed.zone,
        minimum_days=1 if side == Side.LESSOR else lease.listing.minimum_days,
        at=at,
    )
    terms, wrong = _read(document)
    if terms is not None and changes and "services" in changes:
        wrong = [*wrong, *_service_flaws(lease, side, terms)]
    if terms is not None and not flaws:
        wrong = [*wrong, *finance.flaws(lease=lease, finance=terms.finance, period=when, at=at)]
    last = Offer.objects.latest_for(lease)
    offered = Offered(
        lease.public_id,
        last.version + 1,
        side,
        when.start,
        when.end or lease.ends_at,
        terms.dump() if terms else document,
        valid_until,
    )
    return offered, [*flaws, *wrong]


def _service_flaws(lease: Lease, side: Side, terms: Terms) -> list[Flaw]:
    return chosen_services.flaws(
        terms.services,
        known=services_of(lease.listing),
        before=lease.agreed.services,
        side=side,
        lessor=lease.lessor.public_id,
    )


def _read(document: Mapping[str, Any]) -> tuple[Terms | None, list[Flaw]]:
    """Read negotiated terms; faults stand below ``/terms``, those of the data terms as well."""
    about_data = data_terms.flaws(document["data_terms"], "/terms/data_terms")
    try:
        return Terms.parse(document), about_data
    except InvalidTerms as error:
        found = [
            Flaw(f"/terms{flaw.pointer}", flaw.code, flaw.text, flaw.facts)
            for flaw in error.flaws
            if not (about_data and flaw.pointer.startswith("/data_terms"))
        ]
        return None, [*found, *about_data]


def _take_over(lease: Lease, offered: Offered) -> None:
    """Let the lease show what is offered now."""
    terms = Terms.parse(offered.terms)
    lease.starts_at, lease.ends_at = offered.starts_at, offered.ends_at
    lease.terms, lease.terms_digest = terms.dump(), terms.digest()
    billed = terms.price_plan.meters()
    lease.expected_usage = {
        meter: quantity for meter, quantity in lease.expected_usage.items() if meter in billed
    }
    lease.__dict__.pop("agreed", None)  # it is kept once read


def _offered_fields(lease: Lease) -> dict[str, Any]:
    names = ("starts_at", "ends_at", "terms", "terms_digest", "expected_usage")
    return {name: getattr(lease, name) for name in names}


def _put_down(
    lease: Lease, offered: Offered, *, by: User, at: datetime, note: str, claim: Claim | None = None
) -> dict[str, Any]:
    """Write the offer down and return what the history says of it."""
    last = Offer.objects.latest_for(lease)
    changed = [one.dump() for one in rules.differences(last.value(), offered)]
    made = _write(lease, offered, by=by, at=at, note=note, claim=claim)
    facts: dict[str, Any] = {
        "offer": made.digest,
        "offer_version": made.version,
        "terms_digest": lease.terms_digest,
        "differences": changed,
    }
    if offered.valid_until:
        facts["valid_until"] = offered.valid_until.isoformat()
    return facts | ({"claim": claim.public_id} if claim else {})


def _write(
    lease: Lease, offered: Offered, *, by: User, at: datetime, note: str, claim: Claim | None = None
) -> Offer:
    return Offer.objects.create(
        lease=lease,
        version=offered.version,
        side=offered.side,
        starts_at=offered.starts_at,
        ends_at=offered.ends_at,
        terms=dict(offered.terms),
        terms_digest=lease.terms_digest,
        digest=offered.digest(),
        valid_until=offered.valid_until,
        claim=claim,
        note=note,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def _check_digest(offer: Offer, given: str) -> None:
    if not given and offer.version > 1:
        flaw = Flaw("/digest", "required", OfferNotRead.text, {"digest": offer.digest})
        raise OfferNotRead(flaws=[flaw], digest=offer.digest)
    if given and given != offer.digest:
        raise OfferOutdated(digest=offer.digest)


def _mandate(lease: Lease, mandate: str, reference: str) -> dict[str, str]:
    """Return by what the person accepts; only who accepts a quote must say."""
    if not mandate and lease.status != Status.QUOTED:
        return {}
    return mandates.checked(mandate=mandate, reference=reference)
