"""A price that changes with the quantity, tier by tier, as income tax does."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.lines import TierShare
from marketplace.rules.pricing.scaled import Rungs
from marketplace.rules.pricing.tiers import Tier, Tiered, cost, share_of
from marketplace.shared.money import as_decimal


class Graduated(Tiered):
    """Every unit costs the price of the tier it falls in."""

    kind = "graduated"
    step = "tier"
    whole_blocks = True

    def shares(self, units: Decimal) -> list[TierShare]:
        """Lay units over the tiers, the first ones into the first tier."""
        return tier_shares(units, self.tiers)

    def price(self, rungs: Rungs, units: int) -> int:
        """Price each unit at the tier it falls in, in whole numbers."""
        return rungs.tier_by_tier(units)


def graduated(units: Decimal, tiers: Sequence[Tier]) -> Fraction:
    """
    Price units tier by tier, exactly; rounding is the line's.

    Passing a threshold never makes the earlier units cheaper or dearer. A tier's flat amount falls due with
    the first bit of a unit inside it; without use nothing is due.

        >>> graduated(Decimal(120), [Tier(Decimal(100), Decimal("0.50")), Tier(None, Decimal("0.30"))])
        Fraction(56, 1)

    :raises ValueError: if the tiers do not cover all the units
    """
    return sum((cost(share) for share in tier_shares(units, tiers)), Fraction(0))


def tier_shares(units: Decimal, tiers: Sequence[Tier]) -> list[TierShare]:
    """
    Lay units over the tiers; only tiers that were reached appear.

    :raises ValueError: if the tiers do not cover all the units
    """
    shares: list[TierShare] = []
    above = Decimal(0)
    for tier in tiers:
        if units <= above:
            return shares
        upper = units if tier.up_to is None else min(units, tier.up_to)
        shares.append(share_of(tier, above, as_decimal(Fraction(upper) - Fraction(above))))
        above = upper
    if units > above:
        raise ValueError("the tiers do not cover all the units")
    return shares
