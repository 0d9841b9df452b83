"""
A file of machines and listings as rows: CSV in UTF-8 or GB18030, XLSX, or JSON; bounded before it is read.

What an XLSX unpacks to is bounded, document types are refused (:mod:`marketplace.rules.spreadsheets`).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from marketplace.rules import spreadsheets
from marketplace.rules.import_columns import BY_FIELD, COLUMNS, ERRORS, fields_by_heading, form
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import storable
from marketplace.rules.spreadsheets import LONGEST_CELL, Limits, Unreadable

MOST_ROWS: Final = 1_000
MOST_BYTES: Final = 3_000_000
MOST_SIGNS: Final = 3_000_000  # of all cells: an XLSX names a long text of itself again and again
LIMITS: Final = Limits(rows=MOST_ROWS + 1, columns=60, unpacked=30_000_000, piece=3_000_000)
DEEPEST: Final = 12  # objects in one another, in a row of JSON
EXAMPLE: Final = "示例"  # rows of tables whose site begins with it, or with EXAMPLE, are passed over
CSV, XLSX, JSON = "CSV", "XLSX", "JSON"
WHOLE: Final = 10**15  # whole numbers within plans; those of cells are texts, as in a table
SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

TEXTS: Final = {
    "empty": gettext_noop("There are no rows below the headings."),
    "too_large": gettext_noop("A file of machines has 3 MB at most. Cut it in two."),
    "too_many_lines": gettext_noop("A file of machines has 1,000 rows at most. Cut it in two."),
    "unknown_format": gettext_noop("This is no CSV, XLSX or JSON that can be read. Take the template."),
    "old_excel": gettext_noop("This is an old Excel file (.xls). Save it as .xlsx and send that."),
    "broken": gettext_noop("The file is damaged or was cut off. Save it anew and send that."),
    "not_rows": gettext_noop("Send a list of rows, each an object with named fields."),
    "too_long_in_all": gettext_noop(
        "The cells hold more than {most} characters in all. Cut the file in two."
    ),
    "too_many_machines": gettext_noop("A file names {most} machines at most. Cut it in two."),
    "unknown_heading": gettext_noop("There is no column “{column}”. The columns are: {columns}."),
    "heading_twice": gettext_noop("The column “{column}” stands here twice. Keep one."),
    "heading_missing": gettext_noop("The column “{column}” is missing."),
}
Cells = dict[str, Any]


class NotRead(ValueError):
    """Nothing of the file can be taken; ``faults`` are ``(column, code, facts)``."""

    def __init__(self, *faults: tuple[str, str, Mapping[str, Any]]) -> None:
        self.faults = faults
        super().__init__("the file cannot be read")


@dataclass(frozen=True)
class Table:
    """
    A file as it was read: rows as (number in the file, cells by field).

    ``headings`` are (heading as sent, field), for a file of rows that came back.
    """

    format: str
    rows: Sequence[tuple[int, Cells]]
    headings: Sequence[tuple[str, str]] = field(default=())


def read(content: bytes) -> Table:
    """
    Return the rows of a file; its format is told by its first bytes.

    :raises NotRead: naming every fault of the headings, or the one of the whole
    """
    if len(content) > MOST_BYTES:
        raise NotRead(("", "too_large", {}))
    try:
        return _read(content)
    except Unreadable as error:
        raise NotRead(("", "empty" if error.code == "nothing_in_it" else error.code, {})) from error


def of_rows(rows: object) -> Table:
    """
    Return what came as JSON.

    :raises NotRead: if it is no list of objects, or too long, or too deep
    """
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise NotRead(("", "not_rows", {}))
    if not rows:
        raise NotRead(("", "empty", {}))
    if len(rows) > MOST_ROWS:
        raise NotRead(("", "too_many_lines", {}))
    headings: dict[str, str] = {}
    for row in rows:
        for heading in row:
            kept(str(heading))  # what no table can hold is no heading either
            headings.setdefault(str(heading), fields_by_heading().get(form(str(heading)), ""))
    _check(tuple(headings.items()))
    made = [(n, _cells_of(row, headings)) for n, row in enumerate(rows, start=1)]
    return _bounded(Table(JSON, made, tuple(headings.items())))


def _read(content: bytes) -> Table:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_excel")
    if content.startswith(b"PK"):
        return _table(XLSX, spreadsheets.xlsx_rows(content, LIMITS))
    text, _encoding = spreadsheets.decoded(content, ("utf-8-sig", "gb18030"))
    if text.lstrip()[:1] in ("[", "{"):
        return _json(text)
    return _table(CSV, spreadsheets.csv_rows(text, LIMITS))


def _json(text: str) -> Table:
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable("broken") from error
    return of_rows(found.get("rows") if isinstance(found, Mapping) else found)


def _no_number(text: str) -> None:
    raise ValueError(text)


def _table(kind: str, rows: Sequence[Sequence[str]]) -> Table:
    """Read the first row that is not blank as headings; blank rows are passed over."""
    there = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    if not there:
        raise Unreadable("empty")
    sent = [cell[:80] for cell in there[0][1]]
    while sent and not sent[-1]:
        sent.pop()
    headings = tuple((cell, fields_by_heading().get(form(cell), "")) for cell in sent)
    _check(headings)
    wide = any(any(row[len(headings) :]) for _, row in there[1:])
    if wide:
        raise Unreadable("broken")
    read = ((number, _named(row, headings)) for number, row in there[1:])
    made = [(number, cells) for number, cells in read if not _is_example(cells)]
    if not made:
        raise Unreadable("empty")
    return _bounded(Table(kind, made, headings))


def _bounded(table: Table) -> Table:
    signs = 0
    for _number, cells in table.rows:
        signs += sum(map(_signs, cells.values()))
        if signs > MOST_SIGNS:
            raise NotRead(("", "too_long_in_all", {"most": f"{MOST_SIGNS:,}"}))
    return table


def _signs(cell: Any) -> int:
    return len(cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False))


def _named(row: Sequence[str], headings: Sequence[tuple[str, str]]) -> Cells:
    return {name: _unquoted(row[n]) for n, (_, name) in enumerate(headings) if n < len(row) and row[n]}


def _is_example(cells: Cells) -> bool:
    return str(cells.get("site", "")).upper().startswith((EXAMPLE, "EXAMPLE"))


def _check(headings: Sequence[tuple[str, str]]) -> None:
    """Refuse headings that mean nothing or the same, and files without what every row needs."""
    faults: list[tuple[str, str, Mapping[str, Any]]] = []
    known = ", ".join(f"{one.field} / {one.chinese}" for one in COLUMNS)
    many = Counter(field for _, field in headings)
    for sent, name in headings:
        if not name:
            faults.append((sent[:40], "unknown_heading", {"column": sent[:40] or "–", "columns": known}))
        elif many[name] > 1:
            faults.append((sent[:40], "heading_twice", {"column": sent[:40]}))
    missing = [one for one in COLUMNS if one.required and one.field not in many]
    faults += [(one.field, "heading_missing", {"column": f"{one.field} / {one.chinese}"}) for one in missing]
    if faults:
        raise NotRead(*faults[:50])


def _cells_of(row: Mapping[str, Any], headings: Mapping[str, str]) -> Cells:
    return {headings[str(name)]: kept(value) for name, value in row.items() if value not in (None, "")}


def kept(value: Any, deep: int = 0) -> Any:
    """
    Return a value as it is kept: texts, whole numbers, truth, lists and objects; other numbers as text.

    :raises NotRead: if it is too deep, too long, or holds what no table can
    """
    if deep > DEEPEST:
        raise NotRead(("", "broken", {}))
    if isinstance(value, Mapping):
        return {kept(str(name)): kept(inner, deep + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [kept(inner, deep + 1) for inner in value]
    if isinstance(value, bool) or value is None or (deep and type(value) is int and abs(value) < WHOLE):
        return value
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    if len(text) > LONGEST_CELL or not storable(text):
        raise NotRead(("", "broken", {}))
    return text.strip()


def _unquoted(text: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from running it."""
    rest = text[1:]
    return rest if text[:1] == "'" and (rest.startswith(SIGNS) or rest.isdecimal()) else text


__all__ = ["BY_FIELD", "ERRORS", "MOST_BYTES", "MOST_ROWS", "NotRead", "Table", "kept", "of_rows", "read"]
