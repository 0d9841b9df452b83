"""The least rent, or use, of a whole lease: what is missing of it is charged with the last period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing.bounds import MOST_UNITS
from marketplace.rules.pricing.lines import OWNER, TERM_MINIMUM, ChargeLine, Ladder
from marketplace.rules.reading import Reader, plain
from marketplace.shared.money import Money

AMOUNT, QUANTITY = "amount", "quantity"
BY_TERM, BY_YEAR = "term", "year"
PERS = (BY_TERM, BY_YEAR)


@dataclass(frozen=True)
class Term:
    """
    A lease at its end: how much of it ran, and what its earlier periods were charged.

    ``share`` is the part of the agreed term that ran, ``years`` the years that ran, both by local days.
    ``rent`` is the rent of the earlier periods before tax, ``nets`` and ``units`` what each component was
    charged and counted in them.
    """

    share: Fraction
    years: Fraction
    rent: Money
    nets: Mapping[str, Money]
    units: Mapping[str, Decimal]

    def dump(self) -> dict[str, Any]:
        """Write it as JSON-able data, to be kept with the lines that stand on it."""
        return {
            "share": str(self.share),
            "years": str(self.years),
            "rent": {"minor": self.rent.minor, "currency": self.rent.currency},
            "nets": {name: net.minor for name, net in self.nets.items()},
            "units": {name: plain(units) for name, units in self.units.items()},
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Term":
        """
        Read what ``dump`` wrote.

        :raises LookupError: if something is missing
        :raises ValueError: if a number is none
        :raises TypeError: if it is not of this form
        """
        currency = document["rent"]["currency"]
        return cls(
            Fraction(document["share"]),
            Fraction(document["years"]),
            Money(document["rent"]["minor"], currency),
            {name: Money(minor, currency) for name, minor in document["nets"].items()},
            {name: Decimal(units) for name, units in document["units"].items()},
        )


@dataclass(frozen=True)
class TermMinimum:
    """
    At least ``amount``, or ``quantity``, over a lease, or for every year of it; one of the two is set.

    A lease that ends early, or a year that is not full, owes its share by days.
    """

    amount: Decimal | None
    quantity: Decimal | None
    per: str

    @classmethod
    def read(cls, reader: Reader, *, counted: bool) -> "TermMinimum | None":
        """Read the field ``term_minimum``, which may be missing; only what is counted has a quantity."""
        node = reader.get(TERM_MINIMUM, None)
        if node is None:
            return None
        inner = Reader(node, (AMOUNT, QUANTITY, "per"), reader.at(TERM_MINIMUM), reader.flaws)
        name = inner.one_of(AMOUNT, QUANTITY)
        if name == QUANTITY and not counted:
            inner.refuse(QUANTITY, "nothing_counted")
        bound = MOST_UNITS if name == QUANTITY else None
        value, per = (
            inner.decimal(name, bound=bound, above_zero=True) if name else None,
            inner.choice("per", PERS, BY_TERM),
        )
        return cls(None, value, per) if name == QUANTITY else cls(value, None, per)

    def dump(self) -> dict[str, Any]:
        """Write it back."""
        name, value = (AMOUNT, self.amount) if self.amount is not None else (QUANTITY, self.quantity)
        assert value is not None, "one of them is set"
        return {name: plain(value), "per": self.per}

    def least(self, term: Term, ladder: Ladder) -> Fraction:
        """Return what is owed at least for what ran of the lease, not rounded, and note how."""
        value = self.amount if self.amount is not None else self.quantity
        assert value is not None, "one of them is set"
        share = term.years if self.per == BY_YEAR else term.share
        least = Fraction(value) * share
        ladder.add(f"least_of_{self.per}", full=value, share=str(share), amount=least)
        return least


def amount_missing(
    least: Fraction, before: Money, lines: Sequence[ChargeLine], ladder: Ladder
) -> list[ChargeLine]:
    """
    Charge what is missing of an amount: the least is rounded, then what all periods were charged taken off.

    It carries the tax category of the first line.
    """
    owed = Money.of(least, before.currency)
    now = Money.total((line.net for line in lines), before.currency)
    net = owed - before - now
    if net.minor <= 0:
        return []
    ladder.add(TERM_MINIMUM, least=owed, before=before, now=now, net=net)
    return [_line(lines[0], net, ladder)]


def _line(first: ChargeLine, net: Money, ladder: Ladder) -> ChargeLine:
    return ChargeLine(
        component=TERM_MINIMUM,
        kind=TERM_MINIMUM,
        seller=OWNER,
        tax_category=first.tax_category,
        amount=net.amount,
        net=net,
        steps=tuple(ladder.steps),
    )
