"""The machines of a locked lease in the calendar: kept with a quote, taken with its acceptance."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_noop

from leasing.actions import reassign
from leasing.models import Lease
from marketplace.actions import claims, pools
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, User
from marketplace.queries import buffers_of, free_from
from marketplace.shared.errors import NotPossible


class NoMachineLeft(NotPossible):
    """The listing has no machine, or the one that was chosen is not in it."""

    code = "no_machine_left"
    text = gettext_noop("No machine can be chosen for this lease. Choose one that stands in the listing.")


@atomic
def keep(*, lease: Lease, equipment: Equipment | None, until: datetime, by: User, at: datetime) -> Claim:
    """
    Keep a machine free for what is offered, until a moment.

    :raises MissingRight: if ``by`` may not fill the calendar of the lessor
    :raises MachineBusy: if no machine of the listing, or not the one chosen, is free
    :raises NoMachineLeft: if the listing has no machine, or not the one chosen
    """
    before, after = buffers_of(lease.listing)
    return claims.claim(
        equipment=_choose(lease, equipment, by=by, at=at)[0],
        movable=equipment is None,
        reason=Claim.Reason.LEASE,
        core=lease.period,
        before=before,
        after=after,
        reference=lease.public_id,
        by=by,
        at=at,
        held_until=until,
    )


def take(*, lease: Lease, equipment: Equipment | None, by: User, at: datetime) -> Claim:
    """
    Take the machine for a lease that is accepted: the one that was kept for it, or another that is free.

    The acceptance has asked for the rights, and its transaction is open.

    :raises MachineBusy: if no machine of the listing, or not the one chosen, is free
    :raises NoMachineLeft: if the listing has no machine, or not the one chosen
    """
    kept_free = list(_held(lease))
    for held in kept_free:
        if held.held_until is None or held.held_until <= at:
            continue
        same_time = (held.core.lower, held.core.upper) == (lease.starts_at, lease.ends_at)
        if same_time and equipment in (None, held.equipment):
            kept = claims.commit(claim=held, by=by, at=at)
            return kept if equipment is None else pools.fix(claim=kept)
    for held in kept_free:
        claims.release(claim=held, by=by, at=at)
    before, after = buffers_of(lease.listing)
    machine, is_free = _choose(lease, equipment, by=by, at=at)
    if machine.owner_id == lease.lessor_id:
        machine.owner = lease.lessor  # read with the lease
    return (claims.place if is_free else claims.occupy)(
        equipment=machine,
        movable=equipment is None,
        reason=Claim.Reason.LEASE,
        core=lease.period,
        before=before,
        after=after,
        reference=lease.public_id,
        by=by,
        at=at,
    )


@atomic
def fix(*, lease: Lease) -> None:
    """Keep the machines of a lease from now on: they are on their way. The move has asked for the rights."""
    for unit in lease.units.select_related("claim__equipment").order_by("equipment"):
        pools.fix(claim=unit.claim)


@atomic
def drop(*, lease: Lease, by: User, at: datetime) -> None:
    """Give back every machine that was kept with an offer of the lease; the move has asked for the rights."""
    for held in _held(lease):
        claims.release(claim=held, by=by, at=at)


def _held(lease: Lease) -> models.QuerySet[Claim]:
    found = Claim.objects.active().filter(reference=lease.public_id).exclude(held_until=None)
    return found.select_related("equipment__owner").order_by("equipment")


def _choose(lease: Lease, wanted: Equipment | None, *, by: User, at: datetime) -> tuple[Equipment, bool]:
    """
    Return the machine to claim: the wanted one, one that is or can be made free, or the soonest free; and
    whether it is locked and was seen to be free.
    """
    room = None
    if wanted is None:
        room = pools.make_room(listing=lease.listing, core=lease.period, by=by, at=at)
    if room is not None:
        for moved in room.moved:
            reassign.follow(moved=moved, at=at)
        return room.equipment, True
    in_service = Equipment.objects.filter(status=Equipment.Status.IN_SERVICE)
    offered = list(in_service.filter(listing_unit__listing=lease.listing_id).order_by("pk"))
    if wanted is not None:
        offered = [machine for machine in offered if machine.pk == wanted.pk]
    if not offered:
        raise NoMachineLeft
    if wanted is not None:
        return offered[0], False
    return min(offered, key=lambda machine: _soonest(machine, lease)), False


def _soonest(machine: Equipment, lease: Lease) -> tuple[bool, datetime]:
    moment = free_from(machine, lease.period, *buffers_of(lease.listing))
    return moment is None, moment or lease.ends_at
