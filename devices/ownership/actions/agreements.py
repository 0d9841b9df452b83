"""Open and close agreements; leasing calls this inside its own transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import Device
from devices.ownership.actions import assets, duties
from devices.ownership.models import Agreement, AgreementVersion, Proposal, compete
from devices.ownership.models.agreements import DEEPEST, AgreementQuerySet
from devices.ownership.rules import data_terms
from devices.ownership.rules.data_terms import Acceptance
from marketplace.actions import audit
from marketplace.models import Equipment, Organization, User
from marketplace.permissions import Permission, allowed, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period


class DataHeldByAnother(NotPossible):
    """The machine's data of that time are another lessee's."""

    code = "data_held_by_another"
    text = gettext_noop(
        "The data of {equipment} belong to another lessee for part of this time. End that lease first."
    )


class OwnerIsLessee(Invalid):
    """An agreement needs two sides."""

    code = "owner_is_lessee"
    text = gettext_noop("{organization} cannot lease from itself. Choose another lessee.")


class DataTermsVoid(Invalid):
    """Data terms that cannot be read, or that bind nobody; ``flaws`` say where and by which law."""

    code = "data_terms_void"
    text = gettext_noop("The data terms have {count} faults: each is named with its place and the law.")


class DataTermsNotAccepted(NotPossible):
    """Terms that differ from the default ones need both sides' acceptance by digest."""

    code = "data_terms_not_accepted"
    text = gettext_noop("Both sides must have accepted the data terms with the fingerprint {digest}.")


class OutsideAgreementAbove(NotPossible):
    """A sub-lease lies inside the lease that it is under."""

    code = "outside_agreement_above"
    text = gettext_noop("{equipment} can be sub-let only for time that the lease above still covers.")


class ChainTooLong(NotPossible):
    """Sub-leases may be sub-let again, but not without end."""

    code = "chain_too_long"
    text = gettext_noop("At most {most} sub-leases may stand under one another. This would be one more.")


class LesseeInChain(Invalid):
    """Whoever sub-lets cannot be the sub-lessee, at any depth."""

    code = "lessee_in_chain"
    text = gettext_noop("{organization} leases this machine already. Choose another sub-lessee.")


class ClosedBeforeOpened(NotPossible):
    """The agreement would end before it began."""

    code = "closed_before_opened"
    text = gettext_noop("The agreement {agreement} cannot end before it began. Choose a later end.")


@transaction.atomic
def open(
    *,
    equipment: Equipment,
    owner: Organization,
    lessee: Organization,
    period: Period,
    reference: str,
    billing_channels: Sequence[str],
    by: User,
    at: datetime,
    terms: Mapping[str, Any] = data_terms.DEFAULT,
    accepted: Sequence[Acceptance] = (),
    under: Agreement | None = None,
) -> Agreement:
    """
    Give what ``equipment`` reports during ``period`` to the lessee, and its billing counters to both sides.

    ``terms`` are the data terms of the lease and ``accepted`` who accepted them for which side; the default
    terms bind without. For a sub-lease, ``under`` is the agreement of the lessee that sub-lets.

    :raises MissingRight: if ``by`` may not operate leases of the owner, or of the lessee that sub-lets
    :raises OutsideAgreementAbove: if a sub-lease leaves the machine or the time of the agreement above
    :raises ChainTooLong: if it would be the fourth sub-lease under one another
    :raises LesseeInChain: if its lessee is one of those above
    :raises OwnerIsLessee: if both sides are one organization
    :raises DataHeldByAnother: if another agreement covers part of the period
    :raises DataTermsVoid: if the terms take away what nobody can give away
    :raises DataTermsNotAccepted: if they change the default table and a side has not accepted their digest
    """
    require(by, Permission.LEASE_OPERATE, within=under.lessee if under else owner)
    if owner.pk == lessee.pk:
        raise OwnerIsLessee(organization=owner.name)
    digest = check_terms(terms=terms, accepted=accepted)
    Equipment.objects.locked().get(pk=equipment.pk)
    under = _above(under, equipment, lessee, period) if under else None
    beside = Agreement.objects.filter(equipment=equipment, under=under)
    if beside.overlapping(period).exists():
        raise DataHeldByAnother(equipment=equipment.name)
    agreement = Agreement.objects.create(
        equipment=equipment,
        owner=owner,
        lessee=lessee,
        period=(period.start, period.end),
        reference=reference,
        billing_channels=sorted(set(billing_channels)),
        competitor=compete(owner, lessee),
        under=under,
        above=[*under.above, under.lessee.public_id] if under else [],
        opened_at=at,
    )
    _first_version(agreement, terms, digest, accepted)
    if under is None:  # else they stand in the register since the lease began
        _register(equipment, by=by, at=at)
    _opened(agreement, digest, by=by, at=at)
    return agreement


