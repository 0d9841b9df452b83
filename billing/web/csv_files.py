"""Tables as CSV files."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from marketplace.shared.csv_text import csv_bytes


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Answer with a file of UTF-8 with its mark; a text that a spreadsheet would run gets an apostrophe."""
    answer = HttpResponse(csv_bytes(columns, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
