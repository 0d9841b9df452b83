"""
Pools: a listing of several equal machines keeps room by putting movable claims on other machines.

The machines of the pool are locked before anything is looked at; the exclusion constraint is put off while
claims change places, and asked before anybody sees the result.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from marketplace.actions import audit, claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, Listing, User
from marketplace.queries import room_in
from marketplace.shared.period import Period


@dataclass(frozen=True)
class Moved:
    """One claim that stands on another machine now."""

    claim: Claim
    before: Equipment


@dataclass(frozen=True)
class Room:
    """The machine that is free now, and what was moved for it."""

    equipment: Equipment
    moved: tuple[Moved, ...]


def make_room(
    *, listing: Listing, core: Period, by: User, at: datetime, without: Collection[int] = ()
) -> Room | None:
    """
    Return a machine of the listing that is free for ``core`` and the buffers, or nothing if there is none.

    Machines ``without``, by their primary keys, are left out. Holds that have run out are given back first.
    What claims stand for must follow them: the caller, which has asked for the rights, does that in the same
    transaction, which is open.
    """
    pool = claims.lock(equipment=Equipment.objects.filter(listing_unit__listing=listing))
    over = Claim.objects.run_out(at).filter(equipment__in=pool).select_related("equipment__owner")
    for claim in over.order_by("equipment", "pk"):
        claims.release(claim=claim, by=by, at=at)
    found = room_in(listing, core, without=without)
    if found is None:
        return None
    machines = {machine.pk: machine for machine in pool}
    moved = _move(found.moves, machines, by=by, at=at)
    return None if moved is None else Room(machines[found.machine], moved)


@atomic
def put_on(*, claim: Claim, equipment: Equipment, by: User, at: datetime) -> Moved | None:
    """
    Put a claim on another machine of its listing, or return nothing if that is taken for some of the time.

    What the claim stands for must follow it: the caller, which has asked for the rights, does that.
    """
    claims.lock(equipment=[claim.equipment, equipment])
    moved = _move({claim.pk: equipment.pk}, {equipment.pk: equipment}, by=by, at=at)
    return moved[0] if moved else None


@atomic
def fix(*, claim: Claim) -> Claim:
    """
    Keep a claim on its machine from now on: it was chosen, or is on its way to the lessee.

    The action that fixes it has asked for the rights, and writes down why.
    """
    claims.lock(equipment=[claim.equipment])
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.pk)
    if claim.movable:
        claim.movable = False
        claim.save(update_fields=["movable"])
    return claim


def _move(
    moves: Mapping[int, int], machines: Mapping[int, Equipment], *, by: User, at: datetime
) -> tuple[Moved, ...] | None:
    """Let claims pass through each other until all stand right; nothing if the database objects."""
    if not moves:
        return ()
    moving = Claim.objects.filter(pk__in=moves).select_related("equipment__owner").order_by("pk")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {claims.NO_DOUBLE_BOOKING} DEFERRED")
            moved = tuple(_put(claim, machines[moves[claim.pk]], by=by, at=at) for claim in moving)
            cursor.execute(f"SET CONSTRAINTS {claims.NO_DOUBLE_BOOKING} IMMEDIATE")
            return moved
    except IntegrityError as error:
        if not claims.is_double_booking(error=error):
            raise
        return None


def _put(claim: Claim, machine: Equipment, *, by: User, at: datetime) -> Moved:
    before, claim.equipment = claim.equipment, machine
    claim.save(update_fields=["equipment"])
    audit.record(
        by=by,
        action="claim.reassign",
        subject=claim.public_id,
        at=at,
        within=before.owner,
        equipment=machine.public_id,
        equipment_before=before.public_id,
    )
    return Moved(claim, before)
