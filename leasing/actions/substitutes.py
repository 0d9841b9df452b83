"""Put a lease whose machine does not come on another one of its listing, before it is handed over."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import moves, reassign, risks
from leasing.actions.leases import UNDER_WAY, MachineUnderWay
from leasing.models import AtRisk, Lease, LeaseUnit
from leasing.queries.overdue import late_machines
from leasing.rules.leases import Move
from marketplace.actions import audit, pools
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Organization, User
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period


class RiskOver(NotPossible):
    """The machine comes after all, or another one took its place."""

    code = "risk_over"
    text = gettext_noop("Nothing is at risk here any more. Read the lease again.")


class NoSubstitute(NotPossible):
    """No other machine of the listing is free for the whole time."""

    code = "no_substitute"
    text = gettext_noop(
        "No other machine of this listing is free for the whole time any more. "
        "Ask for one of another listing."
    )


@atomic
def take(
    *,
    risk: AtRisk,
    by: User,
    at: datetime,
    within: Organization | None = None,
) -> Lease:
    """
    Give the lease of a claim at risk another machine of its listing, as its lessor or its lessee.

    The machines of a listing are equal, so one side is enough. Movable claims make room as for a new lease;
    the history and both sides are told of each step, and the lessee gets the notice on the other machine's
    data. ``within`` is the organization for which a key acts.

    :raises MissingRight: if ``by`` may not operate leases of the lessor, nor ask for leases of the lessee
    :raises RiskOver: if nothing is at risk any more, or the time is not a lease's
    :raises LeaseMoveRefused: if the lease is not waiting for its machines: a running one is changed instead
    :raises MachineUnderWay: if the machine is on its way already
    :raises NoSubstitute: if no other machine is free for the whole time
    """
    unit = LeaseUnit.objects.select_related("lease__lessor", "lease__lessee").filter(claim=risk.claim).first()
    if unit is None:
        raise RiskOver
    side = _side(unit.lease, by, within)
    lease = moves.lock(lease=unit.lease, move=Move.REASSIGN, expected=None)
    open_ = AtRisk.objects.open().locked().filter(pk=risk.pk)
    now = open_.select_related("claim__equipment__owner", "unit").first()
    if now is None:
        raise RiskOver
    if LeaseUnit.objects.filter(pk=unit.pk, state__in=UNDER_WAY).exists():
        raise MachineUnderWay
    moved = _moved(lease, now.claim, by=by, at=at)
    for one in moved:
        reassign.follow(moved=one, at=at)
    risks.resolve(risk=now, at=at)
    audit.record(
        by=by,
        action="lease.substitute",
        subject=lease.public_id,
        at=at,
        within=side,
        claim=now.claim.public_id,
        equipment=now.claim.equipment.public_id,
        equipment_before=moved[-1].before.public_id,
    )
    return Lease.objects.with_parties().get(pk=lease.pk)


def _side(lease: Lease, by: User, within: Organization | None) -> Organization:
    """Return the side for which ``by`` decides."""
    sides = ((lease.lessor, Permission.LEASE_OPERATE), (lease.lessee, Permission.LEASE_REQUEST))
    for side, right in sides:
        if within in (None, side) and allowed(by, right, within=side):
            return side
    mine = [side for side, _right in sides if within in (None, side) and by.roles_in(side)]
    raise MissingRight(organization=(mine or [lease.lessor])[0].name)


def _moved(lease: Lease, claim: Claim, *, by: User, at: datetime) -> list[pools.Moved]:
    """Make room on another machine, and put the claim there; what moved, the claim itself last."""
    core = Period(claim.core.lower, claim.core.upper)
    without = late_machines() | {claim.equipment_id}
    room = pools.make_room(listing=lease.listing, core=core, by=by, at=at, without=without)
    if room is None:
        raise NoSubstitute
    put = pools.put_on(claim=claim, equipment=room.equipment, by=by, at=at)
    if put is None:
        raise NoSubstitute
    claim.equipment = put.claim.equipment
    return [*room.moved, put]
