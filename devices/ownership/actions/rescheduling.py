"""A lease gets another end, or gives one machine back: its agreements follow, in the same transaction."""

from datetime import datetime

from django.db import transaction

from devices.ownership.actions import agreements
from devices.ownership.models import Agreement
from marketplace.actions import audit
from marketplace.models import Equipment, User
from marketplace.permissions import Permission, allowed, require
from marketplace.shared.period import Period


@transaction.atomic
def reschedule(*, reference: str, ends_at: datetime, by: User, at: datetime) -> list[Agreement]:
    """
    Let the open agreements of a lease end at another moment; those of sub-leases keep theirs.

    Only open ones move: what was closed is over. The caller looks that no sub-lease reaches further.

    :raises MissingRight: if ``by`` may end leases of neither side
    :raises DataHeldByAnother: if another agreement covers part of the time that is added
    :raises ClosedBeforeOpened: if the end is not after the beginning
    """
    found = Agreement.objects.locked().select_related("owner", "lessee", "equipment")
    moved = []
    for agreement in found.filter(reference=reference, closed_at=None, under=None):
        _require_side(agreement, by)
        span = agreement.span
        if ends_at <= span.start:
            raise agreements.ClosedBeforeOpened(agreement=agreement.public_id)
        beside = Agreement.objects.filter(equipment=agreement.equipment_id, under=None)
        if beside.exclude(pk=agreement.pk).overlapping(Period(span.start, ends_at)).exists():
            raise agreements.DataHeldByAnother(equipment=agreement.equipment.name)
        agreement.period = (span.start, ends_at)
        agreement.version += 1
        agreement.save(update_fields=["period", "version"])
        audit.record(
            by=by,
            action="agreement.reschedule",
            subject=agreement.public_id,
            at=at,
            within=agreement.owner,
            ends_at=ends_at.isoformat(),
        )
        moved.append(agreement)
    return moved


@transaction.atomic
def close_machine(
    *, reference: str, equipment: Equipment, ends_at: datetime, by: User, at: datetime
) -> list[Agreement]:
    """
    End the agreements of a lease on one of its machines; on the others they go on.

    :raises MissingRight: if ``by`` may end leases of neither side
    :raises ClosedBeforeOpened: if the end is not after the beginning
    """
    heads = Agreement.objects.filter(reference=reference, equipment=equipment, closed_at=None, under=None)
    closed: list[Agreement] = []
    for head in heads.order_by("pk"):
        closed += agreements.close_branch(agreement=head, ends_at=ends_at, by=by, at=at)
    return closed


def _require_side(agreement: Agreement, by: User) -> None:
    if not allowed(by, Permission.LEASE_END, within=agreement.lessee):
        require(by, Permission.LEASE_END, within=agreement.owner)
