"""What happens in a slot: the sample comes, the work is done, or nobody came; the clock closes the rest."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions.slot_moves import carry_out, lock, require_side
from leasing.models import SlotBooking
from leasing.rules import slots as rules
from leasing.rules.slots import Move, Status
from marketplace.actions import claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class SlotNotBegun(NotPossible):
    """What happened in a slot is recorded when it has begun."""

    code = "slot_not_begun"
    text = gettext_noop("This slot begins at {starts_at}. Record it then.")


class SampleMissing(NotPossible):
    """The work needs a sample, and nobody has recorded that it came."""

    code = "sample_missing"
    text = gettext_noop(
        "The sample is not recorded yet. Record that it was handed in, then the work as done."
    )


class NoSampleDue(NotPossible):
    """No sample is needed, or it is there already."""

    code = "no_sample_due"
    text = gettext_noop("No sample is waited for: none is needed, or it was handed in already.")


class SlotWaiverReasonMissing(Invalid):
    """Whoever takes back what is owed says why."""

    code = "slot_waiver_reason_missing"
    text = gettext_noop("Say why nothing is owed: the lessee reads it.")


class NothingOwedForSlot(NotPossible):
    """There is nothing to take back."""

    code = "nothing_owed_for_slot"
    text = gettext_noop("Nothing is owed for this slot.")


@atomic
def hand_in(
    *, booking: SlotBooking, within: Organization, by: User, at: datetime, expected: int | None = None
) -> SlotBooking:
    """
    Record, as the lessor, that the sample is there; a late one is noted as late, and is no reason to refuse.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises SlotMoveRefused: if the slot is not booked, or over
    :raises NoSampleDue: if none is needed, or it is there already
    """
    require_side(booking=booking, move=Move.HAND_IN, within=within, by=by)
    booking = lock(booking=booking, move=Move.HAND_IN, expected=expected)
    until = booking.hand_in_until
    if until is None or booking.handed_in_at is not None:
        raise NoSampleDue
    facts = {"handed_in_at": rules.written(at), "late": at > until}
    return carry_out(
        booking=booking, move=Move.HAND_IN, by=by, within=within, at=at, facts=facts, handed_in_at=at
    )


@atomic
def done(
    *, booking: SlotBooking, within: Organization, by: User, at: datetime, expected: int | None = None
) -> SlotBooking:
    """
    Record, as the lessor, that the work is done: the price of all slots that were booked is owed.

    Done before its end, the machine is free after its cleaning.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises SlotMoveRefused: if the slot is not booked, or over
    :raises SlotNotBegun: if it has not begun
    :raises SampleMissing: if the sample that it needs was not recorded
    """
    require_side(booking=booking, move=Move.DONE, within=within, by=by)
    booking = lock(booking=booking, move=Move.DONE, expected=expected)
    _begun(booking, at)
    if booking.hand_in_until is not None and booking.handed_in_at is None:
        raise SampleMissing
    claims.release(claim=booking.claim, by=by, at=at, ends_at=at)
    facts = {"slots": booking.slots, "price_minor": booking.price_minor, "amount_minor": booking.amount_minor}
    return carry_out(booking=booking, move=Move.DONE, by=by, within=within, at=at, facts=facts, done_at=at)


@atomic
def no_show(
    *, booking: SlotBooking, within: Organization, by: User, at: datetime, expected: int | None = None
) -> SlotBooking:
    """
    Record, as the lessor, that nobody came: the agreed fee is owed, and the machine is free at once.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises SlotMoveRefused: if the slot is not booked, or over
    :raises SlotNotBegun: if it has not begun
    """
    require_side(booking=booking, move=Move.NO_SHOW, within=within, by=by)
    booking = lock(booking=booking, move=Move.NO_SHOW, expected=expected)
    _begun(booking, at)
    fee = int(booking.document["late_fee_minor"])
    claims.release(claim=booking.claim, by=by, at=at)
    return carry_out(
        booking=booking,
        move=Move.NO_SHOW,
        by=by,
        within=within,
        at=at,
        facts={"fee_minor": fee},
        fee_minor=fee,
    )


@atomic
def waive(
    *,
    booking: SlotBooking,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> SlotBooking:
    """
    Record, as the lessor, that nothing is owed: its machine failed, or what was recorded was not so.

    What is invoiced by then is given back by a credit note, which billing finds.

    :raises MissingRight: if ``by`` may not decide leases of the lessor
    :raises SlotMoveRefused: if it waits for confirmation, or was refused
    :raises SlotWaiverReasonMissing: if no reason is given
    :raises SlotNotBegun: if it is booked and has not begun: then it is cancelled
    :raises NothingOwedForSlot: if it was cancelled for nothing, or costs nothing
    """
    require_side(booking=booking, move=Move.WAIVE, within=within, by=by)
    booking = lock(booking=booking, move=Move.WAIVE, expected=expected)
    said = reason.replace("\x00", "").strip()[:2000]
    if not said:
        raise SlotWaiverReasonMissing(flaws=[Flaw("/reason", "required", rules.TEXTS["required"])])
    owed = booking.owed_minor
    if booking.status == Status.BOOKED:
        _begun(booking, at)
        claims.release(claim=booking.claim, by=by, at=at)
    elif not owed:
        raise NothingOwedForSlot
    return carry_out(
        booking=booking,
        move=Move.WAIVE,
        by=by,
        within=within,
        at=at,
        reason=said,
        facts={"waived_minor": owed},
        fee_minor=0,
        done_at=None,
    )


@atomic
def close_due(*, booking: SlotBooking, by: User, at: datetime) -> SlotBooking:
    """
    Let a booking expire that nobody confirmed in time; nothing happens if it is not due any more.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not (by.is_robot and by.is_active):
        raise MissingRight(organization=booking.lessor.name)
    claims.lock(equipment=[booking.equipment])
    due = SlotBooking.objects.locked().due(at).with_sides().filter(pk=booking.pk).first()
    if due is None:
        return booking
    claims.release(claim=due.claim, by=by, at=at)
    return carry_out(booking=due, move=Move.EXPIRE, by=by, within=None, at=at)


def _begun(booking: SlotBooking, at: datetime) -> None:
    if at <= booking.starts_at:
        raise SlotNotBegun(starts_at=booking.said())
