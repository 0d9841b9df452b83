"""
Plans of instalments: a licensed lender's loan (租赁分期贷) and a finance lease are paid back by one rule.

Amounts are minor units. Interest of a period is the opening balance times the yearly rate × months ÷ 12, or
by the day count the contract names, rounded half away from zero. Equal payments are rounded once and the last
one takes what is left; principal that is split is shared by largest remainder, the first ones getting the
spare units. Principals add up exactly and the last closing balance is 0. Days are those that correspond to
the first day, or the last of their month (Civil Code, article 202); the anchor is not lost after a short
month. Figures: ``tests/data/vectors/finance.json``, ``instalments``.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from marketplace.shared.money import as_decimal, round_half_away, share_out

DIGITS = 50  # of the annual rate's search; ten decimals are told
HIGHEST_RATE = Decimal(10)  # a period, 1,000 %: beyond it nothing is searched


class Method(StrEnum):
    """How the principal comes back (等额本息, 等额本金, 先息后本, 等本等费)."""

    EQUAL_PAYMENT = "EQUAL_PAYMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    BULLET = "BULLET"
    FLAT_FEE = "FLAT_FEE"


class DayCount(StrEnum):
    """How long a period is: equal months, or real days over 360 or 365."""

    MONTHS = "30/360"
    ACT_360 = "act/360"
    ACT_365 = "act/365"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment: what was owed before it, its two parts, and what is owed after it, in minor units."""

    number: int
    due_on: date
    opening: int
    interest: int
    principal: int

    @property
    def payment(self) -> int:
        """What is paid: both parts together."""
        return self.interest + self.principal

    @property
    def closing(self) -> int:
        """What is owed after it."""
        return self.opening - self.principal


@dataclass(frozen=True, slots=True)
class Loan:
    """
    What is paid back and how; ``yearly_rate`` nominal as a share (0.06), with FLAT_FEE the fee times twelve.

    ``balloon`` minor units of the principal come with the last payment. ``in_advance`` makes the first
    instalment due on the first day.
    """

    principal: int
    yearly_rate: Fraction
    count: int
    start: date
    method: Method = Method.EQUAL_PAYMENT
    day_count: DayCount = DayCount.MONTHS
    every_months: int = 1
    in_advance: bool = False
    balloon: int = 0

    def payment(self) -> int:
        """Return the equal payment of an annuity, rounded once, in minor units."""
        rate, repaid = self._rate(), self.principal - self.balloon
        if not rate:
            return int(round_half_away(Fraction(repaid, self.count), 0))
        grown = (1 + rate) ** self.count
        exact = (self.principal * grown - self.balloon) * rate / (grown - 1)
        return int(round_half_away(exact / (1 + rate) if self.in_advance else exact, 0))

    def schedule(self) -> tuple[Instalment, ...]:
        """
        Return every instalment; the principals add up to the loan, the last closing balance is 0.

        :raises ValueError: if there is no principal, no instalment, or a balloon outside the principal
        """
        if self.principal < 1 or self.count < 1 or not 0 <= self.balloon < self.principal:
            raise ValueError("a loan has a principal, instalments, and a balloon below its principal")
        return tuple(self._rows())

    def due_on(self, number: int) -> date:
        """Return the day of an instalment; number 0 is the first day of the loan."""
        passed = number - 1 if self.in_advance and number else number
        return months_after(self.start, passed * self.every_months)

    def _rows(self) -> Iterator[Instalment]:
        left = self.principal
        for number, planned in enumerate(self._principals(), 1):
            interest = self._interest(number, left)
            is_last = number == self.count
            principal = left if is_last else self._principal(planned, interest, left)
            yield Instalment(number, self.due_on(number), left, interest, principal)
            left -= principal

    def _principals(self) -> Sequence[int | None]:
        """Return what each instalment pays back, where that does not follow from an equal payment."""
        if self.method is Method.BULLET:
            return [0] * (self.count - 1) + [self.principal]
        if self.method is Method.EQUAL_PAYMENT and self.yearly_rate:
            return [None] * self.count
        shares = share_out(self.principal - self.balloon, [1] * self.count)
        return [*shares[:-1], shares[-1] + self.balloon]

    def _principal(self, planned: int | None, interest: int, left: int) -> int:
        if planned is not None:
            return planned
        return min(max(self.payment() - interest, 0), left - self.balloon)

    def _interest(self, number: int, opening: int) -> int:
        if self.in_advance and number == 1:
            return 0
        base = self.principal if self.method is Method.FLAT_FEE else opening
        return accrued(base, self.yearly_rate, self._length(number))

    def _length(self, number: int) -> Fraction:
        if self.day_count is DayCount.MONTHS:
            return Fraction(self.every_months, 12)
        days = (self.due_on(number) - self.due_on(number - 1)).days
        return Fraction(days, 360 if self.day_count is DayCount.ACT_360 else 365)

    def _rate(self) -> Fraction:
        return self.yearly_rate * self.every_months / 12


def accrued(minor: int, yearly_rate: Fraction, years: Fraction) -> int:
    """Return simple interest in minor units, rounded half away from zero."""
    return int(round_half_away(minor * yearly_rate * years, 0))


def settlement(
    rows: Sequence[Instalment], *, after: int, days: int, yearly_rate: Fraction
) -> tuple[int, int]:
    """
    Return what ends a loan early, ``days`` after the instalment number ``after``: principal and interest.

    Interest runs by real days over 360, as lenders count between two due days.
    """
    owed = rows[after - 1].closing if after else rows[0].opening
    return owed, accrued(owed, yearly_rate, Fraction(days, 360))


def penalty(overdue: int, *, days: int, yearly_rate: Fraction) -> int:
    """Return penalty interest on overdue principal, by real days over 360, in minor units."""
    return accrued(overdue, yearly_rate, Fraction(days, 360))


def period_rate(principal: int, payments: Sequence[int], *, in_advance: bool = False) -> Decimal:
    """
    Return the internal rate of return a period, to ten decimals.

    It is what all charges together cost, whatever they are called (announcement 2021 no. 3 of the People's
    Bank). Payments that come to less than the principal have a rate of 0.
    """
    first = 0 if in_advance else 1
    with localcontext() as context:
        context.prec = DIGITS
        low, high = Decimal(0), HIGHEST_RATE
        for _step in range(120):
            middle = (low + high) / 2
            discount, worth, factor = 1 / (1 + middle), Decimal(0), Decimal(1)
            factor = discount if first else factor
            for payment in payments:
                worth += payment * factor
                factor *= discount
            low, high = (middle, high) if worth > principal else (low, middle)
    return as_decimal(Fraction(low), 10)


def yearly_rates(rate: Decimal, *, periods: int = 12) -> tuple[Decimal, Decimal]:
    """Return the nominal and the compound rate a year of a rate a period, to eight decimals."""
    nominal = as_decimal(Fraction(rate) * periods, 8)
    return nominal, as_decimal((1 + Fraction(rate)) ** periods - 1, 8)


def months_after(start: date, months: int) -> date:
    """Return the corresponding day, or the last of its month (Civil Code, article 202)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
