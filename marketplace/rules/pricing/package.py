"""A price per package of so many units, whether the last one is used up or not."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from marketplace.rules.pricing import blocks, quantity
from marketplace.rules.pricing.bounds import MOST_PRICE
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.scaled import ONE, minor, whole
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal

STARTED, FULL = "started", "full"
OWN = ("size", "price", "packages")
COUNTS = {STARTED: blocks.started, FULL: blocks.full}


@dataclass(frozen=True)
class Package(Component):
    """
    Every package of ``size`` units beyond the included ones costs ``price``.

    Packages are counted on the running total of the period, so one that was begun in an earlier run is not
    charged again. With ``full`` only packages that were used up are charged.
    """

    kind = "package"

    counts: Quantity
    size: Decimal
    price: Decimal
    packages: str

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Package":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, *quantity.FIELDS, *quantity.NETTING, *OWN), pointer, flaws)
        head = read_head(reader)
        counts, size = Quantity.read(reader), reader.decimal("size", above_zero=True)
        price, packages = (
            reader.decimal("price", bound=MOST_PRICE),
            reader.choice("packages", tuple(COUNTS), STARTED),
        )
        return cls(*head, counts, size, price, packages)

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        own = {"size": plain(self.size), "price": plain(self.price), "packages": self.packages}
        return {**self.head(), **self.counts.dump(), **own}

    def cost(self, units: Decimal) -> Fraction:
        """Price units, exactly; rounding is the line's."""
        return Fraction(COUNTS[self.packages](units, self.size)) * Fraction(self.price)

    @cached_property
    def _whole(self) -> tuple[int, int] | None:
        size, price = whole(self.size), whole(self.price)
        return None if size is None or price is None else (size, price)

    def minor(self, given: Given) -> int | None:
        """Return the net in minor units by whole numbers, if they are enough to say it."""
        units, numbers = self.counts.whole(given), self._whole
        if units is None or numbers is None:
            return None
        size, price = numbers
        packages = -(-units // size) if self.packages == STARTED else units // size
        return minor(packages * price * ONE, given.currency)

    def line(self, given: Given) -> ChargeLine:
        """Charge the packages of the billable quantity."""
        ladder = Ladder()
        measured = self.counts.measure(given, ladder)
        number, amount = COUNTS[self.packages](measured.billable, self.size), self.cost(measured.billable)
        ladder.add("packages", quantity=measured.billable, size=self.size, packages=number)
        ladder.add("priced", quantity=number, price=self.price, amount=amount)
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
            steps=tuple(ladder.steps),
        )
