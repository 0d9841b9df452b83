"""
Bad parts that the machine tells of by itself, and the scrap that a contract allows.

A verdict often comes later than the part, also on a later day. So what is bad is placed on the day on which
it is told and, where more is bad than was made, on the days before, the latest first, but on none whose time
for corrections is over: then it takes nothing back. Of the parts of each day a share may be bad and counts
all the same; the rest does not count. It stays to be seen, and nobody has to decide it: the contract has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from billing.rules.cutting import Cut, merged
from billing.rules.metering import Day, total
from billing.rules.witness import hold_back
from devices.rules.increments import Flag, add
from marketplace.rules.count_rules import CountRule

Rejected = Mapping[tuple[str, date], int]


def reach_of(rules: Iterable[CountRule]) -> int | None:
    """Return how many days back what is told to be bad may reach; ``None`` if no rule takes any off."""
    return max((rule.reclassify_days for rule in rules if rule.bad is not None), default=None)


def allowed(day: Day, rule: CountRule) -> int:
    """Return how many of a day's parts may be bad and count all the same, rounded down."""
    made = total(cut for cut in day.cuts if not cut.held or cut.flags & Flag.REJECTED)
    return int((made * rule.scrap_allowance).to_integral_value(ROUND_FLOOR))


def inspected(day: Day, rejected: int, rule: CountRule) -> Day:
    """Hold what inspection rejected, less what is allowed, from the end of the day backwards."""
    excess = max(0, rejected - allowed(day, rule))
    return replace(day, cuts=tuple(merged(hold_back(day.cuts, excess, Flag.REJECTED))))


def less_bad(
    days: Sequence[Day], bad: Sequence[Day], rules: Iterable[CountRule], rejected: Rejected
) -> list[Day]:
    """
    Take off what the machine called bad; ``bad`` are its days, beside the meters of ``days``.

    ``rejected`` is what inspections found, by meter and day: it has used up that much of what is allowed.
    """
    found = {(day.meter, day.local_day): day for day in days}
    for rule in rules:
        if rule.bad is None:
            continue
        made = {day.local_day: day.quantity for day in days if day.meter == rule.meter}
        told = {day.local_day: day.quantity for day in bad if day.meter == rule.meter}
        for local_day, count in placed(told, made, reach=rule.reclassify_days).items():
            key = rule.meter, local_day
            free = max(0, allowed(found[key], rule) - rejected.get(key, 0))
            found[key] = _less(found[key], max(Decimal(0), count - free))
    return [found[day.meter, day.local_day] for day in days]


def placed(told: Mapping[date, Decimal], made: Mapping[date, Decimal], *, reach: int) -> dict[date, Decimal]:
    """Place what was told to be bad on days on which something was made, never more than that."""
    found: dict[date, Decimal] = {}
    for local_day in sorted(told):
        rest = told[local_day]
        for back in range(reach + 1):
            day = local_day - timedelta(days=back)
            part = min(rest, made.get(day, Decimal(0)) - found.get(day, Decimal(0)))
            if part > 0:
                found[day], rest = found.get(day, Decimal(0)) + part, rest - part
    return found


def _less(day: Day, excess: Decimal) -> Day:
    cuts: list[Cut] = hold_back(day.cuts, add(excess, 0), Flag.BAD | Flag.DROPPED)
    return replace(day, cuts=tuple(merged(cuts)))
