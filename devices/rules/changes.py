"""
Recorded changes of counters: where one stopped and where its successor began.

A person writes down a moment, a machine stamps its own, so the two are near each other and no more. A record
is *borne out* by a reading that the old counter cannot have given: one below its mark, or one above the final
reading once the moment is over. Then growth on both sides counts. A record that nothing bears out within a
quarter of an hour is not believed: the counter is read on as before, and what the record would add is held.
"""

from enum import Enum
from typing import NamedTuple

from devices.rules.readings import Number

LEEWAY = 15 * 60 * 1_000_000


class Change(NamedTuple):
    """At ``at`` (µs), a counter that read ``final`` was followed by one that read ``first``."""

    at: int
    final: Number
    first: Number


class Sign(Enum):
    """What a reading says of a recorded change."""

    NOT_YET = "NOT_YET"
    BORNE_OUT = "BORNE_OUT"
    NOT_BORNE_OUT = "NOT_BORNE_OUT"


def sign(change: Change, mark: Number, value: Number, at: int) -> Sign:
    """Say what a reading of ``value`` at ``at`` says of a change, for a counter that stands at ``mark``."""
    if at < change.at:
        return Sign.NOT_YET
    if value < mark or value > change.final >= mark:
        return Sign.BORNE_OUT
    return Sign.NOT_YET if at < change.at + LEEWAY else Sign.NOT_BORNE_OUT


def explains(change: Change, at: int) -> bool:
    """Tell whether a fall at ``at``, that has turned out to be a new beginning, is this change."""
    return abs(at - change.at) <= LEEWAY
