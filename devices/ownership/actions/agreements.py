"""Open and close agreements; leasing calls this inside its own transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import duties
from devices.ownership.models import Agreement
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
) -> Agreement:
    """
    Give what ``equipment`` reports during ``period`` to the lessee, and its billing counters to both sides.

    :raises MissingRight: if ``by`` may not operate leases of the owner
    :raises OwnerIsLessee: if both sides are one organization
    :raises DataHeldByAnother: if another agreement covers part of the period
    """
    require(by, Permission.LEASE_OPERATE, within=owner)
    if owner.pk == lessee.pk:
        raise OwnerIsLessee(organization=owner.name)
    Equipment.objects.locked().get(pk=equipment.pk)
    if Agreement.objects.filter(equipment=equipment).overlapping(period).exists():
        raise DataHeldByAnother(equipment=equipment.name)
    agreement = Agreement.objects.create(
        equipment=equipment,
        owner=owner,
        lessee=lessee,
        period=(period.start, period.end),
        reference=reference,
        billing_channels=sorted(set(billing_channels)),
        opened_at=at,
    )
    audit.record(
        by=by,
        action="agreement.open",
        subject=agreement.public_id,
        at=at,
        within=owner,
        reference=reference,
        billing_channels=agreement.billing_channels,
    )
    return agreement


@transaction.atomic
def close(*, reference: str, ends_at: datetime, by: User, at: datetime) -> list[Agreement]:
    """
    End every agreement of a lease at ``ends_at``; the next request is decided without them.

    What was generated before stays the lessee's. Closing again changes nothing.

    :raises MissingRight: if ``by`` may end leases of neither side
    :raises ClosedBeforeOpened: if the end is not after the beginning
    """
    closed = []
    for agreement in Agreement.objects.locked().filter(reference=reference, closed_at=None):
        if not allowed(by, Permission.LEASE_END, within=agreement.lessee):
            require(by, Permission.LEASE_END, within=agreement.owner)
        closed.append(_close(agreement, ends_at=ends_at, by=by, at=at))
    return closed


def _close(agreement: Agreement, *, ends_at: datetime, by: User, at: datetime) -> Agreement:
    span = agreement.span
    if ends_at <= span.start:
        raise ClosedBeforeOpened(agreement=agreement.public_id)
    ends_at = ends_at if span.end is None else min(ends_at, span.end)
    agreement.period = (span.start, ends_at)
    agreement.closed_at = at
    agreement.version += 1
    agreement.save(update_fields=["period", "closed_at", "version"])
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
