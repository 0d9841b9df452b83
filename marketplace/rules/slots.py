"""
Slots: a machine is let for a run of short times on a calendar, beside leases for days.

A schedule says when the laboratory is open, how long a slot is, and what a booking needs before and behind
it. What is offered, and whether a booking is possible, come from the same two functions: :func:`when_flaws`
and :func:`fits`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.slot_schedules import Schedule
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period, local_midnight

DAY = timedelta(days=1)

TEXTS = {
    "in_the_past": gettext_noop("This time has passed. Choose a later one."),
    "hand_in_over": gettext_noop(
        "The sample had to be handed in until {until}. Choose a later time, so that it can be there before."
    ),
    "too_far_ahead": gettext_noop("It can be booked until {last} at present. Choose an earlier day."),
    "too_many_slots": gettext_noop("Choose from 1 to {most} slots: no more can be booked in one run."),
    "closed": gettext_noop(
        "It is not open then, or not for so long. Choose one of the times that are shown."
    ),
    "not_on_the_grid": gettext_noop("No slot begins at this time. Choose one of the times that are shown."),
}


@dataclass(frozen=True)
class Offered:
    """A run of slots that can be booked, and on which machines (their keys), in their order."""

    core: Period
    machines: tuple[int, ...]


def run_from(schedule: Schedule, start: datetime, slots: int) -> Period:
    """Return the time of a run of slots."""
    return Period(start, start + schedule.slot * slots)


def openings(schedule: Schedule, day: date, zone: ZoneInfo) -> list[Period]:
    """
    Return when it is open on a local day; an exception takes the place of the weekday's hours.

    Hours are what clocks on the wall show; where they jump, an opening is as long as it lasts.
    """
    hours = schedule.exceptions.get(day, schedule.hours.get(day.weekday(), ()))
    edges = ((_local(day, opens, zone), _local(day, closes, zone)) for opens, closes in hours)
    return [Period(start, end) for start, end in edges if start < end]


def runs(schedule: Schedule, day: date, zone: ZoneInfo, slots: int = 1) -> Iterator[Period]:
    """Yield every run of slots of a day: each begins on the grid and ends before it closes."""
    for opening in openings(schedule, day, zone):
        start = opening.start
        while opening.end is not None and start + schedule.slot * slots <= opening.end:
            yield run_from(schedule, start, slots)
            start += schedule.step


def when_flaws(schedule: Schedule, zone: ZoneInfo, start: datetime, slots: int, at: datetime) -> list[Flaw]:
    """
    Return why nobody can book a run that begins then, whoever else did; each fault at its field.

    A sample must still be handed in in time, so what begins sooner cannot be booked.
    """
    if not 1 <= slots <= schedule.longest_run:
        return [_flaw("/slots", "too_many_slots", most=schedule.longest_run)]
    if start < at:
        return [_flaw("/starts_at", "in_the_past")]
    until = hand_in_until(schedule, start)
    if until is not None and until < at:
        return [_flaw("/starts_at", "hand_in_over", until=_said(until, zone))]
    last = last_day(schedule, zone, at)
    if start >= local_midnight(last + DAY, zone):
        return [_flaw("/starts_at", "too_far_ahead", last=last.isoformat())]
    return _grid_flaws(schedule, zone, run_from(schedule, start, slots))


def fits(core: Period, schedule: Schedule, taken: Iterable[Period]) -> bool:
    """Tell whether a use with its set-up and cleaning meets none of what is taken."""
    whole = core.widened(schedule.setup, schedule.cleaning)
    return not any(whole.overlaps(one) for one in taken)


def free_slots(
    schedule: Schedule,
    day: date,
    zone: ZoneInfo,
    taken: Mapping[int, Sequence[Period]],
    at: datetime,
    slots: int = 1,
) -> list[Offered]:
    """
    Return the runs of a local day that can be booked now; ``taken`` says per machine what claims it.

    Claims come with their buffers, as the calendar holds them.
    """
    offered = []
    for core in runs(schedule, day, zone, slots):
        free = tuple(machine for machine, claims in taken.items() if fits(core, schedule, claims))
        if free and not when_flaws(schedule, zone, core.start, slots, at):
            offered.append(Offered(core, free))
    return offered


def next_free(
    schedule: Schedule,
    zone: ZoneInfo,
    taken: Mapping[int, Sequence[Period]],
    after: datetime,
    at: datetime,
    slots: int = 1,
) -> Offered | None:
    """Return the first run behind a moment that can be booked, if there is one."""
    first, last = max(after, at).astimezone(zone).date(), last_day(schedule, zone, at)
    days = (first + n * DAY for n in range((last - first).days + 1))
    offered = chain.from_iterable(free_slots(schedule, day, zone, taken, at, slots) for day in days)
    return next((one for one in offered if one.core.start > after), None)


def hand_in_until(schedule: Schedule, start: datetime) -> datetime | None:
    """Return until when the sample must be there, if one is needed."""
    return None if schedule.hand_in is None else start - schedule.hand_in


def last_day(schedule: Schedule, zone: ZoneInfo, at: datetime) -> date:
    """Return the last local day that can be booked at present."""
    return at.astimezone(zone).date() + schedule.ahead_days * DAY


def _grid_flaws(schedule: Schedule, zone: ZoneInfo, core: Period) -> list[Flaw]:
    day = core.start.astimezone(zone).date()
    near = (day - DAY, day)  # what opens in the evening may close behind midnight
    for opening in chain.from_iterable(openings(schedule, one, zone) for one in near):
        if opening.intersect(core) == core:
            on_grid = (core.start - opening.start) % schedule.step == timedelta(0)
            return [] if on_grid else [_flaw("/starts_at", "not_on_the_grid")]
    return [_flaw("/starts_at", "closed")]


def _local(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    return datetime.combine(day + days * DAY, time(*divmod(rest, 60)), zone).astimezone(UTC)


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
