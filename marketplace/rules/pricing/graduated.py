"""A price that changes with the quantity, tier by tier, as income tax does."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder, TierShare
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.tiers import Tier, dump_tiers, read_tiers
from marketplace.rules.reading import Reader
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal


@dataclass(frozen=True)
class Graduated(Component):
    """Every unit costs the price of the tier it falls in."""

    kind = "graduated"

    counts: Quantity
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Graduated":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, "tiers"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), read_tiers(reader))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), **self.counts.dump(), "tiers": dump_tiers(self.tiers)}

    def line(self, given: Given) -> ChargeLine:
        """Charge the billable quantity through the tiers."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        shares = tier_shares(measured.billable, self.tiers)
        amount = sum((_cost(share) for share in shares), Fraction(0))
        for share in shares:
            ladder.add(
                "tier",
                above=share.above,
                quantity=share.quantity,
                unit=share.unit_price,
                flat=share.flat,
                amount=share.amount,
            )
        return ChargeLine(
            component=self.id,
            kind=self.kind,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, given.currency),
            meter=self.counts.meter,
            unit=self.counts.unit,
            raw=measured.raw,
            converted=measured.converted,
            rounded=measured.rounded,
            included=measured.included,
            quantity=measured.billable,
            tiers=tuple(shares),
            steps=tuple(ladder.steps),
        )


def graduated(units: Decimal, tiers: Sequence[Tier]) -> Fraction:
    """
    Price units tier by tier, exactly; rounding is the line's.

    Passing a threshold never makes the earlier units cheaper or dearer. A tier's flat amount falls due with
    the first bit of a unit inside it; without use nothing is due.

        >>> graduated(Decimal(120), [Tier(Decimal(100), Decimal("0.50")), Tier(None, Decimal("0.30"))])
        Fraction(56, 1)

    :raises ValueError: if the tiers do not cover all the units
    """
    return sum((_cost(share) for share in tier_shares(units, tiers)), Fraction(0))


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
        part = as_decimal(Fraction(upper) - Fraction(above))
        cost = Fraction(part) * Fraction(tier.unit) + Fraction(tier.flat)
        shares.append(TierShare(above, tier.up_to, part, tier.unit, tier.flat, as_decimal(cost)))
        above = upper
    if units > above:
        raise ValueError("the tiers do not cover all the units")
    return shares


def _cost(share: TierShare) -> Fraction:
    return Fraction(share.quantity) * Fraction(share.unit_price) + Fraction(share.flat)
