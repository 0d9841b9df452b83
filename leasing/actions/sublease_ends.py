"""A sub-lease ends: early, at its end, or with the lease that it is of; what is under it ends before it."""

from datetime import datetime

from devices.ownership.actions import agreements
from leasing.actions.sublease_moves import carry_out, lock, require_side
from leasing.models import Lease, Sublease
from leasing.rules.subleases import TABLE, Move, Status
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight

UNFINISHED = sorted(TABLE[Move.EXPIRE].sources | TABLE[Move.END].sources)


@atomic
def end(
    *, sublease: Sublease, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Sublease:
    """
    End a running sub-lease as either side of it, and those under it: its data are then that above's again.

    :raises MissingRight: if ``by`` may not end leases of one of the two
    :raises SubleaseMoveRefused: if it is not running
    :raises ClosedBeforeOpened: if ``at`` is not after the handover
    """
    require_side(sublease=sublease, move=Move.END, within=within, by=by)
    sublease = lock(sublease=sublease, move=Move.END, expected=expected)
    return _end(sublease, by=by, within=within, at=at)


@atomic
def close_due(*, sublease: Sublease, by: User, at: datetime) -> Sublease:
    """
    Do what the clock owes a sub-lease whose time is over: end it, or let it expire; else nothing.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=sublease.sublessor.name)
    if not Sublease.objects.due(at).filter(pk=sublease.pk).exists():
        return sublease
    running = sublease.status == Status.RUNNING
    sublease = lock(sublease=sublease, move=Move.END if running else Move.EXPIRE)
    if running:
        return _end(sublease, by=by, within=None, at=sublease.ends_at)
    return carry_out(sublease=sublease, move=Move.EXPIRE, by=by, within=None, at=at)


@atomic
def end_with_lease(
    *, lease: Lease, ends_at: datetime, by: User, within: Organization | None, at: datetime
) -> None:
    """
    End what is sub-let of a lease that ends; what has not begun expires. The lease is locked by the caller.

    Whoever ends a lease ends its sub-leases, so that action has asked for permission; it closes the
    agreements, too.
    """
    found = Sublease.objects.locked().with_sides().filter(lease=lease)
    for sublease in reversed(found.filter(status__in=UNFINISHED)):
        _finish(sublease, ends_at=ends_at, by=by, within=within, at=at)


def _end(sublease: Sublease, *, by: User, within: Organization | None, at: datetime) -> Sublease:
    """End a locked sub-lease and all under it, from below."""
    assert sublease.agreement is not None
    ends_at = min(at, sublease.ends_at)
    agreements.close_branch(agreement=sublease.agreement, ends_at=ends_at, by=by, at=at)
    beside = Sublease.objects.locked().with_sides().filter(lease=sublease.lease_id, status__in=UNFINISHED)
    under = {sublease.pk}
    for one in beside:  # what is under another was made after it
        if one.under_id in under:
            under.add(one.pk)
    for one in reversed(beside):
        if one.pk in under and one.pk != sublease.pk:
            _finish(one, ends_at=ends_at, by=by, within=within, at=at)
    return _finish(sublease, ends_at=ends_at, by=by, within=within, at=at)


def _finish(
    sublease: Sublease, *, ends_at: datetime, by: User, within: Organization | None, at: datetime
) -> Sublease:
    if sublease.status != Status.RUNNING:
        return carry_out(sublease=sublease, move=Move.EXPIRE, by=by, within=within, at=at)
    active_to = min(ends_at, sublease.ends_at)
    facts = {"active_to": active_to.isoformat()}
    return carry_out(
        sublease=sublease, move=Move.END, by=by, within=within, at=at, facts=facts, active_to=active_to
    )
