"""The hand-over: planned, sent off, recorded by the lessor, confirmed by the lessee; so a lease begins."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import (
    batch_records,
    beginnings,
    comings,
    deposits,
    holds,
    moves,
    notices,
    readiness,
    records,
)
from leasing.models import ConditionRecord, Lease, LeaseUnit, RecordAnswer, Transition
from leasing.rules import handovers
from leasing.rules.condition import Condition, Kind
from leasing.rules.handovers import SITE, Plan
from leasing.rules.leases import Move, Side
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotPossible


class PlanInvalid(Invalid):
    """Something in the plan is wrong; ``flaws`` say what, each at its field."""

    code = "plan_invalid"
    text = gettext_noop("The hand-over cannot be planned like this. Mend what is marked.")


class SiteNotReady(NotPossible):
    """A machine is sent off when its place is ready."""

    code = "site_not_ready"
    text = gettext_noop("The place of use is not ready: {missing}. Plan the hand-over again when it is.")


@atomic
def plan(
    *, lease: Lease, given: Plan, by: User, at: datetime, unit: str = "", expected: int | None = None
) -> Lease:
    """
    Write down when the machine comes, how, and what the place has; a new plan takes the place of the last.

    In a running lease ``unit`` names the machine that a change brings, if several wait.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease is not bound, or is over
    :raises NothingToHandOver: if the lease runs and no machine waits to come
    :raises NoSuchUnit: if several wait and none is named
    :raises PlanInvalid: with every fault at its field
    """
    within = moves.require_side(lease=lease, move=Move.PLAN, by=by)
    lease = moves.lock(lease=lease, move=Move.PLAN, expected=expected)
    machine = comings.unit_of(lease=lease, named=unit)
    flaws = handovers.flaws(given, ends_at=lease.ends_at, at=at)
    if flaws:
        raise PlanInvalid(flaws=flaws)
    facts = given.dump() | _about(machine)
    lease = moves.carry_out(lease=lease, move=Move.PLAN, by=by, within=within, at=at, facts=facts)
    _tell(lease, Told.HANDOVER_PLANNED, at, Side.LESSEE, planned_at=facts["planned_for"])
    return lease


@atomic
def dispatch(
    *, lease: Lease, delivery: str, by: User, at: datetime, unit: str = "", expected: int | None = None
) -> Lease:
    """
    Send the machine off to where it is used, by a delivery order or whoever drives.

    In a running lease ``unit`` names the machine that a change brings, if several wait.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease is not bound, or is over
    :raises NothingToHandOver: if the lease runs and no machine waits to come
    :raises NoSuchUnit: if several wait and none is named
    :raises SiteNotReady: if nothing is planned, or the plan says that the place lacks something
    :raises RecordMissing: if no delivery is named
    """
    within = moves.require_side(lease=lease, move=Move.DISPATCH, by=by)
    lease = moves.lock(lease=lease, move=Move.DISPATCH, expected=expected)
    machine = comings.unit_of(lease=lease, named=unit)
    holds.fix(lease=lease)
    plans = Transition.objects.filter(lease=lease, move=Move.PLAN).order_by("position")
    planned = (plans.filter(facts__unit=machine.public_id) if machine else plans).last()
    missing = handovers.not_ready(planned.facts if planned else {})
    if missing:
        raise SiteNotReady(missing=", ".join(str(_(SITE[name])) for name in missing))
    facts = {"delivery": delivery.strip()[: handovers.LONGEST]} | _about(machine)
    return moves.carry_out(
        lease=lease, move=Move.DISPATCH, by=by, within=within, at=at, facts=facts, unit=machine
    )


@atomic
def hand_over(
    *,
    lease: Lease,
    given: Condition,
    by: User,
    at: datetime,
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Hand a machine over and write down how it is; ``unit`` names it where the lease has several.

    The lease begins when the lessee confirms the record, or by the lessor after three days without an answer,
    and counts from the hand-over that the record names. A new record takes the place of the last. So does the
    use of a machine that a change brings into a running lease: from the moment of the change on it is handed
    over, on the deposit that is held and the notice that was accepted with the change.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises LeaseMoveRefused: if the lease is not bound, or is over
    :raises NothingToHandOver: if the lease runs, and no machine waits or the named one is in use
    :raises NoSuchUnit: if several wait and none is named
    :raises MachineNotReady: if it came back from another lease and is not inspected, repaired and wiped
    :raises ReturnUnwritten: if the return from its last lease is not written down
    :raises HandoverOutsidePeriod: if the moment is not in the agreed time
    :raises DepositMissing: if a deposit is agreed and not held
    :raises DataNoticeNotAccepted: if the lessee has not accepted the notice on the machine's data
    :raises DataNoticeOutdated: if the machine reports something else than the notice says
    :raises HandoverRecordsMissing: if a GMP machine is not clean, calibrated or has an open batch
    :raises RecordAnswered: if the lessee has confirmed a record of this machine
    :raises ConditionInvalid: with every fault of the record at its field
    """
    within = moves.require_side(lease=lease, move=Move.HAND_OVER, by=by)
    lease = moves.lock(lease=lease, move=Move.HAND_OVER, expected=expected)
    holds.fix(lease=lease)
    machine = _check_ready(lease, unit, given.happened_at, at)
    former = readiness.check_next(unit=machine)
    batch_records.required_before_hand_over(unit=machine, at=given.happened_at)
    last = ConditionRecord.objects.latest_for(machine, Kind.HANDOVER)
    if last is not None and records.is_confirmed(record=last):
        raise records.RecordAnswered
    record = records.write(
        lease=lease, unit=machine, kind=Kind.HANDOVER, given=given, side=Side.LESSOR, by=by, at=at
    )
    lease = moves.carry_out(
        lease=lease,
        move=Move.HAND_OVER,
        by=by,
        within=within,
        at=at,
        facts=records.facts_of(record=record) | ({"unwritten_returns": former} if former else {}),
        evidence=records.evidence_of(record=record),
        unit=machine,
    )
    _tell(lease, Told.RECORD_TO_CONFIRM, at, Side.LESSEE, record, until_at=record.answer_until.isoformat())
    return lease


