"""What the limits of a measured value must look like; every fault at the field it concerns."""

from decimal import Decimal
from typing import Any

from devices.rules.meters import LARGEST, MOST_DECIMALS
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_SOURCE = 200
TEXTS = {
    "unknown_gauge": gettext_noop("The device has no measured value of that key."),
    "bad_limit": gettext_noop("Send a number between −10^18 and 10^18, with 18 decimals at most."),
    "limits_crossed": gettext_noop("The upper limit must be above the lower one, {low}."),
    "limit_without_source": gettext_noop(
        "Say where the limit comes from, such as the maker's manual and its page."
    ),
    "source_without_limit": gettext_noop("Give a limit, too, or leave the source out."),
    "source_too_long": gettext_noop("This may have {most} characters at most."),
}


def limit_flaws(*, known: bool, low: Decimal | None, high: Decimal | None, source: str) -> list[Flaw]:
    """
    Return what is wrong with limits in the unit of a channel; ``known``: there is such a measured value.

    Either may be missing; whoever names one says where it comes from. None at all takes them away.
    """
    flaws = [] if known else [_flaw("/channel", "unknown_gauge")]
    given = {"warn_low": low, "warn_high": high}
    bad = [f"/{name}" for name, value in given.items() if value is not None and not _sound(value)]
    flaws += [_flaw(pointer, "bad_limit") for pointer in bad]
    if not bad and low is not None and high is not None and low >= high:
        flaws.append(_flaw("/warn_high", "limits_crossed", low=f"{low:f}"))
    return flaws + _source_flaws(source, any(value is not None for value in given.values()))


def _source_flaws(source: str, limited: bool) -> list[Flaw]:
    if limited and not source.strip():
        return [_flaw("/limits_source", "limit_without_source")]
    if source and not limited:
        return [_flaw("/limits_source", "source_without_limit")]
    if len(source) > LONGEST_SOURCE:
        return [_flaw("/limits_source", "source_too_long", most=LONGEST_SOURCE)]
    return []


def _sound(value: Decimal) -> bool:
    if not value.is_finite() or abs(value) >= LARGEST:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
