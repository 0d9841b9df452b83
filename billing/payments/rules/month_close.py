"""What has to be done before a month is closed, in the order in which finance does it."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Step(StrEnum):
    """One line of the checklist."""

    STATEMENTS = "STATEMENTS"
    BALANCES = "BALANCES"
    EXCEPTIONS = "EXCEPTIONS"
    SUSPENSE = "SUSPENSE"
    PAYMENTS = "PAYMENTS"
    UNBILLED = "UNBILLED"
    CHECKS = "CHECKS"
    SEALED = "SEALED"


@dataclass(frozen=True)
class Item:
    """How many things are in the way of a step; none is done."""

    step: Step
    count: int
    details: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing is in the way."""
        return self.count == 0


def last_day(month: date) -> date:
    """
    Return the last day of the month of a day.

    >>> last_day(date(2026, 2, 3))
    datetime.date(2026, 2, 28)
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def before(month: date) -> date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)
