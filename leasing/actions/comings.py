"""A machine that comes into a running lease: handed over with a record as the first, and begun alone."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import beginnings, moves, records
from leasing.actions.beginnings import HandoverNotConfirmed, HandoverNotRecorded, HandoverObjected
from leasing.models import Annex, ConditionRecord, Lease, LeaseUnit
from leasing.rules.annexes import State
from leasing.rules.condition import Kind
from leasing.rules.leases import RUNNING, Move, Physical, Status
from marketplace.actions import parties
from marketplace.models import Organization, User
from marketplace.shared.errors import NotPossible


class NothingToHandOver(NotPossible):
    """In a running lease only a machine is handed over that a change has brought and nobody uses."""

    code = "nothing_to_hand_over"
    text = gettext_noop(
        "No machine waits to be handed over in this lease. Agree on a change that brings one."
    )


def unit_of(*, lease: Lease, named: str = "") -> LeaseUnit | None:
    """
    Return the machine of a running lease that a step of its hand-over is about: the named, or the only one.

    Before the lease begins there is none: these steps are about all its machines then.

    :raises NothingToHandOver: if no machine waits, or the named one is in use or gone
    :raises NoSuchUnit: if none has that name, or several wait and none is named
    """
    if lease.status not in RUNNING:
        return None
    waiting = lease.units.coming()
    if not named:
        if not waiting.exists():
            raise NothingToHandOver
        named = waiting.get().public_id if waiting.count() == 1 else ""
    unit = records.unit_of(lease=lease, named=named)
    if not lease.units.coming().filter(pk=unit.pk).exists():
        raise NothingToHandOver
    return unit


def begin_confirmed(*, lease: Lease, unit: LeaseUnit, at: datetime) -> Lease:
    """Let the use of a machine begin whose hand-over was just confirmed; the clock makes the step."""
    return _begin(lease, unit, by=parties.robot(name="clock"), within=None, at=at)


def begin_unanswered(*, lease: Lease, by: User, within: Organization | None, at: datetime) -> Lease:
    """
    Let the use of every machine begin that was handed over to a locked, running lease and waits for no word.

    :raises HandoverNotRecorded: if no machine was handed over that is not in use
    :raises HandoverNotConfirmed: if the lessee still has time to answer every one
    :raises HandoverObjected: if it objects
    """
    units, refusals = _handed_over(lease), list[NotPossible]()
    for unit in units:
        try:
            _begin(lease, unit, by=by, within=within, at=at)
        except (HandoverNotConfirmed, HandoverObjected) as refusal:
            refusals.append(refusal)
    if len(refusals) == len(units):
        raise refusals[0] if refusals else HandoverNotRecorded
    return lease


def finish(*, lease: Lease, at: datetime) -> Lease:
    """
    Begin, before a locked lease ends, what was handed over and not answered: use is never free by silence.

    What the lessee objects to was never in use; it comes back with the others.

    :raises HandoverNotConfirmed: if the lessee still has time to answer
    """
    for unit in _handed_over(lease):
        try:
            _begin(lease, unit, by=parties.robot(name="clock"), within=None, at=at)
        except HandoverObjected:
            continue
    return lease


def _handed_over(lease: Lease) -> list[LeaseUnit]:
    if lease.status not in RUNNING:
        return []
    found = lease.units.coming().filter(state=LeaseUnit.State.INSTALLED)
    return list(found.select_related("equipment").order_by("equipment"))


def _begin(lease: Lease, unit: LeaseUnit, *, by: User, within: Organization | None, at: datetime) -> Lease:
    """Open the data agreement of one machine, and let its use and its bill run from its hand-over on."""
    record = beginnings.checked(
        lease=lease, record=ConditionRecord.objects.latest_for(unit, Kind.HANDOVER), at=at
    )
    since = record.happened_at
    beginnings.open_data(lease=lease, machine=unit.equipment, since=since, by=by, at=at)
    lease.units.filter(pk=unit.pk).update(active_from=since)
    facts = {
        "active_from": since.isoformat(),
        "unit": unit.public_id,
        "data_notice": _notice_of(lease, unit),
        "confirmed": beginnings.confirmed(records=[record]),
    }
    return moves.carry_out(
        lease=lease,
        move=Move.ACTIVATE,
        by=by,
        within=within,
        at=at,
        facts=facts,
        evidence=[record.digest],
        unit=unit,
        physical=Physical.STOPPED if lease.status == Status.SUSPENDED else None,
    )


def _notice_of(lease: Lease, unit: LeaseUnit) -> str:
    """Return the digest of the notice on the data of a machine that the lessee accepted with its change."""
    agreed = lease.annexes.filter(state__in=[State.AGREED, State.IN_EFFECT]).order_by("-number")
    brought: list[Annex] = [one for one in agreed if unit.equipment.public_id in one.change.coming]
    return str(brought[0].document["data_notice"]) if brought else ""
