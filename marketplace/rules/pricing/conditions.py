"""
What holds for one component besides its price: a discount, a least charge, a most.

The order is that of the plan: price, least quantity, discount, minimum, cap. Each is a line of its own under
the component's id, so that an invoice shows what was used apart from what was agreed on top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.pricing import cap, discount
from marketplace.rules.pricing.bounds import MOST_UNITS
from marketplace.rules.pricing.discount import Discount
from marketplace.rules.pricing.lines import MINIMUM, ChargeLine, Given, Ladder
from marketplace.rules.pricing.minimum import true_up
from marketplace.rules.pricing.term import TermMinimum
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, as_decimal

AMOUNT, QUANTITY = "amount", "quantity"
Cost = Callable[[Decimal], Fraction]


@dataclass(frozen=True)
class Conditions:
    """
    ``minimum`` and ``cap`` are amounts, ``least`` is a quantity in the component's unit, all for a period.

    A part period has its share of each. Of ``minimum`` and ``least`` one may be set. ``term_minimum`` is for
    the whole lease (``closing``).
    """

    discount: Discount | None = None
    minimum: Decimal | None = None
    least: Decimal | None = None
    cap: Decimal | None = None
    term_minimum: TermMinimum | None = None

    @classmethod
    def read(cls, node: Mapping[str, Any], pointer: str, flaws: list[Flaw], *, counted: bool) -> "Conditions":
        """Read the conditions among a component's fields; only what is ``counted`` has a least quantity."""
        reader = Reader(node, tuple(node), pointer, flaws)
        minimum, least = _read_minimum(reader, counted)
        term = TermMinimum.read(reader, counted=counted)
        found = cls(Discount.read(reader), minimum, least, read_bound(reader, "cap"), term)
        return NONE if found == NONE else found

    def dump(self) -> dict[str, Any]:
        """Write what is set; without conditions none are named, as in plans before there were any."""
        named: dict[str, Any] = {}
        if self.discount is not None:
            named["discount"] = self.discount.dump()
        for name, value in ((AMOUNT, self.minimum), (QUANTITY, self.least)):
            if value is not None:
                named["minimum"] = {name: plain(value)}
        if self.cap is not None:
            named["cap"] = {AMOUNT: plain(self.cap)}
        if self.term_minimum is not None:
            named["term_minimum"] = self.term_minimum.dump()
        return named

    def lines(self, line: ChargeLine, given: Given, *, cost: Cost | None, final: bool) -> list[ChargeLine]:
        """
        Return what comes beside a component's line.

        Minima are asked for only when ``final``; discount and cap hold in every run. ``cost`` prices a
        quantity of the component.
        """
        found: list[ChargeLine] = []
        if self.least is not None and cost is not None and final:
            found += _least(self.least, line, given, cost)
        if self.discount is not None:
            found += discount.reductions(self.discount, [line, *found], given)
        if self.minimum is not None and final:
            missing = true_up(self.minimum, [line, *found], given)
            found += [missing] if missing else []
        if self.cap is not None:
            found += cap.reductions(self.cap, [line, *found], given)
        return [beside(line, one) for one in found]


NONE = Conditions()


def beside(line: ChargeLine, found: ChargeLine) -> ChargeLine:
    """Put a line under the component of another."""
    return found.but(component=line.component, seller=line.seller, meter=line.meter)


def read_bound(reader: Reader, field: str) -> Decimal | None:
    """Read an amount that is more than nothing, or nothing if the field is missing."""
    node = reader.get(field, None)
    if node is None:
        return None
    return Reader(node, (AMOUNT,), reader.at(field), reader.flaws).decimal(AMOUNT, above_zero=True)


def _read_minimum(reader: Reader, counted: bool) -> tuple[Decimal | None, Decimal | None]:
    node = reader.get("minimum", None)
    if node is None:
        return None, None
    inner = Reader(node, (AMOUNT, QUANTITY), reader.at("minimum"), reader.flaws)
    name = inner.one_of(AMOUNT, QUANTITY)
    if name == QUANTITY and not counted:
        inner.refuse(QUANTITY, "nothing_counted")
    bound = MOST_UNITS if name == QUANTITY else None
    value = inner.decimal(name, bound=bound, above_zero=True) if name else None
    return (None, value) if name == QUANTITY else (value, None)


def _least(least: Decimal, line: ChargeLine, given: Given, cost: Cost) -> list[ChargeLine]:
    """Price the period's share of the least quantity as if it had been used, less what the use cost."""
    assert line.quantity is not None, "what is counted has a quantity"
    ladder = Ladder()
    units = as_decimal(Fraction(least) * given.share)
    if line.quantity >= units:
        return []
    ladder.add("least_quantity", full=least, share=str(given.share), least=units, quantity=line.quantity)
    priced = Money.of(cost(units), given.currency)
    if priced <= line.net:
        return []
    net = priced - line.net
    ladder.add("least_priced", least=priced, used=line.net, net=net)
    return [
        ChargeLine(
            component=MINIMUM,
            kind=MINIMUM,
            seller=line.seller,
            tax_category=line.tax_category,
            amount=net.amount,
            net=net,
            unit=line.unit,
            quantity=as_decimal(Fraction(units) - Fraction(line.quantity)),
            steps=tuple(ladder.steps),
        )
    ]
