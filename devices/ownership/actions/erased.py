"""Say of what is handed out which readings were erased: an answer without them would be half the truth."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from devices.models import Channel
from devices.ownership.rules.segments import Erased
from devices.rules.readings import instant

if TYPE_CHECKING:
    from devices.ownership.actions.access import Series


def marked(*, series: "Series", channel: Channel, erased: Iterable[Erased]) -> "Series":
    """Name in a series what is erased of its time, and leave nothing of that in it."""
    met = tuple(
        replace(one, period=time)
        for one in erased
        if one.concerns(channel.key, channel.retention)
        and (time := one.period.intersect(series.period)) is not None
    )
    if not met:
        return series
    times = [(instant(one.period.start), instant(one.period.end)) for one in met if one.period.end]
    return replace(
        series,
        points=tuple(pair for pair in series.points if not _inside(pair[0], pair[0] + 1, times)),
        buckets=tuple(one for one in series.buckets if not _inside(one.start, one.end, times)),
        erased=met,
    )


def _inside(start: int, end: int, times: Iterable[tuple[int, int]]) -> bool:
    return any(start < until and end > since for since, until in times)
