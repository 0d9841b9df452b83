"""Files that are handed out: PDF over REST, and tables as CSV and XLSX, the same everywhere."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer

from marketplace.gateway import sheets
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Invalid

IN_MEMORY: Final = 2_000_000  # bytes; what is larger goes through a file on disk
MOST_DIGITS: Final = 15
MOST_ROWS: Final = 100_000  # of a list that is handed out as a file
AT_ONCE: Final = 2_000  # rows in memory
# The full-width signs are read as the others where Chinese or Japanese is written.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class PdfRenderer(JSONRenderer):
    """Lets a client ask for a PDF file; refusals are JSON as everywhere."""

    media_type = MEDIA_TYPE
    format = "pdf"


class CsvRenderer(JSONRenderer):
    """Lets a client ask for a CSV file; refusals are JSON as everywhere."""

    media_type = "text/csv"
    format = "csv"


class XlsxRenderer(JSONRenderer):
    """Lets a client ask for an XLSX file; refusals are JSON as everywhere."""

    media_type = sheets.MEDIA_TYPE
    format = "xlsx"


class UnknownFormat(Invalid):
    """A table is asked for in a form that it has not."""

    code = "unknown_format"
    text = gettext_noop("There is no format “{asked}”. There are: {known}.")


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """Hand out a PDF file to save under a name."""
    given = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=given)


def asked_format(request: HttpRequest) -> str:
    """
    Return the format of ``?format=``; empty if the page itself is asked for.

    :raises UnknownFormat: if there is no such format
    """
    asked = request.GET.get("format", "")
    if asked and asked not in FORMATS:
        raise UnknownFormat(asked=asked[:40], known=", ".join(FORMATS))
    return asked


def table_answer(
    form: str, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponseBase:
    """
    Hand out a table as ``name.csv`` or ``name.xlsx``: the same cells in both, row by row.

    Cells are texts, whole numbers, ``Decimal``, days, and ``None`` for nothing. Rows are taken once and never
    held together: memory does not grow with them. Nothing is sent before the last one, so a table is whole.

    :raises sheets.SheetTooLarge: if it does not fit into a spreadsheet
    """
    write, media_type = FORMATS[form]
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
    try:
        write(file, columns, rows)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    given: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if size > IN_MEMORY:
        return FileResponse(file, content_type=media_type, headers=given | {"Content-Length": str(size)})
    with file:
        return HttpResponse(file.read(), content_type=media_type, headers=given)


def list_answer(
    form: str,
    name: str,
    columns: Sequence[str],
    found: QuerySet[Any],
    cells: Callable[[Any], Sequence[object]],
    most: int = MOST_ROWS,
) -> HttpResponseBase:
    """
    Hand out what a list page shows, all its pages, as :func:`table_answer` does; ``cells`` is one row.

    Rows are fetched a part at a time. After ``most`` of them the file ends with a line that says so; the page
    says it beforehand, by ``count=`` of ``{% exports %}``.

    :raises sheets.SheetTooLarge: if a text is too long for a spreadsheet
    """
    return table_answer(form, name, columns, _bounded(found, cells, most))


def _bounded(
    found: QuerySet[Any], cells: Callable[[Any], Sequence[object]], most: int
) -> Iterator[Sequence[object]]:
    for place, one in enumerate(found[: most + 1].iterator(AT_ONCE)):
        if place == most:
            yield [_("The file ends after {most} rows. Filter the list to get the others.").format(most=most)]
            return
        yield cells(one)


def moment_cell(at: datetime | None) -> datetime | None:
    """Return a moment as a cell: local, to the minute, a date for spreadsheets; nothing for nothing."""
    return None if at is None else timezone.localtime(at).replace(tzinfo=None, second=0, microsecond=0)


def _csv(file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write UTF-8 with its mark, so that a spreadsheet reads Chinese and runs nothing."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    text.detach()


def _safe(cell: object) -> str:
    """
    Write a cell; a text that a spreadsheet would run gets an apostrophe before it.

    So does one of more digits than a spreadsheet keeps of a number: those of e-invoices have 20.
    """
    text = "" if cell is None else str(cell)
    is_number = text.isdecimal() and len(text) > MOST_DIGITS
    return f"'{text}" if isinstance(cell, str) and (text.startswith(DANGEROUS) or is_number) else text


FORMATS: Final[dict[str, tuple[Callable[..., None], str]]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (sheets.write, sheets.MEDIA_TYPE),
}
