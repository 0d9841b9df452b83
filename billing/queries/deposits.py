"""Deposits as the books show them: by lessee and lease, when a day ends."""

from datetime import date
from typing import NamedTuple

from django.db.models import F, Sum

from billing.models import Book, JournalLine
from billing.rules import accounts as chart


class Held(NamedTuple):
    """What a book shows as held of one lessee for one lease, in minor units."""

    lessee: str
    lessee_id: str
    lease: str
    lease_id: str
    currency: str
    held_minor: int


def deposits_held(book: Book, through: date) -> list[Held]:
    """Return what is held when a day ends, by lessee and lease; leases without a deposit are left out."""
    lines = JournalLine.objects.filter(
        account__book=book, account__code=chart.DEPOSITS, effective_date__lte=through
    )
    grouped = lines.values(
        "currency",
        who=F("account__lease__lessee__name"),
        who_id=F("account__lease__lessee__public_id"),
        number=F("account__lease__number"),
        public_id=F("account__lease__public_id"),
    )
    found = grouped.annotate(held=-Sum("amount_minor")).exclude(held=0).order_by("who", "number", "currency")
    return [
        Held(row["who"], row["who_id"], row["number"], row["public_id"], row["currency"], int(row["held"]))
        for row in found
    ]
