"""What is in the way of closing a month of a book; each step counts what somebody has to look at."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Book, CheckFinding, Journal, JournalLine
from billing.payments.models import BankAccount, PaymentOrder, ReconException, Statement
from billing.payments.rules.month_close import Item, Step, last_day
from billing.payments.rules.order_states import UNDER_WAY
from billing.queries.due import maybe_due
from billing.rules import accounts as chart
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import local_midnight

SHOWN = 5


def checklist(book: Book, month: date) -> list[Item]:
    """
    Return the steps of closing a month of a book, in their order; five statements, however much it holds.

    A bank account is compared by its own account of the books: where two share one, by their sum.
    """
    through = last_day(month)
    over = local_midnight(through + timedelta(days=1), ZoneInfo(book.zone))
    accounts = list(_accounts(book, over, through))
    booked = _booked(book, {account.ledger_code for account in accounts}, through)
    counts = _counts(book, over, through)
    return [
        _statements(accounts, through),
        _balances(accounts, booked),
        Item(Step.EXCEPTIONS, counts["exceptions"]),
        _suspense(booked),
        _payments(book, over),
        Item(Step.UNBILLED, len(maybe_due(over))),
        Item(Step.CHECKS, counts["findings"]),
        Item(Step.SEALED, counts["unsealed"]),
    ]


def _accounts(book: Book, over: datetime, through: date) -> QuerySet[BankAccount]:
    """Return the open accounts, until when statements are there, and what the month closed with."""
    mine = Statement.objects.filter(file__bank_account=OuterRef("pk")).exclude(ends_on=None)
    closed = mine.filter(ends_on__lte=through).exclude(closing_minor=None)
    return BankAccount.objects.filter(book=book, is_open=True, opened_at__lt=over).annotate(
        told=Subquery(mine.order_by("-ends_on", "-pk").values("ends_on")[:1]),
        closing=Subquery(closed.order_by("-ends_on", "-pk").values("closing_minor")[:1]),
    )


def _booked(book: Book, codes: Iterable[str], through: date) -> dict[tuple[str, str], int]:
    """
    Return what stood on accounts of banks and in suspense when the month ended, by code and currency.

    The bank's day counts, not the day on which a late fact was booked.
    """
    rows = JournalLine.objects.filter(
        account__book=book, account__code__in={*codes, chart.SUSPENSE}, journal__occurred_on__lte=through
    )
    sums = rows.values_list("account__code", "currency").annotate(total=Sum("amount_minor")).order_by()
    return {(code, currency): int(total) for code, currency, total in sums}


def _counts(book: Book, over: datetime, through: date) -> dict[str, int]:
    """Count what is open of several kinds, in one statement."""
    open_ = ReconException.objects.filter(book=OuterRef("pk")).open()
    of_month = Q(bank_line__booked_on__lte=through) | Q(bank_line=None, opened_at__lt=over)
    unsealed = Journal.objects.filter(book=OuterRef("pk"), effective_date__lte=through, seal=None)
    row = Book.objects.filter(pk=book.pk).annotate(
        exceptions=_count(open_.filter(of_month)),
        findings=_count(CheckFinding.objects.standing()),
        unsealed=_count(unsealed),
    )
    counted: Any = row.values("exceptions", "findings", "unsealed").get()
    return dict(counted)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def _statements(accounts: Iterable[Any], through: date) -> Item:
    late = [account for account in accounts if (account.told or date.min) < through]
    return Item(Step.STATEMENTS, len(late), _some(str(one) for one in late))


def _balances(accounts: Iterable[Any], booked: Mapping[tuple[str, str], int]) -> Item:
    """Compare what banks say with the books, by account of the chart and currency."""
    said: dict[tuple[str, str], int] = {}
    for account in accounts:
        key = account.ledger_code, account.currency
        said[key] = said.get(key, 0) + (account.closing or 0)
    wrong = [
        f"{key[0]} {format_money(Money(booked.get(key, 0) - minor, key[1]))}"
        for key, minor in sorted(said.items())
        if booked.get(key, 0) != minor
    ]
    return Item(Step.BALANCES, len(wrong), _some(wrong))


def _suspense(booked: Mapping[tuple[str, str], int]) -> Item:
    held = sorted((currency, minor) for (code, currency), minor in booked.items() if code == chart.SUSPENSE)
    shown = [format_money(Money(-minor, currency)) for currency, minor in held if minor]
    return Item(Step.SUSPENSE, len(shown), _some(shown))


def _payments(book: Book, over: datetime) -> Item:
    waiting = list(PaymentOrder.objects.filter(book=book, state__in=UNDER_WAY, made_at__lt=over).only("pk"))
    return Item(Step.PAYMENTS, len(waiting), _some(one.reference for one in waiting[:SHOWN]))


def _some(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(list(names)[:SHOWN])
