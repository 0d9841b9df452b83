"""Every error code of the house, gathered from the classes that carry them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.shared.errors import DomainError


@dataclass(frozen=True)
class CodeRow:
    """One row of the page of error codes."""

    code: str
    status: int
    text: str
    about: str


def error_classes(root: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """Return every loaded subclass of ``root``, deepest last."""
    found = []
    for child in root.__subclasses__():
        found.append(child)
        found += error_classes(child)
    return found


def error_code_rows() -> list[CodeRow]:
    """Return one row per code, by code."""
    rows = {
        cls.code: CodeRow(cls.code, cls.status, _(cls.text) if cls.text else "", (cls.__doc__ or "").strip())
        for cls in error_classes()
    }
    return [rows[code] for code in sorted(rows)]
