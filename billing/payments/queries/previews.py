"""The first rows of a table whose columns somebody is to name, and what is proposed for them."""

from dataclasses import dataclass
from typing import Any

from billing.payments.models import StatementFile
from billing.payments.rules.statements import guessing, reading, tables
from billing.payments.rules.statements.dialects import BadDialect, Dialect, from_document
from billing.payments.rules.statements.parsed import ParsedStatement, Unreadable

SHOWN = 12


@dataclass(frozen=True)
class Preview:
    """Rows as the file has them, the document by which they are read, and the lines that this gives."""

    rows: list[list[str]]
    document: dict[str, Any] | None
    statement: ParsedStatement | None
    is_remembered: bool = False

    @property
    def headings(self) -> list[str]:
        """Cells of the row that most likely has the headings: the one with the most of them."""
        return max(self.rows, key=lambda row: sum(bool(cell) for cell in row), default=[])


def preview(file: StatementFile, tried: dict[str, Any] | None = None) -> Preview:
    """Return how a table would be read: by ``tried``, else as remembered of its account, else as proposed."""
    remembered = file.bank_account.dialects.order_by("-version").first()
    known = remembered.document if remembered is not None else None
    dialect = _dialect(tried if tried is not None else known)
    try:
        rows = reading.rows_of(bytes(file.content), dialect)
    except Unreadable:
        return Preview([], None, None)
    found = None if dialect is None else tables.read(rows[: guessing.SAMPLE], dialect)
    if found is None and tried is None:
        proposed = guessing.guess(rows)
        if proposed is not None:
            return Preview(rows[:SHOWN], proposed[0].document(), proposed[1])
    document = None if dialect is None else dialect.document()
    return Preview(rows[:SHOWN], document, found, tried is None and found is not None)


def _dialect(document: dict[str, Any] | None) -> Dialect | None:
    try:
        return None if document is None else from_document(document)
    except BadDialect:
        return None
