"""A book as CSV, a line of a journal a row, and as JSON, a journal an object."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from billing.rules.export_values import BookFile, Posted, PostedLine

DIMS = ("party", "lease", "equipment", "invoice", "owner")
HEADER = (
    "journal",
    "kind",
    "key",
    "effective_date",
    "occurred_on",
    "posted_at",
    "memo",
    "source",
    "reverses",
    "account",
    "amount",
    "currency",
    *DIMS,
)
# A text that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_rows(book: BookFile) -> Iterator[str]:
    """Yield the lines of the file, header first, each without its line break."""
    yield _row(HEADER)
    for journal in book.journals:
        for line in journal.lines:
            yield _row((*_facts(journal), line.code, line.amount, line.currency, *_dims(line)))


def json_rows(book: BookFile) -> Iterator[str]:
    """Yield the lines of one JSON document: the book, its accounts, its journals; amounts are minor units."""
    accounts = [{"code": one.code, "name": one.name, "currency": one.currency} for one in book.accounts]
    head = {"book": book.code, "currency": book.currency, "accounts": accounts}
    yield _json(head)[:-1] + ', "journals": ['
    before = ""
    for journal in book.journals:
        yield before + _json(_journal(journal))
        before = ", "
    yield "]}"


def _facts(journal: Posted) -> tuple[str, ...]:
    return (
        journal.public_id,
        journal.kind,
        _plain(journal.key),
        journal.on.isoformat(),
        journal.occurred_on.isoformat(),
        journal.posted_at.isoformat(),
        _plain(journal.memo),
        journal.source,
        journal.reverses,
    )


def _journal(journal: Posted) -> dict[str, Any]:
    lines = [
        {"account": line.code, "amount_minor": line.amount_minor, "currency": line.currency, **line.dims}
        for line in journal.lines
    ]
    return {
        "id": journal.public_id,
        "kind": journal.kind,
        "key": journal.key,
        "effective_date": journal.on.isoformat(),
        "occurred_on": journal.occurred_on.isoformat(),
        "posted_at": journal.posted_at.isoformat(),
        "memo": journal.memo,
        "source": journal.source,
        "reverses": journal.reverses,
        "content_hash": journal.content_hash,
        "lines": lines,
    }


def _dims(line: PostedLine) -> list[str]:
    return [line.dims.get(name, "") for name in DIMS]


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(values: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
