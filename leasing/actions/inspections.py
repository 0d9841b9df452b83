"""A machine that came back is looked at; what is found stands beside the hand-over, to be answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import moves, readiness, records
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules import inspections as rules
from leasing.rules.condition import Condition, Kind, utc
from leasing.rules.inspections import Finding
from leasing.rules.leases import Move, Side
from leasing.rules.returns import has_lapsed, ready_by
from leasing.rules.sla import sla_of
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotPossible


class MachineNotBack(NotPossible):
    """A machine is inspected when it has come back."""

    code = "machine_not_back"
    text = gettext_noop("Take the machine back first: write down how it came.")


class InspectionOver(NotPossible):
    """What is being repaired or is ready is not inspected again for this lease."""

    code = "inspection_over"
    text = gettext_noop("The inspection is over: the machine is being repaired, or ready again.")


def check(*, unit: LeaseUnit) -> None:
    """
    Let an inspection go on of a machine that has come back and is neither repaired nor ready.

    :raises MachineNotBack: if it was not taken back
    :raises InspectionOver: if it is being repaired, or ready
    :raises RecordAnswered: if the lessee has accepted what was found
    """
    if unit.state in (LeaseUnit.State.IN_REPAIR, LeaseUnit.State.READY):
        raise InspectionOver
    if unit.state not in (LeaseUnit.State.RETURNED, LeaseUnit.State.IN_INSPECTION):
        raise MachineNotBack
    last = ConditionRecord.objects.latest_for(unit, Kind.INSPECTION)
    if last is not None and records.is_confirmed(record=last):
        raise records.RecordAnswered


@atomic
def inspect(
    *,
    lease: Lease,
    given: Condition,
    findings: Sequence[Finding],
    by: User,
    at: datetime,
    reply_until: datetime | None = None,
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Write down what was found at a machine that came back; ``unit`` names it where the lease has several.

    Without findings the machine is ready at once, unless the lessee's programs are still in its memory
    (``given.data_wiped`` says that they are out by now). With findings of which the lessee is to bear a part
    it waits until the lessee answered, or ``reply_until`` (three days without another word). A new record
    takes the place of the last, until the lessee accepted one. When the time to inspect is over
    (``unit.inspect_by``), or that in which a machine that was inspected in time is to be ready
    (``unit.ready_by``), it can still be inspected, but the lessee bears nothing of what is found.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease has not begun, or is settled
    :raises MachineNotBack: if the machine was not taken back
    :raises InspectionOver: if it is being repaired, or ready
    :raises RecordAnswered: if the lessee has accepted what was found
    :raises ConditionInvalid: with every fault of the record at its field
    """
    within = moves.require_side(lease=lease, move=Move.INSPECT, by=by)
    lease = moves.lock(lease=lease, move=Move.INSPECT, expected=expected)
    machine = records.unit_of(lease=lease, named=unit)
    check(unit=machine)
    given, late = records.with_photos(lease=lease, given=given), _is_late(machine, at)
    until = reply_until or at + rules.SHORTEST_REPLY
    record = records.write(
        lease=lease,
        unit=machine,
        kind=Kind.INSPECTION,
        given=given,
        side=Side.LESSOR,
        by=by,
        at=at,
        extra=_beside(lease, machine, given, findings),
        more=rules.flaws(findings, given, reply_until=until, at=at, late=late),
        answer_until=until,
    )
    found = {"findings": record.document["findings"], "reply_until": utc(until)}
    lease = moves.carry_out(
        lease=lease,
        move=Move.INSPECT,
        by=by,
        within=within,
        at=at,
        facts=records.facts_of(record=record) | found,
        evidence=records.evidence_of(record=record),
        unit=machine,
    )
    if machine.ready_by is None and not late:  # in time; else it stays known that it was not
        _ready_by(lease, machine, record.answer_until if rules.waits(record.document) else at)
    return _go_on(lease, machine, record, by=by, within=within, at=at)


def answered(*, record: ConditionRecord, lease: Lease, at: datetime) -> None:
    """Let the lessee's word on what was found count: the machine is to be ready within its days from then."""
    unit = LeaseUnit.objects.get(pk=record.unit_id)
    if unit.ready_by is not None:
        _ready_by(lease, unit, at)


def _is_late(unit: LeaseUnit, at: datetime) -> bool:
    return has_lapsed(unit.inspect_by, at) or has_lapsed(unit.ready_by, at)


def _ready_by(lease: Lease, unit: LeaseUnit, starts_from: datetime) -> None:
    within = sla_of(lease.terms).inspection
    unit.inspect_by, unit.ready_by = None, ready_by(unit.ready_by, starts_from=starts_from, within=within)
    unit.save(update_fields=["inspect_by", "ready_by"])


def _go_on(
    lease: Lease,
    unit: LeaseUnit,
    record: ConditionRecord,
    *,
    by: User,
    within: Organization | None,
    at: datetime,
) -> Lease:
    """Make a machine ready at which nothing was found; else tell the lessee, and whoever waits for it."""
    findings = record.document["findings"]
    if not findings and not readiness.memory_open(unit=unit):
        return readiness.make_ready(lease=lease, unit=unit, by=by, within=within, at=at)
    if findings:
        _tell(lease, record, at)
    until = record.answer_until if rules.waits(record.document) else at
    readiness.tell_next(unit=unit, until=until, at=at)
    return lease


def _beside(lease: Lease, unit: LeaseUnit, given: Condition, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what the record of an inspection says beyond the condition of the machine."""
    handed = ConditionRecord.objects.latest_for(unit, Kind.HANDOVER)
    back = ConditionRecord.objects.latest_for(unit, Kind.RETURN)
    before = handed.document if handed else None
    return {
        "handover": handed.digest if handed else "",
        "return": back.digest if back else "",
        "findings": rules.dump(findings, given, before, currency=lease.agreed.price_plan.currency),
    }


def _tell(lease: Lease, record: ConditionRecord, at: datetime) -> None:
    notify(
        kind=Told.INSPECTION_TO_ANSWER,
        to=[lease.lessee],
        facts={
            "who": lease.lessor.name,
            "lease": lease.number,
            "until_at": record.answer_until.isoformat(),
        },
        at=at,
        link=f"/records/{record.public_id}/",
    )
