"""From the inspection to the next lease: repair, ready again, and whoever waits for the machine is told."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from leasing.actions import moves, records
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.models.leases import TIME_TO_WARN, UNREADY
from leasing.queries.overdue import handed_over_since
from leasing.rules.condition import LONGEST_TEXT, Kind, utc
from leasing.rules.inspections import waits
from leasing.rules.leases import SETTLED, Move
from leasing.rules.returns import is_left, ready_after_repair
from leasing.rules.sla import sla_of
from marketplace.actions import claims
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Organization, User
from marketplace.models.claims import Begins
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

LONGEST_REPAIR = timedelta(days=366)
NO_BUFFER = timedelta(0)
TEXTS = {
    "repair_time": gettext_noop("A repair ends after now, and within a year."),
    "too_long": gettext_noop("At most {most} characters."),
}


class RepairInvalid(Invalid):
    """Something in what is said of a repair is wrong; ``flaws`` say what, each at its field."""

    code = "repair_invalid"
    text = gettext_noop("The repair cannot be entered like this. Mend what is marked.")


class MachineNotInspected(NotPossible):
    """A machine is repaired or made ready after its inspection, once."""

    code = "machine_not_inspected"
    text = gettext_noop("The machine is not in inspection or repair: take it back and inspect it first.")


class FindingsUnanswered(NotPossible):
    """What the lessee is to bear stays as it is until it could look at it."""

    code = "findings_unanswered"
    text = gettext_noop(
        "The lessee has not answered what was found. Leave the machine as it is until it does, "
        "or until {until}."
    )


class MemoryNotWiped(NotPossible):
    """Nobody gets a machine with the programs of another in it."""

    code = "memory_not_wiped"
    text = gettext_noop("Programs of the last lessee are still in the machine. Wipe its memory, and say so.")


class MachineNotReady(NotPossible):
    """A machine is handed over when all that its last lease left is done."""

    code = "machine_not_ready"
    text = gettext_noop(
        "{machine} came back from another lease and is not ready: inspect it, repair it where needed, wipe "
        "its memory, and make it ready. Then hand it over."
    )


class ReturnUnwritten(NotPossible):
    """A machine goes to the next lessee when it is written down how it came from the last."""

    code = "return_unwritten"
    text = gettext_noop(
        "How {machine} came back from its last lease {lease} is not written down yet. Write that return, "
        "inspect the machine and make it ready; then hand it over."
    )


@atomic
def repair(
    *,
    lease: Lease,
    work: str,
    by: User,
    at: datetime,
    until: datetime | None = None,
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Begin to repair an inspected machine, or say anew what is done and how long.

    With ``until`` the calendar is taken for it in place of what is left of the buffer behind the lease. Where
    another claim stands in that time the repair goes on without one: the step names the claim that it meets,
    and whoever waits for the machine is told. With its beginning the days to be ready (``unit.ready_by``)
    count anew, once.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease has not begun, or is closed
    :raises MachineNotInspected: if the machine is not in inspection or repair
    :raises FindingsUnanswered: if the lessee may still answer what it is to bear
    :raises RepairInvalid: if the work is described at too great length, or the time is none
    :raises RecordMissing: if no work is named
    """
    within = moves.require_side(lease=lease, move=Move.REPAIR, by=by)
    lease = moves.lock(lease=lease, move=Move.REPAIR, expected=expected)
    machine = records.unit_of(lease=lease, named=unit)
    check(unit=machine, at=at)
    _check_repair(work, until, at)
    facts: dict[str, Any] = {"unit": machine.public_id, "work": work.strip()}
    if until is not None:
        facts |= {"until": utc(until)} | _enter(machine, Period(at, until), work.strip(), by, at)
    _begin_repair(lease, machine, at)
    lease = moves.carry_out(
        lease=lease, move=Move.REPAIR, by=by, within=within, at=at, facts=facts, unit=machine
    )
    _tell(lease, Told.REPAIR_BEGUN, at, work=work.strip())
    tell_next(unit=machine, until=until or at, at=at)
    return lease


