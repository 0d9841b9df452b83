"""What a request for a lease must hold; all faults are found at once, each at its field."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period, local_midnight

LONGEST_DAYS = 20 * 365 + 5  # twenty years: Civil Code, article 705
LONGEST_NOTE = 2000
MOST = Decimal(10) ** 9

TEXTS = {
    "required": gettext_noop("This field is required."),
    "in_the_past": gettext_noop("Choose a first day from {earliest} on."),
    "too_short": gettext_noop("This machine is leased for {minimum} days or more. Choose a later last day."),
    "too_long": gettext_noop("The law allows leases of up to twenty years. Choose an earlier last day."),
    "unknown_meter": gettext_noop("This offer does not bill “{meter}”. It bills: {meters}."),
    "negative": gettext_noop("This must not be negative."),
    "too_large": gettext_noop("This must be {most} at most."),
    "own_listing": gettext_noop("This machine is your own. You can use it without a lease."),
    "data_terms_not_read": gettext_noop(
        "This offer has data terms of its own. Read them, then send their fingerprint along: {digest}."
    ),
    "unknown_service": gettext_noop("“{service}” is not offered with this machine. Choose from its page."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
}


def period_flaws(period: Period, *, zone: ZoneInfo, minimum_days: int, at: datetime) -> list[Flaw]:
    """Return what is wrong with the days asked for; the first day may be today."""
    if period.end is None:
        return [_flaw("/ends_at", "required")]
    flaws, days = [], period.days(zone)
    today = at.astimezone(zone).date()
    if period.start < local_midnight(today, zone):
        flaws.append(_flaw("/starts_at", "in_the_past", earliest=today.isoformat()))
    if days < minimum_days:
        flaws.append(_flaw("/ends_at", "too_short", minimum=minimum_days))
    if days > LONGEST_DAYS:
        flaws.append(_flaw("/ends_at", "too_long"))
    return flaws


def usage_flaws(expected: Mapping[str, Decimal], meters: tuple[str, ...]) -> list[Flaw]:
    """Return what is wrong with the expected use."""
    flaws = []
    for meter, quantity in expected.items():
        pointer = f"/expected_usage/{meter}"
        if meter not in meters:
            known = ", ".join(meters) or "–"
            flaws.append(_flaw(pointer, "unknown_meter", meter=meter, meters=known))
        elif not quantity.is_finite() or quantity < 0:
            flaws.append(_flaw(pointer, "negative"))
        elif quantity > MOST:
            flaws.append(_flaw(pointer, "too_large", most=f"{MOST:,}"))
    return flaws


def note_flaws(note: str) -> list[Flaw]:
    """Return what is wrong with the words to the lessor."""
    return [_flaw("/note", "too_long_text", most=LONGEST_NOTE)] if len(note) > LONGEST_NOTE else []


def data_terms_flaws(given: str, *, digest: str, own: bool) -> list[Flaw]:
    """Return a flaw if data terms are accepted that were not shown; default ones bind without a word."""
    if given == digest or (not given and not own):
        return []
    return [_flaw("/data_terms_digest", "data_terms_not_read", digest=digest)]


def party_flaws(lessor: str, lessee: str) -> list[Flaw]:
    """Return a flaw if both sides are the same."""
    return [_flaw("/listing", "own_listing")] if lessor == lessee else []


def service_flaws(unknown: Sequence[str]) -> list[Flaw]:
    """Return a flaw for each service that is asked for and not offered."""
    return [_flaw("/services", "unknown_service", service=name) for name in unknown]


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
