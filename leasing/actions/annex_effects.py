"""What an accepted annex does: claims are planned anew at once, machines and data leave at its moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.actions import rescheduling
from leasing.actions import moves, sublease_ends
from leasing.models import Annex, Lease, LeaseUnit, Sublease
from leasing.models.leases import LeaseUnitQuerySet
from leasing.rules import annexes as rules
from leasing.rules.annexes import Change, State
from leasing.rules.leases import Move
from marketplace.actions import claims
from marketplace.models import Claim, Equipment, Organization, User
from marketplace.queries import buffers_of
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period


class SubletLonger(NotPossible):
    """A machine that leaves, or leaves earlier, is in a sub-lessee's hands."""

    code = "sublet_longer"
    text = gettext_noop("{machine} is sub-let to {sublessee} until {ends_at}. End that sub-lease first.")


class ChangeWaits(NotPossible):
    """Another change is agreed and takes effect after the new end."""

    code = "change_waits"
    text = gettext_noop("Change {number} is agreed and takes effect on {moment}, after this end.")


def units_staying(*, lease: Lease) -> LeaseUnitQuerySet:
    """Return the machines of a running lease that it keeps to its end, in use or still to come."""
    ending = lease.units.filter(claim__core__endswith=lease.ends_at, active_to=None)
    ending = ending.exclude(state=LeaseUnit.State.GONE)
    return ending.select_related("equipment", "claim__equipment__owner").order_by("equipment")


def plan_end(*, lease: Lease, ends_at: datetime, by: User, at: datetime) -> None:
    """
    Give the machines of a locked lease, and its agreements, another end.

    :raises MachineBusy: if a machine is taken behind the old end; nothing is changed then
    :raises SubletLonger: if a sub-lease reaches over the new end
    :raises ChangeWaits: if a change is agreed that takes effect after it
    """
    later = Sublease.objects.filter(lease=lease, status__in=sublease_ends.UNFINISHED, ends_at__gt=ends_at)
    _refuse_sublet(later, lease)
    refuse_waiting(lease=lease, ends_at=ends_at)
    move_claims(lease=lease, ends_at=ends_at, by=by, at=at)
    rescheduling.reschedule(reference=lease.public_id, ends_at=ends_at, by=by, at=at)


def refuse_waiting(*, lease: Lease, ends_at: datetime) -> None:
    """
    Let an end stand if nothing is agreed that takes effect after it.

    :raises ChangeWaits: if something is
    """
    waiting = lease.annexes.waiting().filter(effective_from__gte=ends_at).first()
    if waiting is not None and waiting.effective_from is not None:
        moment = moves.words(moment=waiting.effective_from, lease=lease)
        raise ChangeWaits(number=waiting.number, moment=moment)


def move_claims(*, lease: Lease, ends_at: datetime, by: User, at: datetime) -> None:
    """
    Let the machines that a locked lease keeps be taken until another moment.

    :raises MachineBusy: if one of them is taken behind the old end
    """
    for unit in units_staying(lease=lease):
        core = Period(unit.claim.core.lower, ends_at)
        claims.move(claim=unit.claim, core=core, by=by, at=at)


def plan_machines(*, change: Change, lease: Lease, moment: datetime, by: User, at: datetime) -> None:
    """
    Let machines leave and come in the calendar from a moment on; the lease is locked.

    What leaves is given back first, so that nothing of the lease stands in its own way. A machine that was
    still to come, and was not handed over, does not come any more: all of its time is given back.

    :raises MachineBusy: if a machine that comes is taken for some of the time
    :raises SubletLonger: if a machine that leaves is sub-let for longer
    """
    leaving = units_staying(lease=lease).filter(equipment__public_id__in=change.leaving)
    sublet = Sublease.objects.filter(unit__in=leaving, status__in=sublease_ends.UNFINISHED)
    _refuse_sublet(sublet.filter(ends_at__gt=moment), lease)
    for unit in leaving:
        claims.release(claim=unit.claim, by=by, at=at, ends_at=None if unit.never_came else moment)
        if unit.never_came:
            lease.units.filter(pk=unit.pk).update(state=LeaseUnit.State.GONE)
    before, after = buffers_of(lease.listing)
    for machine in Equipment.objects.filter(public_id__in=change.coming).order_by("pk"):
        claim = claims.occupy(
            equipment=machine,
            reason=Claim.Reason.LEASE,
            core=Period(moment, lease.ends_at),
            before=before,
            after=after,
            reference=lease.public_id,
            by=by,
            at=at,
        )
        LeaseUnit.objects.create(lease=lease, equipment=machine, claim=claim)


def take_effect(*, annex: Annex, lease: Lease, by: User, at: datetime) -> None:
    """
    Let machines leave at the moment of a locked annex: use, billing and data follow.

    From that moment on what the old machine says is not the lessee's any more. A machine that comes
    waits to be handed over; its use begins with that (``comings``), and the time between is the lessor's.
    One that leaves after its hand-over, and before its use, comes back like the others.
    """
    moment, change = annex.effective_from, annex.change
    assert moment is not None, "an annex that is agreed has its moment"
    reference = lease.public_id
    for unit in _units(lease, change.leaving).filter(active_to=None).exclude(active_from=None):
        machine = unit.equipment
        rescheduling.close_machine(reference=reference, equipment=machine, ends_at=moment, by=by, at=at)
        unit.active_to, unit.state = moment, LeaseUnit.State.STOPPED
        unit.save(update_fields=["active_to", "state"])
    unused = lease.units.coming().filter(equipment__public_id__in=change.leaving)
    unused = unused.filter(state=LeaseUnit.State.INSTALLED)
    unused.update(state=LeaseUnit.State.STOPPED, active_to=moment)
    annex.state = State.IN_EFFECT
    annex.save(update_fields=["state"])


def write_change(
    *, annex: Annex, lease: Lease, by: User, within: Organization | None, at: datetime, **changes: Any
) -> Lease:
    """Append the change to the history of its lease, with what it makes otherwise."""
    assert annex.effective_from is not None
    before = datetime.fromisoformat(annex.document["before"]["ends_at"])
    facts = annex.told() | {
        "differences": rules.differences(annex.change, before, annex.price_before),
        "effective_from": annex.effective_from.isoformat(),
    }
    return moves.carry_out(
        lease=lease,
        move=Move.CHANGE,
        by=by,
        within=within,
        at=at,
        reason=annex.note,
        reason_code=annex.kind,
        facts=facts,
        **changes,
    )


def _units(lease: Lease, machines: Sequence[str]) -> LeaseUnitQuerySet:
    found = lease.units.filter(equipment__public_id__in=machines)
    return found.select_related("equipment__owner").order_by("equipment")


def _refuse_sublet(sublet: Any, lease: Lease) -> None:
    found = sublet.with_sides().order_by("-ends_at").first()
    if found is not None:
        raise SubletLonger(
            machine=found.unit.equipment.name,
            sublessee=found.sublessee.name,
            ends_at=moves.words(moment=found.ends_at, lease=lease),
        )
