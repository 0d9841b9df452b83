"""
Reads the cells of tables as text: CSV with whatever sign between, and the first sheet of an XLSX that has any
rows.

An XLSX is a ZIP of XML: what it unpacks to is bounded, and what of it is alive at a time; document types are
refused, and numbers are never floats. A spreadsheet keeps 15 digits of a number; what stands behind them is
dust of its arithmetic and is rounded away here, as the spreadsheet itself does when it shows the cell.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import IO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

FIRST_SERIAL: Final = date(1899, 12, 30)  # day 0 of spreadsheets
SERIALS: Final = range(20_000, 80_000)  # days of a spreadsheet: 1954 to 2119
MOST_ALIVE: Final = 200_000  # elements of one row, or of the styles
DEEPEST: Final = 64
LONGEST_CELL: Final = 4_000
DELIMITERS: Final = (",", "\t", ";", "|")
ENCODINGS: Final = ("utf-8-sig", "gb18030", "cp1252")
FIFTEEN: Final = Context(prec=15)
SHEET: Final = re.compile(r"xl/worksheets/[^/]{1,60}\.xml")
COLUMN: Final = re.compile(r"[A-Z]{1,3}", re.ASCII)
DATE_FORMATS: Final = frozenset(
    {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
)  # built in, ECMA-376 18.8.30
DAYLIKE: Final = re.compile(r"[yd年日]", re.IGNORECASE)


class Unreadable(ValueError):
    """
    Nothing of the file can be taken; ``code`` says why: ``unknown_format``, ``broken``, ``too_large``,
    ``too_many_lines`` or ``nothing_in_it``.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read: rows, columns, bytes unpacked, bytes of one row or between two."""

    rows: int
    columns: int = 100
    unpacked: int = 200_000_000
    piece: int = 20_000_000


def decoded(data: bytes, encodings: tuple[str, ...] | list[str] = ENCODINGS) -> tuple[str, str]:
    """
    Return a text and how it was written: by its mark, else by the first encoding that fits without a fault.

    :raises Unreadable: if none does
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except (UnicodeError, LookupError):
            continue
    raise Unreadable("unknown_format")


def csv_rows(text: str, limits: Limits, delimiter: str = "") -> list[list[str]]:
    """
    Return the cells of each row; the sign between them is guessed if it is not said.

    :raises Unreadable: if there are more rows than are read, or it is no text
    """
    if "\x00" in text:
        raise Unreadable("unknown_format")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or delimiter_of(text)):
            rows.append([cell.strip()[:LONGEST_CELL] for cell in row[: limits.columns]])
            if len(rows) > limits.rows:
                raise Unreadable("too_many_lines")
    except csv.Error as error:  # a cell of more than 128 KB
        raise Unreadable("unknown_format") from error
    return rows


def delimiter_of(text: str) -> str:
    """Return the sign that most of the first rows have most of."""
    head = text[:20_000].splitlines()[:60]
    return max(DELIMITERS, key=lambda sign: sum(min(line.count(sign), 20) for line in head))


def xlsx_rows(data: bytes, limits: Limits) -> list[list[str]]:
    """
    Return the cells of the first sheet that has rows, each row in its place of the sheet, days as 2026-11-05.

    :raises Unreadable: if it is no whole XLSX, or larger than is read
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _sheet(archive, limits)
    except (zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException) as error:
        raise Unreadable("broken") from error
    except (KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError, MemoryError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("broken") from error


def _sheet(archive: zipfile.ZipFile, limits: Limits) -> list[list[str]]:
    names = [info.filename for info in archive.infolist()]
    if sum(info.file_size for info in archive.infolist()) > limits.unpacked:
        raise Unreadable("too_large")
    texts = _texts(archive, limits) if "xl/sharedStrings.xml" in names else []
    days = _day_styles(archive, limits) if "xl/styles.xml" in names else set()
    sheets = sorted((name for name in names if SHEET.fullmatch(name)), key=lambda name: (len(name), name))
    for name in sheets:
        rows = list(_rows(archive, name, limits, texts, days))
        if any(any(row) for row in rows):
            return rows
    raise Unreadable("nothing_in_it")


def _elements(archive: zipfile.ZipFile, name: str, limits: Limits, *wanted: str) -> Iterator[Element]:
    """
    Yield elements of some names when they are whole, and take each out of its parent after, with all that
    stands between them: what is alive at a time is bounded, and so is how deep it nests.
    """
    with archive.open(name) as file:
        bounded = _Bounded(file, limits)
        above: list[Element] = []
        within, alive = 0, 0  # wanted elements that are open; elements since the last one that went
        for event, element in iterparse(bounded, ("start", "end"), forbid_dtd=True):
            if event == "start":
                element.tag = _name(element)  # found without a look at namespaces from here on
                is_wanted = element.tag in wanted
                above.append(element)
                within, alive = within + is_wanted, alive + 1
                if len(above) > DEEPEST or alive > MOST_ALIVE:
                    raise Unreadable("too_many_lines")
                continue
            above.pop()
            is_wanted = element.tag in wanted
            within -= is_wanted
            if within:
                continue
            if is_wanted:
                yield element
            if above:
                above[-1].remove(element)
            alive = len(above)
            bounded.let_go()


class _Bounded(io.RawIOBase):
    """Reads what is unpacked up to the bounds, of all and of one piece: a ZIP may say less than it holds."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self.file, self.left, self.piece = file, limits.unpacked, limits.piece
        self.whole = limits.piece

    def let_go(self) -> None:
        """Begin another piece."""
        self.piece = self.whole

    def read(self, size: int = -1) -> bytes:
        found = self.file.read(65_536 if size < 0 else size)
        self.left, self.piece = self.left - len(found), self.piece - len(found)
        if self.left < 0 or self.piece < 0:
            raise Unreadable("too_large")
        return found


