"""
Fill the calendar of machines: the one claim writer. Every path that changes time or machine goes through it.

Two guards stand behind each other. The rows of the machines are locked, in one order, before anything is
looked at; and an exclusion constraint makes a double booking impossible even for a writer that forgot to.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, User
from marketplace.models.claims import ClaimQuerySet
from marketplace.permissions import Permission, require
from marketplace.queries import free_from, with_buffers
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

NO_DOUBLE_BOOKING = "marketplace_claim_no_double_booking"


class MachineBusy(NotPossible):
    """
    Another claim occupies the machine, or its buffers do.

    The refusal names the machine, the time that is taken, and when it is free, which the catalogue shows to
    everybody; it never says who has it or why.
    """

    code = "machine_busy"
    text = gettext_noop(
        "{machine} is taken from {taken_from} to {taken_to}. For as long as you need it, it is free again "
        "from {free_from}."
    )


class MachineBusyThroughout(MachineBusy):
    """The machine is taken and nobody has planned an end."""

    code = "machine_busy_throughout"
    text = gettext_noop(
        "{machine} is taken from {taken_from} on, and no end is planned yet. Choose another machine."
    )


class ClaimReleased(NotPossible):
    """The claim is over: the machine was given back."""

    code = "claim_released"
    text = gettext_noop("This time was given back already. Enter it anew.")


class HoldRunOut(NotPossible):
    """A machine was kept free for some time, and that time is over."""

    code = "hold_run_out"
    text = gettext_noop("The machine was kept free for a time that is over. Ask for it again.")


def lock(*, equipment: Iterable[Equipment]) -> list[Equipment]:
    """Lock machines for the rest of the transaction, in the one order that all writers use."""
    pks = equipment.values_list("pk") if isinstance(equipment, models.QuerySet) else [e.pk for e in equipment]
    return list(Equipment.objects.locked().filter(pk__in=pks))


@atomic
def claim(
    *,
    equipment: Equipment,
    reason: str,
    core: Period,
    before: timedelta,
    after: timedelta,
    reference: str,
    by: User,
    at: datetime,
    held_until: datetime | None = None,
    note: str = "",
    movable: bool = False,
) -> Claim:
    """
    Occupy a machine for ``core`` and its buffers; ``reference`` is the public id of what needs it.

    The buffers are frozen into the claim: changing a listing's buffers later moves nothing. An action that
    claims several machines locks them all first, with :func:`lock`. With ``held_until`` the claim is a hold,
    which from that moment on gives way to whoever comes. A ``movable`` one stands on any machine of its
    listing until it is fixed (``marketplace.actions.pools``).

    :raises MissingRight: if ``by`` may not fill the calendar of the machine's owner
    :raises MachineBusy: if any of that time is taken
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    return occupy(
        equipment=equipment,
        reason=reason,
        core=core,
        before=before,
        after=after,
        reference=reference,
        by=by,
        at=at,
        held_until=held_until,
        note=note,
        movable=movable,
    )


@atomic
def occupy(
    *,
    equipment: Equipment,
    reason: str,
    core: Period,
    before: timedelta,
    after: timedelta,
    reference: str,
    by: User,
    at: datetime,
    held_until: datetime | None = None,
    note: str = "",
    movable: bool = False,
) -> Claim:
    """
    Do what :func:`claim` does for an action that has asked for the rights of its reason itself.

    A lessee who accepts a quote has no rights over the machine; the lessor gave its word with the quote.

    :raises MachineBusy: if any of that time is taken
    """
    lock(equipment=[equipment])
    for over in Claim.objects.run_out(at).filter(equipment=equipment).select_related("equipment__owner"):
        release(claim=over, by=by, at=at)
    if _others(equipment, with_buffers(core, before, after)).exists():
        raise _busy(equipment, core, before, after)
    return place(
        equipment=equipment,
        reason=reason,
        core=core,
        before=before,
        after=after,
        reference=reference,
        by=by,
        at=at,
        held_until=held_until,
        note=note,
        movable=movable,
    )


