"""Try a change of a running lease without making it: what the calendar would say to it, and hold then."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from leasing.actions import annex_effects, annexes, moves
from leasing.models import Lease
from leasing.rules.annexes import MACHINES, Change
from leasing.rules.leases import Move
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Organization, User
from marketplace.permissions import Permission, require


@dataclass(frozen=True)
class Taken:
    """For what time a lease takes a machine, and from when that is free for others."""

    machine: str
    starts_at: datetime
    ends_at: datetime
    free_from: datetime


@dataclass(frozen=True)
class Rehearsal:
    """What the calendar holds for a lease without a change, and what it would hold with it."""

    before: tuple[Taken, ...]
    after: tuple[Taken, ...]


@atomic
def rehearse(
    *,
    lease: Lease,
    change: Change,
    valid_until: datetime,
    by: User,
    at: datetime,
    within: Organization,
    note: str = "",
) -> Rehearsal:
    """
    Plan the claims of a change as its acceptance would, look at them, and take everything back.

    What is shown is what the same functions do that commit, and so are the refusals.

    :raises MissingRight: if ``by`` may not change leases of the side ``within``
    :raises LeaseMoveRefused: if the lease is not running
    :raises NoticeWasGiven: if it is an extension after a notice
    :raises AnnexInvalid: with every fault at its field
    :raises MachineBusy: if a machine is not free for it; the refusal names the period
    :raises SubletLonger: if a machine that leaves, or leaves earlier, is sub-let for longer
    :raises ChangeWaits: if another change takes effect after the new end
    """
    require(by, Permission.LEASE_END, within=within)
    annexes.check(lease=lease, change=change, valid_until=valid_until, note=note, at=at)
    lease = moves.lock(lease=lease, move=Move.CHANGE, expected=None)
    before = _taken(lease, at)
    with transaction.atomic():
        if change.ends_at is not None:
            annex_effects.plan_end(lease=lease, ends_at=change.ends_at, by=by, at=at)
        elif change.kind in MACHINES:
            moment = change.effective_from or at
            annex_effects.plan_machines(change=change, lease=lease, moment=moment, by=by, at=at)
        after = _taken(lease, at)
        transaction.set_rollback(True)
    return Rehearsal(before, after)


def _taken(lease: Lease, at: datetime) -> tuple[Taken, ...]:
    found = Claim.objects.active().filter(reference=lease.public_id, core__endswith__gte=at)
    return tuple(
        Taken(one.equipment.name, one.core.lower, one.core.upper, one.period.upper)
        for one in found.select_related("equipment").order_by("equipment", "core")
    )
