"""A share of the rent: the platform's fee, for instance; one rate, or one that changes with the rent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.graduated import tier_shares
from marketplace.rules.pricing.lines import PLATFORM, ChargeLine, Given, Ladder
from marketplace.rules.pricing.scaled import ONE, Rungs, minor, whole
from marketplace.rules.pricing.tiers import Tier, cost, note, read_tiers, rungs_of
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import PLACES, Money, as_decimal

RENT = "rent"
RATE, TIERS = "rate", "tiers"


@dataclass(frozen=True)
class Percentage(Component):
    """
    ``rate`` of the net rent, after minimum and cap and before tax.

    With ``tiers`` instead, every yuan of the rent is charged the rate of the tier it falls in; a tier's
    ``unit`` is that rate.
    """

    kind = "percentage"

    rate: Decimal | None
    of: str
    tiers: tuple[Tier, ...] = ()

    @property
    def is_rent(self) -> bool:
        """A share of the rent is never rent itself, whoever sells it."""
        return False

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Percentage":
        """Read the component and note its flaws."""
        reader = Reader(node, (*FIELDS, RATE, TIERS, "of"), pointer, flaws)
        head, of = read_head(reader, PLATFORM), reader.choice("of", (RENT,), RENT)
        if TIERS not in reader.node:
            return cls(*head, reader.decimal(RATE, most=Decimal(1)), of)
        reader.one_of(RATE, TIERS)
        return cls(*head, None, of, read_tiers(reader, price=RATE, most=Decimal(1)))

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        if self.rate is not None:
            return {**self.head(), RATE: plain(self.rate), "of": self.of}
        tiers = [
            {RATE if name == "unit" else name: value for name, value in tier.dump().items()}
            for tier in self.tiers
        ]
        return {**self.head(), TIERS: tiers, "of": self.of}

    @cached_property
    def _whole(self) -> int | Rungs | None:
        return rungs_of(self.tiers) if self.rate is None else whole(self.rate)

    def minor(self, given: Given, rent: Sequence[ChargeLine]) -> int | None:
        """Return the net in minor units by whole numbers, if they are enough to say it."""
        numbers = self._whole
        base = sum(line.net.minor for line in rent) * (ONE // 10 ** PLACES[given.currency])
        if isinstance(numbers, Rungs):
            return minor(numbers.tier_by_tier(base), given.currency)
        return None if numbers is None else minor(base * numbers, given.currency)

    def line(self, given: Given, rent: Sequence[ChargeLine]) -> ChargeLine:
        """Charge the share of the rounded rent lines."""
        base = Money.total((line.net for line in rent), given.currency).amount
        ladder = Ladder()
        shares = tier_shares(base, self.tiers) if self.rate is None else []
        amount = sum(map(cost, shares), Fraction(0))
        for share in shares:
            note(share, "percentage_tier", ladder)
        if self.rate is not None:
            amount = Fraction(base) * Fraction(self.rate)
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
            tiers=tuple(shares),
            steps=tuple(ladder.steps),
        )
