"""
What of a loan is due, paid and overdue on a day, and what it takes to settle it early.

Nothing of this is stored: it follows from the schedule, the payments and the day. Payments pay the oldest
instalment first. Amounts are minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from billing.rules.loan_terms import LoanTerms, amount_text, flaw, percent_of
from marketplace.rules.instalments import DayCount, Instalment, Method, accrued
from marketplace.shared.errors import Flaw


class State(StrEnum):
    """How one instalment stands on a day; the due day itself is not overdue yet."""

    PLANNED = "PLANNED"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    PAID = "PAID"
    SETTLED = "SETTLED"


@dataclass(frozen=True)
class Payment:
    """What the lender recorded as received on a day; with ``is_last`` it settled the loan early."""

    paid_on: date
    minor: int
    is_last: bool = False


@dataclass(frozen=True)
class Standing:
    """One instalment on a day: what of it is paid, how it stands, and how many days it is late."""

    row: Instalment
    paid: int
    state: State
    days_late: int = 0

    @property
    def left(self) -> int:
        """What of it is not paid; nothing of one that an early settlement replaced."""
        return 0 if self.state is State.SETTLED else self.row.payment - self.paid


@dataclass(frozen=True)
class Settlement:
    """What settles a loan early: principal, interest to the day, its price, less what was paid ahead."""

    principal: int
    interest: int
    price: int
    paid_ahead: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.principal + self.interest + self.price - self.paid_ahead


def standings(rows: Sequence[Instalment], payments: Sequence[Payment], as_of: date) -> tuple[Standing, ...]:
    """Return how each instalment stands when a day ends; payments of later days do not count."""
    known = [one for one in payments if one.paid_on <= as_of]
    left = sum(one.minor for one in known if not one.is_last)
    is_settled = any(one.is_last for one in known)
    found = []
    for row in rows:
        paid = min(left, row.payment)
        left -= paid
        state = _state(row, paid, as_of, is_settled=is_settled)
        late = (as_of - row.due_on).days if state is State.OVERDUE else 0
        found.append(Standing(row, paid, state, late))
    return tuple(found)


def overdue(found: Sequence[Standing]) -> int:
    """Add up what is overdue."""
    return sum(one.left for one in found if one.state is State.OVERDUE)


def is_repaid(found: Sequence[Standing]) -> bool:
    """Tell whether every instalment is paid."""
    return all(one.state is State.PAID for one in found)


def payment_flaws(
    rows: Sequence[Instalment], payments: Sequence[Payment], new: Payment, *, starts_on: date, currency: str
) -> list[Flaw]:
    """
    Return what is wrong with a payment: out of order, nothing, or more than is due and the next instalment.
    """
    last = max([starts_on, *(one.paid_on for one in payments)])
    if new.paid_on < last:
        return [flaw("/paid_on", "loan_before_last", day=last.isoformat())]
    most = payable(rows, payments, new.paid_on)
    if not 0 < new.minor <= most:
        return [flaw("/amount_minor", "loan_pays_too_much", most=amount_text(most, currency))]
    return []


def payable(rows: Sequence[Instalment], payments: Sequence[Payment], on: date) -> int:
    """Return the most that can be paid on a day: what is due by then and the instalment after it."""
    due = sum(row.due_on <= on for row in rows)
    return sum(row.payment for row in rows[: due + 1]) - sum(one.minor for one in payments)


def settlement(terms: LoanTerms, payments: Sequence[Payment], on: date) -> Settlement:
    """
    Return what settles a loan on a day, by real days since the last due day, over 360 unless it says 365.

    What is due by then is paid: :func:`settlement_flaws` asks for it first.
    """
    rows = terms.schedule()
    due = [row for row in rows if row.due_on <= on]
    since = due[-1].due_on if due else terms.starts_on
    owed = due[-1].closing if due else terms.amount_minor
    base = terms.amount_minor if terms.method is Method.FLAT_FEE and owed else owed
    year = 365 if terms.day_count is DayCount.ACT_365 else 360
    interest = accrued(base, terms.rate, Fraction((on - since).days, year))
    ahead = sum(one.minor for one in payments) - sum(row.payment for row in due)
    return Settlement(owed, interest, percent_of(owed, terms.early_percent), ahead)


def settlement_flaws(terms: LoanTerms, payments: Sequence[Payment], on: date) -> list[Flaw]:
    """Return why a loan cannot be settled on a day: out of order, not paid what is due, or nothing left."""
    last = max([terms.starts_on, *(one.paid_on for one in payments)])
    if on < last:
        return [flaw("/paid_on", "loan_before_last", day=last.isoformat())]
    found = settlement(terms, payments, on)
    if found.paid_ahead < 0:
        return [flaw("/paid_on", "loan_due_first", amount=amount_text(-found.paid_ahead, terms.currency))]
    return [flaw("/paid_on", "loan_nothing_to_settle")] if found.total <= 0 else []


def figure_flaws(given: int, figure: int, currency: str) -> list[Flaw]:
    """Return what is wrong with an amount that is to settle a loan: it is the figure, to the fen."""
    if given == figure:
        return []
    return [flaw("/amount_minor", "loan_not_the_figure", figure=amount_text(figure, currency))]


def _state(row: Instalment, paid: int, as_of: date, *, is_settled: bool) -> State:
    if paid == row.payment:
        return State.PAID
    if is_settled:
        return State.SETTLED
    if row.due_on < as_of:
        return State.OVERDUE
    return State.DUE if row.due_on == as_of else State.PLANNED
