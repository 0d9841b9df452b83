"""Journals read back as the entries they were posted from."""

from collections.abc import Iterable, Iterator

from django.db.models import Prefetch, prefetch_related_objects

from billing.models import Journal, JournalLine
from billing.rules.chain import Sealed
from billing.rules.journals import Dims, Entry, Line

DIMS = ("party", "lease", "equipment", "invoice", "owner")
# No more of them than an entry says: a lease or an invoice as a whole is many times as wide.
NAMED = ("journal", "amount_minor", "currency", "account__code", *(f"{name}__public_id" for name in DIMS))
LINES = Prefetch("lines", JournalLine.objects.select_related("account", *DIMS).only(*NAMED).order_by("pk"))


def entry_of(journal: Journal) -> Entry:
    """
    Return the entry as the rows give it: its content hash is that of the journal, if nothing was changed.
    """
    prefetch_related_objects([journal], LINES)
    return Entry(
        book=journal.book.code,
        kind=journal.kind,
        key=journal.idempotency_key,
        on=journal.occurred_on,
        lines=tuple(_line(row) for row in journal.lines.all()),
        memo=journal.memo,
        source_type=journal.source_type,
        source_id=journal.source_id,
        reverses=journal.reverses.public_id if journal.reverses else "",
    )


def chain(journals: Iterable[Journal]) -> Iterator[Sealed]:
    """Yield sealed journals as links of the chain, with the hash that their rows give now."""
    for journal in journals:
        seal = journal.seal
        yield Sealed(
            link=journal.link(journal.book.code),
            number=seal.number,
            prev_hash=seal.prev_hash,
            hash=seal.hash,
            recomputed=entry_of(journal).content_hash(),
        )


def _line(row: JournalLine) -> Line:
    named = {name: found.public_id for name in DIMS if (found := getattr(row, name)) is not None}
    return Line(row.account.code, row.amount_minor, row.currency, Dims(**named))
