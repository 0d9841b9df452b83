"""A share of the rent: the platform's fee, for instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import PLATFORM, ChargeLine, Given, Ladder
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, as_decimal

RENT = "rent"


@dataclass(frozen=True)
class Percentage(Component):
    """``rate`` of the net rent, after minimum and cap and before tax."""

    kind = "percentage"

    rate: Decimal
    of: str

    @property
    def is_rent(self) -> bool:
        """A share of the rent is never rent itself, whoever sells it."""
        return False

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Percentage":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, "rate", "of"), pointer, flaws)
        head = read_head(reader, PLATFORM)
        return cls(*head, reader.decimal("rate", most=Decimal(1)), reader.choice("of", (RENT,), RENT))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), "rate": plain(self.rate), "of": self.of}

    def line(self, given: Given, rent: Sequence[ChargeLine]) -> ChargeLine:
        """Charge the share of the rounded rent lines."""
        base = Money.total((line.net for line in rent), given.currency).amount
        amount = Fraction(base) * Fraction(self.rate)
        ladder = Ladder()
        ladder.add("percentage", base=base, rate=self.rate, amount=amount)
        return ChargeLine(
            component=self.id,
            kind=self.kind,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, given.currency),
            quantity=base,
            unit_price=self.rate,
            steps=tuple(ladder.steps),
        )
