"""Tiers: what a unit costs up to a quantity; what the price models that have them share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder, TierShare
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal


@dataclass(frozen=True)
class Tier:
    """Units up to and including ``up_to`` (``None``: the rest) cost ``unit`` each, entry ``flat``."""

    up_to: Decimal | None
    unit: Decimal
    flat: Decimal = Decimal(0)

    def dump(self) -> dict[str, Any]:
        """Write the tier back."""
        up_to = None if self.up_to is None else plain(self.up_to)
        return {"up_to": up_to, "unit": plain(self.unit), "flat": plain(self.flat)}


@dataclass(frozen=True)
class Tiered(Component, ABC):
    """A price in tiers; a model says how the billable quantity is laid over them."""

    step: ClassVar[str]  # the code of a tier's step in the ladder

    counts: Quantity
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> Self:
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, *quantity.NETTING, "tiers"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), read_tiers(reader))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), **self.counts.dump(), "tiers": [tier.dump() for tier in self.tiers]}

    @abstractmethod
    def shares(self, units: Decimal) -> list[TierShare]:
        """Lay units over the tiers; only tiers in which something lies appear."""

    def line(self, given: Given) -> ChargeLine:
        """Charge the billable quantity through the tiers."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        shares = self.shares(measured.billable)
        amount = sum((cost(share) for share in shares), Fraction(0))
        for share in shares:
            ladder.add(
                self.step,
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


def cost(share: TierShare) -> Fraction:
    """Return what lies in a tier costs, exactly."""
    return Fraction(share.quantity) * Fraction(share.unit_price) + Fraction(share.flat)


def share_of(tier: Tier, above: Decimal, units: Decimal) -> TierShare:
    """Return the share of a tier that begins ``above``, with so many units in it."""
    amount = Fraction(units) * Fraction(tier.unit) + Fraction(tier.flat)
    return TierShare(above, tier.up_to, units, tier.unit, tier.flat, as_decimal(amount))


def read_tiers(reader: Reader) -> tuple[Tier, ...]:
    """Read the field ``tiers``: bounds rise, the last tier alone is open; flaws are noted at their place."""
    nodes = list(reader.items("tiers"))
    tiers: list[Tier] = []
    above = Decimal(0)
    for pointer, node in nodes:
        tier = Reader(node, ("up_to", "unit", "flat"), pointer, reader.flaws)
        up_to = _read_up_to(tier, above, is_last=pointer == nodes[-1][0])
        tiers.append(Tier(up_to, tier.decimal("unit"), tier.decimal("flat", "0")))
        above = above if up_to is None else up_to
    return tuple(tiers)


def _read_up_to(reader: Reader, above: Decimal, *, is_last: bool) -> Decimal | None:
    if reader.get("up_to") is None:
        if not is_last and "up_to" in reader.node:
            reader.refuse("up_to", "tier_open_too_early")
        return None
    if is_last:
        reader.refuse("up_to", "last_tier_open")
    before = len(reader.flaws)
    up_to = reader.decimal("up_to")
    if up_to <= above and len(reader.flaws) == before:
        reader.refuse("up_to", "tiers_not_rising", previous=plain(above))
    return up_to