def place(
    *,
    equipment: Equipment,
    reason: str,
    core: Period,
    before: timedelta,
    after: timedelta,
    reference: str,
    by: User,
    at: datetime,
    held_until: datetime | None = None,
    note: str = "",
    movable: bool = False,
) -> Claim:
    """
    Occupy a machine that this transaction has locked and seen to be free; else :func:`occupy` does it.

    :raises MachineBusy: if the database knows better
    """
    period = with_buffers(core, before, after)
    made = _insert(equipment, reason, core, period, reference, at, held_until, note, movable)
    if made is None:
        raise _busy(equipment, core, before, after)
    audit.record(
        by=by,
        action="claim.make",
        subject=made.public_id,
        at=at,
        within=equipment.owner,
        equipment=equipment.public_id,
        reason=reason,
        reference=reference,
        held_until=held_until.isoformat() if held_until else None,
    )
    return made


@atomic
def move(*, claim: Claim, core: Period, by: User, at: datetime) -> Claim:
    """
    Give a claim another time on its machine; its buffers go with it.

    The action of its reason has asked for the rights.

    :raises ClaimReleased: if the claim no longer occupies the machine
    :raises MachineBusy: if any of that time is taken
    """
    lock(equipment=[claim.equipment])
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.pk)
    if not claim.active:
        raise ClaimReleased
    before = claim.core.lower - claim.period.lower
    after = claim.period.upper - claim.core.upper if claim.core.upper else timedelta(0)
    period = with_buffers(core, before, after)
    if _others(claim.equipment, period).exclude(pk=claim.pk).exists() or not _place(claim, core, period):
        raise _busy(claim.equipment, core, before, after, moving=claim)
    audit.record(
        by=by,
        action="claim.move",
        subject=claim.public_id,
        at=at,
        within=claim.equipment.owner,
        equipment=claim.equipment.public_id,
        starts_at=core.start.isoformat(),
        ends_at=core.end.isoformat() if core.end else None,
    )
    return claim


@atomic
def commit(*, claim: Claim, by: User, at: datetime) -> Claim:
    """
    Keep the machine for good, if the hold still stands; the action of its reason has asked for the rights.

    :raises HoldRunOut: if the hold has run out or was released
    """
    lock(equipment=[claim.equipment])
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.pk)
    if not claim.active or (claim.held_until is not None and claim.held_until <= at):
        raise HoldRunOut
    claim.held_until = None
    claim.save(update_fields=["held_until"])
    audit.record(
        by=by,
        action="claim.commit",
        subject=claim.public_id,
        at=at,
        within=claim.equipment.owner,
        equipment=claim.equipment.public_id,
    )
    return claim


@atomic
def lapse(*, claim: Claim, by: User, at: datetime) -> bool:
    """
    Give a machine back whose hold has run out; tells whether it did.

    Nothing happens to a hold that was kept for good or released since the caller looked.
    """
    lock(equipment=[claim.equipment])
    over = Claim.objects.run_out(at).filter(pk=claim.pk).exists()
    if over:
        release(claim=claim, by=by, at=at)
    return over


@atomic
def release(*, claim: Claim, by: User, at: datetime, ends_at: datetime | None = None) -> Claim:
    """
    Give the machine back: all of the claim, or with ``ends_at`` what lies behind that moment.

    A claim that ended early keeps its buffer behind the new end, because the machine still travels home. An
    end behind the agreed one changes nothing, and neither does a second release.

    Whoever may end the claim's reason may end the claim, also a lessee without rights over the machine: the
    action that ends the reason has asked for them.
    """
    lock(equipment=[claim.equipment])
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.pk)
    if not claim.active or (ends_at is not None and claim.core.upper and ends_at >= claim.core.upper):
        return claim
    if ends_at is None or ends_at <= claim.core.lower:
        claim.active = False
    else:
        _shorten(claim, ends_at)
    claim.released_at = at
    claim.save(update_fields=["active", "core", "period", "released_at"])
    audit.record(
        by=by,
        action="claim.release",
        subject=claim.public_id,
        at=at,
        within=claim.equipment.owner,
        equipment=claim.equipment.public_id,
        ends_at=ends_at.isoformat() if ends_at else None,
    )
    return claim


