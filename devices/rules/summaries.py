"""
A summary: what a stretch of evidence amounts to, for a person or a program that asks for the figures.
"""

from collections.abc import Sequence
from typing import NamedTuple

from devices.rules.counters import Fall
from devices.rules.gaps import Gap
from devices.rules.increments import (
    COUNTER,
    CYCLES,
    RUN,
    STATE,
    Flag,
    Window,
    add,
    total,
    windows,
)
from devices.rules.quantities import Fold, Found
from devices.rules.readings import Channel, Number


class CounterSummary(NamedTuple):
    """
    What one counter grew by.

    ``billed`` includes ``unobserved``, the growth while the source was away; ``held`` is apart from both.
    ``open_dip`` is a fall that is not explained yet: from which mark to which value.
    """

    billed: Number
    unobserved: Number
    held: Number
    resets: list[Fall]
    dips: list[Fall]
    open_dip: tuple[Number, Number] | None


class Summary(NamedTuple):
    """Times are in microseconds; ``days`` and ``hours`` hold a window for each meter that did anything."""

    run: Number
    states: dict[str, Number]
    cycles: Number
    cycles_resumed: int
    clock_back_steps: int
    counters: dict[Channel, CounterSummary]
    gaps: list[Gap]
    days: list[Window]
    hours: list[Window]


def summary(fold: Fold, found: Found, *, days: Sequence[int], hours: Sequence[int]) -> Summary:
    """
    Sum up what ``fold`` found, with windows between the edges ``days`` and ``hours``.

    The totals are of everything found; the windows of what lies between the first and last edge.
    """
    increments = found.increments
    meters = sorted({increment.meter for increment in increments})
    return Summary(
        run=total(increments, RUN),
        states={
            meter.removeprefix(STATE): total(increments, meter) for meter in meters if meter.startswith(STATE)
        },
        cycles=total(increments, CYCLES),
        cycles_resumed=fold.cycles.resumed,
        clock_back_steps=fold.run_time.back_steps,
        counters={channel: _counter(fold, found, channel) for channel in fold.counters},
        gaps=found.gaps,
        days=windows(increments, days),
        hours=windows(increments, hours),
    )


def _counter(fold: Fold, found: Found, channel: Channel) -> CounterSummary:
    meter = f"{COUNTER}{channel}"
    unobserved: Number = 0
    for increment in found.increments:
        if increment.meter == meter and increment.flags & (Flag.UNOBSERVED | Flag.HELD) == Flag.UNOBSERVED:
            unobserved = add(unobserved, increment.quantity)
    return CounterSummary(
        billed=total(found.increments, meter),
        unobserved=unobserved,
        held=total(found.increments, meter, held=True),
        resets=found.resets.get(channel, []),
        dips=found.dips.get(channel, []),
        open_dip=fold.counters[channel].open_dip,
    )
