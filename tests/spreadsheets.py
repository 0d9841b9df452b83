"""Spreadsheets that pages hand out, opened by another program than the one that wrote them."""

import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from python_calamine import CalamineWorkbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def opened(answer: Any) -> list[list[Any]]:
    """Return heading and rows of an XLSX file."""
    assert answer["Content-Type"] == XLSX
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def cells(answer: Any) -> list[list[str]]:
    """Return heading and rows of a CSV file."""
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def both(client: Any, address: str, asked: dict[str, str]) -> tuple[list[list[str]], list[list[Any]]]:
    """
    Return a table as CSV and as XLSX, once they have been found the same, cell by cell.

    Texts are texts in both; numbers and days of the CSV are numbers and days in the XLSX.
    """
    written = cells(client.get(address, asked | {"format": "csv"}))
    read = opened(client.get(address, asked | {"format": "xlsx"}))
    assert len(written) == len(read)
    for texts, row in zip(written, read, strict=True):
        assert len(texts) == len(row)
        for text, cell in zip(texts, row, strict=True):
            assert _same(text, cell), f"{text!r} is not {cell!r}"
    return written, read


def _same(text: str, cell: Any) -> bool:
    if isinstance(cell, date):
        return text == str(cell)
    if isinstance(cell, float):
        try:
            return abs(Decimal(text) - Decimal(str(cell))) < Decimal("1e-9")
        except InvalidOperation:
            return False
    return text.removeprefix("'") == cell
