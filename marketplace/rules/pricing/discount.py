"""A discount on what a component, or the whole rent, costs: a share of it, or an amount a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from marketplace.rules.pricing.lines import DISCOUNT, ChargeLine, Given, Ladder
from marketplace.rules.pricing.prorating import prorated, share_due
from marketplace.rules.pricing.sharing import by_category
from marketplace.rules.reading import Reader, plain
from marketplace.shared.money import Money, nearest

PERCENT, AMOUNT = "percent", "amount"
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Discount:
    """
    ``percent`` of the price (0 to 100), or ``amount`` a period; one of them is set.

    It is a line of its own: unless one invoice shows price and discount separately, tax is due on the full
    price (财税〔2016〕36号 附件1 第四十三条, 国税函〔2010〕56号).
    """

    percent: Decimal | None
    amount: Decimal | None

    @classmethod
    def read(cls, reader: Reader) -> "Discount | None":
        """Read the field ``discount``, which may be missing, and note its flaws."""
        node = reader.get("discount", None)
        if node is None:
            return None
        inner = Reader(node, (PERCENT, AMOUNT), reader.at("discount"), reader.flaws)
        name = inner.one_of(PERCENT, AMOUNT)
        value = inner.decimal(name, most=WHOLE if name == PERCENT else None) if name else WHOLE
        return cls(value, None) if name == PERCENT else cls(None, value)

    def dump(self) -> dict[str, Any]:
        """Write it back."""
        if self.percent is not None:
            return {PERCENT: plain(self.percent)}
        assert self.amount is not None, "one of them is set"
        return {AMOUNT: plain(self.amount)}

    def off(self, base: Money, given: Given) -> Money:
        """
        Return what is taken off as a negative amount, never more than the price itself.

        An amount follows the share of the period, as minimum and cap do; a percentage follows the price.
        """
        if self.percent is not None:
            number, parts = self.percent.as_integer_ratio()
            return Money(nearest(-base.minor * number, parts * 100), given.currency)
        assert self.amount is not None, "one of them is set"
        return -min(share_due(self.amount, given), base)

    def note(self, base: Money, given: Given, ladder: Ladder) -> None:
        """Note what is taken off of ``base``, and why."""
        if self.percent is not None:
            part = -Fraction(base.amount) * Fraction(self.percent) / 100
            ladder.add("discount", base=base, percent=self.percent, amount=part)
            ladder.close(part, given.currency)
            return
        assert self.amount is not None, "one of them is set"
        most = Money.of(prorated(self.amount, given.share, ladder), given.currency)
        ladder.add("discount_most", base=base, most=most, net=-min(most, base))


def reductions(discount: Discount, lines: Sequence[ChargeLine], given: Given) -> list[ChargeLine]:
    """Take a discount off lines: one negative line per tax category, so that each rate is lowered."""
    base = Money.total((line.net for line in lines), given.currency)
    return by_category(DISCOUNT, discount.off(base, given), lines, partial(discount.note, base, given))
