"""Overdue machines: seen by the clock, written down beside the lease, said again daily, then weekly."""

from datetime import datetime

from leasing.actions import risks
from leasing.models import LeaseUnit, Overdue
from leasing.models.leases import UNREADY
from leasing.queries.overdue import handed_over_since
from leasing.rules import overdue as rules
from leasing.rules.overdue import Cause
from marketplace.actions import claims
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, User
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind


@atomic
def attend(*, unit: LeaseUnit, by: User, at: datetime) -> Overdue | None:
    """
    Write down whether the machine of a unit is overdue, and whose time it puts at risk; return the open row.

    Nothing happens to the lease, and nothing to the claims that follow. Doing it again changes nothing: both
    sides are reminded once a day, and after two weeks once a week. A machine that was handed over with
    another lease since was given back, whoever forgot to write it down. What a late machine put at risk
    stays so until it is ready again.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=unit.lease.lessor.name)
    claims.lock(equipment=[unit.equipment])
    found = LeaseUnit.objects.select_related("lease__lessor", "lease__lessee", "equipment__owner", "claim")
    unit = found.get(pk=unit.pk)
    late = _late(unit, at)
    known = Overdue.objects.open().locked().filter(unit=unit).first()
    row = _open(unit, known, at) if late else None
    if not late and known is not None:
        known.until = at
        known.save(update_fields=["until"])
    if unit.state in UNREADY and not handed_over_since(unit):
        risks.keep(unit=unit, at=at)
    else:
        risks.renew(unit=unit, cause=Cause.LATE if late else _gone(unit), at=at)
    return row


def _late(unit: LeaseUnit, at: datetime) -> bool:
    overdue = rules.is_overdue(unit.state, unit.active_to, risks.buffer_of(unit=unit), at)
    return overdue and unit.awaited and not handed_over_since(unit)


def _gone(unit: LeaseUnit) -> Cause | None:
    left = unit.state == LeaseUnit.State.GONE and unit.active_to is not None
    return Cause.GONE if left and unit.equipment.status == Equipment.Status.RETIRED else None


def _open(unit: LeaseUnit, known: Overdue | None, at: datetime) -> Overdue:
    """Note that the machine is late, or remind of it when it is time."""
    assert unit.active_to is not None, "only what was used is given back"
    since = rules.due_back(unit.active_to, risks.buffer_of(unit=unit))
    if known is None:
        known = Overdue.objects.create(unit=unit, since=since, reminded_at=at)
    elif rules.remind(since, known.reminded_at, at):
        known.reminded_at = at
        known.save(update_fields=["reminded_at"])
    else:
        return known
    lease = unit.lease
    facts = {"machine": unit.equipment.name, "lease": lease.number, "due_at": since.isoformat()}
    to = [lease.lessor, lease.lessee]
    notify(kind=Kind.MACHINE_OVERDUE, to=to, facts=facts, at=at, link=f"/leases/{lease.public_id}/")
    return known
