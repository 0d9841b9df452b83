"""
Read what devices said. Only the ownership door calls :func:`readings`, :func:`evidence`,
:func:`last_number` and :func:`next_number`.

Order is the source's own: epochs in the order of their first arrival, sequences within. ``order`` packs both
in one rising number (epoch × 2^48 + sequence).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery

from devices.models import Binding, Channel, Device, Epoch, Gap, Holding, LogEntry, Logged
from devices.models.deliveries import leaves
from devices.models.gathering import Asked, Evidence, Said, backwards, dictionary_of, gather, in_order
from devices.models.holdings import CLASSES, EPOCH, EVERYTHING, Orders, Words, last_before, rows_of
from devices.models.log import Place, tree
from devices.models.signatures import utc_day
from devices.models.silences import Silence
from devices.rules.log import day_root
from devices.rules.ranges import holes
from devices.rules.readings import moment
from marketplace.models import Equipment, Organization
from marketplace.shared import merkle
from marketplace.shared.period import Period

LATELY, ENOUGH = 50, 5000  # rows, readings: how far back is looked for how often a channel speaks
LOOK_BACK = 5000  # deliveries; a counter that was silent for longer has no last number


def bindings_of(equipment: Equipment, period: Period) -> "QuerySet[Binding]":
    """Return the bindings by which devices spoke for a machine within a period, oldest first."""
    found = Binding.objects.filter(equipment=equipment).overlapping(period.start, period.end)
    return found.select_related("device").order_by("period")


def devices_of(owner: Organization, at: datetime) -> "QuerySet[Any]":
    """
    Return the open devices of an owner with what lists tell: the head, ``speaking`` (its bindings now, with
    their machine), and ``silent_since`` of those that are silent in a lease: these come first. Two queries.
    """
    silent = Silence.objects.open().filter(device=OuterRef("pk")).values("since")[:1]
    now = Binding.objects.filter(period__contains=at).select_related("equipment")
    found = Device.objects.filter(owner=owner, closed_at=None).select_related("head")
    found = found.annotate(silent_since=Subquery(silent))
    found = found.prefetch_related(Prefetch("bindings", now, to_attr="speaking"))
    return found.order_by(F("silent_since").asc(nulls_last=True), "name", "pk")


def evidence_of_others(
    device: Device, equipment: Equipment, period: Period, *, keys: Collection[str]
) -> list[Channel]:
    """Return the evidence channels with one of ``keys`` of other devices that speak for the machine then."""
    others = bindings_of(equipment, period).exclude(device=device).order_by().values("device")
    found = Channel.objects.filter(device__in=others, retention=Channel.Retention.EVIDENCE, key__in=keys)
    return list(found.select_related("device").order_by("device", "number"))


def next_sequence(device: Device, *, epoch: str) -> int | None:
    """Return the number after the last that is recorded of an epoch; ``None`` if nothing is."""
    found = Epoch.objects.filter(device=device, label=epoch).first()
    if found is None or not found.covered:
        return None
    after: int = max(part.upper for part in found.covered)
    return after


def latest_epoch(device: Device) -> str:
    """Return the label of the epoch that was heard of last, or nothing."""
    found = Epoch.objects.filter(device=device).order_by("-number").values_list("label", flat=True)
    return found.first() or ""


def was_heard(device: Device) -> bool:
    """Say whether anything at all is recorded of a device."""
    return Epoch.objects.filter(device=device).exists()


def words_of(device: Device) -> dict[int, str]:
    """Return the device's dictionary of state words by code."""
    return dict(Words(device.pk))


def readings(
    device: Device,
    *,
    channels: Collection[str] | None,
    period: Period | None = None,
    upto_arrival: int | None = None,
    orders: Orders = EVERYTHING,
) -> Iterator[Said]:
    """Yield the stored readings of some channels (``None``: all), each exactly once, in source order."""
    dictionary = dictionary_of(device, channels)
    asked = Asked(device, period, upto_arrival, orders)
    yield from in_order(
        asked.rows(*(CLASSES[retention] for retention in dictionary.by_class)), asked, dictionary
    )


def evidence(
    device: Device,
    *,
    channels: Collection[str],
    period: Period | None = None,
    upto_arrival: int | None = None,
    orders: Orders = EVERYTHING,
) -> Evidence:
    """
    Return evidence readings and the life trace, ready for ``devices.rules.quantities``, of one moment.

    ``arrival`` is the highest arrival number that was looked at. Only rows that reach into ``orders`` are
    read, so what lies before a checkpoint costs nothing.
    """
    keys = {channel.key for channel in Channel.objects.filter(device=device, retention="EVIDENCE")}
    dictionary = dictionary_of(device, keys & set(channels))
    asked = Asked(device, period, upto_arrival, orders)
    return gather(asked, dictionary)


def last_number(device: Device, *, channel: str, before: int, upto_arrival: int) -> Said | None:
    """Return the last number of a channel before an order of the source, looking back through deliveries."""
    dictionary = dictionary_of(device, [channel])
    asked = Asked(device, None, upto_arrival, Orders(0, before))
    rows = Holding.objects.of(device, last=upto_arrival).reaching(asked.orders)
    columns = [CLASSES[retention] for retention in dictionary.by_class]
    rows = rows.showing(*columns).order_by("-epoch_number", "-sequence_hi")[:LOOK_BACK]
    found: Said | None = None
    for highest, said in islice(backwards(rows_of(rows), asked, dictionary), LOOK_BACK):
        if found is not None and highest < found.order:
            break
        numbers = [one for one in said if not isinstance(one.value, str | None)]
        found = max([*numbers, *([found] if found else [])], key=attrgetter("order"), default=None)
    return found


