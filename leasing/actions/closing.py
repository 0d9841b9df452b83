"""The clock closes a settled lease when nothing is open any more, here or in a room above."""

from collections.abc import Callable
from datetime import UTC, datetime

from leasing.actions import moves
from leasing.models import Deposit, Lease
from leasing.rules.closing import retain_until
from leasing.rules.leases import BACK, Move, Physical, Status
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.rules.notifications import Kind as Told

# Tells whether nothing of a settled lease is open in another room. It reads, and is asked while the lease is
# locked.
Check = Callable[[Lease], bool]
_CHECKS: dict[str, Check] = {}


def ask_too(*, name: str, check: Check) -> None:
    """Let a room above be asked before a lease is closed; it says so in its ``AppConfig.ready``."""
    _CHECKS[name] = check


def is_done(*, lease: Lease) -> bool:
    """
    Tell whether nothing is open: no deposit is held, no machine is in repair again, and every room that asked
    to be asked says so.
    """
    held = Deposit.objects.filter(lease=lease, held_minor__gt=0).exists()
    unready = lease.units.filter(state__in=sorted(BACK - {Physical.READY})).exists()
    return not held and not unready and all(check(lease) for check in _CHECKS.values())


@atomic
def close(*, lease: Lease, by: User, at: datetime) -> Lease:
    """
    Close a settled lease as the clock, and write down until when its data are kept.

    Nothing happens while something is open, or if it is closed already.

    :raises MissingRight: if ``by`` is not the clock
    """
    moves.require_side(lease=lease, move=Move.CLOSE, by=by)
    lease = moves.lock_any(lease=lease)
    if lease.status != Status.SETTLED or not is_done(lease=lease):
        return lease
    kept = retain_until(at, lease.agreed.zone)
    facts = {"retain_until": kept.astimezone(UTC).isoformat()}
    lease = moves.carry_out(lease=lease, move=Move.CLOSE, by=by, within=None, at=at, facts=facts)
    told = {"lease": lease.number, "kept_at": facts["retain_until"]}
    link = f"/leases/{lease.public_id}/"
    sides = [lease.lessor, lease.lessee]
    notifications.notify(kind=Told.LEASE_CLOSED, to=sides, facts=told, at=at, link=link)
    return lease
