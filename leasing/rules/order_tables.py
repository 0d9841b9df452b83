"""An order book as CSV: stated columns, UTF-8 or GB18030, every fault at row and column, all or nothing."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from leasing.rules import orders
from leasing.rules.orders import Order
from marketplace.rules.msgids import gettext_noop

MOST_ROWS = 5_000
MOST_BYTES = 3_000_000
ENCODINGS = ("utf-8-sig", "gb18030")

# Columns by their name in English and in Chinese; the last three may be missing.
COLUMNS = {
    "reference": "订单号",
    "part": "零件",
    "material": "材料",
    "quantity": "数量",
    "due_before": "完工早于",
    "cycle_seconds": "单件秒数",
    "setup_seconds": "准备秒数",
    "category": "设备类别",
    "earliest_start": "最早开工",
    "state": "状态",
}
NEEDED = ("reference", "part", "quantity", "due_before", "cycle_seconds", "category")
NAMES = {name: name for name in COLUMNS} | {chinese: name for name, chinese in COLUMNS.items()}

TEXTS = {
    "encoding": gettext_noop("The file is neither UTF-8 nor GB18030. Save it in one of these."),
    "too_large": gettext_noop("A file has {most} bytes at most. Cut it in two."),
    "too_many_rows": gettext_noop("A file has {most} orders at most. Cut it in two."),
    "empty": gettext_noop("The file has no orders."),
    "unknown_column": gettext_noop("There is no column “{column}”. The columns are: {columns}."),
    "column_twice": gettext_noop("The column “{column}” stands here twice. Keep one."),
    "column_missing": gettext_noop("The column “{column}” is missing."),
    "row_length": gettext_noop("This row has {found} cells; the first row has {wanted}."),
    "broken": gettext_noop("This row cannot be read: a quotation mark is missing, or a cell is too long."),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a file: its row (the header is row 1), its column, and why."""

    row: int
    column: str
    code: str
    text: str
    facts: dict[str, object]


def read(content: bytes, *, categories: Collection[str]) -> tuple[list[Order], list[Fault]]:
    """Return the orders of a file, or every fault in it; with a single fault there are no orders."""
    if len(content) > MOST_BYTES:
        return [], [_fault(1, "", "too_large", most=f"{MOST_BYTES:,}")]
    text = _decoded(content)
    if text is None:
        return [], [_fault(1, "", "encoding")]
    rows = _rows(text)
    _line, header = next(rows, (1, []))
    if header is None:
        return [], [_fault(1, "", "broken")]
    faults = _header_faults(header)
    if faults:
        return [], faults
    return _orders(rows, header, categories)


def _orders(
    rows: "Iterator[tuple[int, list[str] | None]]", header: list[str], categories: Collection[str]
) -> tuple[list[Order], list[Fault]]:
    """Read the rows below the header."""
    made: list[Order] = []
    faults: list[Fault] = []
    names, seen, many = [NAMES[cell.strip()] for cell in header], set(), 0
    for row, cells in rows:
        many += 1
        if many > MOST_ROWS:
            return [], [*faults, _fault(row, "", "too_many_rows", most=f"{MOST_ROWS:,}")]
        if cells is None:
            return [], [*faults, _fault(row, "", "broken")]
        if len(cells) != len(header):
            faults.append(_fault(row, "", "row_length", found=len(cells), wanted=len(header)))
            continue
        given = dict(zip(names, cells, strict=True))
        order, flaws = orders.read(given, categories=categories)
        faults += [
            Fault(row, _shown(flaw.pointer, names, header), flaw.code, flaw.text, dict(flaw.facts))
            for flaw in flaws
        ]
        reference = given["reference"].strip()
        if reference and reference in seen:
            column = header[names.index("reference")].strip()
            faults.append(Fault(row, column, "twice", orders.TEXTS["twice"], {"reference": reference}))
        seen.add(reference)
        made += [order] if order else []
    if not many:
        faults.append(_fault(1, "", "empty"))
    return ([] if faults else made), faults


def _decoded(content: bytes) -> str | None:
    """Return the text: UTF-8 if it is that, else GB18030, which hardly ever is UTF-8 as well."""
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the number and the cells of each row that is not blank; ``None`` for one that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            pass
        if cells is None or any(cell.strip() for cell in cells):
            yield number, cells


def _header_faults(header: list[str]) -> list[Fault]:
    faults, seen = [], set()
    for cell in (cell.strip() for cell in header):
        name = NAMES.get(cell)
        if name is None:
            faults.append(
                _fault(1, cell[:40], "unknown_column", column=cell[:40], columns=", ".join(COLUMNS))
            )
        elif name in seen:
            faults.append(_fault(1, cell, "column_twice", column=cell))
        seen.add(name)
    faults += [_fault(1, name, "column_missing", column=name) for name in NEEDED if name not in seen]
    return faults


def _shown(pointer: str, names: list[str], header: list[str]) -> str:
    """Return the column of a flaw as the file calls it."""
    name = pointer.removeprefix("/")
    return header[names.index(name)].strip() if name in names else name


def _fault(row: int, column: str, code: str, /, **facts: object) -> Fault:
    return Fault(row, column, code, TEXTS[code], facts)
