"""Reasons of the matcher in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

PASSES = {
    "HAND": gettext_noop("by a person"),
    "P1": gettext_noop("by the payment reference"),
    "P2": gettext_noop("by an order or payout of ours"),
    "P3": gettext_noop("by a known account and the amount"),
    "P4": gettext_noop("by a known account and the sum of several invoices"),
    "P5": gettext_noop("by a reference with one wrong digit"),
    "P6": gettext_noop("by a rule"),
    "P7": gettext_noop("by a similar name and the amount"),
    "P8": gettext_noop("by several transfers that make one invoice"),
}


def sentences(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return stored reasons as sentences."""
    return [_sentence(str(one["msgid"]), one["params"]) for one in reasons]


def pass_name(match_pass: str) -> str:
    """Return how something was matched in words; nothing where nobody says how."""
    return gettext(PASSES[match_pass]) if match_pass in PASSES else match_pass


def _sentence(msgid: str, params: Mapping[str, str]) -> str:
    return gettext(msgid).format(**params)
