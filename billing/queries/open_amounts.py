"""What is open of invoices, computed from the books in the query that reads them; never stored."""

from typing import Any

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import Invoice, JournalLine
from billing.models.invoices import InvoiceQuerySet
from billing.rules.accounts import RECEIVABLES

SUMS = ("net", "tax", "gross", "open")


def with_open(invoices: InvoiceQuerySet) -> InvoiceQuerySet:
    """
    Annotate ``open_minor``: what the books have as receivable of each document, signed, in minor units.

    Of what is issued and not booked yet it is the gross. What is booked, and not as a receivable, is the
    platform's own cost; a draft is owed by nobody, and nobody owes anything to itself: 0.
    """
    lines = JournalLine.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    left = Coalesce(Sum("amount_minor", filter=Q(account__code__in=RECEIVABLES)), 0)
    booked = lines.annotate(left=left).values("left")
    unbooked = Case(
        When(Q(status=Invoice.Status.ISSUED) & ~Q(seller=F("buyer")), then=F("gross_minor")),
        default=Value(0),
        output_field=models.BigIntegerField(),
    )
    return invoices.annotate(
        open_minor=Coalesce(Subquery(booked), unbooked, output_field=models.BigIntegerField())
    )


def sums_of(invoices: InvoiceQuerySet) -> list[dict[str, Any]]:
    """
    Add up what a filter finds, per currency, in one query: ``count``, and ``net``, ``tax``, ``gross`` and
    ``open`` in minor units.
    """
    rows = with_open(invoices).order_by().values("currency")
    summed = rows.annotate(count=Count("pk"), **{f"sum_{name}": Sum(f"{name}_minor") for name in SUMS})
    found: list[dict[str, Any]] = [dict(row) for row in summed.order_by("currency")]
    return [
        {"currency": row["currency"], "count": row["count"]}
        | {name: int(row[f"sum_{name}"]) for name in SUMS}
        for row in found
    ]
