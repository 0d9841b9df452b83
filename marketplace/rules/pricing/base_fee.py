"""A fixed fee per billing period."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.prorating import prorated
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal

BY_DAY, NEVER = "day", "none"
PRORATES = (BY_DAY, NEVER)


@dataclass(frozen=True)
class BaseFee(Component):
    """``amount`` for every period; a part period costs its share by days, or with ``none`` the whole fee."""

    kind = "base_fee"

    amount: Decimal
    prorate: str

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "BaseFee":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, "amount", "prorate"), pointer, flaws)
        head = read_head(reader)
        return cls(*head, reader.decimal("amount"), reader.choice("prorate", PRORATES, BY_DAY))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        return {**self.head(), "amount": plain(self.amount), "prorate": self.prorate}

    def line(self, given: Given) -> ChargeLine:
        """Charge the fee, or the period's share of it."""
        ladder = Ladder()
        share = given.share if self.prorate == BY_DAY else Fraction(1)
        amount = prorated(self.amount, share, ladder)
        return ChargeLine(
            component=self.id,
            kind=self.kind,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, given.currency),
            quantity=as_decimal(share),
            unit_price=self.amount,
            steps=tuple(ladder.steps),
        )
