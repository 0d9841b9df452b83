"""Set the clock of a test installation ahead: what is due by then is found by the same tasks as ever."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_noop

from marketplace.actions import audit, events
from marketplace.gateway.transactions import atomic
from marketplace.models import MovedClock, Organization, User
from marketplace.permissions import Permission, require
from marketplace.queries import clocks
from marketplace.rules.clocks import FARTHEST, is_forward, is_within
from marketplace.rules.event_types import EventType
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.later import later

CLOCK = "clock"  # what it is called, in events and in the audit trail


class ClockOnlyForward(NotPossible):
    """The clock would stand still or go back; what was billed at a time cannot have happened later."""

    code = "clock_only_forward"
    text = gettext_noop("The test clock only goes forward. It is {now} there: name a later time.")


class ClockTooFar(NotPossible):
    """The clock would be farther ahead than is planned for."""

    code = "clock_too_far"
    text = gettext_noop(
        "The test clock may be {most} days ahead of real time at the most. Begin a new installation instead."
    )


class ClockNotThere(NotPossible):
    """The database has no clock: it is a live one, at which a test installation is pointed by mistake."""

    code = "clock_not_there"
    text = gettext_noop("This database has no test clock: it is not one of test mode.")


class ClockMoveInvalid(Invalid):
    """It is not said how far the clock is to go; ``flaws`` say why."""

    code = "clock_move_invalid"
    text = gettext_noop("Say either to which time the clock is to go, or by how many days and hours.")


@atomic
def move_to(*, to: datetime, within: Organization, by: User, at: datetime) -> MovedClock:
    """
    Set the clock to a time. ``at`` is the machine's own time, not that of the clock.

    :raises MissingRight: if ``by`` may not connect programs of ``within``
    :raises ClockNotThere: if the database is a live one
    :raises ClockOnlyForward: if it is as late there already
    :raises ClockTooFar: if it would be more than 400 days ahead
    """
    require(by, Permission.API_KEY_EDIT, within=within)
    return _set(_locked(), to - at, within, by, at)


@atomic
def move_by(*, span: timedelta, within: Organization, by: User, at: datetime) -> MovedClock:
    """
    Set the clock ahead by a span; two at once add up. ``at`` is the machine's own time.

    :raises MissingRight: if ``by`` may not connect programs of ``within``
    :raises ClockNotThere: if the database is a live one
    :raises ClockMoveInvalid: if the span is nothing, or goes back
    :raises ClockTooFar: if it would be more than 400 days ahead
    """
    require(by, Permission.API_KEY_EDIT, within=within)
    if span <= timedelta(0):
        flaw = Flaw("/days", "not_forward", gettext_noop("The clock goes forward by an hour at least."))
        raise ClockMoveInvalid(flaws=[flaw])
    moved = _locked()
    return _set(moved, moved.ahead + span, within, by, at)


def _locked() -> MovedClock:
    try:
        return MovedClock.objects.locked().get()
    except MovedClock.DoesNotExist as error:  # to make it here would make a live database one of test mode
        raise ClockNotThere from error


def _set(moved: MovedClock, ahead: timedelta, within: Organization, by: User, at: datetime) -> MovedClock:
    before = at + moved.ahead
    if not is_forward(moved.ahead, ahead):
        raise ClockOnlyForward(now=f"{before:%Y-%m-%d %H:%M} UTC")
    if not is_within(ahead):
        raise ClockTooFar(most=FARTHEST.days)
    moved.ahead, moved.moved_at, moved.moved_by = ahead, at, by.public_id
    moved.save()
    there = at + ahead
    facts = {"from": before.isoformat(), "to": there.isoformat()}
    audit.record(by=by, action="clock.move", subject=CLOCK, at=there, within=within, **facts)
    everybody = Organization.objects.filter(is_synthetic=False)
    events.publish(type=EventType.CLOCK_MOVED, object=CLOCK, to=everybody, at=there)
    transaction.on_commit(partial(clocks.remember, ahead))
    later("marketplace.tasks.catch_up")
    return moved
