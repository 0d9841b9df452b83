"""Resolutions in their written form: ISO 8601 durations of weeks, days, hours, minutes and seconds."""

import re

from devices.ownership.rules.defaults import SECOND

UNITS = {"W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1}
SHORTEST, LONGEST = 1, 366 * 86_400
MOST_BUCKETS = 10_000
_DURATION = re.compile(
    r"P(?=[0-9T])(?:(?P<W>[0-9]{1,2})W)?(?:(?P<D>[0-9]{1,3})D)?"
    r"(?:T(?=[0-9])(?:(?P<H>[0-9]{1,4})H)?(?:(?P<M>[0-9]{1,6})M)?(?:(?P<S>[0-9]{1,8})S)?)?",
    re.ASCII,
)


def read(text: str) -> int | None:
    """Return a duration in microseconds; nothing if it is none, or is not from a second to 366 days long."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    seconds = sum(int(count) * UNITS[unit] for unit, count in found.groupdict().items() if count)
    return seconds * SECOND if SHORTEST <= seconds <= LONGEST else None


def write(interval: int | str | None) -> str | None:
    """Write microseconds as a duration, days first; a word (``whole``) and nothing stay what they are."""
    if not isinstance(interval, int):
        return interval
    rest, micros = divmod(interval, SECOND)
    parts: dict[str, str] = {}
    for unit in "DHM":
        count, rest = divmod(rest, UNITS[unit])
        parts[unit] = f"{count}{unit}" if count else ""
    last = f"{rest}.{micros:06d}S" if micros else f"{rest}S" if rest else ""
    time = parts["H"] + parts["M"] + last
    return f"P{parts['D']}" + (f"T{time}" if time else "") if parts["D"] or time else "PT0S"
