"""A price on the highest window of a period: maximum demand, the busiest day."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.graduated import tier_shares
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.quantity import SIZES, Quantity, to_step
from marketplace.rules.pricing.schedule import read_switch
from marketplace.rules.pricing.spread import HOURS, WINDOWS
from marketplace.rules.pricing.tiers import Tier, cost, note, read_tiers
from marketplace.rules.pricing.time_of_day import COUNTED
from marketplace.rules.reading import Reader
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal

KILOWATT = "kW"
ELECTRIC = ("energy", "power")


@dataclass(frozen=True)
class Peak(Component):
    """
    The highest ``window`` of the period is priced through tiers; the others cost nothing.

    As ``demand`` a window's kilowatt-hours count as the kilowatts that make them: maximum demand.
    """

    kind = "peak"

    counts: Quantity
    window: str
    demand: bool
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Peak":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *COUNTED, "window", "demand", "tiers"), pointer, flaws)
        head = read_head(reader)
        counts, window = Quantity.read(reader), reader.choice("window", WINDOWS)
        demand = read_switch(reader, "demand")
        if demand and counts.meter not in ELECTRIC:
            reader.refuse("demand", "demand_of_energy", choices=", ".join(ELECTRIC))
        if demand and window not in HOURS:
            reader.refuse("window", "demand_window", choices=", ".join(HOURS))
        return cls(*head, counts, window, demand, read_tiers(reader, whole_blocks=True))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        counted = {name: value for name, value in self.counts.dump().items() if name != "included"}
        tiers = [tier.dump() for tier in self.tiers]
        return {**self.head(), **counted, "window": self.window, "demand": self.demand, "tiers": tiers}

    @property
    def unit(self) -> str:
        """The unit that is priced."""
        return KILOWATT if self.demand else self.counts.unit

    def minor(self, given: Given) -> int | None:
        """Say that only the rule knows the net: it depends on when something was counted."""
        return None

    def line(self, given: Given) -> ChargeLine:
        """Charge the highest window; of equal ones the first is named."""
        meter, ladder = self.counts.meter, Ladder()
        raw, highest = given.raw(meter), given.timed(meter).highest(meter, self.window)
        ladder.add("measured", meter=meter, raw=raw)
        converted, units = self._units(highest.quantity)
        if highest.start is not None:
            ladder.add("peak", at=f"{highest.start:%Y-%m-%d %H:%M}", quantity=units, unit=self.unit)
        billable = as_decimal(units)
        shares = tier_shares(billable, self.tiers)
        for share in shares:
            note(share, "tier", ladder)
        amount = sum((cost(share) for share in shares), Fraction(0))
        return ChargeLine(
            component=self.id,
            kind=self.kind,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, given.currency),
            meter=meter,
            unit=self.unit,
            raw=raw,
            converted=as_decimal(converted),
            rounded=billable,
            included=Decimal(0),
            quantity=billable,
            tiers=tuple(shares),
            steps=tuple(ladder.steps),
        )

    def _units(self, raw: Fraction) -> tuple[Fraction, Fraction]:
        converted = max(raw, Fraction(0)) / SIZES[self.counts.meter][self.counts.unit]
        if self.demand:
            converted /= HOURS[self.window]
        step = self.counts.round_to
        return converted, converted if step is None else to_step(converted, step, self.counts.round)
