"""
The one door through which telemetry is read: decide, log, read within the decision.

Nothing else in the project may call ``devices.queries.readings``, ``evidence``, ``last_number`` or
``next_number``, or ``devices.models.deliveries.deliveries``; a test reads every source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter

from django.utils.translation import gettext_noop

from devices import queries as telemetry
from devices.models import Channel, Device, vocabulary_of
from devices.models.deliveries import deliveries
from devices.ownership.actions import deciding, erased, log, reducing, resolutions
from devices.ownership.actions.alarms import TooManyAlarms
from devices.ownership.actions.deciding import Asked
from devices.ownership.models import AccessEvent, Agreement, core_data
from devices.ownership.rules import alarms
from devices.ownership.rules.aggregates import Bucket
from devices.ownership.rules.decisions import Decision, Effect, decide_metering
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.segments import Erased
from devices.rules import digests
from devices.rules.disclosure import Shown, shown
from devices.rules.groups import groups_of
from devices.rules.readings import instant
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import NotAllowed, NotPossible
from marketplace.shared.period import Period


class RightsChanged(NotPossible):
    """An agreement changed while the data were read."""

    code = "rights_changed"
    text = gettext_noop("The rights over {device} changed during this request. Ask again.")


class MeteringNotAllowed(NotAllowed):
    """A count rule names channels that the platform may not read."""

    code = "metering_not_allowed"
    text = gettext_noop("The platform may not meter {channels}: they are not billing counters of {device}.")


class DisclosureNotAllowed(NotAllowed):
    """Evidence is handed out whole or not at all."""

    code = "disclosure_not_allowed"
    text = gettext_noop("You may not read {channels} of {device} for all of the time that this proves.")


@dataclass(frozen=True, slots=True)
class Series:
    """What was handed out of one channel in one segment: single readings, or buckets of ``interval``."""

    channel: str
    period: Period
    effect: Effect
    interval: int | str | None = None
    points: tuple[tuple[int, object], ...] = ()
    buckets: tuple[Bucket, ...] = ()
    erased: tuple[Erased, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The logged event, every ruling with its reason, and only what they allow."""

    event: str
    rulings: tuple[Ruling, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class MeteringEvidence:
    """The logged event, and what ``devices.rules.quantities`` folds."""

    event: str
    evidence: telemetry.Evidence


def read(
    *,
    device: Device,
    channels: Sequence[str] | None,
    period: Period,
    purpose: str,
    by: User,
    within: Organization,
    at: datetime,
    interval: timedelta | None = None,
) -> Answer:
    """
    Hand out what ``within`` may read of the device, and say of the rest why not.

    The decision is committed to the log before anything is read, also when everything is refused. Then the
    agreements are compared once more beside the data: rights that ended or changed hands meanwhile count.

    :raises MissingRight: if ``by`` may not read telemetry for ``within``; this is logged as well
    :raises UnknownChannel: if the device lacks one of the channels
    :raises IntervalNotPositive: if the interval is empty
    :raises IntervalTooFine: if a channel would have more than 10,000 intervals
    :raises TooManyAlarms: if the owner may read around alarms, and there were more than 1,000; logged as well
    :raises RightsChanged: if an agreement changed between decision and reading
    """
    asked = Asked(device, period, purpose, within, by, at)
    try:
        require(by, Permission.TELEMETRY_READ, within=within)
    except MissingRight:
        deciding.write_down(asked=asked, channels=channels or [], rulings=[])
        raise
    wanted = deciding.channels(device=device, keys=channels)
    resolutions.check(interval=interval, period=period)
    try:
        rulings = deciding.rule(asked=asked, wanted=wanted, interval=interval)
    except TooManyAlarms:
        deciding.write_down(asked=asked, channels=list(wanted), rulings=[])
        raise
    event = deciding.write_down(asked=asked, channels=list(wanted), rulings=rulings)
    series = tuple(_series(device, wanted, rulings, within, at))
    _check_rights(device, [period], rulings)
    delivered = sum(len(one.points) + len(one.buckets) for one in series)
    log.close(event=event, delivered=delivered, at=at)
    return Answer(event.public_id, tuple(rulings), series)


def read_in_parts(
    *,
    device: Device,
    channels: Sequence[str],
    period: Period,
    most: int,
    purpose: str,
    by: User,
    within: Organization,
    at: datetime,
) -> tuple[str, Iterator[tuple[Series, ...]]]:
    """
    Hand out single readings, at most ``most`` at a time, so that a long time need not fit into memory.

    Decided and written down once before this returns, like ``read``; what may not be read as single readings
    is left out. A segment that is open and in which nothing was said comes without points. When the last part
    is taken, rights are looked at again.

    :raises MissingRight: if ``by`` may not read telemetry for ``within``; this is logged as well
    :raises UnknownChannel: if the device lacks one of the channels
    :raises TooManyAlarms: if the owner may read around alarms, and there were more than 1,000; logged as well
    :raises RightsChanged: at the end of the parts, if an agreement changed meanwhile
    """
    asked = Asked(device, period, purpose, within, by, at)
    try:
        require(by, Permission.TELEMETRY_READ, within=within)
    except MissingRight:
        deciding.write_down(asked=asked, channels=channels, rulings=[])
        raise
    wanted = deciding.channels(device=device, keys=channels)
    try:
        rulings = deciding.rule(asked=asked, wanted=wanted)
    except TooManyAlarms:
        deciding.write_down(asked=asked, channels=list(wanted), rulings=[])
        raise
    event = deciding.write_down(asked=asked, channels=list(wanted), rulings=rulings)
    return event.public_id, _in_parts(asked, wanted, rulings, event, most)


def _in_parts(
    asked: Asked, wanted: dict[str, Channel], rulings: Sequence[Ruling], event: AccessEvent, most: int
) -> Iterator[tuple[Series, ...]]:
    delivered = 0
    for segment, ruled in groupby(rulings, key=attrgetter("segment")):
        open_ = {one.channel: one for one in ruled if one.permits and one.decision.effect is Effect.RAW}
        said = iter(telemetry.readings(asked.device, channels=open_, period=segment.period) if open_ else ())
        first = bool(open_)
        while (part := list(islice(said, most))) or first:
            first, points = False, {key: list[tuple[int, object]]() for key in open_}
            for one in part:
                points[one.channel].append((one.at, one.value))
            delivered += len(part)
            yield tuple(
                _as_ruled(asked.device, wanted[key], ruling, points[key], asked.within, asked.at)
                for key, ruling in open_.items()
            )
    _check_rights(asked.device, [asked.period], rulings)
    log.close(event=event, delivered=delivered, at=asked.at)


def disclose(
    *,
    device: Device,
    channels: Sequence[str],
    times: Sequence[Period],
    arrivals: tuple[int, int],
    purpose: str,
    by: User,
    within: Organization,
    at: datetime,
) -> Iterator[Shown]:
    """
    Hand out deliveries so that their digests can be computed again: evidence channels and the life trace.

    Groups are open as far as all they hold was said in ``times`` (in order); of all others there is the
    digest. ``arrivals`` are the first and the last delivery. The decision is in the log before this returns,
    the deliveries are read one by one; when the last is taken, rights are looked at again.

    :raises MissingRight: if ``by`` may not read telemetry for ``within``; this is logged as well
    :raises UnknownChannel: if the device lacks one of the channels
    :raises DisclosureNotAllowed: if ``within`` may not read each of them, all the time, or it is core data
    :raises RightsChanged: at the end of the deliveries, if an agreement changed meanwhile
    """
    whole = Period(times[0].start, times[-1].end)
    asked = Asked(device, whole, purpose, within, by, at)
    try:
        require(by, Permission.TELEMETRY_READ, within=within)
    except MissingRight:
        deciding.write_down(asked=asked, channels=channels, rulings=[])
        raise
    wanted = deciding.channels(device=device, keys=channels)
    rulings = [
        ruling for time in times for ruling in deciding.rule(asked=replace(asked, period=time), wanted=wanted)
    ]
    event = deciding.write_down(asked=asked, channels=list(wanted), rulings=rulings)
    refused = {one.channel for one in rulings if one.decision.effect is not Effect.RAW} | core_data(wanted)
    if refused:
        raise DisclosureNotAllowed(channels=", ".join(sorted(refused)), device=device.name)
    return _disclosed(device, wanted, times, arrivals, rulings, event)


def _disclosed(
    device: Device,
    wanted: dict[str, Channel],
    times: Sequence[Period],
    arrivals: tuple[int, int],
    rulings: Sequence[Ruling],
    event: AccessEvent,
) -> Iterator[Shown]:
    vocabulary, words = vocabulary_of(device.pk, fresh=True), telemetry.words_of(device)
    names = {digests.LIFE, *map(digests.evidence, wanted)}
    delivered, instants = 0, [_instants(time) for time in times]
    for stored in deliveries(device, first=arrivals[0], last=arrivals[1]):
        found = shown(stored, groups_of(stored, vocabulary, words), wanted=names, times=instants, words=words)
        delivered += len(found.open) + len(found.readings) + len(found.trace)
        yield found
    _check_rights(device, times, rulings)
    log.close(event=event, delivered=delivered, at=event.at)


def read_for_metering(
    *,
    device: Device,
    channels: Sequence[str],
    period: Period | None,
    upto_arrival: int | None,
    reference: str,
    by: User,
    at: datetime,
    orders: telemetry.Orders = telemetry.EVERYTHING,
) -> MeteringEvidence:
    """
    Hand the meter of record the evidence channels and the life trace, by the platform's declared right.

    The event is committed before anything is read, also when the answer is no; so call it outside of any
    transaction. ``upto_arrival`` makes the answer repeatable; ``orders`` leaves out what a checkpoint knows.

    :raises MeteringNotAllowed: if a channel is private, or no billing counter
    """
    event = _metered(device, channels, period, reference, by, at)
    found = telemetry.evidence(
        device, channels=channels, period=period, upto_arrival=upto_arrival, orders=orders
    )
    return MeteringEvidence(event, found)


def last_number_for_metering(
    *,
    device: Device,
    channel: str,
    before: int,
    upto_arrival: int,
    reference: str,
    by: User,
    at: datetime,
) -> telemetry.Said | None:
    """
    Hand the meter of record the last number of a counter before an order of the source.

    It tells how much a counter grew over the edge of a lease; nobody is shown the number itself.

    :raises MeteringNotAllowed: as :func:`read_for_metering`
    """
    _metered(device, [channel], None, reference, by, at)
    return telemetry.last_number(device, channel=channel, before=before, upto_arrival=upto_arrival)


def next_number_for_metering(
    *,
    device: Device,
    channel: str,
    after: int,
    upto_arrival: int,
    reference: str,
    by: User,
    at: datetime,
) -> telemetry.Said | None:
    """
    Hand the meter of record the first number of a counter behind an order of the source.

    It tells how much a counter grew over the end of a lease; nobody is shown the number itself.

    :raises MeteringNotAllowed: as :func:`read_for_metering`
    """
    _metered(device, [channel], None, reference, by, at)
    return telemetry.next_number(device, channel=channel, after=after, upto_arrival=upto_arrival)


def _metered(
    device: Device, channels: Sequence[str], period: Period | None, reference: str, by: User, at: datetime
) -> str:
    """Decide whether the meter of record may read, and log it, also when the answer is no."""
    if not by.is_robot:
        require(by, Permission.TELEMETRY_READ, within=device.owner)
    wanted = deciding.channels(device=device, keys=channels)
    named = set[str]().union(
        *Agreement.objects.filter(reference=reference).values_list("billing_channels", flat=True)
    )
    decisions = {key: _meter(channel, billed=key in named) for key, channel in wanted.items()}
    refused = sorted(key for key, decision in decisions.items() if decision.effect is Effect.DENY)
    event = log.metered(device=device, decisions=decisions, period=period, reference=reference, by=by, at=at)
    if refused:
        raise MeteringNotAllowed(channels=", ".join(refused), device=device.name)
    return event


def _meter(channel: Channel, *, billed: bool) -> Decision:
    if channel.retention != Channel.Retention.EVIDENCE:
        return Decision(Effect.DENY, "evidence_only", "not_evidence", ("count_rule",))
    return decide_metering(channel.category, billing_channel=billed)


def _series(
    device: Device,
    wanted: dict[str, Channel],
    rulings: Sequence[Ruling],
    within: Organization,
    at: datetime,
) -> Iterator[Series]:
    """Read what is permitted: the blocks of a segment once, however many channels they hold."""
    for segment, ruled in groupby(rulings, key=attrgetter("segment")):
        permitted = {ruling.channel: ruling for ruling in ruled if ruling.permits}
        points: dict[str, list[tuple[int, object]]] = {key: [] for key in permitted}
        if permitted:
            for one in telemetry.readings(device, channels=points, period=segment.period):
                points[one.channel].append((one.at, one.value))
        for key, ruling in permitted.items():
            found = _as_ruled(device, wanted[key], ruling, points[key], within, at)
            yield erased.marked(series=found, channel=wanted[key], erased=segment.erased)


def _as_ruled(
    device: Device,
    channel: Channel,
    ruling: Ruling,
    points: reducing.Points,
    within: Organization,
    at: datetime,
) -> Series:
    period, decision = ruling.segment.period, ruling.decision
    if decision.rule == "alarm_window" and channel.kind == Channel.Kind.CONDITION:
        points = [(at, alarms.without_text(value)) for at, value in points]
    if decision.effect is Effect.RAW or decision.interval is None:
        return Series(ruling.channel, period, Effect.RAW, points=tuple(points))
    reach = reducing.reach(device=device, channel=channel, ruling=ruling, within=within)
    if reach is not None:
        points = reducing.around(device=device, channel=channel, period=reach)
    found = reducing.buckets(channel=channel, ruling=ruling, points=points, at=at)
    return Series(ruling.channel, period, Effect.AGGREGATE, decision.interval, buckets=tuple(found))


def _instants(period: Period) -> tuple[int, int | None]:
    return instant(period.start), None if period.end is None else instant(period.end)


def _check_rights(device: Device, times: Sequence[Period], rulings: Sequence[Ruling]) -> None:
    if deciding.changed(device=device, times=times, rulings=rulings):
        raise RightsChanged(device=device.name)
