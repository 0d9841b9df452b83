"""What a usage would cost, tax included: calculator, quote and invoice call the same functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.even import evenly
from marketplace.rules.pricing.lines import ChargeLine
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.quantity import METERS
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.tax import TaxRate, rate_on
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money, vat
from marketplace.shared.period import local_midnight

USUAL_ZONE = ZoneInfo("Asia/Shanghai")
USUAL_DAYS = 30


@dataclass(frozen=True)
class TaxedLine:
    """A charge line with the tax rate of its day; ``tax`` is rounded once, at the line."""

    line: ChargeLine
    rate: TaxRate
    tax: Money

    @property
    def gross(self) -> Money:
        """Net and tax together; never computed another way."""
        return self.line.net + self.tax


@dataclass(frozen=True)
class Quote:
    """All lines of a calculated price; totals are sums of rounded lines."""

    currency: str
    lines: tuple[TaxedLine, ...]

    @property
    def net(self) -> Money:
        return Money.total((taxed.line.net for taxed in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        return Money.total((taxed.tax for taxed in self.lines), self.currency)

    @property
    def gross(self) -> Money:
        return self.net + self.tax


def taxed_lines(lines: Iterable[ChargeLine], *, on: date) -> tuple[TaxedLine, ...]:
    """
    Put the tax of the day on every line.

    :raises NoTaxRate: if the table has none for a line's category
    """
    return tuple(_taxed(line, rate_on(line.tax_category, on)) for line in lines)


def quote(
    plan: PricePlan,
    usage: dict[str, Decimal],
    *,
    share_of_period: Fraction | Decimal | int,
    on: date,
    term: Term | None = None,
    spread: Spread | None = None,
) -> Quote:
    """
    Price a usage as the last run of a period would; with ``term``, of the last period of a lease.

    ``usage`` is in the unit the plan bills each meter in (hours, parts …), as people say it; a meter that is
    not given counts as 0. Where the price depends on when, ``spread`` says how it lies in time; without it
    it is spread evenly over day and night, from ``on`` on.

    :raises UsageNotRateable: if a total is below zero
    """
    totals = in_base_units(plan, usage)
    spread = spread or _even_spread(plan, totals, Fraction(share_of_period), on)
    charged: Charge = charge(
        plan, totals, share_of_period=share_of_period, final=True, spread=spread, term=term
    )
    return Quote(plan.currency, taxed_lines(charged.lines, on=on))


def _even_spread(plan: PricePlan, totals: dict[str, Decimal], share: Fraction, on: date) -> Spread | None:
    timed = {meter: totals[meter] for meter in plan.timed_meters()}
    days = max(1, round(share * USUAL_DAYS))
    return evenly(timed, start=local_midnight(on, USUAL_ZONE), days=days, zone=USUAL_ZONE) if timed else None


def in_base_units(plan: PricePlan, usage: dict[str, Decimal]) -> dict[str, Decimal]:
    """Return the totals as meters deliver them: run time in seconds, everything else as it is."""
    return {
        meter: usage.get(meter, Decimal(0)) * METERS[meter][billed_unit(plan, meter)]
        for meter in plan.meters()
    }


def billed_unit(plan: PricePlan, meter: str) -> str:
    """
    Return the unit in which the plan bills a meter it names.

    :raises StopIteration: if the plan does not bill the meter
    """
    counted = (getattr(component, "counts", None) for component in plan.components)
    return next(str(counts.unit) for counts in counted if counts is not None and counts.meter == meter)


def _taxed(line: ChargeLine, rate: TaxRate) -> TaxedLine:
    return TaxedLine(line, rate, Money(vat(line.net.minor, rate.rate), line.net.currency))
