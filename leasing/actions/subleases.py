"""
A lessee lends the machine on: proposed, accepted by digest, consented to, handed on.

Machines are locked first, then the lease, then its sub-leases, then agreements.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.actions import agreements
from devices.ownership.models import Agreement
from devices.ownership.rules import data_terms as terms_of_data
from devices.ownership.rules.data_terms import Acceptance
from leasing.actions import notices
from leasing.actions.sublease_moves import carry_out, lock, require_side, write_down
from leasing.models import Lease, LeaseUnit, Sublease
from leasing.rules import subleases as rules
from leasing.rules.canonical import digest as digest_of
from leasing.rules.leases import Status as LeaseStatus
from leasing.rules.subleases import Chain, Move, Status
from marketplace.actions import admission, claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period


class SubleaseInvalid(Invalid):
    """Something in the proposal is wrong; ``flaws`` say what, each at its field."""

    code = "sublease_invalid"
    text = gettext_noop("The sub-lease cannot be proposed like this. Mend what is marked.")


class NothingToSublet(NotPossible):
    """Only a machine that was handed over can be handed on."""

    code = "nothing_to_sublet"
    text = gettext_noop("A machine can be sub-let while its lease, or the sub-lease of it, is running.")


class TooManySubleases(NotPossible):
    """A sub-lease may be sub-let again, but not without end."""

    code = "too_many_subleases"
    text = gettext_noop("At most {most} sub-leases may stand under one another. This would be one more.")


class SubleaseOverlaps(NotPossible):
    """Another sub-lease of the machine takes part of the time."""

    code = "sublease_overlaps"
    text = gettext_noop(
        "{machine} is sub-let to {sublessee} for part of this time. End that sub-lease first."
    )


class SubleaseDiffers(Invalid):
    """The digest is not that of the sub-lease: something else was shown than is agreed to."""

    code = "sublease_differs"
    text = gettext_noop("This is not the fingerprint of the sub-lease. Read it again, then agree to it.")


class ConsentGiven(NotPossible):
    """Each side above consents once."""

    code = "sublease_consent_given"
    text = gettext_noop("{organization} has consented already. It waits for the others.")


class SubleaseReasonMissing(Invalid):
    """A refusal says why."""

    code = "sublease_reason_missing"
    text = gettext_noop("Say why you refuse: the others read it.")


class OutsideSublease(NotPossible):
    """A machine is handed on in the time that was agreed."""

    code = "outside_sublease"
    text = gettext_noop("The machine can be handed on from {starts_at} until {ends_at}.")


@atomic
def propose(
    *,
    lease: Lease,
    unit: LeaseUnit,
    sublessee: Organization,
    period: Period,
    place: str,
    by: User,
    at: datetime,
    under: Sublease | None = None,
    data_terms: Mapping[str, Any] = terms_of_data.DEFAULT,
) -> Sublease:
    """
    Offer a machine of a running lease to another, as the lessee; ``under`` is one's own sub-lease of it.

    The sub-lessee is given the notice on the machine's data, to accept before the handover. ``data_terms``
    are what owner and sub-lessee get; the sub-lessee accepts them with the sub-lease, the lessor consents.

    :raises MissingRight: if ``by`` may not decide leases for whoever sub-lets
    :raises NotVerified: if the platform has not verified whoever sub-lets, which signed up itself
    :raises NothingToSublet: if the lease, or the sub-lease above, is not running
    :raises TooManySubleases: if it would be the fourth sub-lease under one another
    :raises SubleaseInvalid: with every fault at its field
    """
    sublessor = under.sublessee if under else lease.lessee
    require(by, Permission.LEASE_DECIDE, within=sublessor)
    admission.require_verified(organization=sublessor)
    claims.lock(equipment=[unit.equipment])
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    above = Sublease.objects.locked().with_sides().get(pk=under.pk) if under else None
    covered = _covered(lease, unit, above)
    chain = Chain((*(above.hands if above else (lease.lessor.public_id,)), sublessor.public_id))
    if chain.depth > rules.DEEPEST:
        raise TooManySubleases(most=rules.DEEPEST)
    place = place.strip()
    document = _document(chain, covered, unit, sublessee, period, place, data_terms, at)
    assert period.end is not None
    sublease = Sublease.objects.create(
        lease=lease,
        unit=unit,
        under=above,
        depth=chain.depth,
        sublessor=sublessor,
        sublessee=sublessee,
        asked=list(chain.asked),
        status=Status.PROPOSED,
        starts_at=period.start,
        ends_at=period.end,
        place=place,
        document=document,
        digest=digest_of(document),
        proposed_at=at,
    )
    return _offered(sublease, by=by, at=at)


def _document(
    chain: Chain,
    covered: Period,
    unit: LeaseUnit,
    sublessee: Organization,
    period: Period,
    place: str,
    data_terms: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """Write down what is proposed, or refuse it with every fault at its field."""
    to = sublessee.public_id
    flaws = rules.flaws(
        period=period,
        covered=covered,
        place=place,
        chain=chain,
        sublessee=to,
        name=sublessee.name,
        at=at,
    )
    flaws += terms_of_data.flaws(data_terms, "/data_terms")
    if flaws:
        raise SubleaseInvalid(flaws=flaws)
    return rules.document(
        lease=unit.lease.public_id,
        equipment=unit.equipment.public_id,
        chain=chain,
        sublessee=to,
        period=period,
        place=place,
        data_terms=data_terms,
    )


def _offered(sublease: Sublease, *, by: User, at: datetime) -> Sublease:
    notice = notices.tell_sublessee(sublease=sublease, by=by, at=at)
    facts = {"digest": sublease.digest, "data_notice": notice.digest}
    write_down(
        sublease=sublease, move=Move.PROPOSE, before="", by=by, within=sublease.sublessor, at=at, facts=facts
    )
    return sublease


def _covered(lease: Lease, unit: LeaseUnit, above: Sublease | None) -> Period:
    """Return the time that the lease, or the sub-lease above, covers; it is running."""
    over: Lease | Sublease = above or lease
    of_it = unit.lease_id == lease.pk and (above is None or above.unit_id == unit.pk)
    running = lease.status == LeaseStatus.ACTIVE and (above is None or above.status == Status.RUNNING)
    if not running or not of_it or unit.active_from is None or unit.active_to is not None:
        raise NothingToSublet
    return over.period


@atomic
def accept(
    *,
    sublease: Sublease,
    digest: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Sublease:
    """
    Accept a proposal as the sub-lessee, by the digest of what was shown.

    :raises MissingRight: if ``by`` may not request leases for the sub-lessee
    :raises NotVerified: if the platform has not verified the sub-lessee, which signed up itself
    :raises SubleaseMoveRefused: if it was decided already
    :raises SubleaseDiffers: if ``digest`` is not that of the sub-lease
    """
    require_side(sublease=sublease, move=Move.ACCEPT, within=within, by=by)
    admission.require_verified(organization=within)
    sublease = lock(sublease=sublease, move=Move.ACCEPT, expected=expected)
    _same(sublease, digest)
    return carry_out(
        sublease=sublease, move=Move.ACCEPT, by=by, within=within, at=at, facts={"digest": digest}
    )


@atomic
def consent(
    *,
    sublease: Sublease,
    digest: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Sublease:
    """
    Consent as the lessor, or as a lessee above; it is agreed when all have (Civil Code, Article 716).

    :raises MissingRight: if ``by`` may not decide leases for a side above
    :raises NotVerified: if the platform has not verified one of those who agree
    :raises SubleaseMoveRefused: if the sub-lessee has not accepted, or it was decided already
    :raises SubleaseDiffers: if ``digest`` is not that of the sub-lease
    :raises ConsentGiven: if ``within`` has consented already
    :raises SubleaseOverlaps: if another sub-lease takes part of the time
    """
    require_side(sublease=sublease, move=Move.CONSENT, within=within, by=by)
    admission.require_all_verified(organizations=[within, sublease.sublessor, sublease.sublessee])
    sublease = lock(sublease=sublease, move=Move.CONSENT, expected=expected)
    _same(sublease, digest)
    if within.public_id in sublease.consented:
        raise ConsentGiven(organization=within.name)
    beside = Sublease.objects.filter(unit=sublease.unit_id, depth=sublease.depth).taking(sublease.period)
    if (taken := beside.select_related("sublessee").first()) is not None:
        raise SubleaseOverlaps(machine=sublease.unit.equipment.name, sublessee=taken.sublessee.name)
    consented = [*sublease.consented, within.public_id]
    return carry_out(
        sublease=sublease,
        move=Move.CONSENT,
        by=by,
        within=within,
        at=at,
        facts={"digest": digest},
        consented=consented,
        status=rules.after_consent(sublease.asked, consented),
    )


@atomic
def refuse(
    *,
    sublease: Sublease,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Sublease:
    """
    Refuse as the sub-lessee, the lessor or a lessee above, and tell the others why.

    :raises MissingRight: if ``by`` may not decide for one of these
    :raises SubleaseMoveRefused: if it is agreed, or was decided already
    :raises SubleaseReasonMissing: if no reason is given
    """
    require_side(sublease=sublease, move=Move.REFUSE, within=within, by=by)
    sublease = lock(sublease=sublease, move=Move.REFUSE, expected=expected)
    if not reason.strip():
        flaw = Flaw("/reason", "required", rules.TEXTS["required"])
        raise SubleaseReasonMissing(flaws=[flaw])
    reason = reason.strip()[:2000]
    return carry_out(sublease=sublease, move=Move.REFUSE, by=by, within=within, at=at, reason=reason)


@atomic
def withdraw(
    *, sublease: Sublease, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Sublease:
    """
    Take a sub-lease back before the handover, as either side of it.

    :raises MissingRight: if ``by`` may not decide for one of the two
    :raises SubleaseMoveRefused: if it has begun, or is over
    """
    require_side(sublease=sublease, move=Move.WITHDRAW, within=within, by=by)
    sublease = lock(sublease=sublease, move=Move.WITHDRAW, expected=expected)
    return carry_out(sublease=sublease, move=Move.WITHDRAW, by=by, within=within, at=at)


@atomic
def begin(
    *, sublease: Sublease, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Sublease:
    """
    Hand the machine on: from ``at`` on its data are the sub-lessee's; bills stay the head lessee's.

    :raises MissingRight: if ``by`` may not operate leases of whoever sub-lets
    :raises SubleaseMoveRefused: if it is not agreed
    :raises OutsideSublease: if ``at`` is not in the agreed time
    :raises DataNoticeNotAccepted: if the sub-lessee has not accepted the notice on the machine's data
    :raises DataNoticeOutdated: if the machine reports something else than the notice says
    """
    require_side(sublease=sublease, move=Move.BEGIN, within=within, by=by)
    sublease = lock(sublease=sublease, move=Move.BEGIN, expected=expected)
    if not sublease.period.contains(at):
        raise OutsideSublease(
            starts_at=_words(sublease.starts_at, sublease), ends_at=_words(sublease.ends_at, sublease)
        )
    notice = notices.check_sublease(sublease=sublease, at=at)
    agreement = agreements.open(
        equipment=sublease.unit.equipment,
        owner=sublease.lease.lessor,
        lessee=sublease.sublessee,
        period=Period(at, sublease.ends_at),
        reference=sublease.lease.public_id,
        billing_channels=sublease.lease.agreed.billing_channels(),
        by=by,
        at=at,
        terms=sublease.document["data_terms"],
        accepted=_accepted(sublease),
        under=_agreement_above(sublease),
    )
    facts = {"active_from": at.isoformat(), "data_notice": notice.digest, "agreement": agreement.public_id}
    return carry_out(
        sublease=sublease,
        move=Move.BEGIN,
        by=by,
        within=within,
        at=at,
        facts=facts,
        active_from=at,
        agreement=agreement,
    )


def _same(sublease: Sublease, digest: str) -> None:
    if digest != sublease.digest or digest != digest_of(sublease.document):
        raise SubleaseDiffers


def _agreement_above(sublease: Sublease) -> Agreement:
    """Return the agreement of whoever sub-lets: that of the sub-lease above, or of the lease."""
    found = Agreement.objects.select_related("lessee")
    if sublease.under is not None and sublease.under.agreement_id is not None:
        return found.get(pk=sublease.under.agreement_id)
    reference = sublease.lease.public_id
    own = found.filter(reference=reference, equipment=sublease.unit.equipment_id, under=None)
    newest = own.order_by("-pk").first()
    if newest is None:
        raise NothingToSublet
    return newest


def _accepted(sublease: Sublease) -> list[Acceptance]:
    """Return who accepted the data terms: the sub-lessee with the sub-lease, the lessor by its consent."""
    digest = terms_of_data.digest(sublease.document["data_terms"])
    lessor = sublease.lease.lessor.public_id
    sides = {(Move.ACCEPT, sublease.sublessee.public_id): "lessee", (Move.CONSENT, lessor): "owner"}
    return [
        Acceptance(side, step.organization, step.actor, step.actor_name, step.occurred_at, digest)
        for step in sublease.steps.all()
        if (side := sides.get((Move(step.move), step.organization))) is not None
    ]


def _words(moment: datetime, sublease: Sublease) -> str:
    return f"{moment.astimezone(sublease.lease.agreed.zone):%Y-%m-%d %H:%M}"
