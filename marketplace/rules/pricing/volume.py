"""A price that the whole quantity decides: all units cost what the tier of their total says."""

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
class Volume(Component):
    """All units cost the price of the tier in which their total lies."""

    kind = "volume"

    counts: Quantity
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Volume":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, "tiers"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), read_tiers(reader))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), **self.counts.dump(), "tiers": dump_tiers(self.tiers)}

    def line(self, given: Given) -> ChargeLine:
        """Charge the billable quantity at the price of its tier."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        share = tier_of_total(measured.billable, self.tiers)
        amount = Fraction(0) if share is None else _cost(share)
        if share is not None:
            ladder.add(
                "volume",
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
            unit_price=None if share is None else share.unit_price,
            tiers=() if share is None else (share,),
            steps=tuple(ladder.steps),
        )


def volume(units: Decimal, tiers: Sequence[Tier]) -> Fraction:
    """
    Price all units at the tier of their total, exactly; rounding is the line's.

    Reaching a cheaper tier makes the earlier units cheaper too, so more use can cost less: what was billed is
    then credited by the difference. The tier's flat amount is due once; without use nothing is due.

        >>> volume(Decimal(16), [Tier(Decimal(15), Decimal(10)), Tier(None, Decimal(5))])
        Fraction(80, 1)

    :raises ValueError: if no tier covers the units
    """
    share = tier_of_total(units, tiers)
    return Fraction(0) if share is None else _cost(share)


def tier_of_total(units: Decimal, tiers: Sequence[Tier]) -> TierShare | None:
    """
    Lay all units into the one tier of their total; nothing without use.

    :raises ValueError: if no tier covers the units
    """
    if units <= 0:
        return None
    above = Decimal(0)
    for tier in tiers:
        if tier.up_to is None or units <= tier.up_to:
            cost = Fraction(units) * Fraction(tier.unit) + Fraction(tier.flat)
            return TierShare(above, tier.up_to, units, tier.unit, tier.flat, as_decimal(cost))
        above = tier.up_to
    raise ValueError("no tier covers the units")


def _cost(share: TierShare) -> Fraction:
    return Fraction(share.quantity) * Fraction(share.unit_price) + Fraction(share.flat)
