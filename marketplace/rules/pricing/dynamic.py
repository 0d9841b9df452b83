"""A price that use carries with it: what each reading or booking cost by itself, times a factor."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.bounds import MOST_FACTOR
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.scaled import MINOR, ONE
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal, nearest


@dataclass(frozen=True)
class Dynamic(Component):
    """
    ``multiplier`` of the amount that a meter carries, in the currency of the plan.

    1 hands the cost on, 1.05 adds five per cent, 0.013 is 1.3 % of it. Nothing is included: a unit that was
    not used has no price.
    """

    kind = "dynamic"

    counts: Quantity
    multiplier: Decimal

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Dynamic":
        """Read the component and note its flaws."""
        fields = [name for name in quantity.FIELDS if name != "included"]
        reader = Reader(node, (*FIELDS, *fields, "multiplier"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), reader.decimal("multiplier", "1", bound=MOST_FACTOR))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        counts = {name: value for name, value in self.counts.dump().items() if name != "included"}
        return {**self.head(), **counts, "multiplier": plain(self.multiplier)}

    def minor(self, given: Given) -> int | None:
        """Return the net in minor units by whole numbers."""
        given.raw(self.counts.meter)
        number, parts = given.carried(self.counts.meter).as_integer_ratio()
        times, of = self.multiplier.as_integer_ratio()
        return nearest(number * times * ONE * ONE, parts * of * MINOR[given.currency])

    def line(self, given: Given) -> ChargeLine:
        """Charge what the use carried; the unit price is what came out for one unit."""
        ladder = Ladder()
        measured, carried = self.counts.measure(given, ladder), given.carried(self.counts.meter)
        amount = Fraction(carried) * Fraction(self.multiplier)
        ladder.add("carried", carried=carried, multiplier=self.multiplier, amount=amount)
        units = Fraction(measured.billable)
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
            unit_price=as_decimal(amount / units) if units else None,
            steps=tuple(ladder.steps),
        )
