"""Tables as CSV that a spreadsheet opens in Chinese and does not run."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as UTF-8 with its mark; a text that a spreadsheet would run gets an apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _safe(cell: object) -> str:
    text = str(cell)
    is_number = isinstance(cell, Decimal | int)
    return f"'{text}" if text.startswith(DANGEROUS) and not is_number else text
