"""What somebody takes along of what is stored: tables, each as CSV and as JSON, in one ZIP file."""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Final

KEPT: Final = timedelta(days=7)  # a finished file; then its content goes
FIXED: Final = (2000, 1, 1, 0, 0, 0)  # of every entry, so that the same tables give the same bytes


class About(StrEnum):
    """Whose data a file holds."""

    PERSON = "PERSON"
    ORGANIZATION = "ORGANIZATION"


@dataclass(frozen=True)
class Held:
    """One table as it is packed: its name, how many rows it has, and the SHA-256 of its JSON."""

    name: str
    rows: int
    sha256: str


class Form(StrEnum):
    """A form in which every table is packed."""

    CSV = "csv"
    JSON = "json"


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


def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """
    Yield rows as one JSON array, a row a line; moments in ISO 8601, figures with decimals as text.

    >>> b"".join(lines([{"a": 1}, {"a": Decimal("2.50")}])).decode()
    '[\\n{"a": 1},\\n{"a": "2.50"}\\n]\\n'
    >>> b"".join(lines([]))
    b'[\\n\\n]\\n'
    """
    between = b"[\n"
    for row in rows:
        yield between + json.dumps(dict(row), ensure_ascii=False, default=_plain).encode()
        between = b",\n"
    yield b"[\n\n]\n" if between == b"[\n" else b"\n]\n"


def pack(
    file: IO[bytes], tables: Sequence[Held], facts: Mapping[str, Any], read: Callable[[str, Form], bytes]
) -> None:
    """
    Put tables into a ZIP file, with ``about.json``: the ``facts``, and of each file its rows and SHA-256.

    The same tables give the same bytes. ``read`` brings one form of one table at a time.
    """
    listed = [{"table": one.name, "rows": one.rows, "sha256": one.sha256} for one in tables]
    about = json.dumps({**facts, "tables": listed}, ensure_ascii=False, indent=2).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_entry("about.json"), about)
        for form in Form:
            for one in tables:
                packed.writestr(_entry(f"{form}/{one.name}.{form}"), read(one.name, form))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIXED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
