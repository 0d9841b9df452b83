"""Tiers: what a unit costs up to a quantity; what the price models that have them share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.blocks import BlockShare, started
from marketplace.rules.pricing.bounds import MOST_PRICE
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder, TierShare
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.scaled import Rung, Rungs, minor, whole
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal


@dataclass(frozen=True)
class Tier:
    """
    Units up to and including ``up_to`` (``None``: the rest) cost ``unit`` each, entry ``flat``.

    With ``block`` they are counted in blocks of so many units, and ``unit`` is the price of one begun.
    """

    up_to: Decimal | None
    unit: Decimal
    flat: Decimal = Decimal(0)
    block: Decimal | None = None

    @property
    def per_unit(self) -> Decimal:
        """What a unit costs where blocks are used up."""
        return self.unit if self.block is None else as_decimal(Fraction(self.unit) / Fraction(self.block))

    def dump(self) -> dict[str, Any]:
        """Write the tier back."""
        up_to = None if self.up_to is None else plain(self.up_to)
        block = {} if self.block is None else {"block": plain(self.block)}
        return {"up_to": up_to, "unit": plain(self.unit), "flat": plain(self.flat), **block}


@dataclass(frozen=True)
class Tiered(Component, ABC):
    """A price in tiers; a model says how the billable quantity is laid over them."""

    step: ClassVar[str]  # the code of a tier's step in the ladder
    whole_blocks: ClassVar[bool] = False  # whether a tier must end where a block does

    counts: Quantity
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> Self:
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, *quantity.NETTING, "tiers"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), read_tiers(reader, whole_blocks=cls.whole_blocks))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), **self.counts.dump(), "tiers": [tier.dump() for tier in self.tiers]}

    @abstractmethod
    def shares(self, units: Decimal) -> list[TierShare]:
        """Lay units over the tiers; only tiers in which something lies appear."""

    def cost(self, units: Decimal) -> Fraction:
        """Price units, exactly; rounding is the line's."""
        return sum((cost(share) for share in self.shares(units)), Fraction(0))

    @abstractmethod
    def price(self, rungs: Rungs, units: int) -> int:
        """Price units through the tiers in whole numbers: what ``cost`` returns, scaled."""

    @cached_property
    def _rungs(self) -> Rungs | None:
        return rungs_of(self.tiers)

    def minor(self, given: Given) -> int | None:
        """Return the net in minor units by whole numbers, if they are enough to say it."""
        units, rungs = self.counts.whole(given), self._rungs
        return None if units is None or rungs is None else minor(self.price(rungs, units), given.currency)

    def line(self, given: Given) -> ChargeLine:
        """Charge the billable quantity through the tiers."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        shares = self.shares(measured.billable)
        amount = sum((cost(share) for share in shares), Fraction(0))
        for share in shares:
            note(share, self.step, ladder)
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
    return Fraction(share.counted) * Fraction(share.unit_price) + Fraction(share.flat)


def share_of(tier: Tier, above: Decimal, units: Decimal) -> TierShare:
    """Return the share of a tier that begins ``above``, with so many units in it."""
    counted = units if tier.block is None else started(units, tier.block)
    amount = as_decimal(Fraction(counted) * Fraction(tier.unit) + Fraction(tier.flat))
    facts = (above, tier.up_to, units, tier.unit, tier.flat, amount)
    return TierShare(*facts) if tier.block is None else BlockShare(*facts, tier.block, counted)


def rungs_of(tiers: Sequence[Tier]) -> Rungs | None:
    """Return whole-number tiers, nothing if one has too many decimals, or they do not rise and end open."""
    rungs: list[Rung] = []
    bounds: list[int] = []
    above = below = 0
    for tier in tiers:
        unit, flat = whole(tier.unit), whole(tier.flat)
        block = None if tier.block is None else whole(tier.block)
        if unit is None or flat is None or (block is None) != (tier.block is None):
            return None
        rungs.append(Rung(above, below, unit, flat, block))
        up_to = None if tier.up_to is None else whole(tier.up_to)
        if up_to is None:
            break
        if up_to <= above:
            return None
        bounds.append(up_to)
        below += rungs[-1].cost(up_to - above)
        above = up_to
    return Rungs(bounds, rungs) if len(rungs) == len(tiers) == len(bounds) + 1 else None


def note(share: TierShare, step: str, ladder: Ladder) -> None:
    """Note what lies in a tier, in blocks if it is counted so."""
    numbers = {"above": share.above, "quantity": share.quantity, "unit": share.unit_price}
    if isinstance(share, BlockShare):
        step, numbers = f"{step}_blocks", {**numbers, "block": share.block, "blocks": share.blocks}
    ladder.add(step, **numbers, flat=share.flat, amount=share.amount)


def read_tiers(
    reader: Reader, *, price: str = "unit", most: Decimal | None = None, whole_blocks: bool = False
) -> tuple[Tier, ...]:
    """
    Read the field ``tiers``: bounds rise, the last tier alone is open; flaws are noted at their place.

    ``price`` names the field that holds what a unit costs, ``most`` is the largest price. With
    ``whole_blocks`` a tier that is counted in blocks ends where one does.
    """
    nodes, blocks = list(reader.items("tiers")), ("block",) if price == "unit" else ()
    tiers: list[Tier] = []
    above = Decimal(0)
    for pointer, node in nodes:
        tier = Reader(node, ("up_to", price, "flat", *blocks), pointer, reader.flaws)
        up_to = _read_up_to(tier, above, is_last=pointer == nodes[-1][0])
        block = _read_block(tier, above, up_to if whole_blocks else None)
        tiers.append(
            Tier(up_to, tier.decimal(price, most=most, bound=MOST_PRICE), tier.decimal("flat", "0"), block)
        )
        above = above if up_to is None else up_to
    return tuple(tiers)


def _read_block(reader: Reader, above: Decimal, up_to: Decimal | None) -> Decimal | None:
    if reader.get("block", None) is None:
        return None
    block = reader.decimal("block", above_zero=True)
    if up_to is not None and (Fraction(up_to) - Fraction(above)) % Fraction(block):
        reader.refuse("block", "blocks_not_whole", above=plain(above), up_to=plain(up_to))
    return block


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
