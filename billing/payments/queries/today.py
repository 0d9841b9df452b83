"""The morning of finance: what does not agree and how old it is, what is due, what goes out, what is held."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from billing.models import Account, Book, JournalLine
from billing.payments.models import (
    BankLine,
    PaymentOrder,
    Receipt,
    ReconException,
    Suggestion,
)
from billing.payments.queries.bills import SOON, promised
from billing.payments.rules.order_states import State
from billing.queries.ledger import aged_receivables
from billing.rules import accounts as chart
from marketplace.shared.money import Money

# Days since an exception was opened; after three it is stale (finance.md §4.3).
AGES = (1, 3, 7)


@dataclass(frozen=True)
class Heat:
    """Open exceptions of a reason, by age: under a day, to three days, to a week, older."""

    reason: str
    counts: tuple[int, int, int, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True)
class Morning:
    """Figures of a book's finance desk, in the book's currency unless a field says otherwise."""

    heat: list[Heat]
    unmatched: int
    suggested: int
    unallocated: Money
    suspense: Money
    due: Money
    overdue: Money
    proposed: Money
    approved: Money
    sent: Money
    deposits: Money
    bills: Money
    bills_due: Money
    bills_until: date


def morning(book: Book, at: datetime) -> Morning:
    """Return the figures of a book at a moment; nothing is stored, each is asked of what it stands for."""
    today = at.astimezone(ZoneInfo(book.zone)).date()
    aged = [row for row in aged_receivables(book, today) if row.currency == book.currency]
    orders = dict(
        PaymentOrder.objects.filter(book=book, currency=book.currency)
        .values_list("state")
        .annotate(total=Sum("amount_minor"))
        .order_by()
    )
    left = _left(book)
    bills, bills_due = promised(book, today)
    return Morning(
        heat=heat(book, at),
        unmatched=BankLine.objects.filter(bank_account__book=book, bookings=None).count(),
        suggested=Suggestion.objects.filter(bank_line__bank_account__book=book, state="OPEN").count(),
        unallocated=Money(left.get(chart.UNALLOCATED, 0), book.currency),
        suspense=Money(left.get(chart.SUSPENSE, 0), book.currency),
        due=Money(sum(row.amounts[0] for row in aged), book.currency),
        overdue=Money(sum(sum(row.amounts[1:]) for row in aged), book.currency),
        proposed=Money(orders.get(State.PROPOSED, 0), book.currency),
        approved=Money(orders.get(State.APPROVED, 0), book.currency),
        sent=Money(orders.get(State.SENT, 0), book.currency),
        deposits=_deposits(book),
        bills=bills,
        bills_due=bills_due,
        bills_until=today + SOON,
    )


def heat(book: Book, at: datetime) -> list[Heat]:
    """Return open exceptions by reason and age, the most first."""
    edges = [at - timedelta(days=days) for days in AGES]
    younger = [Count("pk", filter=Q(opened_at__gt=edge)) for edge in edges]
    found = ReconException.objects.filter(book=book, opened_at__lte=at).open()
    rows = found.values_list("reason").annotate(
        day=younger[0], three=younger[1], week=younger[2], total=Count("pk")
    )
    made = [
        Heat(reason, (day, three - day, week - three, total - week))
        for reason, day, three, week, total in rows.order_by()
    ]
    return sorted(made, key=lambda row: (-row.total, row.reason))


def _left(book: Book) -> dict[str, int]:
    """Return what of receipts is not allocated, by the account on which it stands."""
    rows = Receipt.objects.filter(book=book, currency=book.currency, left_minor__gt=0)
    return dict(rows.values_list("holding").annotate(total=Sum("left_minor")).order_by())


def _deposits(book: Book) -> Money:
    """Return the deposits that stand in the books of all lessors, and in this one."""
    accounts = Account.objects.filter(code=chart.DEPOSITS, currency=book.currency)
    rows = JournalLine.objects.filter(account__in=accounts)
    return Money(-int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0), book.currency)
