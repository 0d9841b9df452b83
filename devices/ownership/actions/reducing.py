"""Figures instead of readings: what one interval says must not depend on what else was asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from devices import queries as telemetry
from devices.models import Channel, Device
from devices.ownership.queries import segments_of
from devices.ownership.rules import aggregates
from devices.ownership.rules.aggregates import Bucket
from devices.ownership.rules.decisions import Effect
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.segments import Segment
from devices.rules.readings import instant
from marketplace.models import Organization
from marketplace.shared.period import Period

Points = Sequence[tuple[int, object]]
CARRY = timedelta(microseconds=aggregates.CARRY)


def buckets(*, channel: Channel, ruling: Ruling, points: Points, at: datetime) -> list[Bucket]:
    """Reduce readings to the whole intervals that the decision allows and that are over at ``at``."""
    period, interval = ruling.segment.period, ruling.decision.interval
    assert interval is not None
    lending = ruling.segment.lending
    whole = (lending.whole or lending.period) if lending else period
    stretch = aggregates.grid(*_instants(period), interval, _instants(whole), instant(at))
    if stretch is None:
        return []
    return aggregates.reducer(channel.kind)(points, stretch, interval)


def reach(*, device: Device, channel: Channel, ruling: Ruling, within: Organization) -> Period | None:
    """
    Return the time whose readings the figures of a state rest on, ``None`` if it is the segment's own.

    A state lasts from one reading to the next, so its figures need the readings around the time asked for,
    a day to each side, but never across an edge of rights.
    """
    if ruling.decision.effect is not Effect.AGGREGATE or channel.kind != Channel.Kind.STATE:
        return None
    return _same_rights(device, ruling.segment, within)


def around(*, device: Device, channel: Channel, period: Period) -> Points:
    """Return the readings of one channel in a period that :func:`reach` gave."""
    found = telemetry.readings(device, channels=[channel.key], period=period)
    return [(one.at, one.value) for one in found]


def _same_rights(device: Device, segment: Segment, within: Organization) -> Period:
    period = segment.period
    wide = Period(period.start - CARRY, None if period.end is None else period.end + CARRY)
    for one in segments_of(device, wide, within):
        same = (one.owner, one.lending) == (segment.owner, segment.lending)
        if same and one.period.contains(period.start):
            return one.period
    return period


def _instants(period: Period) -> tuple[int, int | None]:
    return instant(period.start), None if period.end is None else instant(period.end)
