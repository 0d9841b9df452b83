"""A slot is confirmed or refused by its lessor, and cancelled by either side before it begins."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions.slot_moves import carry_out, lock, require_side
from leasing.models import SlotBooking
from leasing.rules import slots as rules
from leasing.rules.slots import Move, Status
from marketplace.actions import claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class SlotBegun(NotPossible):
    """Once it has begun, a booking is not cancelled: it is done, or nobody came."""

    code = "slot_begun"
    text = gettext_noop("This slot began at {starts_at}. It cannot be cancelled any more.")


class SlotReasonMissing(Invalid):
    """A refusal says why."""

    code = "slot_reason_missing"
    text = gettext_noop("Say why you refuse: the lessee reads it.")


@atomic
def confirm(
    *, booking: SlotBooking, within: Organization, by: User, at: datetime, expected: int | None = None
) -> SlotBooking:
    """
    Confirm what was asked for, as the lessor.

    :raises MissingRight: if ``by`` may not decide leases of the lessor
    :raises SlotMoveRefused: if it waits for no confirmation
    :raises HoldRunOut: if the time to confirm is over
    """
    require_side(booking=booking, move=Move.CONFIRM, within=within, by=by)
    booking = lock(booking=booking, move=Move.CONFIRM, expected=expected)
    claims.commit(claim=booking.claim, by=by, at=at)
    return carry_out(booking=booking, move=Move.CONFIRM, by=by, within=within, at=at)


@atomic
def refuse(
    *,
    booking: SlotBooking,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> SlotBooking:
    """
    Refuse what was asked for, as the lessor, and say why; the machine is free at once.

    :raises MissingRight: if ``by`` may not decide leases of the lessor
    :raises SlotMoveRefused: if it waits for no confirmation
    :raises SlotReasonMissing: if no reason is given
    """
    require_side(booking=booking, move=Move.REFUSE, within=within, by=by)
    booking = lock(booking=booking, move=Move.REFUSE, expected=expected)
    if not reason.strip():
        raise SlotReasonMissing(flaws=[Flaw("/reason", "required", rules.TEXTS["required"])])
    claims.release(claim=booking.claim, by=by, at=at)
    return carry_out(
        booking=booking, move=Move.REFUSE, by=by, within=within, at=at, reason=reason.strip()[:2000]
    )


@atomic
def cancel(
    *,
    booking: SlotBooking,
    within: Organization,
    by: User,
    at: datetime,
    reason: str = "",
    expected: int | None = None,
) -> SlotBooking:
    """
    Cancel before it begins, as either side; the machine is free at once.

    The lessee owes the agreed fee behind the deadline; when the lessor cancels, nothing is owed.

    :raises MissingRight: if ``by`` may not decide for one of the two
    :raises SlotMoveRefused: if it is over, or was refused
    :raises SlotBegun: if it has begun
    """
    side = require_side(booking=booking, move=Move.CANCEL, within=within, by=by)
    booking = lock(booking=booking, move=Move.CANCEL, expected=expected)
    if at >= booking.starts_at:
        raise SlotBegun(starts_at=booking.said())
    fee = rules.cancel_fee(booking.document, side=side, status=Status(booking.status), at=at)
    claims.release(claim=booking.claim, by=by, at=at)
    return carry_out(
        booking=booking,
        move=Move.CANCEL,
        by=by,
        within=within,
        at=at,
        reason=reason.strip()[:2000],
        facts={"fee_minor": fee, "cancel_until": booking.document["cancel_until"], "side": str(side)},
        fee_minor=fee,
    )
