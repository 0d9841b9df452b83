"""
General terms in versions: a change is published seven days before it takes effect (E-commerce Law, 34).

What was offered before that stays under the version of its time; whoever refuses the new one leaves under the
old rules.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from leasing.rules.canonical import digest as digest_of
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

NOTICE = timedelta(days=7)
LONGEST_TEXT = 50_000

TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "too_soon": gettext_noop(
        "A new version takes effect {days} days after it is published, or later: from {earliest} on."
    ),
    "before_the_last": gettext_noop(
        "The version before takes effect on {last}. A new one cannot take effect before that."
    ),
}


class Kind(StrEnum):
    """What general terms are about."""

    TERMS = "TERMS"
    COUNT_RULE = "COUNT_RULE"
    DATA_TERMS = "DATA_TERMS"


def flaws(
    *, text_zh: str, text_en: str, effective_at: datetime, last: datetime | None, at: datetime
) -> list[Flaw]:
    """Return what is wrong with a new version; ``last`` is when the one before takes effect."""
    found = []
    for name, text in (("text_zh", text_zh), ("text_en", text_en)):
        if not text.strip():
            found.append(Flaw(f"/{name}", "required", TEXTS["required"]))
        elif len(text) > LONGEST_TEXT:
            most = {"most": LONGEST_TEXT}
            found.append(Flaw(f"/{name}", "too_long_text", TEXTS["too_long_text"], most))
    if effective_at < at + NOTICE:
        facts = {"days": NOTICE.days, "earliest": _said(at + NOTICE)}
        found.append(Flaw("/effective_at", "too_soon", TEXTS["too_soon"], facts))
    elif last is not None and effective_at < last:
        facts = {"last": _said(last)}
        found.append(Flaw("/effective_at", "before_the_last", TEXTS["before_the_last"], facts))
    return found


def digest(*, kind: str, version: int, text_zh: str, text_en: str) -> str:
    """Return the fingerprint by which a contract names a version."""
    return digest_of({"kind": kind, "version": version, "text_zh": text_zh, "text_en": text_en})


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"
