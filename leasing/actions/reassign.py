"""A lease whose machine nobody chose may get another one of its listing, until it is handed over."""

from datetime import datetime

from leasing.actions import moves, notices
from leasing.models import Lease, LeaseUnit
from leasing.rules.leases import Move
from marketplace.actions import parties
from marketplace.actions.pools import Moved


def follow(*, moved: Moved, at: datetime) -> None:
    """
    Let a lease follow its claim to another machine: the unit, the notice on the machine's data, the history.

    The clock does it, because whoever made it necessary may not know of this lease. A quote that only holds
    a machine has no unit yet, and nothing follows. The machines are locked, so the lease stands still.
    """
    unit = LeaseUnit.objects.filter(claim=moved.claim).first()
    if unit is None:
        return
    by = parties.robot(name="clock")
    LeaseUnit.objects.filter(pk=unit.pk).update(equipment=moved.claim.equipment)
    lease = moves.lock(lease=Lease.objects.get(pk=unit.lease_id), move=Move.REASSIGN, expected=None)
    facts = {
        "claim": moved.claim.public_id,
        "equipment": moved.claim.equipment.public_id,
        "equipment_before": moved.before.public_id,
        "data_notice": notices.tell(lease=lease, by=by, at=at).digest,
    }
    moves.carry_out(lease=lease, move=Move.REASSIGN, by=by, within=None, at=at, facts=facts)
