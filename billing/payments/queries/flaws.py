"""What is wrong with a file of a bank, in the language of the reader."""

from typing import Any

from django.utils.translation import gettext as _

from billing.payments.models import StatementFile


def shown_flaws(file: StatementFile) -> list[dict[str, str]]:
    """Return pointer, code and sentence of each flaw."""
    return [_shown(**each) for each in file.flaws]


def _shown(*, pointer: str, code: str, text: str, facts: dict[str, Any]) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": _(text).format(**facts)}
