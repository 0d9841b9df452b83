"""
Spreadsheets: a table as an XLSX file. The only importer of ``xlsxwriter``.

Numbers and days are cells of their kind, as many places shown as a number has; every text is a text, whatever
it begins with. The same rows give the same bytes.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, Final

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS: Final = 1_048_576  # of a sheet, the heading included
DIGITS: Final = 15  # a spreadsheet keeps no more of a number
WIDEST, NARROWEST = 60, 6  # of a column, in characters
MEASURED: Final = 500  # rows by which columns are as wide as they are
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 (a property without a zone; none of ours, so that bytes repeat)
QUOTED = ("=", "+", "-", "@", "\t", "\r")
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class SheetTooLarge(NotPossible):
    """The table has more rows, or longer texts, than a spreadsheet can hold."""

    code = "sheet_too_large"
    text = gettext_noop(
        "A spreadsheet holds 1,048,576 rows and 32,767 characters a cell. Filter the table or take it as CSV."
    )


def write(file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """
    Write a table of one sheet with a heading that stays in sight.

    Cells are ``str``, ``int``, ``Decimal``, ``date``, a local ``datetime``, or ``None``. One row at a time is
    in memory; the others wait in a temporary folder. A number of more than 15 digits is written as text, so
    that none of them is lost.

    :raises SheetTooLarge: if it does not fit
    """
    import xlsxwriter  # by whoever writes a sheet, not at the start of every process

    with TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(file, OPTIONS | {"tmpdir": folder})
        try:
            book.set_properties({"created": CREATED})
            _Sheet(book, columns).fill(rows)
        finally:
            book.close()


class _Sheet:
    """The one sheet of a file while its rows are written."""

    def __init__(self, book: "Workbook", columns: Sequence[str]) -> None:
        self.book, self.sheet = book, book.add_worksheet()
        self.formats: dict[str, Format] = {}
        self.widths = [NARROWEST] * len(columns)
        self.last = 0
        bold = book.add_format({"bold": True})
        for place, name in enumerate(columns):
            self._text(place, name, bold)
        self.sheet.freeze_panes(1, 0)

    def fill(self, rows: Iterable[Sequence[object]]) -> None:
        """Write the rows below the heading, then widths and the means to filter."""
        for row in rows:
            self.last += 1
            if self.last >= MOST_ROWS:
                raise SheetTooLarge
            for place, cell in enumerate(row):
                self._cell(place, cell)
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, min(width, WIDEST) + 2)
        if self.widths:
            self.sheet.autofilter(0, 0, self.last, len(self.widths) - 1)

    def _cell(self, place: int, cell: object) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, date):
            self._day(place, cell)
        elif isinstance(cell, Decimal | int):
            self._number(place, cell)
        else:
            self._text(place, str(cell))

    def _number(self, place: int, number: Decimal | int) -> None:
        _sign, digits, exponent = Decimal(number).as_tuple()
        if len(digits) > DIGITS:
            return self._text(place, str(number))
        places = max(0, -int(exponent))
        shown = f"#,##0.{'0' * places}" if places else "0"
        self._wide(place, str(number) + "," * ((len(digits) - places) // 3))
        self.sheet.write_number(self.last, place, number, self._format(shown))
        return None

    def _day(self, place: int, day: date) -> None:
        is_moment = isinstance(day, datetime)
        shown = "yyyy-mm-dd hh:mm:ss" if is_moment else "yyyy-mm-dd"
        local: Any = day.replace(tzinfo=None) if isinstance(day, datetime) else day
        self._wide(place, shown)
        self.sheet.write_datetime(self.last, place, local, self._format(shown))

    def _text(self, place: int, text: str, form: "Format | None" = None) -> None:
        self._wide(place, text)
        marked = form or (self._format("@") if text.startswith(QUOTED) else None)
        if self.sheet.write_string(self.last, place, text, marked):
            raise SheetTooLarge

    def _wide(self, place: int, text: str) -> None:
        if self.last > MEASURED:
            return
        width = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text[:WIDEST])
        self.widths[place] = max(self.widths[place], width)

    def _format(self, shown: str) -> "Format":
        """Return a format once for all cells; ``@`` keeps a text one, also when somebody edits it."""
        if shown not in self.formats:
            quoted = {"quote_prefix": True} if shown == "@" else {}
            self.formats[shown] = self.book.add_format({"num_format": shown} | quoted)
        return self.formats[shown]
