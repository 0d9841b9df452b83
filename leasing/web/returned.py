"""What the page of a lease shows of its machines' way back; it costs no query of its own."""

from collections.abc import Sequence
from typing import Any

from leasing.models import ConditionRecord, Lease, LeaseUnit, RecordAnswer
from leasing.rules.condition import Kind
from leasing.rules.leases import BACK, SETTLED, Move, Side, Status, can
from leasing.rules.referrals import State
from leasing.web import referrals
from marketplace.shared import clock

KINDS = {
    LeaseUnit.State.STOPPED: "idle",
    LeaseUnit.State.RETURNED: "idle",
    LeaseUnit.State.IN_INSPECTION: "idle",
    LeaseUnit.State.IN_REPAIR: "fault",
    LeaseUnit.State.READY: "run",
}
INSPECTED = (LeaseUnit.State.IN_INSPECTION, LeaseUnit.State.IN_REPAIR)


def way_back(
    lease: Lease, found: Sequence[ConditionRecord], *, may_operate: bool, may_give_back: bool = False
) -> list[dict[str, Any]]:
    """
    Return a row for each machine whose use is over: its state, its records, and what can be done next.

    ``found`` are the records of the lease, the newest first; ``may_operate`` is the lessor's to act,
    ``may_give_back`` the lessee's.
    """
    units = [one for one in lease.units.all() if one.active_to and one.state != LeaseUnit.State.GONE]
    rights = (may_operate, may_give_back)
    return [_row(lease, one, [rec for rec in found if rec.unit_id == one.pk], *rights) for one in units]


def way_back_of(unit: LeaseUnit, *, may_operate: bool, may_give_back: bool = False) -> dict[str, Any]:
    """Return what can be done next with one machine on its way back; nothing while it is in use."""
    if unit.active_to is None:
        return {}
    return _row(unit.lease, unit, [], may_operate, may_give_back)


def _row(
    lease: Lease, unit: LeaseUnit, found: Sequence[ConditionRecord], lessor: bool, lessee: bool
) -> dict[str, Any]:
    status = Status(lease.status)
    returns = can(Move.RETURN, status)
    back = unit.state == LeaseUnit.State.RETURNED
    last = next((one for one in found if one.kind == Kind.RETURN), None)
    state = last.referral_state if last else State.NONE
    open_, fell = state is not State.REFERRED, back and state is State.FALLS
    return {
        "unit": unit,
        "kind": KINDS.get(LeaseUnit.State(unit.state), "off"),
        "referral": referrals.badge(last) if last else {},
        "records": [one for one in reversed(found) if one.kind != Kind.HANDOVER],
        "may_return": lessor and returns and unit.state not in BACK and open_,
        "may_give_back": lessee and not lessor and returns and (unit.state not in BACK or fell) and open_,
        "may_inspect": lessor and can(Move.INSPECT, status) and back,
        "may_write_again": lessor and returns and back and _is_open(last, state),
        "may_ready": lessor and can(Move.READY, status) and unit.state in INSPECTED,
        "inspect_by": unit.inspect_by,
        "ready_by": unit.ready_by if status not in SETTLED else None,
    }


def _is_open(last: ConditionRecord | None, state: State) -> bool:
    """Tell whether the lessor may write another record of a return; the action asks for the time as well."""
    if state is not State.NONE:
        return state is State.FALLS
    answer = getattr(last, "answer", None)
    confirmed = answer is not None and answer.word == RecordAnswer.Word.CONFIRMED
    return (
        last is not None and not confirmed and (last.side == Side.LESSOR or clock.now() < last.answer_until)
    )
