"""
Ending a lease because the other side does not keep it: after a notice with time to cure, or at once.

At once, for what cannot be cured or where the law asks for no time (Civil Code, Articles 711, 716, 724, 731).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from leasing.rules.leases import Side
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

SHORTEST_CURE = timedelta(days=3)
LONGEST_CURE = timedelta(days=90)
LONGEST_TEXT = 2000
TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_soon": gettext_noop("Give the other side {days} days at least."),
    "too_far": gettext_noop("Give the other side {days} days at most."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
}


class Ground(StrEnum):
    """Why a lease is terminated: a default that was not cured, or something grave."""

    DEFAULT = "DEFAULT"
    MISUSE = "MISUSE"
    SUBLET_WITHOUT_CONSENT = "SUBLET_WITHOUT_CONSENT"
    REMOVED = "REMOVED"
    UNUSABLE = "UNUSABLE"
    DANGEROUS = "DANGEROUS"


# Who may terminate at once for what.
GRAVE: Mapping[Ground, Side] = {
    Ground.MISUSE: Side.LESSOR,
    Ground.SUBLET_WITHOUT_CONSENT: Side.LESSOR,
    Ground.REMOVED: Side.LESSOR,
    Ground.UNUSABLE: Side.LESSEE,
    Ground.DANGEROUS: Side.LESSEE,
}


def flaws(*, text: str, cure_until: datetime, at: datetime) -> list[Flaw]:
    """Return what is wrong with a notice of default, each at its field."""
    found = []
    if not text.strip():
        found.append(_flaw("/text", "required"))
    if len(text) > LONGEST_TEXT:
        found.append(_flaw("/text", "too_long_text", most=LONGEST_TEXT))
    if cure_until < at + SHORTEST_CURE:
        found.append(_flaw("/cure_until", "too_soon", days=SHORTEST_CURE.days))
    if cure_until > at + LONGEST_CURE:
        found.append(_flaw("/cure_until", "too_far", days=LONGEST_CURE.days))
    return found


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
