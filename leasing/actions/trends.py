"""
Look each night whether measured values go towards the limits that their owner wrote down, and tell it.

They are read as the owner reads them, through the one door and by its own rights: of a leased machine those
are the means of a quarter of an hour. Of a value a part of whose time is closed to it, it is told nothing.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from devices.models import Binding, Channel
from devices.ownership.actions import access
from devices.ownership.actions.access import Answer, RightsChanged, Series
from devices.ownership.actions.alarms import TooManyAlarms
from devices.queries import bindings_of
from devices.rules.readings import moment
from leasing.models import HealthWarning
from leasing.queries.maintenance import zone
from leasing.rules import trend
from leasing.rules.trend import Amount, Trend, plain, said, written
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, User
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind
from marketplace.shared.period import Period

PURPOSE = "maintenance_planning"
STEP = timedelta(minutes=15)  # local midnights of all zones are edges of it


def look(*, equipment: Equipment, by: User, at: datetime) -> list[HealthWarning]:
    """
    Look at the measured values of a machine that have limits, over the 14 local days before that of ``at``.

    Return what is new; a second look on the same local day finds nothing new. Call it outside of any
    transaction: what is read is in the log first.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=equipment.owner.name)
    day = at.astimezone(zone()).date()
    bindings = bindings_of(equipment, trend.span(day, zone()))
    return [one for binding in bindings for one in _look_at(binding, day, by, at)]


def _look_at(binding: Binding, day: date, by: User, at: datetime) -> Iterator[HealthWarning]:
    limited = _limited(binding, day)
    period = trend.span(day, zone()).intersect(binding.span)
    if period is None or not limited:
        return
    try:
        answer = access.read(
            device=binding.device,
            channels=list(limited),
            period=period,
            purpose=PURPOSE,
            by=by,
            within=binding.device.owner,
            at=at,
            interval=STEP,
        )
    except (TooManyAlarms, RightsChanged):  # the next night looks again
        return
    closed = {one.channel for one in answer.rulings if not one.permits}
    for key in sorted(limited.keys() - closed):
        channel = limited[key]
        means = trend.daily(_amounts(answer, key), zone())
        found = trend.look(means, channel.warn_low, channel.warn_high, day)
        if found is not None:
            yield from _warn(binding, channel, found, answer.event, at)


def _limited(binding: Binding, day: date) -> dict[str, Channel]:
    """Return the channels that have a limit and of which nobody is warned yet on a day."""
    warned = HealthWarning.objects.filter(device=binding.device, day=day, channel__isnull=False)
    found = binding.device.channels.exclude(warn_low=None, warn_high=None)
    return {one.key: one for one in found.exclude(pk__in=warned.values("channel"))}


def _amounts(answer: Answer, key: str) -> Iterator[Amount]:
    for one in answer.series:
        if one.channel == key:
            yield from _of(one)


def _of(series: Series) -> Iterator[Amount]:
    """Yield what was handed out, whether as figures or reading by reading."""
    for one in series.buckets:
        yield Amount(Period(moment(one.start), moment(one.end)), one.total, one.count)
    for when, value in series.points:
        if isinstance(value, int | Decimal):
            yield Amount(Period(moment(when), moment(when) + trend.INSTANT), value, 1)


@atomic
def _warn(binding: Binding, channel: Channel, found: Trend, event: str, at: datetime) -> list[HealthWarning]:
    """Keep a warning and tell the owner; nothing if somebody was faster."""
    figures = {
        "equipment": binding.equipment,
        "device": binding.device,
        "mean": written(found.mean),
        "slope": written(found.slope),
        "edge": found.edge,
        "limit": found.limit,
        "source": channel.limits_source,
        "is_beyond": found.is_beyond,
        "days_left": found.left,
        "days_seen": found.days,
        "event": event,
        "found_at": at,
    }
    day, kind = at.astimezone(zone()).date(), HealthWarning.Sign.TREND
    made, is_new = HealthWarning.objects.get_or_create(channel=channel, kind=kind, day=day, defaults=figures)
    if not is_new:
        return []
    _tell(made, channel, at)
    return [made]


def _tell(made: HealthWarning, channel: Channel, at: datetime) -> None:
    assert made.mean is not None
    assert made.slope is not None
    assert made.limit is not None
    facts = {
        "machine": made.equipment.name,
        "channel": channel.name_zh or channel.name,
        "mean": f"{said(made.mean)} {channel.unit}".strip(),
        "change": f"{'+' if made.slope > 0 else ''}{said(made.slope)}",
        "limit": f"{plain(made.limit)} {channel.unit}".strip(),
        "days": str(made.days_left),
    }
    kind = Kind.HEALTH_BEYOND if made.is_beyond else Kind.HEALTH_TREND
    link = f"/equipment/{made.equipment.public_id}/maintenance/"
    notifications.notify(kind=kind, to=[made.equipment.owner], facts=facts, at=at, link=link)
