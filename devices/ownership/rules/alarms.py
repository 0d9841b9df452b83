"""
Severe alarms: around them the owner may read the condition of its machine in full.

A condition is ``LEVEL|code|severity|qualifier|text`` and an alarm is one of level FAULT. Sources say a fault
again and again while it lasts; said again within an hour it is the same alarm, so that repeating one never
holds a window open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from devices.ownership.rules.segments import Segment
from devices.rules.readings import moment
from marketplace.shared.period import Period

FAULT = "FAULT"
AROUND = timedelta(minutes=10)
SAME = timedelta(hours=1)
MOST = 1_000
SHOWN_PARTS = 3  # level, code and severity; the text may name a program


class Alarm(NamedTuple):
    """A fault as it was said: at (microseconds), which (channel and code)."""

    at: int
    channel: str
    code: str


def alarm(channel: str, at: int, value: object) -> Alarm | None:
    """Return a reading of a condition as an alarm, or nothing."""
    if not isinstance(value, str):
        return None
    level, code, *_ = (*value.split("|"), "")
    return Alarm(at, channel, code) if level == FAULT else None


def begun(said: Iterable[Alarm]) -> list[int]:
    """Return when alarms began, in order; ``said`` may come in any order."""
    last: dict[tuple[str, str], int] = {}
    found = []
    for one in sorted(said):
        key = one.channel, one.code
        if key not in last or one.at - last[key] > SAME // timedelta(microseconds=1):
            found.append(one.at)
        last[key] = one.at
    return found


def looked_at(segment: Period, within: Period) -> Period | None:
    """Return the time in which faults must be known to tell which windows reach into a segment."""
    start = segment.start - AROUND - SAME
    end = None if segment.end is None else segment.end + AROUND
    return Period(start, end).intersect(within)


def windows(beginnings: Iterable[int], within: Period) -> list[Period]:
    """Return the time around alarms, joined where it touches, never outside of ``within``."""
    found: list[Period] = []
    for at in beginnings:
        one = Period(moment(at) - AROUND, moment(at) + AROUND).intersect(within)
        if one is None:
            continue
        if found and found[-1].end is not None and one.start <= found[-1].end:
            one = Period(found.pop().start, one.end)
        found.append(one)
    return found


def cut(segment: Segment, around: Sequence[Period]) -> list[Segment]:
    """Split a segment at the edges of the windows, and mark the pieces that lie in one."""
    edges = [edge for one in around for edge in (one.start, one.end) if edge is not None]
    return [
        replace(segment, period=piece, alarmed=any(one.contains(piece.start) for one in around))
        for piece in segment.period.split(edges)
    ]


def without_text(value: object) -> object:
    """Leave of a condition its level, code and severity."""
    return "|".join(value.split("|")[:SHOWN_PARTS]) if isinstance(value, str) else value
