"""What a meter change must look like; every fault at the field it concerns."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LARGEST, MOST_DECIMALS, LONGEST_NOTE = Decimal(10) ** 18, 18, 300
TEXTS = {
    "unknown_counter": gettext_noop(
        "The device has no counter of that key, or the record to correct is of another one."
    ),
    "change_in_future": gettext_noop("The change lies in the future. Record it when it has happened."),
    "change_too_early": gettext_noop("The change lies before the device was put into service."),
    "bad_counter_value": gettext_noop("Send a number from 0 on, below 10^18, with 18 decimals at most."),
    "bad_meter_reason": gettext_noop("Choose one of: {choices}."),
    "note_too_long": gettext_noop("This may have {most} characters at most."),
}


def change_flaws(
    *,
    known: bool,
    moment: datetime,
    final: Decimal,
    first: Decimal,
    reason: str,
    reasons: Collection[str],
    note: str,
    not_before: datetime,
    at: datetime,
) -> list[Flaw]:
    """Return what is wrong with a meter change recorded at ``at``; ``known``: there is such a counter."""
    flaws = [] if known else [_flaw("/channel", "unknown_counter")]
    if moment > at:
        flaws.append(_flaw("/at", "change_in_future"))
    elif moment < not_before:
        flaws.append(_flaw("/at", "change_too_early"))
    flaws += [
        _flaw(f"/{name}", "bad_counter_value")
        for name, value in (("final", final), ("first", first))
        if not _sound(value)
    ]
    if reason not in reasons:
        flaws.append(_flaw("/reason", "bad_meter_reason", choices=", ".join(reasons)))
    if len(note) > LONGEST_NOTE:
        flaws.append(_flaw("/note", "note_too_long", most=LONGEST_NOTE))
    return flaws


def _sound(value: Decimal) -> bool:
    if not value.is_finite() or not 0 <= value < LARGEST:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
