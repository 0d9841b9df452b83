"""Say of what is handed out which readings were erased: an answer without them would be half the truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from devices.models import Channel, Device, Erasure
from devices.ownership.models import Certificate
from marketplace.shared.period import Period

if TYPE_CHECKING:
    from devices.ownership.actions.access import Series


@dataclass(frozen=True, slots=True)
class Gone:
    """A stretch of time whose readings were ordered to go; ``certificate`` when they are gone."""

    period: Period
    ordered_at: datetime
    certificate: str | None


def marked(
    *, device: Device, wanted: Mapping[str, Channel], series: "Iterable[Series]"
) -> "tuple[Series, ...]":
    """Name in each series what is erased of its time, and leave nothing of that in it."""
    found = tuple(series)
    if not found:
        return found
    start = min(one.period.start for one in found)
    ends = [one.period.end for one in found]
    whole = Period(start, None if None in ends else max(end for end in ends if end))
    erasures = list(Erasure.objects.meeting(device, whole).order_by("period", "pk"))
    if not erasures:
        return found
    named = _certificates(erasures)
    return tuple(_marked(one, wanted[one.channel], erasures, named) for one in found)


def gone_of(*, device: Device, period: Period) -> list[tuple[Erasure, str | None]]:
    """Return what was erased of a device in a period, each with its certificate if there is one."""
    found = list(Erasure.objects.meeting(device, period).order_by("period", "retention"))
    named = _certificates(found) if found else {}
    return [(one, named.get(one.reference)) for one in found]


def _certificates(erasures: Iterable[Erasure]) -> dict[str, str]:
    found = Certificate.objects.filter(duty__public_id__in={one.reference for one in erasures})
    return dict(found.values_list("duty__public_id", "public_id"))


def _marked(
    series: "Series", channel: Channel, erasures: Iterable[Erasure], named: Mapping[str, str]
) -> "Series":
    met = [
        (time, one)
        for one in erasures
        if one.concerns(channel.key, channel.retention)
        and (time := one.span.intersect(series.period)) is not None
    ]
    times = [one.time for _, one in met]
    return replace(
        series,
        points=tuple(pair for pair in series.points if not _inside(pair[0], pair[0] + 1, times)),
        buckets=tuple(one for one in series.buckets if not _inside(one.start, one.end, times)),
        erased=tuple(Gone(time, one.ordered_at, named.get(one.reference)) for time, one in met),
    )


def _inside(start: int, end: int, times: Iterable[tuple[int, int]]) -> bool:
    return any(start < until and end > since for since, until in times)
