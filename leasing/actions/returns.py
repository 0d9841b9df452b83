"""A machine comes back: either side writes down how, beside what the record of its hand-over says."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.models import Head
from leasing.actions import batch_records, moves, records
from leasing.models import ConditionRecord, Lease, LeaseUnit, RecordAnswer
from leasing.rules import returns as rules
from leasing.rules.condition import Condition, Kind, utc
from leasing.rules.leases import BACK, Move, Side
from leasing.rules.referrals import State
from leasing.rules.returns import DataWipe, Wipe
from leasing.rules.sla import sla_of
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotPossible


class MachineInUse(NotPossible):
    """A machine comes back when its use is over: the lease has ended, or the machine has left it."""

    code = "machine_in_use"
    text = gettext_noop(
        "The machine is still in use. End the lease first, or agree on a change by which it leaves the lease."
    )


class MachineNotOut(NotPossible):
    """What was never handed over, or is lost or sold, does not come back."""

    code = "machine_not_out"
    text = gettext_noop("This machine is not with the lessee: it was never handed over, or is lost or sold.")


class MachineInspected(NotPossible):
    """The return is written before the inspection, not after it."""

    code = "machine_inspected"
    text = gettext_noop("The machine was inspected already. How it came back cannot be written anew.")


class ReturnWritten(NotPossible):
    """The lessee answers the lessor's record, and nobody replaces one of the lessee's that stands."""

    code = "return_written"
    text = gettext_noop(
        "The return is written down already. Confirm that record or object to it as long as there is time; "
        "then the lessor inspects the machine."
    )


class ReturnReferred(NotPossible):
    """What lies before the platform is not replaced."""

    code = "return_referred"
    text = gettext_noop(
        "The return lies before the platform. When it has decided, or who asked takes the question back, "
        "another record can be written."
    )


def check(*, unit: LeaseUnit, side: Side, at: datetime) -> None:
    """
    Let a return go on of a machine that is with the lessee and no longer used, or that has just come back.

    One that was handed over and never used, because the lessee objected, comes back in the same way.

    :raises ReturnReferred: if the platform is asked to decide about the newest record
    :raises ReturnWritten: if the other side's record is there, and is to be answered or stands
    :raises MachineNotOut: if it was never handed over, or does not come back
    :raises MachineInUse: if its use is not over
    :raises MachineInspected: if it is past its return
    :raises RecordAnswered: if the other side has confirmed how it came back, or the platform that it did so
    """
    unused = unit.active_from is None and unit.active_to is None
    if unused or unit.state == LeaseUnit.State.GONE:
        raise MachineNotOut
    if unit.active_to is None:
        raise MachineInUse
    if unit.state in BACK - {LeaseUnit.State.RETURNED}:
        raise MachineInspected
    last = ConditionRecord.objects.latest_for(unit, Kind.RETURN)
    if last is None:
        return
    if last.referral_state is State.REFERRED:
        raise ReturnReferred
    if records.is_confirmed(record=last) or last.referral_state is State.STANDS:
        raise records.RecordAnswered
    if not _may_follow(last, side, at):
        raise ReturnWritten


def _may_follow(last: ConditionRecord, side: Side, at: datetime) -> bool:
    """
    Tell whether a side may write another record: the lessor may, unless one of the lessee's stands; either,
    in the place of one that does not stand as the platform decided.
    """
    if last.referral_state is State.FALLS:
        return True
    if last.side == Side.LESSOR:
        return side == Side.LESSOR
    return records.answer_of(record=last) is not None or at < last.answer_until


@atomic
def take_back(
    *,
    lease: Lease,
    given: Condition,
    wipe: DataWipe,
    by: User,
    at: datetime,
    within: Organization | None = None,
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Take a machine back, or give it back, and write down how it is; ``unit`` names it among several.

    ``within`` is the side that writes, the lessor where none is named and ``by`` may write for it. What
    differs from the hand-over is named in the record. The other side confirms or objects within three days;
    silence lets the record stand. A new record takes the place of the last. Early and late are the same here:
    what a late return costs is not decided by its record. From then on the time to inspect runs.

    :raises MissingRight: if ``by`` may not operate leases of that side, or ``within`` is none
    :raises LeaseMoveRefused: if the lease has not begun, is settled, or its machine is gone
    :raises MachineNotOut: if the machine was never handed over, or does not come back
    :raises MachineInUse: if its use is not over
    :raises MachineInspected: if it was inspected already
    :raises RecordAnswered: if the other side has confirmed how it came back
    :raises ReturnWritten: if the other side's record is there, and is to be answered or stands
    :raises ReturnReferred: if the platform is asked to decide about the newest record
    :raises ReturnRecordsMissing: if records of its batches are missing
    :raises ConditionInvalid: with every fault of the record at its field
    """
    within, side = _side(lease, by, within)
    lease = moves.lock(lease=lease, move=Move.RETURN, expected=expected)
    machine = records.unit_of(lease=lease, named=unit)
    check(unit=machine, side=side, at=at)
    batch_records.required_before_release(unit=machine, given=given, at=at)
    assert machine.active_to is not None
    record = records.write(
        lease=lease,
        unit=machine,
        kind=Kind.RETURN,
        given=given,
        side=side,
        by=by,
        at=at,
        extra=_beside(lease, machine, given, wipe, at),
        more=rules.flaws(given, wipe, used_until=machine.active_to),
    )
    lease = moves.carry_out(
        lease=lease,
        move=Move.RETURN,
        by=by,
        within=within,
        at=at,
        facts=_facts(record),
        evidence=records.evidence_of(record=record),
        unit=machine,
    )
    _inspect_by(lease, machine, record.answer_until, anew=side == Side.LESSEE)
    _tell(lease, record, wipe, at)
    return lease


