"""
When a machine is due for maintenance: after so many hours or cycles, or so many days or months.

The next is due from where the last was done, never from where it was due: what came late moves all others.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_WHAT = 120
LONGEST_NOTE = 1000
SHORTEST, LONGEST = 15, 60 * 24 * 30  # minutes that a maintenance is planned to take
MOST = {"RUN_TIME": Decimal(100_000), "CYCLES": Decimal(10**9), "DAYS": Decimal(3660), "MONTHS": Decimal(120)}
LEAD = timedelta(days=1)  # nobody is told of a maintenance later than a day before
MORNING = time(8)
PACE_OVER = timedelta(days=7)  # the pace is that of one to two weeks
FOREVER = timedelta(days=3660)
FURTHEST = timedelta(days=730)  # no time is planned further ahead


class Basis(StrEnum):
    """What is counted from one maintenance to the next."""

    RUN_TIME = "RUN_TIME"
    CYCLES = "CYCLES"
    DAYS = "DAYS"
    MONTHS = "MONTHS"


METERED = frozenset({Basis.RUN_TIME, Basis.CYCLES})


class Who(StrEnum):
    """Who does it."""

    LESSOR = "LESSOR"
    LESSEE = "LESSEE"


class Status(StrEnum):
    """How far a maintenance is."""

    OPEN = "OPEN"
    PLANNED = "PLANNED"
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    DONE = "DONE"
    WITHDRAWN = "WITHDRAWN"


OVER = frozenset({Status.DONE, Status.WITHDRAWN})
TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "bad_interval": gettext_noop("Enter a number above 0, {most} at most; days and months are whole."),
    "bad_warning": gettext_noop("Enter a number from 0 up to less than the interval."),
    "bad_duration": gettext_noop("Enter {least} to {most} minutes."),
    "bad_already": gettext_noop("Enter a number from 0 on, and nothing for a rule by days or months."),
    "in_the_future": gettext_noop("This moment has not come yet. Say when it was done."),
    "before_the_last": gettext_noop("It was done before already at this moment or later."),
    "in_the_past": gettext_noop("Choose a moment that is still to come."),
    "too_far_ahead": gettext_noop("Choose a moment of the next two years."),
}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``interval`` in the unit of its basis: hours, cycles, days, months; ``warn`` too, or days."""

    basis: Basis
    interval: Decimal
    warn: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a machine stands to a rule: ``used`` since the last maintenance (nothing for a calendar), when it is
    due (at the present pace for what is metered, nothing if it does not run), and whether it is near or due.
    """

    used: Decimal | None
    due_at: datetime | None
    near: bool
    due: bool


def next_due(rhythm: Rhythm, last: datetime, zone: ZoneInfo) -> datetime:
    """
    Return when a rule of days or months is due next: the same hour of the local day, days or months later.

    A day that its month does not have is the last one of that month.
    """
    local, count = last.astimezone(zone), int(rhythm.interval)
    if rhythm.basis is Basis.DAYS:
        day = local.date() + timedelta(days=count)
    else:
        year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
        day = local.date().replace(
            year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1])
        )
    return datetime.combine(day, local.timetz().replace(tzinfo=None), zone)


def by_calendar(rhythm: Rhythm, last: datetime, zone: ZoneInfo, at: datetime) -> Standing:
    """Return how a rule of days or months stands at a moment."""
    due = next_due(rhythm, last, zone)
    return Standing(None, due, at >= due - timedelta(days=int(rhythm.warn)), at >= due)


def by_meter(rhythm: Rhythm, used: Decimal, pace: Decimal, at: datetime) -> Standing:
    """Return how a rule of hours or cycles stands; ``pace`` is hours or cycles a day."""
    left = rhythm.interval - used
    return Standing(used, _estimate(left, pace, at), left <= rhythm.warn, left <= 0)


def _estimate(left: Decimal, pace: Decimal, at: datetime) -> datetime | None:
    if left <= 0:
        return at
    if pace <= 0 or left > pace * FOREVER.days:
        return None
    seconds = (left * 86_400 / pace).to_integral_value(rounding=ROUND_CEILING)
    return at + timedelta(seconds=int(seconds))


def pace(grown: Decimal, over: timedelta) -> Decimal:
    """Return what was used a day; nothing where no time has passed."""
    seconds = over // timedelta(seconds=1)
    return grown * 86_400 / seconds if seconds > 0 else Decimal(0)


def first_start(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first morning that is at least a day away."""
    soonest = (at + LEAD).astimezone(zone)
    morning = datetime.combine(soonest.date(), MORNING, zone)
    return (
        morning if morning >= soonest else datetime.combine(soonest.date() + timedelta(days=1), MORNING, zone)
    )


def rule_flaws(rhythm: Rhythm, *, what: str, minutes: int, already: Decimal) -> list[Flaw]:
    """Return what is wrong with a rule."""
    found = []
    if not what.strip():
        found.append(_flaw("/what", "required"))
    elif len(what) > LONGEST_WHAT:
        found.append(_flaw("/what", "too_long_text", most=LONGEST_WHAT))
    whole = rhythm.basis in METERED or rhythm.interval == rhythm.interval.to_integral_value()
    if not 0 < rhythm.interval <= MOST[rhythm.basis] or not whole:
        found.append(_flaw("/interval", "bad_interval", most=MOST[rhythm.basis]))
    elif not 0 <= rhythm.warn < _in_days(rhythm):
        found.append(_flaw("/warn_before", "bad_warning"))
    if not SHORTEST <= minutes <= LONGEST:
        found.append(_flaw("/duration_minutes", "bad_duration", least=SHORTEST, most=LONGEST))
    if already < 0 or (already and rhythm.basis not in METERED):
        found.append(_flaw("/already", "bad_already"))
    return found


def done_flaws(*, done_at: datetime, last: datetime, note: str, at: datetime) -> list[Flaw]:
    """Return what is wrong with the record of a maintenance; ``last`` is when it was done or counted from."""
    found = []
    if done_at > at:
        found.append(_flaw("/done_at", "in_the_future"))
    elif done_at <= last:
        found.append(_flaw("/done_at", "before_the_last"))
    if len(note) > LONGEST_NOTE:
        found.append(_flaw("/note", "too_long_text", most=LONGEST_NOTE))
    return found


def time_flaws(*, starts_at: datetime, at: datetime) -> list[Flaw]:
    """Return what is wrong with a proposed time."""
    if starts_at <= at:
        return [_flaw("/starts_at", "in_the_past")]
    return [_flaw("/starts_at", "too_far_ahead")] if starts_at > at + FURTHEST else []


def _in_days(rhythm: Rhythm) -> Decimal:
    """Return the interval in the unit of its warning: the days of the shortest months for months."""
    return rhythm.interval * 28 if rhythm.basis is Basis.MONTHS else rhythm.interval


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
