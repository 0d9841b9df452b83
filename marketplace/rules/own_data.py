"""What somebody takes along of what is stored: tables, each as CSV and as JSON, in one ZIP file."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

KEPT: Final = timedelta(days=7)  # a finished file; then its content goes
FIXED: Final = (2000, 1, 1, 0, 0, 0)  # of every entry, so that the same tables give the same bytes


class About(StrEnum):
    """Whose data a file holds."""

    PERSON = "PERSON"
    ORGANIZATION = "ORGANIZATION"


@dataclass(frozen=True)
class Held:
    """One table as it is packed: its name, how many rows it has, and its two forms."""

    name: str
    rows: int
    csv: bytes
    json: bytes


def cell(value: object) -> object:
    """
    Return a value as it stands in a table: moments and lists as text, figures as they are.

    >>> cell({"b": 1})
    '{"b": 1}'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def document(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as one JSON array, a row a line; moments in ISO 8601, figures with decimals as text."""
    lines = ",\n".join(json.dumps(dict(row), ensure_ascii=False, default=_plain) for row in rows)
    return f"[\n{lines}\n]\n".encode()


def pack(tables: Sequence[Held], facts: Mapping[str, Any]) -> bytes:
    """
    Put tables into a ZIP file, with ``about.json``: the ``facts``, and of each file its rows and SHA-256.

    The same tables give the same bytes.
    """
    listed = [
        {"table": one.name, "rows": one.rows, "sha256": hashlib.sha256(one.json).hexdigest()}
        for one in tables
    ]
    about = json.dumps({**facts, "tables": listed}, ensure_ascii=False, indent=2).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (
            ("about.json", about),
            *((f"csv/{one.name}.csv", one.csv) for one in tables),
            *((f"json/{one.name}.json", one.json) for one in tables),
        ):
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return file.getvalue()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