def _opened(agreement: Agreement, digest: str, *, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action="agreement.open",
        subject=agreement.public_id,
        at=at,
        within=agreement.under.lessee if agreement.under else agreement.owner,
        reference=agreement.reference,
        billing_channels=agreement.billing_channels,
        terms_digest=digest,
    )


def _above(under: Agreement, equipment: Equipment, lessee: Organization, period: Period) -> Agreement:
    """Lock the agreement above, and look whether a sub-lease fits under it as it is now."""
    under = Agreement.objects.locked().select_related("lessee").get(pk=under.pk)
    if len(under.above) >= DEEPEST:
        raise ChainTooLong(most=DEEPEST)
    if lessee.public_id in (*under.above, under.lessee.public_id):
        raise LesseeInChain(organization=lessee.name)
    if equipment.pk != under.equipment_id or under.span.intersect(period) != period:
        raise OutsideAgreementAbove(equipment=equipment.name)
    return under


def _first_version(
    agreement: Agreement, terms: Mapping[str, Any], digest: str, accepted: Sequence[Acceptance]
) -> None:
    AgreementVersion.objects.create(
        agreement=agreement,
        number=1,
        terms=dict(terms),
        digest=digest,
        valid_from=agreement.period[0],
        accepted=[one.dump() for one in accepted],
    )


def _register(equipment: Equipment, *, by: User, at: datetime) -> None:
    for device in Device.objects.filter(bindings__equipment=equipment).distinct().order_by("pk"):
        assets.keep_in_step(device=device, by=by, at=at)


def check_terms(*, terms: Mapping[str, Any], accepted: Sequence[Acceptance]) -> str:
    """
    Return the digest of data terms that bind.

    :raises DataTermsVoid: if the terms take away what nobody can give away
    :raises DataTermsNotAccepted: if they change the default table and a side has not accepted their digest
    """
    flaws = data_terms.flaws(terms, "/data_terms")
    if flaws:
        raise DataTermsVoid(flaws=flaws, count=len(flaws))
    digest = data_terms.digest(terms)
    if terms.get("changes") and not data_terms.accepted_by_both(accepted, digest):
        raise DataTermsNotAccepted(digest=digest)
    return digest


@transaction.atomic
def close(*, reference: str, ends_at: datetime, by: User, at: datetime) -> list[Agreement]:
    """
    End all agreements of a lease and its sub-leases at ``ends_at``; the next request is decided without them.

    What was generated before stays the lessee's; a proposal that nobody answered expires. Closing again
    changes nothing.

    :raises MissingRight: if ``by`` may end leases of neither side
    :raises ClosedBeforeOpened: if the end is not after the beginning
    """
    found = Agreement.objects.locked().filter(reference=reference, closed_at=None)
    return _close_all(found, ends_at=ends_at, by=by, at=at)


@transaction.atomic
def close_branch(*, agreement: Agreement, ends_at: datetime, by: User, at: datetime) -> list[Agreement]:
    """
    End the agreement of a sub-lease and those under it: from ``ends_at`` on the data are that above's again.

    :raises MissingRight: if ``by`` may end leases of neither the lessee, nor of one above, nor of the owner
    :raises ClosedBeforeOpened: if the end is not after the beginning
    """
    found = Agreement.objects.branch(agreement).locked().filter(closed_at=None)
    return _close_all(found, ends_at=ends_at, by=by, at=at)


def _close_all(found: AgreementQuerySet, *, ends_at: datetime, by: User, at: datetime) -> list[Agreement]:
    """Close from below: an agreement cannot end before those under it."""
    closed = []
    for agreement in reversed(found):
        if not any(allowed(by, Permission.LEASE_END, within=one) for one in _lessees(agreement)):
            require(by, Permission.LEASE_END, within=agreement.owner)
        closed.append(_close(agreement, ends_at=ends_at, by=by, at=at))
    return closed


def _lessees(agreement: Agreement) -> Iterator[Organization]:
    one: Agreement | None = agreement
    while one is not None:
        yield one.lessee
        one = one.under


def _close(agreement: Agreement, *, ends_at: datetime, by: User, at: datetime) -> Agreement:
    span = agreement.span
    if ends_at <= span.start:
        raise ClosedBeforeOpened(agreement=agreement.public_id)
    ends_at = ends_at if span.end is None else min(ends_at, span.end)
    agreement.period = (span.start, ends_at)
    agreement.closed_at = at
    agreement.version += 1
    agreement.save(update_fields=["period", "closed_at", "version"])
    agreement.proposals.open().update(state=Proposal.State.EXPIRED, decided_at=at)
    audit.record(
        by=by,
        action="agreement.close",
        subject=agreement.public_id,
        at=at,
        within=agreement.owner,
        ends_at=ends_at.isoformat(),
    )
    agreement.refresh_from_db(fields=["period"])
    duties.incur(agreement=agreement, by=by, at=at)
    return agreement
