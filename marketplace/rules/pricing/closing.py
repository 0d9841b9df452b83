"""What the last period of a lease is charged up to the minima of its term, beside everything else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.conditions import Conditions, Cost, beside
from marketplace.rules.pricing.lines import TERM_MINIMUM, ChargeLine, Ladder
from marketplace.rules.pricing.term import Term, TermMinimum, amount_missing
from marketplace.shared.money import Money, as_decimal


def of_rent(minimum: TermMinimum, rent: Sequence[ChargeLine], term: Term) -> list[ChargeLine]:
    """Charge what is missing of the least rent of the term."""
    ladder = Ladder()
    return amount_missing(minimum.least(term, ladder), term.rent, rent, ladder)


def of_component(
    conditions: Conditions, lines: Sequence[ChargeLine], term: Term, *, cost: Cost | None
) -> list[ChargeLine]:
    """
    Charge what is missing of a component's own minimum of the term; ``lines`` are its lines of this period.

    A missing quantity is priced by ``cost`` on top of what this period counted, less the component's
    percentage of discount.
    """
    minimum, ladder = conditions.term_minimum, Ladder()
    if minimum is None:
        return []
    name, currency = lines[0].component, lines[0].net.currency
    least = minimum.least(term, ladder)
    if minimum.quantity is None or cost is None:
        before = term.nets.get(name, Money.zero(currency))
        return [beside(lines[0], one) for one in amount_missing(least, before, lines, ladder)]
    return _units_missing(least, term.units.get(name, Decimal(0)), lines, conditions, cost, ladder)


def counted(lines: Iterable[ChargeLine]) -> Decimal:
    """Return how many units the lines of a component bill, those that only the minimum asks for included."""
    return as_decimal(
        sum((Fraction(line.quantity) for line in lines if line.quantity is not None), Fraction(0))
    )


def _units_missing(
    least: Fraction,
    before: Decimal,
    lines: Sequence[ChargeLine],
    conditions: Conditions,
    cost: Cost,
    ladder: Ladder,
) -> list[ChargeLine]:
    now = counted(lines)
    units = as_decimal(least - Fraction(before) - Fraction(now))
    ladder.add("term_units", least=least, before=before, now=now, units=units)
    amount = cost(as_decimal(Fraction(now) + Fraction(units))) - cost(now) if units > 0 else Fraction(0)
    if amount <= 0:
        return []
    ladder.add("term_priced", units=units, now=now, amount=amount)
    first, off = lines[0], conditions.discount and conditions.discount.percent
    if off:
        less = amount * Fraction(off) / 100
        ladder.add("discounted", full=amount, percent=off, less=less, amount=amount - less)
        amount -= less
    net = ladder.close(amount, first.net.currency)
    line = replace(first, kind=TERM_MINIMUM, amount=as_decimal(amount), net=net, quantity=units)
    return [bare(line, ladder)] if net else []


def bare(line: ChargeLine, ladder: Ladder) -> ChargeLine:
    """Return a line without what was measured for another."""
    return replace(
        line,
        raw=None,
        converted=None,
        rounded=None,
        included=None,
        unit_price=None,
        tiers=(),
        steps=tuple(ladder.steps),
    )
