"""The machines and the orders of one category as numbers: what is able, what is short, what a use costs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from leasing.rules.estimates import estimate
from leasing.rules.orders import Order
from leasing.rules.planning import DAY, HOUR, Calendar, Job, capacity, jobs, latest, work
from leasing.rules.plans import Inputs, Leased
from leasing.rules.terms import Terms
from marketplace.rules.pricing.quantity import METERS
from marketplace.rules.quotes import billed_unit
from marketplace.shared.money import Money, round_half_away
from marketplace.shared.period import Period

TIME_METERS = ("run_time", "load_time")
PART_METERS = ("parts", "good_parts", "cycles")


class Stock:
    """The machines and orders of one category; ``base`` is what its machines can do, day by day."""

    def __init__(
        self, inputs: Inputs, category: str, orders: Sequence[Order], leased: Sequence[Leased]
    ) -> None:
        self.calendar: Calendar = inputs.calendar
        self.zone: ZoneInfo = inputs.zone
        self.category, self.orders, self.leased = category, orders, leased
        self.jobs = _merged(jobs(self.calendar, orders))
        self.daily = self.calendar.daily()
        self.base = capacity(self.calendar, [span for one in leased for span in one.spans])
        self.last = max((job.due for job in self.jobs), default=0)

    def price(self, terms: Terms, usage: Mapping[str, Decimal], period: Period) -> Money:
        """Return the gross price, by the rule of calculator and invoice."""
        made = estimate(terms.price_plan, usage, period, zone=terms.zone, anchor_day=terms.billing_anchor_day)
        return made.gross

    def usage(self, terms: Terms, gain: int) -> dict[str, Decimal]:
        """Return the work in what the plan bills: time as it is, parts in the mean of the orders, else 0."""
        usage = {}
        for meter in terms.price_plan.meters():
            unit, amount = billed_unit(terms.price_plan, meter), Fraction(0)
            if meter in TIME_METERS:
                amount = Fraction(gain, HOUR) * 3600 / METERS[meter][unit]
                usage[meter] = _up(amount, 2)
            elif meter in PART_METERS:
                usage[meter] = _up(gain * self.parts_per_work(), 0)
            else:
                usage[meter] = Decimal(0)
        return usage

    def parts_per_work(self) -> Fraction:
        """Return how many parts a microsecond makes, over all orders of the category."""
        total = sum(work(one) for one in self.orders)
        return (
            sum((Fraction(one.quantity) for one in self.orders), Fraction(0)) / total
            if total
            else Fraction(0)
        )

    def changes(self, one: Leased) -> bool:
        """Tell whether a plan can propose to change the lease: it runs, with this machine alone."""
        return one.runs and sum(other.lease == one.lease for other in self.leased) == 1

    def with_machine(self, able: list[int], start: int, end: int) -> list[int]:
        """Return the capacity with one machine more on some days."""
        return [has + self.daily[n] if start <= n < end else has for n, has in enumerate(able)]

    def without(self, able: list[int], one: Leased, day: int) -> list[int]:
        """Return the capacity if a machine goes back when a day begins."""
        calendar, less = self.calendar, list(able)
        for start, end in one.spans:
            for n in range(max(calendar.place(start), day), calendar.place(end)):
                less[n] -= self.daily[n]
        return less

    def short(self, able: Sequence[int]) -> int:
        """Return what is short with a capacity, in microseconds."""
        return sum(latest(self.jobs, able)[1].values())

    def day(self, place: int) -> date:
        """Return a numbered day."""
        return self.calendar.first + place * DAY


def last_that(start: int, end: int, holds: Callable[[int], bool]) -> int:
    """Return the last of the days for which something holds, as it does for the first."""
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def first_that(start: int, end: int, holds: Callable[[int], bool]) -> int:
    """Return the first day from ``start`` for which something holds, as it does for ``end``."""
    low, high = start, end
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _merged(wanted: Iterable[Job]) -> list[Job]:
    """Put orders with the same days together: what is short in all is the same, and sooner found."""
    merged: dict[tuple[int, int], Job] = {}
    for job in wanted:
        days = (job.due, job.release)
        known = merged.get(days)
        merged[days] = replace(known, work=known.work + job.work) if known else job
    return list(merged.values())


def _up(amount: Fraction, places: int) -> Decimal:
    """Round up, so that no work is left out."""
    step = 10**places
    return round_half_away(Fraction(-(-amount * step // 1), step), places)