def _texts(archive: zipfile.ZipFile, limits: Limits) -> list[str]:
    found: list[str] = []
    for element in _elements(archive, "xl/sharedStrings.xml", limits, "si"):
        found.append(_plain_text(element))
        if len(found) > limits.rows * limits.columns:
            raise Unreadable("too_many_lines")
    return found


def _plain_text(element: Element) -> str:
    """Return the text of a cell, of all its runs, without the reading aid of Japanese."""
    parts = [element.findtext("t") or ""]
    parts += [run.findtext("t") or "" for run in element.findall("r")]
    return "".join(parts)[:LONGEST_CELL].strip()


def _day_styles(archive: zipfile.ZipFile, limits: Limits) -> set[int]:
    """Return which styles of cells show a number as a day."""
    own: set[int] = set()
    styles: set[int] = set()
    for element in _elements(archive, "xl/styles.xml", limits, "numFmt", "cellXfs"):
        if element.tag == "numFmt":
            code = re.sub(r'"[^"]*"|\[[^\]]*\]', "", element.get("formatCode", "")[:200])
            if DAYLIKE.search(code) and "General" not in code:
                own.add(_whole(element.get("numFmtId", "")))
        else:
            for place, style in enumerate(element):
                if _whole(style.get("numFmtId", "")) in own | DATE_FORMATS:
                    styles.add(place)
    return styles


def _rows(
    archive: zipfile.ZipFile, name: str, limits: Limits, texts: list[str], days: set[int]
) -> Iterator[list[str]]:
    following = 0
    for count, element in enumerate(_elements(archive, name, limits, "row")):
        row: list[str] = []
        for cell in element.findall("c"):
            place = _place(cell.get("r", ""), len(row))
            if place >= limits.columns:
                break
            row.extend([""] * (place - len(row) + 1))
            row[place] = _cell(cell, texts, days)
        number = max(_whole(element.get("r", "")) - 1, following) if any(row) else following
        if max(count, number) > limits.rows:
            raise Unreadable("too_many_lines")
        yield from ([] for _ in range(number - following))  # rows that a file does not hold are blank
        following = number + 1
        yield row


def _place(name: str, following: int) -> int:
    """Return the column of a cell, ``C7`` is 2; a cell without a name follows the one before."""
    found = COLUMN.match(name)
    place = 0
    for letter in found[0] if found else "":
        place = place * 26 + ord(letter) - ord("A") + 1
    return max(place - 1, following) if found else following


def _cell(cell: Element, texts: list[str], days: set[int]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext("v") or ""
    if kind == "inlineStr":
        inner = cell.find("is")
        return "" if inner is None else _plain_text(inner)
    if kind == "s":
        place = _whole(value)
        return texts[place] if 0 <= place < len(texts) else ""
    if kind == "n" and value:
        return _number(value, is_day=_whole(cell.get("s", "")) in days)
    return value[:LONGEST_CELL].strip()


def _number(text: str, *, is_day: bool) -> str:
    """Return a number as a spreadsheet shows it: 15 digits, or the day that it stands for."""
    if len(text) > 40:
        return text[:LONGEST_CELL]
    try:
        found = FIFTEEN.create_decimal(text)
    except InvalidOperation:
        return text
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return text
    if is_day and int(found) in SERIALS:
        return (FIRST_SERIAL + timedelta(days=int(found))).isoformat()
    return format(found.normalize(FIFTEEN) + Decimal(0), "f")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
