"""Tiers: what a unit costs up to a quantity; shared by the price models that have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.rules.reading import Reader, plain


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


def dump_tiers(tiers: Sequence[Tier]) -> list[dict[str, Any]]:
    """Write tiers back, in order."""
    return [tier.dump() for tier in tiers]


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
