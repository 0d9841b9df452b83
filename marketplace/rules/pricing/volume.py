"""A price that the whole quantity decides: all units cost what the tier of their total says."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.lines import TierShare
from marketplace.rules.pricing.scaled import Rungs
from marketplace.rules.pricing.tiers import Tier, Tiered, cost, share_of


class Volume(Tiered):
    """All units cost the price of the tier in which their total lies."""

    kind = "volume"
    step = "volume"

    def shares(self, units: Decimal) -> list[TierShare]:
        """Lay all units into one tier."""
        return tier_of_total(units, self.tiers)

    def price(self, rungs: Rungs, units: int) -> int:
        """Price all units at the tier of their total, in whole numbers."""
        return rungs.by_total(units)


def volume(units: Decimal, tiers: Sequence[Tier]) -> Fraction:
    """
    Price all units at the tier of their total, exactly; rounding is the line's.

    Reaching a cheaper tier makes the earlier units cheaper too, so more use can cost less: what was billed is
    then credited by the difference. The tier's flat amount is due once; without use nothing is due.

        >>> volume(Decimal(16), [Tier(Decimal(15), Decimal(10)), Tier(None, Decimal(5))])
        Fraction(80, 1)

    :raises ValueError: if no tier covers the units
    """
    return sum((cost(share) for share in tier_of_total(units, tiers)), Fraction(0))


def tier_of_total(units: Decimal, tiers: Sequence[Tier]) -> list[TierShare]:
    """
    Lay all units into the one tier of their total; nothing without use.

    :raises ValueError: if no tier covers the units
    """
    if units <= 0:
        return []
    above = Decimal(0)
    for tier in tiers:
        if tier.up_to is None or units <= tier.up_to:
            return [share_of(tier, above, units)]
        above = tier.up_to
    raise ValueError("no tier covers the units")
