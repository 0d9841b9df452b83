"""What every move of a slot booking does: ask for the right, lock, look at the table, write the step down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import steps
from leasing.models import SlotBooking, SlotStep
from leasing.rules.slots import TABLE, Move, Side, Status, can, moves_from, written
from marketplace.actions import audit, claims, notifications
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotPossible

NAMES: Mapping[Move, Promise] = {
    Move.CONFIRM: _("confirm"),
    Move.REFUSE: _("refuse"),
    Move.CANCEL: _("cancel"),
    Move.HAND_IN: _("record the sample"),
    Move.DONE: _("record as done"),
    Move.NO_SHOW: _("record that nobody came"),
    Move.WAIVE: _("waive what is owed"),
    Move.EXPIRE: _("let expire"),
}
TOLD: Mapping[Move, Kind] = {
    Move.CONFIRM: Kind.SLOT_CONFIRMED,
    Move.REFUSE: Kind.SLOT_REFUSED,
    Move.CANCEL: Kind.SLOT_CANCELLED,
    Move.DONE: Kind.SLOT_DONE,
    Move.NO_SHOW: Kind.SLOT_NO_SHOW,
    Move.WAIVE: Kind.SLOT_WAIVED,
    Move.EXPIRE: Kind.SLOT_EXPIRED,
}


class SlotMoveRefused(NotPossible):
    """The state of the booking does not allow the move; ``allowed`` names those that it does."""

    code = "slot_move_refused"
    text = gettext_noop("This booking is in the state “{status}”. What can be done now: {moves}.")


class SlotChanged(NotPossible):
    """Somebody changed the booking since the caller read it."""

    status = 412
    code = "slot_booking_changed"
    text = gettext_noop(
        "Somebody has changed this booking: it is at version {version}, you saw {seen}. Read it again."
    )


def require_side(*, booking: SlotBooking, move: Move, within: Organization, by: User) -> Side:
    """
    Return the side on which ``within`` makes the move.

    :raises MissingRight: if that side may not, or ``by`` lacks the right there
    """
    side = booking.side_of(within)
    if side is None or side not in TABLE[move].rights:
        raise MissingRight(organization=within.name)
    require(by, Permission(TABLE[move].rights[side]), within=within)
    return side


def lock(*, booking: SlotBooking, move: Move, expected: int | None = None) -> SlotBooking:
    """
    Lock the machine, then the booking, and return it as it is now.

    :raises SlotChanged: if it has another version than ``expected``
    :raises SlotMoveRefused: if its state does not allow the move
    """
    claims.lock(equipment=[booking.equipment])
    booking = SlotBooking.objects.locked().with_sides().get(pk=booking.pk)
    if expected is not None and expected != booking.version:
        raise SlotChanged(version=booking.version, seen=expected)
    if not can(move, Status(booking.status)):
        raise refused(booking=booking)
    return booking


def refused(*, booking: SlotBooking) -> SlotMoveRefused:
    """Return the refusal that names the state and what is possible in it."""
    possible = moves_from(Status(booking.status))
    status = SlotBooking.State(booking.status).label
    spoken = steps.spoken(possible=possible, names=NAMES)
    return SlotMoveRefused(status=status, moves=spoken, allowed=[str(move) for move in possible])


def carry_out(
    *,
    booking: SlotBooking,
    move: Move,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> SlotBooking:
    """Change the state, save ``changes`` with it, append the step, and tell the other side."""
    before = str(booking.status)
    changes = {"status": TABLE[move].target, "version": booking.version + 1} | changes
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=list(changes))
    write_down(
        booking=booking,
        move=move,
        before=before,
        by=by,
        within=within,
        at=at,
        reason=reason,
        facts=facts or {},
    )
    if move in TOLD:
        tell(booking=booking, kind=TOLD[move], within=within, at=at)
    return booking


def write_down(
    *,
    booking: SlotBooking,
    move: Move,
    before: str,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any],
) -> None:
    """Append one step to the history of a booking; its row is locked, so steps cannot collide."""
    step = SlotStep(booking=booking, move=move, status_before=before, status_after=booking.status)
    steps.append(step=step, behind=booking.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    audit.record(by=by, action=f"slot.{move}", subject=booking.public_id, at=at, within=within, **facts)


def tell(*, booking: SlotBooking, kind: Kind, within: Organization | None, at: datetime) -> None:
    """Tell the other side of the booking; what the clock did is told both."""
    facts = {
        "who": within.name if within else "",
        "machine": booking.equipment.name,
        "starts_at": written(booking.starts_at),
    }
    to = [one for one in (booking.lessor, booking.lessee) if one != within]
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=f"/slots/{booking.public_id}/")
