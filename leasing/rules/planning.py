"""
Machine hours of an order book against the capacity that is leased: placed day by day, counted week by week.

Work is whole microseconds, so that nothing is rounded. The machines of a category work as one: an order may
be divided among them, with one set-up; what a machine can do in a local day is the hours of its shift times
its availability, and a day counts if it is leased from midnight to midnight. No order needs another's parts.

Two placements answer two questions. **Latest**: from the last day backwards, each day works on the order
that may begin latest, then on the one that is due later, then by reference; what finds no day is *short*. No
way of placing leaves less short (Glover 1967, mirrored), so this is the demand of a week: what must be done
in it. **Earliest**: from the first day on, each day works on the order that is due first, then by earliest
start, then by reference; this says when an order is done, and which is late. More capacity never makes one
later.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from leasing.rules.orders import Order

MICRO = 1_000_000
HOUR = 3600 * MICRO
DAY = timedelta(days=1)
WORKDAYS = 5


class Shift(StrEnum):
    """How long a machine is worked on the days of a week."""

    ONE = "ONE"
    TWO = "TWO"
    THREE = "THREE"
    CONTINUOUS = "CONTINUOUS"


# Hours from Monday to Sunday.
HOURS: Mapping[Shift, tuple[int, ...]] = {
    Shift.ONE: (8,) * WORKDAYS + (0, 0),
    Shift.TWO: (16,) * WORKDAYS + (0, 0),
    Shift.THREE: (24,) * WORKDAYS + (0, 0),
    Shift.CONTINUOUS: (24,) * 7,
}


@dataclass(frozen=True)
class Calendar:
    """The days that are planned, from ``first`` to the end of an ISO week, and how they are worked."""

    first: date
    weeks: int
    shift: Shift
    availability: Decimal

    @property
    def end(self) -> date:
        """The Monday after the last day."""
        monday = self.first - timedelta(days=self.first.weekday())
        return monday + timedelta(weeks=self.weeks)

    @property
    def days(self) -> int:
        """How many days are planned."""
        return (self.end - self.first).days

    def place(self, day: date) -> int:
        """Return the number of a day, 0 being the first; days outside the plan are held at its edges."""
        return min(max((day - self.first).days, 0), self.days)

    def daily(self) -> list[int]:
        """Return what one machine can do on each day, in microseconds, the rest of one dropped."""
        hours = HOURS[self.shift]
        weekday = [int(Fraction(self.availability) * one * HOUR) for one in hours]
        return [weekday[(self.first + n * DAY).weekday()] for n in range(self.days)]


@dataclass(frozen=True, order=True)
class Job:
    """An order on the days of a plan: it may be worked on from ``release`` until before ``due``."""

    due: int
    release: int
    reference: str
    work: int


@dataclass(frozen=True)
class Week:
    """One ISO week of a category in microseconds: what must be done in it, what can be, what is short."""

    name: str
    first: date
    demand: int
    capacity: int
    short: int

    @property
    def surplus(self) -> int:
        """What its machines could do besides."""
        return self.capacity - (self.demand - self.short)


@dataclass(frozen=True)
class Late:
    """An order that is not finished in time; ``done`` is its last day of work, nothing if behind the plan."""

    reference: str
    due_before: date
    done: date | None


@dataclass(frozen=True)
class Load:
    """How a category stands: its weeks, what is late, and how many orders are due behind the plan."""

    category: str
    weeks: tuple[Week, ...]
    late: tuple[Late, ...]
    beyond: int

    @property
    def short(self) -> int:
        """What finds no time, in microseconds."""
        return sum(week.short for week in self.weeks)


def work(order: Order) -> int:
    """Return how long one machine works on an order, in whole microseconds; a begun one counts."""
    return -(-Fraction(order.seconds) * MICRO // 1)


def jobs(calendar: Calendar, orders: Iterable[Order]) -> list[Job]:
    """Return the orders that are due in the plan, in the order in which they are planned."""
    return sorted(
        Job(
            calendar.place(order.due_before),
            calendar.place(order.earliest_start or calendar.first),
            order.reference,
            work(order),
        )
        for order in orders
        if order.due_before <= calendar.end
    )


def capacity(calendar: Calendar, spans: Iterable[tuple[date, date]]) -> list[int]:
    """Return what machines can do on each day; each span of whole days is one machine."""
    daily, total = calendar.daily(), [0] * calendar.days
    for start, end in spans:
        for n in range(calendar.place(start), calendar.place(end)):
            total[n] += daily[n]
    return total


def latest(wanted: Sequence[Job], able: Sequence[int]) -> tuple[list[int], dict[str, int]]:
    """Place the work as late as it can be; return what each day does, and what of each order is short."""
    done, short = [0] * len(able), {}
    waiting: list[tuple[int, int, str, int]] = []
    coming = sorted(wanted)
    for day in reversed(range(len(able))):
        while coming and coming[-1].due > day:
            job = coming.pop()
            heapq.heappush(waiting, (-job.release, -job.due, job.reference, job.work))
        left = able[day]
        while waiting and (-waiting[0][0] > day or left):
            release, due, reference, rest = heapq.heappop(waiting)
            if -release > day:
                short[reference] = rest
                continue
            does = min(rest, left)
            done[day], left = done[day] + does, left - does
            if rest > does:
                heapq.heappush(waiting, (release, due, reference, rest - does))
    short |= {reference: rest for _, _, reference, rest in waiting}
    return done, short | {job.reference: job.work for job in coming}


def earliest(wanted: Sequence[Job], able: Sequence[int]) -> dict[str, int]:
    """Work on what is due first; return the last day of work of each order that is finished."""
    finished: dict[str, int] = {}
    coming = sorted(wanted, key=lambda job: (job.release, job), reverse=True)
    waiting: list[tuple[Job, int]] = []
    for day, left in enumerate(able):
        while coming and coming[-1].release <= day:
            job = coming.pop()
            heapq.heappush(waiting, (job, job.work))
        while waiting and left:
            job, rest = heapq.heappop(waiting)
            does = min(rest, left)
            left -= does
            if rest > does:
                heapq.heappush(waiting, (job, rest - does))
            else:
                finished[job.reference] = day
    return finished


def load(
    calendar: Calendar, category: str, orders: Sequence[Order], spans: Iterable[tuple[date, date]]
) -> Load:
    """Return how a category stands: ``orders`` are its own, ``spans`` the days of its machines."""
    wanted, able = jobs(calendar, orders), capacity(calendar, spans)
    done, short = latest(wanted, able)
    finished = earliest(wanted, able)
    late = [
        Late(job.reference, due, None if place is None else calendar.first + place * DAY)
        for job, due in _with_days(wanted, orders)
        if (place := finished.get(job.reference)) is None or place >= job.due
    ]
    last_days = {job.reference: max(job.due - 1, 0) for job in wanted}
    missing = [0] * calendar.days
    for reference, rest in short.items():
        missing[last_days[reference]] += rest
    return Load(category, _weeks(calendar, done, able, missing), tuple(late), len(orders) - len(wanted))


def _with_days(wanted: Sequence[Job], orders: Sequence[Order]) -> list[tuple[Job, date]]:
    days = {order.reference: order.due_before for order in orders}
    return [(job, days[job.reference]) for job in wanted]


def _weeks(calendar: Calendar, done: list[int], able: list[int], missing: list[int]) -> tuple[Week, ...]:
    weeks, place = [], 0
    while place < calendar.days:
        first = calendar.first + place * DAY
        end = min(place + 7 - first.weekday(), calendar.days)
        year, number, _ = first.isocalendar()
        short = sum(missing[place:end])
        weeks.append(
            Week(
                f"{year}-W{number:02d}",
                first,
                sum(done[place:end]) + short,
                sum(able[place:end]),
                short,
            )
        )
        place = end
    return tuple(weeks)
