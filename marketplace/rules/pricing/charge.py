"""
What a period costs, as one function of all its totals.

The order is fixed: aggregate, convert the unit, round the units, included quantity, price, discount, minimum
and cap, minimum of the term; every line is rounded once. Tax comes after it, from the dated table. A run
bills the signed difference between this charge and what is already billed (``difference``), so rounding
cannot drift and a fall becomes a credit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, cast

from marketplace.rules.pricing import closing, discount
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.bounds import MOST_MINOR
from marketplace.rules.pricing.cap import reductions
from marketplace.rules.pricing.conditions import NONE, Cost
from marketplace.rules.pricing.lines import AmountTooLarge, ChargeLine, Given, LineKey
from marketplace.rules.pricing.minimum import true_up
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.plans import AnyComponent, Counted, Metered, PricePlan
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money

ALL = Fraction(1)
Lower = Callable[[Sequence[ChargeLine]], list[ChargeLine]]


@dataclass(frozen=True)
class Charge:
    """
    The lines of a period, before tax; totals are sums of rounded lines.

    ``term`` is what a last period stands on, if the plan has a minimum of the term; each line keeps it.
    """

    currency: str
    lines: tuple[ChargeLine, ...]
    final: bool
    term: Mapping[str, Any] | None = None

    def total(self, seller: str | None = None) -> Money:
        """Add up all lines, or those of one seller."""
        return Money.total((line.net for line in self.of(seller)), self.currency)

    def of(self, seller: str | None) -> tuple[ChargeLine, ...]:
        """Return the lines of one seller, or all."""
        return tuple(line for line in self.lines if seller in (None, line.seller))

    def sellers(self) -> tuple[str, ...]:
        """Return who sells something here, each once, in the order of the lines."""
        return tuple(dict.fromkeys(line.seller for line in self.lines))

    def rent(self) -> tuple[ChargeLine, ...]:
        """Return what the owner sells as rent, bounds included; shares of the rent are none."""
        fees = {line.component for line in self.lines if line.kind == Percentage.kind}
        return tuple(line for line in self.lines if line.is_rent and line.component not in fees)

    def by_key(self) -> dict[LineKey, Money]:
        """Return the net per seller, component and tax category: what runs are compared by."""
        nets: dict[LineKey, Money] = {}
        for line in self.lines:
            nets[line.key] = nets.get(line.key, Money.zero(self.currency)) + line.net
        return nets


def charge(
    plan: PricePlan,
    usage: Mapping[str, Decimal],
    *,
    share_of_period: Fraction | Decimal | int = 1,
    final: bool,
    lower: Lower | None = None,
    spread: Spread | None = None,
    term: Term | None = None,
    amounts: Mapping[str, Decimal] | None = None,
) -> Charge:
    """
    Price the totals of a period.

    ``usage`` holds the total of every meter of the plan: run time in seconds, the others in pieces, cycles or
    kWh. ``share_of_period`` lowers what is owed per period (base fee, minimum, cap, a discount that is an
    amount) when only a part of it is leased. Minima are asked for only when ``final``, discounts and caps
    always. ``lower`` returns lines that take something off the rent it is given, minimum and cap among it;
    shares of the rent are of what is left. ``spread`` says how the totals lie in time; prices that depend on
    that need it. ``term`` is given for the last period of a lease: what is missing to the minima of the term
    is charged with it, as if nothing had been lowered: a relief is not asked for again. ``amounts`` holds, in
    the plan's currency, what the use of a meter carried as its own price, for those that are billed so.

    :raises UsageNotRateable: if a meter's total is missing or below zero, or how it lies in time is asked
        for and unknown
    :raises AmountTooLarge: if the lines come to more than can be kept
    :raises ValueError: if the share is below zero
    """
    share = ALL if share_of_period == 1 else Fraction(share_of_period)
    if share < 0:
        raise ValueError("a share of a period is not below zero")
    given = Given(plan.currency, dict(usage), share, spread, final, dict(amounts or {}))
    term = term if final else None
    priced = {part.id: lines_of(part, given) for part in plan.parts}
    owed = [line for lines in priced.values() for line in lines]
    rent = [line for line in owed if line.is_rent]
    bounds = _bounds(plan, rent, given, final)
    rent += bounds
    less = [] if lower is None else lower(rent)
    missing = [] if term is None else missing_of_term(plan, priced, rent, term)
    rent += [*less, *(line for line in missing if line.is_rent)]
    fees = [line for part in plan.fees for line in _fee(part, rent, given, term)]
    kept = term.dump() if term is not None and plan.has_term() else None
    lines = (*owed, *bounds, *less, *missing, *fees)
    if sum([abs(line.net.minor) for line in lines]) > MOST_MINOR:
        raise AmountTooLarge(component=max(lines, key=lambda line: abs(line.net.minor)).component)
    if kept is not None:
        lines = tuple(line.but(term=kept) for line in lines)
    return Charge(plan.currency, lines, final, kept)


def lines_of(part: BaseFee | Metered, given: Given) -> list[ChargeLine]:
    """Return a component's line and what its own conditions put beside it."""
    return conditioned(part, _line(part, given), given)


