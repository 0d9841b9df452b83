"""
Whole numbers for the sums of a charge: quantities and prices in ten-billionths.

Nothing is rounded here but where the rule in decimals rounds. What has more decimals than ten has no whole
number; the rule alone then says what it costs. Property tests hold the two to be the same.
"""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from marketplace.shared.money import PLACES, nearest

ONE = 10**10
MINOR = {currency: ONE * ONE // 10**places for currency, places in PLACES.items()}


def whole(value: Decimal) -> int | None:
    """
    Return a number in ten-billionths, if it has no more decimals than that.

        >>> whole(Decimal("0.25"))
        2500000000
    """
    number, parts = value.as_integer_ratio()
    scaled, rest = divmod(number * ONE, parts)
    return None if rest else scaled


def minor(amount: int, currency: str) -> int:
    """Round an amount, in ten-billionths of ten-billionths, to the minor units of a currency."""
    return nearest(amount, MINOR[currency])


class Rung(NamedTuple):
    """A tier in whole numbers; ``below`` is what all the tiers before it cost when they are full."""

    above: int
    below: int
    unit: int
    flat: int
    block: int | None

    def cost(self, units: int) -> int:
        """Return what units in this tier cost, its flat amount included."""
        if self.block is None:
            return units * self.unit + self.flat * ONE
        return (-(-units // self.block) * self.unit + self.flat) * ONE


class Rungs(NamedTuple):
    """Tiers in whole numbers, for quantities above zero; each ends with its bound, the last is open."""

    bounds: Sequence[int]
    rungs: Sequence[Rung]

    def reached(self, units: int) -> Rung:
        """Return the tier in which the last of some units lies."""
        return self.rungs[bisect_left(self.bounds, units)]

    def tier_by_tier(self, units: int) -> int:
        """Price each unit at the tier it falls in."""
        if units <= 0:
            return 0
        rung = self.reached(units)
        return rung.below + rung.cost(units - rung.above)

    def by_total(self, units: int) -> int:
        """Price all units at the tier of their total."""
        return self.reached(units).cost(units) if units > 0 else 0
