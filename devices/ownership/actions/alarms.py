"""
Cut segments at the windows around severe alarms, for the owner that may read there.

To know the windows, faults are looked up before the decision is made, by the platform and for it alone:
nothing of them is handed out but by the decision that follows, which is logged before it.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice

from django.utils.translation import gettext_noop

from devices import queries as telemetry
from devices.models import Channel, Device
from devices.ownership.rules import alarms
from devices.ownership.rules.alarms import Alarm
from devices.ownership.rules.defaults import BILLING_COUNTERS, SECOND, matrix
from devices.ownership.rules.parties import Party
from devices.ownership.rules.segments import Segment
from devices.ownership.rules.tables import READING
from marketplace.models import Organization
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

CONDITION = "machine_condition"
FIGURES = timedelta(microseconds=900 * SECOND)  # who asks for these needs no window
MOST_SAID = 20_000  # faults, repeated ones included


class TooManyAlarms(NotPossible):
    """Windows around so many alarms cannot be cut."""

    code = "too_many_alarms"
    text = gettext_noop(
        "{device} had more than {most} alarms in this time. Ask for less time, or for figures of 15 minutes."
    )


def cut(
    *,
    segments: list[Segment],
    device: Device,
    wanted: Mapping[str, Channel],
    purpose: str,
    within: Organization,
    interval: timedelta | None,
) -> list[Segment]:
    """
    Return the segments, those of the owner's leased time cut at the edges of alarm windows.

    Faults are looked up only where that can change the answer: for an owner that is no competitor, asking
    for the machine's condition finer than quarter-hours for a purpose that the agreement's table gives it.

    :raises TooManyAlarms: if there were more than 1,000 alarms in the time of one lease that was asked for
    """
    finer = interval is None or interval < FIGURES
    about = any(channel.category in (CONDITION, BILLING_COUNTERS) for channel in wanted.values())
    if not finer or not about:
        return segments
    concerned = [one for one in segments if _of_its_owner(one, within, purpose)]
    conditions = _conditions(device) if concerned else []
    if not conditions:
        return segments
    known = {span: _windows(device, conditions, one, span) for one, span in _spans(concerned)}
    found: list[Segment] = []
    for segment in segments:
        held = _held(segment) if segment in concerned else None
        found += [segment] if held is None else alarms.cut(segment, known[held])
    return found


def _of_its_owner(segment: Segment, within: Organization, purpose: str) -> bool:
    lending = segment.lending
    if lending is None or lending.owner != within.public_id or lending.competitor or lending.suspended:
        return False
    cell = (lending.table or matrix()).cell(Party.OWNER, CONDITION)
    return cell is not None and bool(cell.rights & READING) and cell.serves(purpose)


def _conditions(device: Device) -> list[str]:
    found = device.channels.filter(kind=Channel.Kind.CONDITION, category=CONDITION)
    return list(found.values_list("key", flat=True))


def _held(segment: Segment) -> Period | None:
    """Return the time in which this device spoke for this machine under this agreement."""
    assert segment.lending is not None
    return segment.lending.period.intersect(segment.tenure or segment.period)


def _spans(segments: list[Segment]) -> Iterator[tuple[Period, Period]]:
    """Yield for each agreement and binding the time that was asked for, and the time that it covers."""
    found: dict[Period, Period] = {}
    for one in segments:
        held = _held(one)
        assert held is not None
        found[held] = Period(found[held].start, one.period.end) if held in found else one.period
    for held, asked in found.items():
        yield asked, held


def _windows(device: Device, conditions: list[str], asked: Period, held: Period) -> list[Period]:
    period = alarms.looked_at(asked, held)
    assert period is not None
    said = list(islice(_said(device, conditions, period), MOST_SAID + 1))
    begun = alarms.begun(said)
    if len(begun) > alarms.MOST or len(said) > MOST_SAID:
        raise TooManyAlarms(device=device.name, most=alarms.MOST)
    return alarms.windows(begun, held)


def _said(device: Device, conditions: list[str], period: Period) -> Iterator[Alarm]:
    for one in telemetry.readings(device, channels=conditions, period=period):
        found = alarms.alarm(one.channel, one.at, one.value)
        if found is not None:
            yield found
