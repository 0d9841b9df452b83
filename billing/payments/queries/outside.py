"""
What banks and providers say is on the accounts of a book: what its export asserts, beside our own sums.

None of these figures is of the books: they are closing balances of statements, and what the changes of a
balance that a provider lists add up to. A day is left out for an account on which something of that day, or
of before, is booked later, because the day was locked (``LATE_IN_CLOSED_PERIOD``); the next day is asserted.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from itertools import accumulate

from django.db.models import F, Max

from billing.models import Book, JournalLine
from billing.models.loan_products import local_day
from billing.payments.models import BankAccount, BankLine, Movement, Statement
from billing.payments.rules.stripe_facts import CLASSIFIED, Kind
from billing.queries.exports import month_ends
from billing.rules import accounts as chart
from billing.rules.accounts import export_path
from billing.rules.export_values import Check

CHARGES = frozenset(kind for kind, means in CLASSIFIED.items() if means is Kind.CHARGE)
Key = tuple[str, str]
A_DAY = timedelta(days=1)


def by_banks(book: Book, through: date) -> Iterator[Check]:
    """
    Yield for each account of the chart what its banks say, at each closing of a statement.

    Where several bank accounts stand on one account of the chart they are added up: each by its last closing
    up to the day, and the lines that came behind it. Before all of them have one, nothing is asserted.
    """
    groups: dict[Key, list[_Told]] = defaultdict(list)
    for account in BankAccount.objects.filter(book=book):
        groups[account.ledger_code, account.currency].append(_Told(account, through))
    for key, told in sorted(groups.items()):
        days = sorted({day for one in told for day in one.closings})
        late = _late(book, (key[0],), key[1])
        for day in days:
            said = [one.on(day) for one in told]
            if not any(minor is None for minor in said) and not _is_within(day, late):
                yield _check(book, day, key, sum(minor or 0 for minor in said))


class _Running:
    """What amounts add up to through each day; minor units."""

    def __init__(self, rows: Iterable[tuple[date, int]]) -> None:
        given = sorted(rows)
        self.days = [day for day, _ in given]
        self.sums = list(accumulate((minor for _, minor in given), initial=0))

    def through(self, day: date) -> int:
        """Return what is booked through a day."""
        return self.sums[bisect_right(self.days, day)]


class _Told:
    """What the bank says of one account: closings by their days, and its lines."""

    def __init__(self, account: BankAccount, through: date) -> None:
        told = Statement.objects.filter(file__bank_account=account, ends_on__lte=through)
        rows = told.exclude(closing_minor=None).exclude(is_balanced=False)
        given = rows.order_by("ends_on", "pk").values_list("ends_on", "closing_minor")
        self.closings = {day: minor for day, minor in given if day is not None and minor is not None}
        self.days = sorted(self.closings)
        first = self.days[0] if self.days else through
        lines = BankLine.objects.filter(bank_account=account, booked_on__range=(first, through))
        self.lines = _Running(lines.values_list("booked_on", "amount_minor"))

    def on(self, day: date) -> int | None:
        """Return what was on the account when a day ended; ``None`` before the first closing."""
        place = bisect_right(self.days, day)
        if not place:
            return None
        last = self.days[place - 1]
        return self.closings[last] + self.lines.through(day) - self.lines.through(last)


def by_providers(book: Book, through: date) -> Iterator[Check]:
    """
    Yield what the changes that a provider lists add up to: what can be used (1012.01), what cannot yet (.02).

    At each end of a month, and on the last day that was over when a change was seen: the list of that day is
    whole. Both sides count a change on the day on which the provider made it.
    """
    if book.kind != Book.Kind.PLATFORM:
        return
    rows = Movement.objects.values_list("currency", "kind", "occurred_at", "available_at", "net_minor")
    found: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
    for currency, kind, occurred, available, minor in rows.iterator():
        day = local_day(occurred)
        ready_on = local_day(available) if kind in CHARGES and available is not None else day
        found[currency].append((day, max(day, ready_on), minor))
    seen = Movement.objects.aggregate(last=Max("seen_at"))["last"]
    for currency, changes in sorted(found.items()):
        last = min(through, local_day(seen) - A_DAY)
        first = min(day for day, _, _ in changes)
        made = _Running((on, minor) for on, _, minor in changes)
        usable = _Running((then, minor) for _, then, minor in changes)
        late = _late(book, (chart.AVAILABLE, chart.PENDING), currency)
        for day in month_ends(first, last) if first <= last else ():
            if not _is_within(day, late):
                ready, there = usable.through(day), made.through(day)
                yield _check(book, day, (chart.AVAILABLE, currency), ready)
                yield _check(book, day, (chart.PENDING, currency), there - ready)


def _check(book: Book, day: date, key: Key, minor: int) -> Check:
    return Check(day, export_path(*key, of_book=book.currency), minor, key[1])


def _late(book: Book, codes: Collection[str], currency: str) -> list[tuple[date, date]]:
    """Return from when to when accounts are short of something that is booked later."""
    lines = JournalLine.objects.filter(account__book=book, account__code__in=codes, currency=currency)
    late = lines.exclude(journal__effective_date=F("journal__occurred_on"))
    return list(late.values_list("journal__occurred_on", "journal__effective_date").distinct())


def _is_within(day: date, stretches: Iterable[tuple[date, date]]) -> bool:
    return any(begins <= day < ends for begins, ends in stretches)
