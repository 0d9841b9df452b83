"""What the page of a lease shows of its machines' way back; it costs no query of its own."""

from collections.abc import Sequence
from typing import Any

from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Kind
from leasing.rules.leases import BACK, Move, Status, can

KINDS = {
    LeaseUnit.State.STOPPED: "idle",
    LeaseUnit.State.RETURNED: "idle",
    LeaseUnit.State.IN_INSPECTION: "idle",
    LeaseUnit.State.IN_REPAIR: "fault",
    LeaseUnit.State.READY: "run",
}
INSPECTED = (LeaseUnit.State.IN_INSPECTION, LeaseUnit.State.IN_REPAIR)


def way_back(lease: Lease, found: Sequence[ConditionRecord], *, may_operate: bool) -> list[dict[str, Any]]:
    """
    Return a row for each machine whose use is over: its state, its records, and what can be done next.

    ``found`` are the records of the lease, the newest first.
    """
    units = [one for one in lease.units.all() if one.active_to and one.state != LeaseUnit.State.GONE]
    acts = may_operate and can(Move.RETURN, Status(lease.status))
    readies = may_operate and can(Move.READY, Status(lease.status))
    return [_row(one, [rec for rec in found if rec.unit_id == one.pk], acts, readies) for one in units]


def way_back_of(unit: LeaseUnit, *, may_operate: bool) -> dict[str, Any]:
    """Return what can be done next with one machine on its way back; nothing while it is in use."""
    if unit.active_to is None:
        return {}
    status = Status(unit.lease.status)
    acts, readies = may_operate and can(Move.RETURN, status), may_operate and can(Move.READY, status)
    return _row(unit, [], acts, readies)


def _row(
    unit: LeaseUnit, found: Sequence[ConditionRecord], acts: bool, may_make_ready: bool
) -> dict[str, Any]:
    return {
        "unit": unit,
        "kind": KINDS.get(LeaseUnit.State(unit.state), "off"),
        "records": [one for one in reversed(found) if one.kind != Kind.HANDOVER],
        "may_return": acts and unit.state not in BACK,
        "may_inspect": acts and unit.state == LeaseUnit.State.RETURNED,
        "may_ready": may_make_ready and unit.state in INSPECTED,
    }
