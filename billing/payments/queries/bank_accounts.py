"""Accounts of a book at banks, with what the books have on each and what the bank said last."""

from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery, Sum

from billing.models import Book, JournalLine
from billing.payments.models import BankAccount, Statement
from marketplace.shared.money import Money


@dataclass(frozen=True)
class Standing:
    """
    An account; ``booked`` stands on its account of the chart in its currency, with that of others there.
    """

    account: BankAccount
    booked: Money
    closing: Money | None
    closed_on: date | None


def standings(book: Book) -> list[Standing]:
    """Return the accounts of a book in the order in which they were opened."""
    last = Statement.objects.filter(
        file__bank_account=OuterRef("pk"), ends_on__isnull=False, closing_minor__isnull=False
    ).order_by("-ends_on", "-pk")
    rows = BankAccount.objects.filter(book=book).order_by("pk")
    rows = rows.annotate(
        closing=Subquery(last.values("closing_minor")[:1]), closed_on=Subquery(last.values("ends_on")[:1])
    )
    lines = JournalLine.objects.filter(
        account__book=book, account__code__in=[row.ledger_code for row in rows]
    ).order_by()
    booked = {
        (code, currency): total
        for code, currency, total in lines.values_list("account__code", "currency").annotate(
            total=Sum("amount_minor")
        )
    }
    return [
        Standing(
            row,
            Money(booked.get((row.ledger_code, row.currency), 0), row.currency),
            None if row.closing is None else Money(row.closing, row.currency),
            row.closed_on,
        )
        for row in rows
    ]
