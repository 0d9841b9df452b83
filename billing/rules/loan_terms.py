"""
What a lender offers: the schedule that follows from it, its fee, and what all of it costs a year.

Amounts are minor units. The schedule is that of all instalments (``marketplace.rules.instalments``). The rate
told to the borrower is that of all charges together (announcement 2021 no. 3 of the People's Bank): the rate
at which the instalments are worth what is paid out less the fee, times twelve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.instalments import DayCount, Instalment, Loan, Method, period_rate, yearly_rates
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, round_half_away

MOST_PRINCIPAL = 10**13
MOST_MONTHS = 120
MOST_PERCENT = Decimal(36)
MOST_FEE_PERCENT = Decimal(10)
LEAST_EACH = 100  # minor units of principal an instalment: less could round to nothing
DIGITS = Decimal("0.000001")  # of a rate in percent
LONGEST_TEXT = 500
LONGEST_REFERENCE = 60
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "loan_rate_out_of_range": gettext_noop(
        "A rate is between 0 and {most} percent, with six places at most."
    ),
    "loan_amount_out_of_range": gettext_noop("The amount is between {least} and {most}."),
    "loan_months_out_of_range": gettext_noop("The term is between {least} and {most} months."),
    "loan_instalments_too_small": gettext_noop("So many instalments would be smaller than {least} each."),
    "loan_range_empty": gettext_noop("The least is more than the most."),
    "loan_day_passed": gettext_noop("Name a day from {earliest} on."),
    "loan_days_in_order": gettext_noop("The last day is before the first one."),
    "loan_fee_eats_amount": gettext_noop("The fee leaves nothing of the amount."),
    "loan_another_day": gettext_noop("The offer pays out on {day}. Make another offer for another day."),
    "loan_day_not_come": gettext_noop("This day has not come yet."),
    "loan_before_last": gettext_noop("Payments are recorded in the order of their days: not before {day}."),
    "loan_pays_too_much": gettext_noop(
        "At most {most} can be paid on that day: what is due, and the next instalment."
    ),
    "loan_not_the_figure": gettext_noop("To settle the loan on that day takes exactly {figure}."),
    "loan_due_first": gettext_noop("{amount} is due and not paid. Record that payment first."),
    "loan_nothing_to_settle": gettext_noop("Nothing is left to settle on that day."),
    "loan_no_consent": gettext_noop(
        "Choose from {choices} what the lender may see, each once, at least one."
    ),
    "loan_not_a_choice": gettext_noop("Choose one of {choices}."),
}


def flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    """Return a flaw of a loan at a pointer."""
    return Flaw(pointer, code, TEXTS[code], facts)


@dataclass(frozen=True)
class LoanTerms:
    """
    The terms of one loan; percents are ``Decimal("6")`` for 6 %, ``yearly_percent`` nominal a year.

    ``fee_percent`` of the amount is kept or asked for by the lender when it pays out. ``early_percent`` of
    the principal that is paid back early is its price. The loan is paid out on ``starts_on``.
    """

    amount_minor: int
    currency: str
    months: int
    yearly_percent: Decimal
    method: Method
    day_count: DayCount
    starts_on: date
    fee_percent: Decimal = Decimal(0)
    early_percent: Decimal = Decimal(0)

    @property
    def rate(self) -> Fraction:
        """The yearly rate as a share."""
        return Fraction(self.yearly_percent) / 100

    @property
    def fee_minor(self) -> int:
        """The fee, rounded half away from zero."""
        return percent_of(self.amount_minor, self.fee_percent)

    def schedule(self) -> tuple[Instalment, ...]:
        """
        Return every instalment; the principals add up to the amount.

            >>> how, day = (Method.EQUAL_PAYMENT, DayCount.MONTHS), date(2026, 11, 1)
            >>> rows = LoanTerms(10_000_000, "CNY", 12, Decimal(6), *how, day).schedule()
            >>> rows[0].payment, rows[-1].payment, sum(row.payment for row in rows)
            (860664, 860669, 10327973)
        """
        return Loan(
            self.amount_minor,
            self.rate,
            self.months,
            self.starts_on,
            method=self.method,
            day_count=self.day_count,
        ).schedule()

    def cost(self) -> tuple[Decimal, Decimal]:
        """Return the nominal and the compound rate a year of interest and fee together, as shares."""
        payments = [row.payment for row in self.schedule()]
        return yearly_rates(period_rate(self.amount_minor - self.fee_minor, payments))

    def dump(self) -> dict[str, Any]:
        """Write what both agree on as JSON, with the whole schedule; its digest is what is accepted."""
        return {
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "months": self.months,
            "yearly_percent": plain(self.yearly_percent),
            "method": str(self.method),
            "day_count": str(self.day_count),
            "starts_on": self.starts_on.isoformat(),
            "fee_percent": plain(self.fee_percent),
            "fee_minor": self.fee_minor,
            "early_percent": plain(self.early_percent),
            "instalments": [dump_row(row) for row in self.schedule()],
        }


@dataclass(frozen=True)
class LoanLimits:
    """Within what a product lends; amounts in minor units."""

    least_minor: int
    most_minor: int
    least_months: int
    most_months: int
    currency: str = "CNY"


def dump_row(row: Instalment) -> dict[str, Any]:
    """Write an instalment as JSON."""
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "principal_minor": row.principal,
        "interest_minor": row.interest,
        "payment_minor": row.payment,
    }


def percent_of(minor: int, percent: Decimal) -> int:
    """Return a percentage of an amount, rounded half away from zero."""
    return int(round_half_away(Fraction(minor) * Fraction(percent) / 100, 0))


def rate_flaws(rates: Mapping[str, tuple[Decimal, Decimal]]) -> list[Flaw]:
    """Return which rates in percent are none: by field, what was given and the most that it may be."""
    return [
        flaw(f"/{name}", "loan_rate_out_of_range", most=plain(most))
        for name, (given, most) in rates.items()
        if not (given.is_finite() and 0 <= given <= most and given == given.quantize(DIGITS))
    ]


def product_flaws(
    *, limits: LoanLimits, rates: Mapping[str, tuple[Decimal, Decimal]], days: tuple[date, date], today: date
) -> list[Flaw]:
    """Return what is wrong with a product: its rates, its ranges, and from when until when it stands."""
    found = rate_flaws(rates)
    for name, minor in (("least_minor", limits.least_minor), ("most_minor", limits.most_minor)):
        if not LEAST_EACH <= minor <= MOST_PRINCIPAL:
            shown = _range(LEAST_EACH, MOST_PRINCIPAL, limits.currency)
            found.append(flaw(f"/{name}", "loan_amount_out_of_range", **shown))
    for name, months in (("least_months", limits.least_months), ("most_months", limits.most_months)):
        if not 1 <= months <= MOST_MONTHS:
            found.append(flaw(f"/{name}", "loan_months_out_of_range", least=1, most=MOST_MONTHS))
    if limits.least_minor > limits.most_minor:
        found.append(flaw("/least_minor", "loan_range_empty"))
    if limits.least_months > limits.most_months:
        found.append(flaw("/least_months", "loan_range_empty"))
    if days[0] > days[1]:
        found.append(flaw("/valid_until", "loan_days_in_order"))
    elif not today <= days[1] <= LAST_DAY:
        found.append(flaw("/valid_until", "loan_day_passed", earliest=today.isoformat()))
    return found


def wish_flaws(amount_minor: int, months: int, limits: LoanLimits) -> list[Flaw]:
    """Return what is wrong with an amount and a term: beyond the product, or too small an instalment."""
    found = []
    if not limits.least_minor <= amount_minor <= limits.most_minor:
        shown = _range(limits.least_minor, limits.most_minor, limits.currency)
        found.append(flaw("/amount_minor", "loan_amount_out_of_range", **shown))
    if not limits.least_months <= months <= limits.most_months:
        least, most = limits.least_months, limits.most_months
        found.append(flaw("/months", "loan_months_out_of_range", least=least, most=most))
    if amount_minor < LEAST_EACH * months:
        found.append(
            flaw("/months", "loan_instalments_too_small", least=amount_text(LEAST_EACH, limits.currency))
        )
    return found


def offer_flaws(
    terms: LoanTerms, limits: LoanLimits, *, most_percent: Decimal, stands_until: date, today: date
) -> list[Flaw]:
    """
    Return what is wrong with an offer: nothing beyond the product, no rate above the published one.

    It is paid out on the last day on which it can be accepted, or later.
    """
    found = wish_flaws(terms.amount_minor, terms.months, limits)
    found += rate_flaws({"yearly_percent": (terms.yearly_percent, most_percent)})
    if not today <= stands_until <= LAST_DAY:
        found.append(flaw("/stands_until", "loan_day_passed", earliest=today.isoformat()))
    if not stands_until <= terms.starts_on <= LAST_DAY:
        found.append(flaw("/starts_on", "loan_day_passed", earliest=stands_until.isoformat()))
    if terms.fee_minor >= terms.amount_minor:
        found.append(flaw("/amount_minor", "loan_fee_eats_amount"))
    return found


def text_flaws(pointer: str, text: str, *, most: int = LONGEST_TEXT) -> list[Flaw]:
    """Return what is wrong with a text that is needed."""
    if not text.strip():
        return [flaw(pointer, "required")]
    return [flaw(pointer, "too_long_text", most=most)] if len(text) > most else []


def consent_flaws(kinds: Sequence[str], choices: Sequence[str]) -> list[Flaw]:
    """Return what is wrong with the list of what a lessee hands over: at least one, each known and once."""
    fine = kinds and len(set(kinds)) == len(kinds) and set(kinds) <= set(choices)
    return [] if fine else [flaw("/consents", "loan_no_consent", choices=", ".join(choices))]


def amount_text(minor: int, currency: str) -> str:
    """Write an amount as figures with its decimals: ``8,606.64``."""
    return f"{Money(minor, currency).amount:,f}"


def _range(least: int, most: int, currency: str) -> dict[str, str]:
    return {"least": amount_text(least, currency), "most": amount_text(most, currency)}
