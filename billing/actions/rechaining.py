"""Compute the chains of books again, a part each night; nothing is written."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from billing.actions import sealing
from billing.models import Book, CheckFinding, Seal
from billing.queries.check_books import links_broken
from billing.rules.checks import Code, Found

DAYS = 30  # each journal's content is looked at again once in so many days, a part of them every day
OVERLAP = timedelta(days=1)


def chain_whole(*, at: datetime, since: datetime | None) -> Iterator[Found]:
    """
    Yield the journals that are not as they were sealed, and where the chain of a book has a gap.

    Numbers and links are looked at from the first to the last seal. The content is computed again of what was
    sealed after ``since`` (``None``: of all), of a thirtieth of the older ones each day, and of the journals
    of which something stands open.
    """
    yield from links_broken(at)
    for book in Book.objects.order_by("pk"):
        for after, upto in stretches(book=book, at=at, since=since):
            for fault in sealing.verify(book=book, after=after, upto=upto):
                journal, _, text = fault.partition(": ")
                facts = {"book": book.code, "fault": f"{journal}: {text}"}
                yield Found(f"{book.code}:{journal}", Decimal(0), Decimal(1), facts=facts)


def stretches(*, book: Book, at: datetime, since: datetime | None) -> list[tuple[int, int | None]]:
    """Return the stretches of a book's chain that a run computes again: behind a number, up to another."""
    if since is None:
        return [(0, None)]
    seals, turn = Seal.objects.filter(book=book), at.toordinal() % DAYS
    old: int = seals.filter(sealed_at__lt=since - OVERLAP).aggregate(last=Max("number"))["last"] or 0
    open_ = CheckFinding.objects.standing().filter(code=Code.CHAIN_WHOLE).values_list("subject", flat=True)
    named = [subject.partition(":")[2] for subject in open_]
    single = seals.filter(journal__public_id__in=named, number__lte=old).order_by("number")
    numbers = single.values_list("number", flat=True)
    part = (old * turn // DAYS, old * (turn + 1) // DAYS)
    return [(old, None), part, *((number - 1, number) for number in numbers)]