@atomic
def confirm(*, record: ConditionRecord, digest: str, by: User, at: datetime) -> Lease:
    """
    Confirm the lessor's record as the lessee; with the last machine confirmed, the lease begins.

    In a running lease the use of the machine begins that a change brought.

    :raises MissingRight: if ``by`` may not operate leases of the lessee
    :raises LeaseMoveRefused: if the lease is not bound, or is over
    :raises NothingToHandOver: if the machine is in use
    :raises RecordAnswered: if it was answered, or another record has taken its place
    :raises RecordNotRead: if ``digest`` is not that of the record
    :raises DataNoticeOutdated: if the machine reports something else by now than the notice says
    """
    require(by, Permission.LEASE_OPERATE, within=record.lease.lessee)
    lease = moves.lock(lease=record.lease, move=Move.ACTIVATE, expected=None)
    coming = comings.unit_of(lease=lease, named=record.unit.public_id)
    records.answer(
        record=record,
        digest=digest,
        word=RecordAnswer.Word.CONFIRMED,
        by=by,
        within=lease.lessee,
        at=at,
    )
    _tell(lease, Told.RECORD_CONFIRMED, at, Side.LESSOR, record)
    if coming is not None:
        return comings.begin_confirmed(lease=lease, unit=coming, at=at)
    return beginnings.begin_if_confirmed(lease=lease, at=at)


@atomic
def object_to(*, record: ConditionRecord, digest: str, reason: str, by: User, at: datetime) -> RecordAnswer:
    """
    Object to the lessor's record as the lessee, with a reason; the lessor looks again and writes another.

    :raises MissingRight: if ``by`` may not operate leases of the lessee
    :raises LeaseMoveRefused: if the lease is not bound, or is over
    :raises NothingToHandOver: if the lease runs and the machine is in use
    :raises RecordAnswered: if it was answered, or another record has taken its place
    :raises RecordNotRead: if ``digest`` is not that of the record
    :raises RecordMissing: if no reason is given
    """
    require(by, Permission.LEASE_OPERATE, within=record.lease.lessee)
    lease = moves.lock(lease=record.lease, move=Move.ACTIVATE, expected=None)
    comings.unit_of(lease=lease, named=record.unit.public_id)
    said = records.answer(
        record=record,
        digest=digest,
        word=RecordAnswer.Word.OBJECTED,
        by=by,
        within=lease.lessee,
        at=at,
        reason=reason,
    )
    _tell(lease, Told.RECORD_OBJECTED, at, Side.LESSOR, record)
    return said


def _check_ready(lease: Lease, named: str, moment: datetime, at: datetime) -> LeaseUnit:
    """Return the machine that is handed over, if all is there that its use begins with."""
    coming = comings.unit_of(lease=lease, named=named)
    if coming is not None:
        beginnings.check_time(lease=lease, moment=moment, starts_at=coming.claim.core.lower)
        return coming
    machine = records.unit_of(lease=lease, named=named)
    beginnings.check_time(lease=lease, moment=moment)
    deposits.check_held(lease=lease)
    notices.check(lease=lease, at=at)
    return machine


def _about(machine: LeaseUnit | None) -> dict[str, str]:
    return {"unit": machine.public_id} if machine else {}


def _tell(
    lease: Lease,
    kind: Told,
    at: datetime,
    side: Side,
    record: ConditionRecord | None = None,
    **facts: str,
) -> None:
    to, other = (lease.lessor, lease.lessee) if side == Side.LESSOR else (lease.lessee, lease.lessor)
    link = f"/records/{record.public_id}/" if record else f"/leases/{lease.public_id}/"
    told = {"who": other.name, "lease": lease.number} | facts
    notifications.notify(kind=kind, to=[to], facts=told, at=at, link=link)
