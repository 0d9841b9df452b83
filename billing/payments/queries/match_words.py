"""Reasons of the matcher in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext


def sentences(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return stored reasons as sentences."""
    return [_sentence(str(one["msgid"]), one["params"]) for one in reasons]


def _sentence(msgid: str, params: Mapping[str, str]) -> str:
    return gettext(msgid).format(**params)
