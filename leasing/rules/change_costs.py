"""What a change of a running lease makes more expensive, or less: two estimates of the time that is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from leasing.rules.annexes import Change
from leasing.rules.estimates import WHOLE, estimate
from leasing.rules.repricing import PriceChange, in_force
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import billed_unit
from marketplace.shared.money import Money, round_half_away
from marketplace.shared.period import Period

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Course:
    """How a lease goes on: until when, and with how many machines."""

    ends_at: datetime
    machines: int


@dataclass(frozen=True)
class Pace:
    """What is expected to be used over ``period`` with ``machines``, in the units that the plan bills."""

    usage: Mapping[str, Decimal]
    period: Period
    machines: int

    def over(self, rest: Period, machines: int, plan: PricePlan) -> dict[str, Decimal]:
        """Return what is used in another time with another number of machines that work as these do."""
        return self.over_time(rest.duration() * machines, plan)

    def over_time(self, time: timedelta, plan: PricePlan) -> dict[str, Decimal]:
        """Return what is used in so much time of machines, all together."""
        share = Fraction(time // MICROSECOND, self.period.duration() // MICROSECOND * self.machines)
        return {
            meter: round_half_away(Fraction(total) * share, 0 if billed_unit(plan, meter) in WHOLE else 2)
            for meter, total in self.usage.items()
        }


@dataclass(frozen=True)
class ChangeCost:
    """What a change costs more, or less, tax included: with the expected use, and without any."""

    expected: Money
    least: Money


def repriced(
    changes: Sequence[PriceChange],
    *,
    period: Period,
    taken: timedelta,
    pace: Pace,
    plan: PricePlan,
    zone: ZoneInfo,
    anchor_day: int,
) -> Money:
    """
    Return what agreed prices make a lease more expensive over its whole time, tax included, or less.

    ``plan`` is that of the contract, ``taken`` the time for which machines are taken in ``period``, all
    together; it is spread evenly. Each price holds until the next one that was agreed for later begins.

    :raises NoTaxRate: if the tax table does not reach to a day of it
    """
    starts = sorted({one.effective_from for one in changes if period.contains(one.effective_from)})
    total = Money.zero(plan.currency)
    for part in period.split(starts)[1:] if starts and starts[0] > period.start else period.split(starts[1:]):
        price = in_force(plan, changes, part.start)
        share = Fraction(part.duration() // MICROSECOND, period.duration() // MICROSECOND)
        usage = pace.over_time(MICROSECOND * int(taken // MICROSECOND * share), plan)
        now, then = (
            estimate(one, usage, part, zone=zone, anchor_day=anchor_day, is_whole=False).gross
            for one in (price, plan)
        )
        total += now - then
    return total


def after(change: Change, before: Course) -> Course:
    """Return how a lease goes on when a change is in effect."""
    machines = before.machines + len(change.coming) - len(change.leaving)
    return Course(change.ends_at or before.ends_at, machines)


def change_cost(
    change: Change,
    *,
    before: Course,
    moment: datetime,
    pace: Pace,
    plan: PricePlan,
    zone: ZoneInfo,
    anchor_day: int,
    price: PricePlan | None = None,
) -> ChangeCost:
    """
    Return what is paid from ``moment`` on with a change, less what would be paid without it.

    ``price`` is the plan with the change, if that is what it changes. Fixed rent is the lease's, however many
    machines it has; use follows the machines. Minima of the whole term are left out: they are settled with
    the last period.

    :raises NoTaxRate: if the tax table does not reach to a day of it
    """

    def paid(course: Course, used: bool, by: PricePlan = plan) -> Money:
        rest = Period(moment, course.ends_at)
        usage = pace.over(rest, course.machines, by) if used else {}
        made = estimate(by, usage, rest, zone=zone, anchor_day=anchor_day, is_whole=False)
        return made.gross

    then = after(change, before)
    return ChangeCost(*(paid(then, used, price or plan) - paid(before, used) for used in (True, False)))