def next_number(device: Device, *, channel: str, after: int, upto_arrival: int) -> Said | None:
    """Return the first number of a channel behind an order of the source, looking ahead."""
    dictionary = dictionary_of(device, [channel])
    asked = Asked(device, None, upto_arrival, Orders(after + 1))
    rows = islice(asked.rows(*(CLASSES[retention] for retention in dictionary.by_class)), LOOK_BACK)
    ahead = in_order(rows, asked, dictionary)
    return next((one for one in ahead if not isinstance(one.value, str | None)), None)


def heard_lately(device: Device) -> tuple[Counter[int], int]:
    """
    Count the readings of each channel, by its number, in what came last, and the time they span, in µs.

    At most 50 rows are looked at, and no more once there are 5,000 readings. Only numbers leave here.
    """
    counted: Counter[int] = Counter()
    rows: list[Holding] = []
    words = Words(device.pk)
    for row in Holding.objects.of(device).showing(*CLASSES.values()).order_by("-last")[:LATELY]:
        for retention in CLASSES:
            counted.update(int(reading.channel) for reading, _ in row.said(retention, words=words))
        rows.append(row)
        if counted.total() >= ENOUGH:
            break
    return counted, max((one.at_hi for one in rows), default=0) - min((one.at_lo for one in rows), default=0)


def missing_orders(device: Device) -> list[tuple[int, int]]:
    """Return the numbers that a source passed over and that never came, as rising half-open orders."""
    found = []
    for gap in Gap.objects.open().filter(device=device).select_related("epoch"):
        covered = [(part.lower, part.upper) for part in gap.epoch.covered]
        base = gap.epoch.number * EPOCH
        found += [(base + low, base + high) for low, high in holes(covered, gap.first, gap.last + 1)]
    return sorted(found)


def spans_of_arrivals(device: Device, *, after: int, upto: int) -> list[tuple[int, int]]:
    """Return, delivery by delivery, the first and last order of what came with some arrival numbers."""
    rows = rows_of(Holding.objects.of(device, first=after + 1, last=upto).showing().in_order_of_arrival())
    return [
        (row.epoch_number * EPOCH + about.sequence_lo, row.epoch_number * EPOCH + about.sequence_hi)
        for row in rows
        for about in row.abouts()
        if after < about.arrival <= upto
    ]


class DayOfArrivals(NamedTuple):
    """
    What a device delivered in a UTC day: a stretch of arrival numbers, and the root over their leaves.

    ``said`` is the time that its readings are from, by device time: late ones may be much older than the day.
    """

    first: int
    last: int
    root: bytes
    said: Period


def day_of(device: Device, day: date) -> DayOfArrivals | None:
    """Return the arrivals of a UTC day, ``None`` if there were none; each arrival is in exactly one day."""
    period = utc_day(day)
    assert period.end is not None
    before, last = last_before(device, period.start), last_before(device, period.end)
    if last == before:
        return None
    said = _span(device, before + 1, last)
    assert said is not None
    return DayOfArrivals(before + 1, last, root_of(device, before + 1, last), said)


def root_of(device: Device, first: int, last: int) -> bytes:
    """Return the root over the leaves of the arrivals ``first`` to ``last`` of a device."""
    found = leaves(device, first=first, last=last)
    return day_root(device=device.public_id, first=first, leaves=(one.leaf or b"" for one in found))


def entry_of(device: Device, arrival: int) -> Place | None:
    """Return the place of a delivery in the log, if it is sealed."""
    positions = LogEntry.objects.filter(device=device, arrival=arrival).values_list("position", flat=True)
    position = positions.first()
    if position is None:  # not sealed, or in a page: then an archive knew where before the page was made
        rows = Holding.objects.of(device, first=arrival, last=arrival).showing()
        known = (about for row in rows for about in row.abouts() if about.arrival == arrival)
        position = next((about.position for about in known if about.position >= 0), None)
    found = None if position is None else Logged.objects.at([position]).get(position)
    return found if found and (found.device, found.arrival) == (device.public_id, arrival) else None


def inclusion(position: int, size: int) -> list[bytes]:
    """Return the proof that an entry of the log is in its tree of ``size`` entries."""
    return merkle.inclusion_proof(position, size, tree(merkle.inclusion_path(position, size)))


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the log of ``second`` entries continues the one of ``first``."""
    return merkle.consistency_proof(first, second, tree(merkle.consistency_path(first, second)))


def said_in(device: Device, arrival: int) -> Period | None:
    """Return the time that the readings of a delivery are from, by device time; ``None`` if there is none."""
    return _span(device, arrival, arrival)


def _span(device: Device, first: int, last: int) -> Period | None:
    rows = rows_of(Holding.objects.of(device, first=first, last=last).showing())
    found = [about for row in rows for about in row.abouts() if first <= about.arrival <= last]
    if not found:
        return None
    low, high = min(about.at_lo for about in found), max(about.at_hi for about in found)
    return Period(moment(low), moment(high) + timedelta(microseconds=1))
