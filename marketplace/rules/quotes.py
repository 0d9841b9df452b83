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
from marketplace.rules.pricing.sellers import NOBODY, USUAL, Taxed, Taxes, rate_for, taxes_of
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.tax import TaxRate
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from marketplace.shared.period import local_midnight

USUAL_ZONE = ZoneInfo("Asia/Shanghai")
USUAL_DAYS = 30


@dataclass(frozen=True)
class TaxedLine:
    """A charge line with the tax rate of its day and its tax, as its seller rounds it."""

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


def taxed_lines(lines: Iterable[ChargeLine], *, on: date, taxes: Taxes = NOBODY) -> tuple[TaxedLine, ...]:
    """
    Put the tax of the day on every line, as its seller is taxed; who is not in ``taxes`` is taxed as usual.

    :raises NoTaxRate: if the table has none for a line's category
    """
    lines = list(lines)
    rates = [rate_for(line.tax_category, on, taxes.get(line.seller, USUAL)) for line in lines]
    known = [_known(line, rate, taxes) for line, rate in zip(lines, rates, strict=True)]
    return tuple(
        TaxedLine(line, rate, Money(minor, line.net.currency))
        for line, rate, minor in zip(lines, rates, taxes_of(known), strict=True)
    )


def quote(
    plan: PricePlan,
    usage: dict[str, Decimal],
    *,
    share_of_period: Fraction | Decimal | int,
    on: date,
    term: Term | None = None,
    spread: Spread | None = None,
    taxes: Taxes = NOBODY,
) -> Quote:
    """
    Price a usage as the last run of a period would; with ``term``, of the last period of a lease.

    ``usage`` is in the unit the plan bills each meter in (hours, parts …), as people say it; a meter that is
    not given counts as 0. Where the price depends on when, ``spread`` says how it lies in time; without it
    it is spread evenly over day and night, from ``on`` on. ``taxes`` says by what who sells is taxed.

    :raises UsageNotRateable: if a total is below zero
    """
    totals = in_base_units(plan, usage)
    spread = spread or _even_spread(plan, totals, Fraction(share_of_period), on)
    charged: Charge = charge(
        plan, totals, share_of_period=share_of_period, final=True, spread=spread, term=term
    )
    return Quote(plan.currency, taxed_lines(charged.lines, on=on, taxes=taxes))


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


def _known(line: ChargeLine, rate: TaxRate, taxes: Taxes) -> Taxed:
    rounding = taxes.get(line.seller, USUAL).rounding
    return Taxed((line.seller, line.tax_category), line.net.minor, rate.rate, rounding)