@atomic
def cut_buffer(*, claim: Claim, by: User, at: datetime) -> Claim:
    """
    Give back what is left of the buffer behind a claim: the machine is home and ready before its time.

    Nothing happens before the end of the use, nor to a claim whose time, buffer included, is over. The action
    that made the machine ready has asked for the rights.
    """
    lock(equipment=[claim.equipment])
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.pk)
    if not claim.active or claim.core.upper is None or not claim.core.upper <= at < claim.period.upper:
        return claim
    claim.period = DateTimeTZRange(claim.period.lower, at)
    claim.released_at = at
    claim.save(update_fields=["period", "released_at"])
    audit.record(
        by=by,
        action="claim.cut_buffer",
        subject=claim.public_id,
        at=at,
        within=claim.equipment.owner,
        equipment=claim.equipment.public_id,
    )
    return claim


def _insert(
    equipment: Equipment,
    reason: str,
    core: Period,
    period: Period,
    reference: str,
    at: datetime,
    held_until: datetime | None,
    note: str,
    movable: bool,
) -> Claim | None:
    """Insert the claim, or return nothing where the database knows better."""
    try:
        with transaction.atomic():
            return Claim.objects.create(
                equipment=equipment,
                reason=reason,
                reference=reference,
                core=DateTimeTZRange(core.start, core.end),
                period=DateTimeTZRange(period.start, period.end),
                created_at=at,
                held_until=held_until,
                note=note,
                movable=movable,
            )
    except IntegrityError as error:
        if not is_double_booking(error=error):
            raise
        return None


def _others(equipment: Equipment, period: Period) -> ClaimQuerySet:
    found: ClaimQuerySet = Claim.objects.active().filter(equipment=equipment)
    return found.overlapping(period.start, period.end)


def _place(claim: Claim, core: Period, period: Period) -> bool:
    """Save the claim at another time, or tell that the database knows better."""
    claim.core = DateTimeTZRange(core.start, core.end)
    claim.period = DateTimeTZRange(period.start, period.end)
    try:
        with transaction.atomic():
            claim.save(update_fields=["core", "period"])
    except IntegrityError as error:
        if not is_double_booking(error=error):
            raise
        return False
    return True


def is_double_booking(*, error: IntegrityError) -> bool:
    """Tell whether the exclusion constraint of the calendar refused it, and not another one."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) == NO_DOUBLE_BOOKING


def _shorten(claim: Claim, ends_at: datetime) -> None:
    after = claim.period.upper - claim.core.upper if claim.core.upper else timedelta(0)
    claim.core = DateTimeTZRange(claim.core.lower, ends_at)
    claim.period = DateTimeTZRange(claim.period.lower, ends_at + after)


def _busy(
    equipment: Equipment, core: Period, before: timedelta, after: timedelta, *, moving: Claim | None = None
) -> MachineBusy:
    free = free_from(equipment, core, before, after, moving=moving)
    in_the_way = _others(equipment, with_buffers(core, before, after))
    if moving is not None:
        in_the_way = in_the_way.exclude(pk=moving.pk)
    taken = in_the_way.order_by("period").values_list("period", flat=True).first()
    taken_from, taken_to = (_said(taken and taken.lower), _said(taken and taken.upper))
    if free is None:
        return MachineBusyThroughout(machine=equipment.name, taken_from=taken_from)
    return MachineBusy(
        machine=equipment.name, taken_from=taken_from, taken_to=taken_to, free_from=_said(free)
    )


def _said(moment: datetime | None) -> str:
    return f"{moment.astimezone(get_default_timezone()):%Y-%m-%d %H:%M}" if moment else "–"
