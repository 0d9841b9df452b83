"""Reads the cells of a bank's tables by the one reader; what cannot be read is told as of a bank."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from billing.payments.rules.statements.parsed import MOST_LINES, Unreadable, flaw
from marketplace.rules import spreadsheets
from marketplace.rules.spreadsheets import DELIMITERS, ENCODINGS, Limits, delimiter_of

LIMITS: Final = Limits(rows=MOST_LINES + 1_000)  # an honest XLSX of 200,000 lines unpacks to 100 MB
WORDS: Final = {"nothing_in_it": "no_statement"}


def decoded(data: bytes, encodings: tuple[str, ...] | list[str] = ENCODINGS) -> tuple[str, str]:
    """
    Return a text and how it was written: by its mark, else by the first encoding that fits without a fault.

    :raises Unreadable: if none does
    """
    with _said():
        return spreadsheets.decoded(data, encodings)


def csv_rows(text: str, delimiter: str = "") -> list[list[str]]:
    """
    Return the cells of each row; the sign between them is guessed if it is not said.

    :raises Unreadable: if there are more rows than are read, or it is no text
    """
    with _said():
        return spreadsheets.csv_rows(text, LIMITS, delimiter)


def xlsx_rows(data: bytes) -> list[list[str]]:
    """
    Return the cells of the first sheet that has rows, days as 2026-11-05.

    :raises Unreadable: if it is no whole XLSX, or larger than is read
    """
    with _said():
        return spreadsheets.xlsx_rows(data, LIMITS)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except spreadsheets.Unreadable as error:
        raise Unreadable(flaw(WORDS.get(error.code, error.code))) from error


__all__ = ["DELIMITERS", "ENCODINGS", "csv_rows", "decoded", "delimiter_of", "xlsx_rows"]