def fee_of(part: Percentage, rent: Sequence[ChargeLine], given: Given) -> list[ChargeLine]:
    """Return the line of a share of some rent and what its own conditions put beside it."""
    return conditioned(part, _line(part, given, rent), given)


def _line(part: Any, given: Given, *rent: Sequence[ChargeLine]) -> ChargeLine:
    """Return a component's line: its net by whole numbers, what explains it by the rule if somebody looks."""
    net = part.minor(given, *rent)
    if net is None:
        return cast(ChargeLine, part.line(given, *rent))
    return ChargeLine.later(part.head_of_line, Money(net, given.currency), partial(part.line, given, *rent))


def conditioned(part: AnyComponent, line: ChargeLine, given: Given) -> list[ChargeLine]:
    """Return a line of a component and what its own conditions put beside it."""
    if part.conditions is NONE:
        return [line]
    return [line, *part.conditions.lines(line, given, cost=cost_of(part), final=given.final)]


def _fee(part: Percentage, rent: list[ChargeLine], given: Given, term: Term | None) -> list[ChargeLine]:
    lines = fee_of(part, rent, given)
    return lines if term is None else [*lines, *missing_of(part, lines, term)]


def missing_of_term(
    plan: PricePlan, priced: Mapping[str, list[ChargeLine]], rent: list[ChargeLine], term: Term
) -> list[ChargeLine]:
    """Return what is missing to the minima of the term: those of the components, then that of the rent."""
    missing = [line for part in plan.parts for line in missing_of(part, priced[part.id], term)]
    if plan.term_minimum is None:
        return missing
    owed = [*rent, *(line for line in missing if line.is_rent)]
    return [*missing, *closing.of_rent(plan.term_minimum, owed, term)]


def missing_of(part: AnyComponent, lines: list[ChargeLine], term: Term) -> list[ChargeLine]:
    """Return what is missing to a component's own minimum of the term; ``lines`` are its of the period."""
    return closing.of_component(part.conditions, lines, term, cost=cost_of(part))


def cost_of(part: AnyComponent) -> Cost | None:
    """Return what prices a quantity of a component, or nothing where no quantity has a price by itself."""
    return part.cost if isinstance(part, Counted) else None


def _bounds(plan: PricePlan, rent: list[ChargeLine], given: Given, final: bool) -> list[ChargeLine]:
    bounds: list[ChargeLine] = []
    if plan.discount is not None:
        bounds += discount.reductions(plan.discount, rent, given)
    if plan.minimum is not None and final:
        missing = true_up(plan.minimum, [*rent, *bounds], given)
        bounds += [missing] if missing else []
    if plan.cap is not None:
        bounds += reductions(plan.cap, [*rent, *bounds], given)
    return bounds
