"""A fixed fee per billing period."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.prorating import prorated
from marketplace.rules.pricing.scaled import MINOR, ONE, whole
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal, nearest

BY_DAY, NEVER = "day", "none"
PRORATES = (BY_DAY, NEVER)
WHOLE = Fraction(1)


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

    @cached_property
    def _amount(self) -> int | None:
        return whole(self.amount)

    def minor(self, given: Given) -> int | None:
        """Return the net in minor units by whole numbers, if they are enough to say it."""
        if self._amount is None:
            return None
        share = given.share if self.prorate == BY_DAY else WHOLE
        number, parts = share.as_integer_ratio()
        return nearest(self._amount * ONE * number, MINOR[given.currency] * parts)

    def line(self, given: Given) -> ChargeLine:
        """Charge the fee, or the period's share of it."""
        ladder = Ladder()
        share = given.share if self.prorate == BY_DAY else WHOLE
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
