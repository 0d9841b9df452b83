"""
What a period costs, as one function of all its totals.

The order is fixed: aggregate, convert the unit, round the units, included quantity, price, cap and minimum,
round the line. Tax comes after it, from the dated table. A run bills the signed difference between this
charge and what is already billed (``difference``), so rounding cannot drift and a fall becomes a credit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.cap import reductions
from marketplace.rules.pricing.lines import ChargeLine, Given, LineKey
from marketplace.rules.pricing.minimum import true_up
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.spread import Spread
from marketplace.shared.money import Money

Lower = Callable[[Sequence[ChargeLine]], list[ChargeLine]]


@dataclass(frozen=True)
class Charge:
    """The lines of a period, before tax; totals are sums of rounded lines."""

    currency: str
    lines: tuple[ChargeLine, ...]
    final: bool

    def total(self, seller: str | None = None) -> Money:
        """Add up all lines, or those of one seller."""
        return Money.total((line.net for line in self.of(seller)), self.currency)

    def of(self, seller: str | None) -> tuple[ChargeLine, ...]:
        """Return the lines of one seller, or all."""
        return tuple(line for line in self.lines if seller in (None, line.seller))

    def sellers(self) -> tuple[str, ...]:
        """Return who sells something here, each once, in the order of the lines."""
        return tuple(dict.fromkeys(line.seller for line in self.lines))

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
) -> Charge:
    """
    Price the totals of a period.

    ``usage`` holds the total of every meter of the plan: run time in seconds, the others in pieces, cycles or
    kWh. ``share_of_period`` lowers what is owed per period (base fee, minimum, cap) when only a part of it
    is leased. The minimum is asked for only when ``final``, the cap always. ``lower`` returns lines that take
    something off the rent it is given, minimum and cap among it; shares of the rent are of what is left.
    ``spread`` says how the totals lie in time; prices that depend on that need it.

    :raises UsageNotRateable: if a meter's total is missing or below zero, or how it lies in time is asked
        for and unknown
    :raises ValueError: if the share is below zero
    """
    share = Fraction(share_of_period)
    if share < 0:
        raise ValueError("a share of a period is not below zero")
    given = Given(plan.currency, usage, share, spread, final)
    priced = [part.line(given) for part in plan.components if not isinstance(part, Percentage)]
    bounds = _bounds(plan, [line for line in priced if line.is_rent], given, final)
    rent = [line for line in [*priced, *bounds] if line.is_rent]
    if lower is not None:
        less = lower(rent)
        bounds, rent = [*bounds, *less], [*rent, *less]
    fees = [part.line(given, rent) for part in plan.components if isinstance(part, Percentage)]
    return Charge(plan.currency, (*priced, *bounds, *fees), final)


def _bounds(plan: PricePlan, rent: list[ChargeLine], given: Given, final: bool) -> list[ChargeLine]:
    bounds = []
    if plan.minimum is not None and final:
        missing = true_up(plan.minimum, rent, given)
        bounds += [missing] if missing else []
    if plan.cap is not None:
        bounds += reductions(plan.cap, [*rent, *bounds], given)
    return bounds
