"""Reads a file of a bank, whatever it is: tells its format by what it holds, never by its name."""

import re
from dataclasses import replace
from typing import Final

from billing.payments.rules.statements import camt, guessing, mt940, ofx, sheets, tables
from billing.payments.rules.statements.dialects import Dialect
from billing.payments.rules.statements.parsed import (
    MOST_BYTES,
    ParsedStatement,
    ReadFile,
    Unreadable,
    checked,
    flaw,
)

TABLE, CAMT, MT940, OFX = "TABLE", "CAMT", "MT940", "OFX"
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
HEAD: Final = 4_000  # bytes in which a format shows itself
FIRST_FIELD: Final = re.compile(r"^:20:", re.MULTILINE)
OTHER_FIELD: Final = re.compile(r"^:(60[FM]?|61|62[FM]?|25):", re.MULTILINE)
OFX_HEAD: Final = re.compile(r"OFXHEADER|<OFX>|<\?OFX", re.IGNORECASE)


class Unmapped(Unreadable):
    """A table whose columns nobody named yet, or that has other columns than the account's last one."""


def read(data: bytes, dialect: Dialect | None = None, currency: str = "") -> ReadFile:
    """
    Return the statements of a file.

    A table is read by ``dialect``; without one, or where it has other headings, by what ``guessing``
    proposes, if each of its lines can be read and its balances hold as far as it has any. ``currency`` is
    that of the account, for tables that name none.

    :raises Unmapped: if a table needs somebody to name its columns
    :raises Unreadable: if it is no statement, damaged, or too large
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(flaw("too_large"))
    if not data.strip():
        raise Unreadable(flaw("empty"))
    form, text = form_of(data)
    if form == CAMT:
        return ReadFile(form, checked(camt.read(data)))
    if form == MT940:
        return ReadFile(form, checked(mt940.read(text)))
    if form == OFX:
        return ReadFile(form, checked(ofx.read(text)))
    return ReadFile(form, checked([_in(_table(data, text, dialect), currency)]))


def _in(statement: ParsedStatement, currency: str) -> ParsedStatement:
    """Return a statement that names no currency in the one of its account."""
    if statement.currency:
        return statement
    lines = tuple(line if line.currency else replace(line, currency=currency) for line in statement.lines)
    return replace(statement, currency=currency, lines=lines)


def form_of(data: bytes) -> tuple[str, str]:
    """
    Return a file's format, and its text if it is one.

    :raises Unreadable: if it is none that is read
    """
    if data.startswith(ZIP):
        return TABLE, ""
    if data.startswith(OLD_EXCEL):
        raise Unreadable(flaw("old_excel"))
    head = data[:HEAD].decode("latin-1")
    bare = head.lstrip("\ufeff\xef\xbb\xbf \r\n\t").replace("\x00", "")
    if "BkToCstmrStmt" in bare:
        return CAMT, ""
    if OFX_HEAD.search(bare):
        return OFX, sheets.decoded(data, [*ofx.encodings(head), *sheets.ENCODINGS])[0]
    if bare.startswith(("<", "%PDF")):
        raise Unreadable(flaw("no_statement" if bare.startswith("<?xml") else "unknown_format"))
    text, _ = sheets.decoded(data)
    if FIRST_FIELD.search(text) and OTHER_FIELD.search(text):
        return MT940, text
    return TABLE, text


def rows_of(data: bytes, dialect: Dialect | None = None) -> list[list[str]]:
    """
    Return the cells of a table, for a person to name its columns.

    :raises Unreadable: if it is no table
    """
    form, text = form_of(data)
    return _rows(data, text, dialect) if form == TABLE else []


def _rows(data: bytes, text: str, dialect: Dialect | None) -> list[list[str]]:
    if data.startswith(ZIP):
        return sheets.xlsx_rows(data)
    if dialect is not None and dialect.encoding:
        text, _ = sheets.decoded(data, [dialect.encoding, *sheets.ENCODINGS])
    return sheets.csv_rows(text.removeprefix("\ufeff"), "" if dialect is None else dialect.delimiter)


def _table(data: bytes, text: str, dialect: Dialect | None) -> ParsedStatement:
    rows = _rows(data, text, dialect)
    if dialect is not None:
        statement = tables.read(rows, dialect)
        if statement is not None:
            return statement
    proposed = guessing.guess(rows)
    statement = None if proposed is None else tables.read(rows, proposed[0])
    if proposed is None or statement is None or not guessing.is_proved(proposed[0], statement):
        raise Unmapped(flaw("no_columns"))
    return statement
