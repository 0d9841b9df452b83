"""A price per hour, cycle, part or kilowatt-hour."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.bounds import MOST_PRICE
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.scaled import minor, whole
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal


@dataclass(frozen=True)
class PerUnit(Component):
    """Every unit beyond the included ones costs ``price``."""

    kind = "per_unit"

    counts: Quantity
    price: Decimal

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "PerUnit":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, *quantity.NETTING, "price"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, Quantity.read(reader), reader.decimal("price", bound=MOST_PRICE))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), **self.counts.dump(), "price": plain(self.price)}

    def cost(self, units: Decimal) -> Fraction:
        """Price units, exactly; rounding is the line's."""
        return per_unit(units, self.price)

    @cached_property
    def _price(self) -> int | None:
        return whole(self.price)

    def minor(self, given: Given) -> int | None:
        """Return the net in minor units by whole numbers, if they are enough to say it."""
        units, price = self.counts.whole(given), self._price
        return None if units is None or price is None else minor(units * price, given.currency)

    def line(self, given: Given) -> ChargeLine:
        """Charge the billable quantity."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        amount = per_unit(measured.billable, self.price)
        ladder.add("priced", quantity=measured.billable, price=self.price, amount=amount)
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
            unit_price=self.price,
            steps=tuple(ladder.steps),
        )


def per_unit(units: Decimal, price: Decimal) -> Fraction:
    """
    Price units at one price, exactly; rounding is the line's.

        >>> per_unit(Decimal(10), Decimal("5.12345"))
        Fraction(102469, 2000)
    """
    return Fraction(units) * Fraction(price)
