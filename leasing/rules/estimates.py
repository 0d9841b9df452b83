"""What a lease would cost for an expected use: the invoice's own rule, billing period by billing period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from leasing.rules.term_shares import years_of
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.even import evenly_over
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.sellers import NOBODY, Taxes
from marketplace.rules.pricing.term import Term
from marketplace.rules.quotes import Quote, billed_unit, in_base_units, quote
from marketplace.shared.money import Money, round_half_away
from marketplace.shared.period import Period, billing_periods, whole_period

WHOLE = ("piece", "cycle")


@dataclass(frozen=True)
class Piece:
    """One billing period, or the part of it that is leased, and what it would cost."""

    period: Period
    usage: Mapping[str, Decimal]
    quote: Quote


@dataclass(frozen=True)
class Estimate:
    """The billing periods of a lease with their prices; totals are sums of rounded lines."""

    currency: str
    pieces: tuple[Piece, ...]

    @property
    def net(self) -> Money:
        """What the owner and the platform ask for, before tax."""
        return Money.total((piece.quote.net for piece in self.pieces), self.currency)

    @property
    def tax(self) -> Money:
        """The tax on it, line by line."""
        return Money.total((piece.quote.tax for piece in self.pieces), self.currency)

    @property
    def gross(self) -> Money:
        """What the lessee would pay."""
        return self.net + self.tax


def estimate(
    plan: PricePlan,
    usage: Mapping[str, Decimal],
    period: Period,
    *,
    zone: ZoneInfo,
    anchor_day: int,
    is_whole: bool = True,
    taxes: Taxes = NOBODY,
) -> Estimate:
    """
    Price the expected use of a whole lease, as its invoices would.

    ``usage`` is for the whole lease, in the units that the plan bills; it is spread evenly over the time.
    Unless ``is_whole`` it is a part of a lease, of which the minima of the term ask for nothing. ``taxes``
    says by what who sells is taxed; who is not named is taxed as usual.

    :raises NoTaxRate: if the tax table does not reach to the lease's days
    """
    meters = plan.meters()
    spread = {
        meter: _spread(usage.get(meter, Decimal(0)), period, billed_unit(plan, meter)) for meter in meters
    }
    pieces: list[Piece] = []
    before: dict[str, list[Decimal]] = {meter: [] for meter in plan.remembered_meters()}
    for part in billing_periods(period.start, period.end, zone, anchor_day):
        used = {meter: spread[meter].upto(part) for meter in meters}
        whole = whole_period(part.start, zone, anchor_day)
        last_day = _last_moment(part).astimezone(zone).date()
        is_last = is_whole and part.end == period.end and plan.has_term()
        term = _term(plan, pieces, period, zone) if is_last else None
        totals = in_base_units(plan, used)
        timed = {meter: totals[meter] for meter in plan.timed_meters()}
        priced = quote(
            plan,
            used,
            share_of_period=plan.share(part, whole, zone),
            on=last_day,
            term=term,
            taxes=taxes,
            spread=evenly_over(timed, part, zone=zone, earlier=before) if timed else None,
        )
        before = {meter: [*known, totals[meter]] for meter, known in before.items()}
        pieces.append(Piece(part, used, priced))
    return Estimate(plan.currency, tuple(pieces))


def _term(plan: PricePlan, earlier: Sequence[Piece], period: Period, zone: ZoneInfo) -> Term:
    charges = [
        Charge(plan.currency, tuple(taxed.line for taxed in piece.quote.lines), final=True)
        for piece in earlier
    ]
    return ending(charges, currency=plan.currency, share=Fraction(1), years=years_of(period, zone))


@dataclass
class _Spread:
    """Hands out a total along time, so that the rounded parts add up to it."""

    total: Decimal
    over: Period
    places: int
    given: Decimal = Decimal(0)

    def upto(self, part: Period) -> Decimal:
        """Return what falls into the next part."""
        so_far = Fraction(_microseconds(self.over, part), _microseconds(self.over, self.over))
        until_now = round_half_away(Fraction(self.total) * so_far, self.places)
        share, self.given = until_now - self.given, until_now
        return share


def _spread(total: Decimal, period: Period, unit: str) -> _Spread:
    return _Spread(total, period, 0 if unit in WHOLE else 2)


def _microseconds(over: Period, upto: Period) -> int:
    return (_end(upto) - over.start) // timedelta(microseconds=1)


def _last_moment(part: Period) -> datetime:
    return _end(part) - timedelta(microseconds=1)


def _end(period: Period) -> datetime:
    return period.start + period.duration()