def _facts(record: ConditionRecord) -> dict[str, Any]:
    """Return what the step of a return says of its record."""
    document = record.document
    return records.facts_of(record=record) | {
        "data_wipe": document["data_wipe"]["state"],
        "differences": document["differences"],
        "written_by": record.side,
    }


def answered(*, record: ConditionRecord, word: RecordAnswer.Word, lease: Lease, at: datetime) -> None:
    """
    Let the word on a return count: the time to inspect runs from it on.

    Where the lessor objects to what the lessee wrote, the machine stands at the lessee's as before: nobody
    gives a machine back alone. One that the lessor itself wrote down as back before stays so. The lease and
    its machines are locked.
    """
    unit = LeaseUnit.objects.get(pk=record.unit_id)
    if unit.state != LeaseUnit.State.RETURNED:
        return
    known = ConditionRecord.objects.filter(unit=unit, kind=Kind.RETURN, side=Side.LESSOR).exists()
    if record.side == Side.LESSEE and word == RecordAnswer.Word.OBJECTED and not known:
        unit.state, unit.inspect_by = LeaseUnit.State.STOPPED, None
        unit.save(update_fields=["state", "inspect_by"])
    else:
        _inspect_by(lease, unit, at)


def stands(*, unit: LeaseUnit, lease: Lease, at: datetime) -> None:
    """Let the time to inspect run of a machine that is back as the platform decided; its lease is locked."""
    _inspect_by(lease, unit, at)


def _inspect_by(lease: Lease, unit: LeaseUnit, stands_from: datetime, *, anew: bool = False) -> None:
    days = sla_of(lease.terms).inspection
    unit.inspect_by = rules.inspect_by(unit.inspect_by, stands_from=stands_from, within=days, anew=anew)
    unit.save(update_fields=["inspect_by"])


def _side(lease: Lease, by: User, within: Organization | None) -> tuple[Organization | None, Side]:
    """Return for whom ``by`` writes: the named side, or the one that gave it the right."""
    if within is None:
        within = moves.require_side(lease=lease, move=Move.RETURN, by=by)
        return within, Side.LESSEE if within == lease.lessee else Side.LESSOR
    if within not in (lease.lessor, lease.lessee):
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_OPERATE, within=within)
    return within, Side.LESSEE if within == lease.lessee else Side.LESSOR


def _beside(lease: Lease, unit: LeaseUnit, given: Condition, wipe: DataWipe, at: datetime) -> dict[str, Any]:
    """Return what the record of a return says beyond the condition of the machine."""
    handed = ConditionRecord.objects.latest_for(unit, Kind.HANDOVER)
    due_back = unit.claim.period.upper
    found = rules.differences(handed.document if handed else None, given)
    return {
        "handover": handed.digest if handed else "",
        "use_ended_at": utc(unit.active_to) if unit.active_to else None,
        "due_back_at": utc(due_back) if due_back else None,
        "late": rules.is_late(given.happened_at, due_back),
        "data_wipe": wipe.dump(),
        "measured": _measured(lease, unit, at),
        "differences": [one.dump() for one in found],
    }


def _measured(lease: Lease, unit: LeaseUnit, at: datetime) -> list[dict[str, Any]]:
    """
    Return for each meter that a device reports how far it had reported: the number of its last arrival.

    What the device said is read through the door of telemetry alone; billing does that up to this number.
    """
    found = records.measured(unit=unit, lease=lease, at=at)
    heads = Head.objects.filter(device__in=[channel.device_id for channel in found.values()])
    arrivals = dict(heads.values_list("device", "arrivals"))
    return [
        {
            "meter": meter,
            "device": channel.device.public_id,
            "channel": channel.key,
            "arrival": arrivals.get(channel.device_id, 0),
        }
        for meter, channel in sorted(found.items())
    ]


def _tell(lease: Lease, record: ConditionRecord, wipe: DataWipe, at: datetime) -> None:
    facts = {"who": lease.party(record.side).name, "lease": lease.number}
    to = [lease.other_party(record.side)]
    given: dict[str, Any] = {"to": to, "at": at, "link": f"/records/{record.public_id}/"}
    until = {"until_at": record.answer_until.isoformat()}
    if record.side == Side.LESSEE:
        days = {"days": str(sla_of(lease.terms).inspection.days)}
        notify(kind=Told.RETURNED_BY_LESSEE, facts=facts | until | days, **given)
        return
    notify(kind=Told.RETURN_TO_CONFIRM, facts=facts | until, **given)
    if wipe.state == Wipe.NOT_WIPED:
        notify(kind=Told.MEMORY_NOT_WIPED, facts=facts | {"reason": wipe.reason.strip()}, **given)
