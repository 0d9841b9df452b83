"""A bill before it is issued: until when it may be objected to, and which lines an objection freezes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leasing.rules.canonical import digest

METER = "meter:"


@dataclass(frozen=True)
class Asked:
    """A line of an invoice that may be frozen; ``net_minor`` is before tax, in minor units."""

    position: int
    component: str
    tax_category: str
    net_minor: int
    meter: str | None = None


def is_about(named: str, *, of: str, meter: str | None) -> bool:
    """
    Tell whether an objection that names a component, ``meter:`` and a meter, or nothing is about a line.

    >>> [is_about(one, of="night", meter="parts") for one in ("", "night", "meter:parts", "meter:energy")]
    [True, True, True, False]
    """
    return named in ("", of) or (meter is not None and named == METER + meter)


def open_until(
    period_end: datetime, *, grace: timedelta, least: timedelta, told: datetime | None = None
) -> datetime:
    """
    Return the moment until which a bill may be objected to, and from which on it is issued.

    It is the end of the grace, never earlier than ``least`` after the period, nor than anybody was ``told``.
    """
    until = period_end + max(grace, least)
    return until if told is None else max(until, told)


def bill_digest(parts: Iterable[tuple[str, str]]) -> str:
    """Return the fingerprint of a bill: of who sells, and the digest of each draft, in any order."""
    return digest([list(one) for one in sorted(parts)])


def to_freeze(lines: Sequence[Asked], component: str) -> list[int]:
    """
    Return the positions of the lines that an open objection freezes: those of what it names, or all if none.

    What is disputed of an invoice is what is left of a component and tax category, so one line of each is
    enough: the one that asks for most. What asks for nothing is not frozen.
    """
    found: dict[tuple[str, str], Asked] = {}
    for line in lines:
        key = line.component, line.tax_category
        known = found.get(key)
        named = is_about(component, of=line.component, meter=line.meter)
        if named and line.net_minor > (known.net_minor if known else 0):
            found[key] = line
    return sorted(line.position for line in found.values())
