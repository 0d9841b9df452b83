"""Seal what was posted: each journal gets its place in the chain of its book, in the order of posting."""

from datetime import datetime

from django.db import transaction

from billing.models import Book, Journal, Seal
from billing.queries.journals import LINES, chain
from billing.rules.chain import GENESIS, faults
from marketplace.models import User
from marketplace.permissions import Permission, require

AT_ONCE = 2000


@transaction.atomic
def seal(*, book: Book, at: datetime, by: User, most: int = AT_ONCE) -> int:
    """
    Seal the journals of a book that were posted up to ``at``, ``most`` at once; return how many.

    All who post are done before, and whoever comes later is posted later: what is sealed is whole, so a trial
    balance as it was known at the time of a seal never changes.

    :raises MissingRight: if ``by`` may not lock the book
    """
    require(by, Permission.BOOK_LOCK, within=book.organization)
    book = Book.objects.locked().get(pk=book.pk)
    last = Seal.objects.filter(book=book).order_by("number").last()
    number, prev_hash = (last.number, last.hash) if last else (0, GENESIS)
    waiting = Journal.objects.filter(book=book, seal=None, posted_at__lte=at).order_by("posted_at", "pk")
    seals = []
    # The time of a part is that of its last journal: what waits behind it was posted after it.
    found = list(waiting[:most])
    sealed_at = at if len(found) < most else found[-1].posted_at
    if found and sealed_at != at:
        found = list(waiting.filter(posted_at__lte=sealed_at))
    for journal in found:
        number += 1
        total = journal.link(book.code).hash(number=number, prev_hash=prev_hash)
        seals.append(
            Seal(
                journal=journal,
                book=book,
                number=number,
                prev_hash=prev_hash,
                hash=total,
                sealed_at=sealed_at,
            )
        )
        prev_hash = total
    Seal.objects.bulk_create(seals)
    return len(seals)


def verify(*, book: Book, after: int = 0, upto: int | None = None, most: int = AT_ONCE) -> list[str]:
    """
    Compute a book's chain again from its rows and return what is wrong: nothing, if all is as it was sealed.

    Reads only, ``most`` journals at once; whoever may read the database may ask. A stretch of it begins
    behind the number ``after`` and ends with ``upto``; ``None`` is the last.
    """
    found: list[str] = []
    rows = Journal.objects.filter(book=book).order_by("seal__number")
    if upto is not None:
        rows = rows.filter(seal__number__lte=upto)
    before = Seal.objects.filter(book=book, number=after).first()
    number, prev_hash = after, before.hash if before else GENESIS
    while True:
        part = list(
            rows.filter(seal__number__gt=number)
            .select_related("book", "seal", "reverses")
            .prefetch_related(LINES)[:most]
        )
        if not part:
            return found
        found += faults(chain(part), number=number, prev_hash=prev_hash)
        number, prev_hash = part[-1].seal.number, part[-1].seal.hash
