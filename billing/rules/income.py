"""
What an owner earns, from its accounts in the platform's books: what it was billed for, what came off, what
was paid out.

An owner stands on three accounts: rent that is not collected yet (2241.00), what was collected and is to be
paid out (2241.01), and what it owes back (1221.01). Each line of them belongs to one part, and what is
collected moves between them: so the parts add up to what is still to come, to the minor unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from billing.rules import accounts as chart
from billing.rules.events import Event

ACCOUNTS = (chart.OWNER_UNCOLLECTED, chart.OWNER_PAYABLE, chart.OWNER_OWES)
SHOWN = 12  # months side by side
PAYMENTS = "payment_order"
FEES = {Event.COMMISSION.value, Event.COMMISSION_REVERSED.value}
BILLS = {Event.INVOICE_ISSUED.value, Event.OWNER_COST.value}
# Money that went to the owner or came back from it, apart from orders: tests tell of every event.
PAID = {
    Event.OWNER_TRANSFERRED.value,
    Event.OWNER_PAID.value,
    Event.OWNER_PAYMENT_RETURNED.value,
    Event.OWNER_PAID_BACK.value,
    Event.AWARD_PAID.value,
    Event.FUND_OWNER_PAID.value,
}
MOVED = {Event.OWNER_COLLECTED.value, Event.OWNER_SET_OFF.value}


class Part(StrEnum):
    """
    What a line of an owner's accounts is to the owner: told by the kind and source of its journal, and by the
    kind of its document (``billing.queries.income``).
    """

    BILLED = "BILLED"
    CREDITED = "CREDITED"
    FEE = "FEE"
    PAID_OUT = "PAID_OUT"
    MOVED = "MOVED"
    OTHER = "OTHER"


@dataclass
class Sums:
    """
    What belongs to a month, machine or lessee, in minor units, as the owner sees it: what it gets is
    positive.

    ``open_minor`` is what lessees still owe of its documents.
    """

    parts: dict[Part, int] = field(default_factory=lambda: dict.fromkeys(Part, 0))
    open_minor: int = 0

    def __getitem__(self, part: Part) -> int:
        return self.parts[part]

    @property
    def earned(self) -> int:
        """What is the owner's: billed and credited, less fees, with what else came on or off."""
        return sum(self.parts[one] for one in (Part.BILLED, Part.CREDITED, Part.FEE, Part.OTHER))

    @property
    def still_to_come(self) -> int:
        """What is on the owner's accounts: earned, less what was paid out."""
        return self.earned + self.parts[Part.PAID_OUT] + self.parts[Part.MOVED]


def months(last: date) -> list[date]:
    """Return the first days of the twelve months that end with the one in which a day lies."""
    first = last.replace(day=1)
    found = [first]
    for _ in range(SHOWN - 1):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    return found[::-1]


def after(month: date) -> date:
    """Return the first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def total(sums: Mapping[object, Sums]) -> Sums:
    """Add up."""
    found = Sums()
    for one in sums.values():
        for part, minor in one.parts.items():
            found.parts[part] += minor
        found.open_minor += one.open_minor
    return found