@atomic
def ready(
    *,
    lease: Lease,
    by: User,
    at: datetime,
    wiped: bool = False,
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Make a machine ready again after its inspection or repair: what is left of its time is given back.

    ``wiped`` says that its memory was wiped since it came back.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease has not begun, or is closed
    :raises MachineNotInspected: if the machine is not in inspection or repair
    :raises FindingsUnanswered: if the lessee may still answer what it is to bear
    :raises MemoryNotWiped: if the lessee's programs are still in it
    """
    within = moves.require_side(lease=lease, move=Move.READY, by=by)
    lease = moves.lock(lease=lease, move=Move.READY, expected=expected)
    machine = records.unit_of(lease=lease, named=unit)
    check(unit=machine, at=at)
    if not wiped and memory_open(unit=machine):
        raise MemoryNotWiped
    return make_ready(lease=lease, unit=machine, by=by, within=within, at=at)


def make_ready(
    *, lease: Lease, unit: LeaseUnit, by: User, within: Organization | None, at: datetime
) -> Lease:
    """Give a machine of a locked lease back to the calendar; the move has asked for the rights."""
    _end_repair(unit, by, at)
    claims.cut_buffer(claim=unit.claim, by=by, at=at)
    facts = {"unit": unit.public_id, "ready_from": utc(at)}
    lease = moves.carry_out(lease=lease, move=Move.READY, by=by, within=within, at=at, facts=facts, unit=unit)
    _tell(lease, Told.MACHINE_READY, at)
    return lease


def check(*, unit: LeaseUnit, at: datetime) -> None:
    """
    Let repair or readiness go on of a machine whose findings the lessee could answer.

    :raises MachineNotInspected: if the machine is not in inspection or repair
    :raises FindingsUnanswered: if the lessee may still answer what it is to bear
    """
    found = ConditionRecord.objects.latest_for(unit, Kind.INSPECTION)
    if found is None or unit.state not in (LeaseUnit.State.IN_INSPECTION, LeaseUnit.State.IN_REPAIR):
        raise MachineNotInspected
    answered = records.answer_of(record=found) is not None
    if waits(found.document) and not answered and at < found.answer_until:
        raise FindingsUnanswered(until=moves.words(moment=found.answer_until, lease=unit.lease))


def memory_open(*, unit: LeaseUnit) -> bool:
    """Tell whether the lessee's programs are still in a machine, by the records of return and inspection."""
    back = ConditionRecord.objects.latest_for(unit, Kind.RETURN)
    if back is None or not is_left(back.document):
        return False
    seen = ConditionRecord.objects.latest_for(unit, Kind.INSPECTION)
    return seen is None or not seen.document["data_wiped"]


def check_next(*, unit: LeaseUnit) -> list[str]:
    """
    Let a machine be handed over that is ready since its last lease; ``unit`` is that of the next one.

    Programs of the last lessee in its memory keep a machine from being ready (``ready``): the state says it.
    Returns the former units whose return nobody will write any more: their use ended before returns could be
    written down, or their lease is settled.

    :raises MachineNotReady: if it is not
    :raises ReturnUnwritten: if it stands at its last lessee as far as anybody wrote down
    """
    others = LeaseUnit.objects.filter(equipment=unit.equipment_id).exclude(pk=unit.pk)
    if others.filter(state__in=UNREADY).exists():
        raise MachineNotReady(machine=unit.equipment.name)
    standing = others.filter(state=LeaseUnit.State.STOPPED, active_to__isnull=False)
    former = list(standing.select_related("lease", "equipment").order_by("pk"))
    for one in former:
        if one.awaited and one.lease.status not in SETTLED and not handed_over_since(one):
            raise ReturnUnwritten(machine=one.equipment.name, lease=one.lease.number)
    return [one.public_id for one in former]


@atomic
def warn(*, unit: LeaseUnit, by: User, at: datetime) -> bool:
    """
    Tell, as the clock, whoever needs a machine within two days that is back and not ready; tells whether.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not (by.is_robot and by.is_active):
        raise MissingRight(organization=unit.lease.lessor.name)
    moves.lock_any(lease=unit.lease)
    found = LeaseUnit.objects.not_ready(at).filter(pk=unit.pk).select_related("equipment").first()
    return found is not None and tell_next(unit=found, until=at + TIME_TO_WARN, at=at)


def tell_next(*, unit: LeaseUnit, until: datetime, at: datetime) -> bool:
    """
    Tell whoever leases a machine next, and its owner, that it may not be ready: once for each lease.

    ``until`` is when it may be ready at the earliest; nobody is told whose it was or why it is not ready.
    Tells whether another lease needs it before. A machine that was handed over since is waited for by nobody.
    """
    if handed_over_since(unit):
        return False
    after = Claim.objects.active().filter(equipment=unit.equipment_id, reason=Claim.Reason.LEASE)
    after = after.filter(held_until=None).alias(needed=Begins("core")).filter(needed__gte=unit.active_to)
    found = after.filter(needed__lt=until).order_by("needed").first()
    lease = Lease.objects.filter(public_id=found.reference).first() if found else None
    if found is None or lease is None:
        return False
    notify(
        kind=Told.MACHINE_NOT_READY,
        to=[lease.lessee, lease.lessor],
        facts={
            "machine": unit.equipment.name,
            "lease": lease.number,
            "needed_at": found.core.lower.isoformat(),
        },
        at=at,
        link=f"/leases/{lease.public_id}/",
        once=f"not_ready:{unit.public_id}:{found.public_id}",
    )
    return True


def _begin_repair(lease: Lease, unit: LeaseUnit, at: datetime) -> None:
    """Let the days to be ready count from the beginning of the repair; both change in one statement."""
    if unit.state == LeaseUnit.State.IN_INSPECTION and unit.ready_by is not None:
        days = sla_of(lease.terms).inspection
        unit.state = LeaseUnit.State.IN_REPAIR
        unit.ready_by = ready_after_repair(unit.ready_by, begun_at=at, within=days)
        unit.save(update_fields=["state", "ready_by"])


def _check_repair(work: str, until: datetime | None, at: datetime) -> None:
    flaws = []
    if len(work) > LONGEST_TEXT:
        flaws.append(Flaw("/work", "too_long", TEXTS["too_long"], {"most": LONGEST_TEXT}))
    if until is not None and not at < until <= at + LONGEST_REPAIR:
        flaws.append(Flaw("/until", "repair_time", TEXTS["repair_time"], {}))
    if flaws:
        raise RepairInvalid(flaws=flaws)


def _enter(unit: LeaseUnit, core: Period, work: str, by: User, at: datetime) -> dict[str, str]:
    """Take the calendar for a repair, or say which claim stands in its time; then nothing is changed."""
    try:
        with transaction.atomic():
            _end_repair(unit, by, at)
            claims.cut_buffer(claim=unit.claim, by=by, at=at)
            made = claims.occupy(
                equipment=unit.equipment,
                reason=Claim.Reason.MAINTENANCE,
                core=core,
                before=NO_BUFFER,
                after=NO_BUFFER,
                reference=unit.public_id,
                by=by,
                at=at,
                note=work[:200],
            )
    except claims.MachineBusy:
        others = Claim.objects.active().filter(equipment=unit.equipment_id).exclude(pk=unit.claim_id)
        others = others.exclude(reference=unit.public_id).overlapping(core.start, core.end)
        met = others.order_by("period").first()
        return {"claim": "", "meets": met.public_id if met else ""}
    return {"claim": made.public_id, "meets": ""}


def _end_repair(unit: LeaseUnit, by: User, at: datetime) -> None:
    """Give back what is left of the calendar that was taken for a repair."""
    taken = Claim.objects.active().filter(equipment=unit.equipment_id, reference=unit.public_id)
    for one in taken.select_related("equipment__owner"):
        claims.release(claim=one, by=by, at=at, ends_at=at)


def _tell(lease: Lease, kind: Told, at: datetime, **more: str) -> None:
    facts = {"who": lease.lessor.name, "lease": lease.number} | more
    notify(kind=kind, to=[lease.lessee], facts=facts, at=at, link=f"/leases/{lease.public_id}/")
