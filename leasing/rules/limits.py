"""What a credit limit must hold."""

from datetime import datetime, timedelta
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.money import PLACES

MOST_MINOR = 10**15
MOST_MONTHS = 240
LONGEST_REASON = 2000
SLACK = timedelta(minutes=5)  # "from now on" may be typed a moment ago

TEXTS = {
    "required": gettext_noop("This field is required."),
    "own_limit": gettext_noop("A limit is for somebody else."),
    "out_of_range": gettext_noop("This must be from {least} to {most}."),
    "not_a_choice": gettext_noop("Choose one of: {choices}."),
    "before_start": gettext_noop("The end must lie after the start."),
    "in_the_past": gettext_noop("A limit holds from now on or later: what was approved stays approved."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
}


def flaws(
    *,
    lessor: str,
    lessee: str,
    amount_minor: int | None,
    currency: str,
    longest_months: int | None,
    valid_from: datetime,
    valid_until: datetime | None,
    reason: str,
    at: datetime,
) -> list[Flaw]:
    """Return what is wrong with a limit, each at its field; amounts are minor units."""
    found = []
    if lessor == lessee:
        found.append(_flaw("lessee", "own_limit"))
    if amount_minor is not None and not 0 <= amount_minor <= MOST_MINOR:
        found.append(_flaw("amount_minor", "out_of_range", least=0, most=MOST_MINOR))
    if currency not in PLACES:
        found.append(_flaw("currency", "not_a_choice", choices=", ".join(sorted(PLACES))))
    if longest_months is not None and not 0 <= longest_months <= MOST_MONTHS:
        found.append(_flaw("longest_months", "out_of_range", least=0, most=MOST_MONTHS))
    if valid_from < at - SLACK:
        found.append(_flaw("valid_from", "in_the_past"))
    if valid_until is not None and valid_until <= valid_from:
        found.append(_flaw("valid_until", "before_start"))
    if not reason.strip():
        found.append(_flaw("reason", "required"))
    elif len(reason) > LONGEST_REASON:
        found.append(_flaw("reason", "too_long_text", most=LONGEST_REASON))
    return found


def _flaw(field: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{field}", code, TEXTS[code], facts)
