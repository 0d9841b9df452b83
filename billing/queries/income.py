"""What an owner earns, as the platform's books have it: by month, machine or lessee, and line by line."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from billing.models import Book, Invoice, JournalLine
from billing.queries.open_amounts import with_open
from billing.rules.events import Event
from billing.rules.income import ACCOUNTS, BILLS, FEES, MOVED, PAID, PAYMENTS, Part, Sums, after
from marketplace.models import Equipment, Organization


class By(StrEnum):
    """What the income is told apart by."""

    MONTH = "month"
    MACHINE = "machine"
    LESSEE = "lessee"


PART = Case(
    When(Q(journal__source_type=PAYMENTS) | Q(journal__kind__in=PAID), then=Value(Part.PAID_OUT.value)),
    When(journal__kind__in=FEES, then=Value(Part.FEE.value)),
    When(journal__kind__in=MOVED, then=Value(Part.MOVED.value)),
    When(
        Q(journal__kind=Event.CREDIT_NOTE.value)
        | Q(journal__kind__in=BILLS, invoice__kind=Invoice.Kind.CREDIT_NOTE),
        then=Value(Part.CREDITED.value),
    ),
    When(journal__kind__in=BILLS, then=Value(Part.BILLED.value)),
    default=Value(Part.OTHER.value),
    output_field=CharField(),
)


@dataclass(frozen=True)
class Income:
    """Income in one currency: ``rows`` by what they are told apart by, ``None`` what is of none."""

    currency: str
    rows: dict[Any, Sums]


def lines_of_owner(owner: Organization) -> "QuerySet[Any]":
    """
    Return the lines of an owner's accounts in the platform's books, each with its ``part``.

    An account of a party has lines of that party alone: so they are found by the index of theirs.
    """
    found = JournalLine.objects.filter(
        party=owner,
        account__book__kind=Book.Kind.PLATFORM,
        account__code__in=ACCOUNTS,
    )
    return found.annotate(part=PART)


def income_of(owner: Organization, by: By, first: date, last: date) -> list[Income]:
    """
    Return an owner's income by currency.

    A machine is told apart if it is the owner's: whoever bills a service on another's machine is not told of
    it. By month everything through the month of ``last``, with what lies before ``first`` under ``None``: the
    total is what stands in the books. By machine or lessee, that of the months from ``first`` to ``last``.
    What lessees still owe is as it is now.
    """
    found: dict[str, dict[Any, Sums]] = defaultdict(lambda: defaultdict(Sums))
    lines = lines_of_owner(owner).filter(effective_date__lt=after(last))
    if by is not By.MONTH:
        lines = lines.filter(effective_date__gte=first)
    grouped = (
        lines.order_by().values("currency", "part", key=_key(owner, by)).annotate(total=Sum("amount_minor"))
    )
    for row in grouped.annotate(total=Sum("amount_minor")):
        of = None if by is By.MONTH and row["key"] < first else row["key"]
        found[row["currency"]][of].parts[Part(row["part"])] -= int(row["total"])
    for currency, of, minor in _open(owner, by, first, last):
        found[currency][of].open_minor += minor
    return [Income(currency, dict(rows)) for currency, rows in sorted(found.items())]


def _key(owner: Organization, by: By) -> Any:
    if by is By.MONTH:
        return TruncMonth("effective_date")
    return F("invoice__buyer") if by is By.LESSEE else Case(When(equipment__owner=owner, then="equipment"))


def named(by: By, keys: Iterable[Any]) -> dict[Any, Any]:
    """Return the machines or lessees that income was told apart by."""
    wanted = [key for key in keys if key is not None]
    if by is By.MACHINE:
        return dict(Equipment.objects.select_related("site").in_bulk(wanted))
    return dict(Organization.objects.in_bulk(wanted))


def _open(owner: Organization, by: By, first: date, last: date) -> Iterable[tuple[str, Any, int]]:
    """Yield what is open of the documents that an owner sold, each under its month, machine or lessee."""
    sold: QuerySet[Any] = with_open(Invoice.objects.issued().filter(seller=owner))
    sold = sold.exclude(open_minor=0)
    rows = list(sold.values_list("pk", "currency", "issued_at", "buyer", "open_minor"))
    zone = _zone()
    machines = _machines(owner, [row[0] for row in rows]) if by is By.MACHINE else {}
    for pk, currency, issued_at, buyer, minor in rows:
        if by is By.MONTH:
            month = issued_at.astimezone(zone).date().replace(day=1)
            if month <= last:
                yield currency, None if month < first else month, int(minor)
        else:
            yield currency, machines.get(pk) if by is By.MACHINE else buyer, int(minor)


def _machines(owner: Organization, invoices: list[int]) -> dict[int, int]:
    lines = JournalLine.objects.filter(invoice__in=invoices, equipment__owner=owner)
    return dict(lines.order_by().values_list("invoice", "equipment").distinct())


def _zone() -> ZoneInfo:
    book = Book.objects.filter(kind=Book.Kind.PLATFORM).first()
    return ZoneInfo(book.zone if book else "Asia/Shanghai")
