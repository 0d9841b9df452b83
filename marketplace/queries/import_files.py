"""Files about imports: the template, and the rows that came back with what is wrong with each."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.models import Import, ImportRow
from marketplace.rules.import_columns import BY_FIELD, COLUMNS, ERRORS
from marketplace.rules.import_files import EXAMPLE

Table = tuple[list[str], list[list[object]]]


def template() -> Table:
    """Return the headings in both languages, and one row as an example, which is passed over."""
    heads = [f"{one.chinese} {one.english}" for one in COLUMNS]
    example: list[object] = [
        f"{EXAMPLE}：{one.example}" if one.field == "site" else one.example for one in COLUMNS
    ]
    return heads, [example]


def rejected(found: Import) -> Table:
    """Return the rows that came back under their own headings, and one column more that says why."""
    heads = [(sent, name) for sent, name in found.headings if name != ERRORS.field]
    why = ERRORS.field if all(sent.isascii() for sent, _name in heads) else ERRORS.chinese
    rows: list[list[object]] = [
        [*(_cell(row.cells.get(name)) for _sent, name in heads), "; ".join(said(row))]
        for row in refused(found)
    ]
    return [*(sent for sent, _name in heads), why], rows


def rejected_document(found: Import) -> list[dict[str, Any]]:
    """Return the rows that came back as the objects that they were, each with its errors."""
    heads = [(sent, name) for sent, name in found.headings if name != ERRORS.field]
    return [
        {sent: row.cells[name] for sent, name in heads if name in row.cells} | {ERRORS.field: said(row)}
        for row in refused(found)
    ]


def refused(found: Import) -> Sequence[ImportRow]:
    """Return the rows that came back, in the order of the file."""
    return list(found.rows.filter(status=ImportRow.Status.REFUSED).order_by("place"))


def said(row: ImportRow) -> list[str]:
    """Return what is wrong with a row, in the reader's language: column, specification, what to do."""
    return [f"{one['column']}: {one['detail']}" for one in shown_errors(row)]


def shown_errors(row: ImportRow) -> list[dict[str, str]]:
    """Return what is wrong with a row, each with its column as people call it."""
    return [
        {"pointer": pointer, "column": column_of(pointer), "code": code, "detail": _(text).format(**facts)}
        for pointer, code, text, facts in map(itemgetter("pointer", "code", "text", "facts"), row.errors)
    ]


def column_of(pointer: str) -> str:
    """Return the name of a column in the reader's language."""
    name = pointer.lstrip("/").partition("/")[0]
    return BY_FIELD[name].label(get_language() or "zh") if name in BY_FIELD else name


def _cell(value: Any) -> str:
    """Write what was given as one cell."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}={inner}" for name, inner in value.items())
    return "" if value is None else str(value)
