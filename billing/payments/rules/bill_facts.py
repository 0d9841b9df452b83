"""
What an acceptance bill says: its number, its part of a split bill, its days; and what of it is late.

An electronic bill has thirty digits. Of their check digit no source is at hand, so length and digits alone
are looked at. A bill of the new system is cut into units of 0.01 yuan, and a part of it is a range of them
(子票区间), so the range and the amount must agree. Since 2023 a bill runs six months at most, a year before
(商业汇票承兑、贴现与再贴现管理办法, in force since 2023-01-01).
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from billing.payments.rules.bill_states import State
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

DIGITS = 30
LONGEST_NAME = 120
SHORTER_SINCE = date(2023, 1, 1)
MONTHS, MONTHS_BEFORE = 6, 12
# A presented bill is paid on the day, or on the first working days after a weekend.
PATIENCE = timedelta(days=3)
MOST = 2**63 - 1
DAYS = ("issued_on", "received_on", "due_on")
_NUMBER = re.compile(r"[0-9]{30}")


@dataclass(frozen=True)
class BillFacts:
    """What a bill says; ``amount_minor`` in fen, ``first`` and ``last`` unit of a part, both or neither."""

    number: str
    drawer: str
    acceptor: str
    amount_minor: int
    issued_on: date
    received_on: date
    due_on: date
    first: int | None = None
    last: int | None = None


def flaws_of(bill: BillFacts, *, today: date) -> list[Flaw]:
    """Return what is wrong with a bill that is to be recorded on a day."""
    return [*_of_words(bill), *_of_range(bill), *_of_days(bill, today)]


def plain(number: str) -> str:
    """
    Return a number without the spaces that people read it in.

    >>> plain("5104 0338 0001 2026 1127 0000 0001 23")
    '510403380001202611270000000123'
    """
    return "".join(number.split())


def longest(issued_on: date) -> date:
    """
    Return the last day on which a bill may fall due.

    >>> longest(date(2026, 8, 31))
    datetime.date(2027, 2, 28)
    """
    months = MONTHS if issued_on >= SHORTER_SINCE else MONTHS_BEFORE
    years, month = divmod(issued_on.month - 1 + months, 12)
    year, month = issued_on.year + years, month + 1
    return date(year, month, min(issued_on.day, monthrange(year, month)[1]))


def numbers_in(memo: str) -> set[str]:
    """
    Return the numbers of bills that a text of the bank names, however they are grouped.

    Whole groups that follow each other make a number where they have thirty digits together; what stands
    beside them (an amount, a count) does not hide it.

    >>> numbers_in("5104033800012026112700000 00123 5000.00")
    {'510403380001202611270000000123'}
    """
    return {
        number
        for stretch in re.findall(r"[0-9]+(?:[\s-]+[0-9]+)*", memo)
        for number in _made_of(re.split(r"[\s-]+", stretch))
    }


def _made_of(groups: list[str]) -> Iterator[str]:
    for start in range(len(groups)):
        made = ""
        for group in groups[start:]:
            made += group
            if len(made) >= DIGITS:
                break
        if len(made) == DIGITS:
            yield made


def is_late(state: State, *, due_on: date, today: date) -> bool:
    """Tell whether money should be here: presented, three days after its day; not presented, at once."""
    if state is State.PRESENTED:
        return today > due_on + PATIENCE
    return state is State.HELD and today > due_on


def _of_words(bill: BillFacts) -> Iterator[Flaw]:
    if not _NUMBER.fullmatch(bill.number):
        said = gettext_noop("The number of an electronic bill has 30 digits.")
        yield Flaw("/number", "invalid", said)
    for name in ("drawer", "acceptor"):
        value = getattr(bill, name)
        if not 0 < len(value) <= LONGEST_NAME or "\x00" in value:
            yield Flaw(
                f"/{name}",
                "invalid",
                gettext_noop("A name has 1 to {most} characters."),
                {"most": LONGEST_NAME},
            )
    if not 0 < bill.amount_minor <= MOST:
        yield Flaw("/amount_minor", "not_positive", gettext_noop("Say what the bill is over, above 0."))


def _of_range(bill: BillFacts) -> Iterator[Flaw]:
    if bill.first is None and bill.last is None:
        return
    if bill.first is None or bill.last is None or not 0 < bill.first <= bill.last <= MOST:
        said = gettext_noop(
            "A part of a bill has a first and a last unit, the first one not behind the last."
        )
        yield Flaw("/range", "invalid", said)
    elif bill.last - bill.first + 1 != bill.amount_minor:
        said = gettext_noop("A unit is 0.01 yuan: this range is over {minor} fen, which is not the amount.")
        yield Flaw("/range", "not_the_amount", said, {"minor": bill.last - bill.first + 1})


def _of_days(bill: BillFacts, today: date) -> Iterator[Flaw]:
    odd = [name for name in DAYS if not 2000 <= getattr(bill, name).year <= 2999]
    for name in odd:
        yield Flaw(f"/{name}", "out_of_range", gettext_noop("A bill is of this century."))
    if odd:
        return
    if bill.received_on < bill.issued_on:
        yield Flaw("/received_on", "too_early", gettext_noop("A bill is received after it was issued."))
    if bill.received_on > today:
        yield Flaw("/received_on", "in_future", gettext_noop("Record the bill once it is here."))
    if bill.due_on < bill.received_on:
        yield Flaw("/due_on", "too_early", gettext_noop("A bill that has fallen due is not taken any more."))
    if bill.due_on > longest(bill.issued_on):
        said = gettext_noop("A bill issued on {issued} falls due by {longest} at the latest.")
        facts = {"issued": bill.issued_on.isoformat(), "longest": longest(bill.issued_on).isoformat()}
        yield Flaw("/due_on", "too_late", said, facts)
