"""Reads of the books: trial balance, the statement of an account, what is due and how old, VAT."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import Account, Book, InvoiceLine, JournalLine
from billing.rules.accounts import RECEIVABLES
from billing.rules.aging import Aged, Open, aged
from marketplace.models.parties import OrganizationKind
from marketplace.shared.money import Money

# Sums per account come from one index that holds all it needs (billing_line_balance), so that the lines
# themselves are not read.
TOTALS = """
SELECT a.code, a.currency, sum(t.debit)::bigint, sum(t.credit)::bigint
FROM billing_account a CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.amount_minor) FILTER (WHERE l.amount_minor > 0), 0) AS debit,
           coalesce(-sum(l.amount_minor) FILTER (WHERE l.amount_minor < 0), 0) AS credit
    FROM billing_journalline l
    WHERE l.account_id = a.id AND l.effective_date <= %(through)s
      AND (%(known_at)s::timestamptz IS NULL OR l.posted_at <= %(known_at)s)
) t
WHERE a.book_id = %(book)s
GROUP BY a.code, a.currency
HAVING sum(t.debit) <> 0 OR sum(t.credit) <> 0
ORDER BY a.code, a.currency
"""


@dataclass(frozen=True)
class Total:
    """What is on an account in one currency, in minor units; ``balance`` is debit less credit."""

    account: str
    currency: str
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit

    @property
    def money(self) -> Money:
        """The balance as money, debits positive."""
        return Money(self.balance, self.currency)


class Movement(NamedTuple):
    """A line of an account's statement with what is on the account after it, debits positive."""

    line: JournalLine
    balance: int


@dataclass(frozen=True)
class Statement:
    """
    An account between two days: what was on it before, each line, what is on it then; minor units.

    ``movements`` may be the first ones of ``count``; ``closing`` counts all of them.
    """

    account: str
    currency: str
    opening: int
    movements: tuple[Movement, ...]
    count: int
    closing: int


@dataclass(frozen=True)
class VatRow:
    """What one seller invoiced at one rate: net and tax in minor units."""

    seller: str
    seller_name: str
    currency: str
    rate: Decimal
    net_minor: int
    tax_minor: int


def trial_balance(book: Book, through: date, *, known_at: datetime | None = None) -> list[Total]:
    """
    Return what is on each account when a day ends, as it was known at a moment (``None``: as it is known
    now).

    As known at the time of a seal or before, it never changes again (``billing.actions.sealing``).
    """
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"book": book.pk, "through": through, "known_at": known_at})
        return [Total(*row) for row in cursor.fetchall()]


def lines_of(book: Book, account: str, currency: str, *, party: str = "") -> QuerySet[JournalLine]:
    """Return the lines of an account, oldest first; those of one party if it is named by its public id."""
    lines = JournalLine.objects.filter(
        account__in=Account.objects.filter(book=book, code=account, currency=currency)
    )
    if party:
        lines = lines.filter(party__public_id=party)
    return lines.order_by("effective_date", "pk")


def statement(
    book: Book,
    account: str,
    currency: str,
    *,
    start: date,
    end: date,
    party: str = "",
    most: int | None = None,
) -> Statement:
    """
    Return an account from ``start`` to before ``end``, with what was on it before; ``most`` lines of it.
    """
    lines = lines_of(book, account, currency, party=party)
    opening = _sum(lines.filter(effective_date__lt=start))
    found = lines.filter(effective_date__gte=start, effective_date__lt=end)
    rows = found.select_related("journal", "party", "lease", "invoice")[:most]
    movements = tuple(_running(rows, opening))
    return Statement(account, currency, opening, movements, found.count(), opening + _sum(found))


def aged_receivables(book: Book, as_of: date) -> list[Aged]:
    """Return what is open of each invoice's receivables when a day ends, by who owes it and how long."""
    rows = JournalLine.objects.filter(
        account__in=Account.objects.filter(book=book, code__in=RECEIVABLES),
        invoice__isnull=False,
        effective_date__lte=as_of,
    )
    grouped = rows.values(
        "currency",
        due=_of_original("due_on"),
        who=Coalesce("party__name", Value("")),
        who_id=Coalesce("party__public_id", Value("")),
        of=_of_original("pk"),
    )
    opened = grouped.annotate(open=Sum("amount_minor")).exclude(open=0).order_by("who", "of")
    found = (Open(row["who"], row["currency"], row["due"], int(row["open"]), row["who_id"]) for row in opened)
    return aged(found, as_of)


def _of_original(field: str) -> Case:
    """Return a field of what a credit note lowers, else of the document itself."""
    is_credit = When(invoice__kind="CREDIT_NOTE", then=F(f"invoice__corrects__{field}"))
    return Case(is_credit, default=F(f"invoice__{field}"))


def vat_by_rate(book: Book, start: datetime, end: datetime) -> list[VatRow]:
    """
    Return net and tax of the invoices issued from ``start`` to before ``end``, by seller and rate.

    The platform's book has those of all sellers, any other those of its own organization.
    """
    lines = InvoiceLine.objects.filter(
        invoice__status="ISSUED", invoice__issued_at__gte=start, invoice__issued_at__lt=end
    )
    if book.organization.kind != OrganizationKind.PLATFORM:
        lines = lines.filter(invoice__seller=book.organization)
    lines = lines.filter(invoice__seller__is_synthetic=book.organization.is_synthetic)
    grouped = lines.values(
        "currency",
        seller=F("invoice__seller__public_id"),
        name=F("invoice__seller__name"),
        rate=F("tax_rate"),
    )
    summed = grouped.annotate(net_sum=Sum("net_minor"), tax_sum=Sum("tax_minor")).order_by(
        "name", "seller", "rate"
    )
    return [
        VatRow(
            seller=row["seller"],
            seller_name=row["name"],
            currency=row["currency"],
            rate=row["rate"],
            net_minor=int(row["net_sum"]),
            tax_minor=int(row["tax_sum"]),
        )
        for row in summed
    ]


def _sum(lines: QuerySet[JournalLine]) -> int:
    return int(lines.order_by().aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _running(rows: QuerySet[JournalLine], balance: int) -> Iterator[Movement]:
    for line in rows:
        balance += line.amount_minor
        yield Movement(line, balance)
