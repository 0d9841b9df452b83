"""Deliveries as they were stored, one by one in order of arrival: the one place that puts them together."""

from collections.abc import Iterator
from typing import NamedTuple

from devices.models.devices import Channel, Device
from devices.models.erasures import ErasedRun
from devices.models.holdings import Holding, Orders, Words, rows_of
from devices.models.log import Logged
from devices.rules import archives, salts
from devices.rules.groups import Stored
from devices.rules.readings import instant
from marketplace.shared.period import Period


class Leaf(NamedTuple):
    """
    The leaf of one delivery, ``None`` if the log does not hold what it should.

    ``folded`` says that the leaf is kept by a page of the log alone, where no index of devices leads.
    """

    arrival: int
    leaf: bytes | None
    folded: bool


def deliveries(device: Device, *, first: int, last: int) -> Iterator[Stored]:
    """Yield the deliveries ``first`` to ``last`` of a device with their contents, an hour at a time."""
    words, states = Words(device.pk), states_of(device)
    for row in rows_of(Holding.objects.of(device, first=first, last=last).in_order_of_arrival()):
        yield from (one for one, _ in stored_in(device, row, words, states) if first <= one.arrival <= last)


def stored_in(
    device: Device, row: Holding, words: Words, states: frozenset[int]
) -> list[tuple[Stored, archives.Kept]]:
    """Return the deliveries of a row as they were stored, with what was written down of erased groups."""
    leaves = {one.arrival: one.leaf for one in leaves_in(device, row)}
    found = row.kept(words=words, states=states)
    gone = ErasedRun.objects.digests(
        device.pk, [kept.about.arrival for kept in found if salts.erased(kept.salt)]
    )
    return [
        (
            Stored(
                arrival := kept.about.arrival,
                kept.about.received,
                row.epoch_number,
                *kept[1:],
                leaves[arrival] or b"",
                gone.get(arrival, {}),
            ),
            kept,
        )
        for kept in found
    ]


def leaves(device: Device, *, first: int, last: int) -> Iterator[Leaf]:
    """Yield the leaves of the deliveries ``first`` to ``last`` of a device."""
    found = Holding.objects.of(device, first=first, last=last).in_order_of_arrival()
    for row in rows_of(found.showing("leaf")):
        yield from (one for one in leaves_in(device, row) if first <= one.arrival <= last)


def leaves_in(device: Device, row: Holding) -> list[Leaf]:
    """Return the leaves of a row: its own; of an archive those that the log holds at the places it names."""
    if row.facts is None:
        return [Leaf(row.first, bytes(row.leaf), False)]
    abouts = row.abouts()
    logged = Logged.objects.at(about.position for about in abouts)
    found = []
    for about in abouts:
        place = logged.get(about.position)
        if place is None or (place.device, place.arrival) != (device.public_id, about.arrival):
            found.append(Leaf(about.arrival, None, False))
        else:
            found.append(Leaf(about.arrival, place.leaf, place.folded))
    return found


def leaf_of(device: Device, arrival: int) -> bytes | None:
    """Return the leaf of a delivery, ``None`` if there is no such delivery."""
    return next((one.leaf for one in leaves(device, first=arrival, last=arrival)), None)


def first_saying(device: Device, period: Period, *, upto: int) -> int | None:
    """Return the first arrival, up to ``upto``, with a reading from a period by device time, if any."""
    lowest, highest = instant(period.start), None if period.end is None else instant(period.end)
    found = Holding.objects.of(device, last=upto).filter(at_hi__gte=lowest)
    if highest is not None:
        found = found.filter(at_lo__lt=highest)
    abouts = (about for row in rows_of(found.showing().in_order_of_arrival()) for about in row.abouts())
    said = (
        one.arrival
        for one in abouts
        if one.arrival <= upto and one.at_hi >= lowest and (highest is None or one.at_lo < highest)
    )
    return next(said, None)


def first_behind(device: Device, order: int, *, upto: int) -> int | None:
    """Return the first arrival, up to ``upto``, that reaches an order (epoch × 2^48 + sequence)."""
    behind = Orders(first=order)
    found = Holding.objects.of(device, last=upto).reaching(behind).showing().in_order_of_arrival()
    reaching = (
        about.arrival
        for row in rows_of(found)
        for about in row.abouts()
        if about.arrival <= upto and behind.reached_by(row.epoch_number, about)
    )
    return next(reaching, None)


def came_late(device: Device, order: int, *, after: int) -> bool:
    """Say whether anything before an order of the source arrived later than the arrival ``after``."""
    before = Orders(below=order)
    found = Holding.objects.of(device, first=after + 1).reaching(before).showing()
    return any(
        about.arrival > after and before.reached_by(row.epoch_number, about)
        for row in rows_of(found)
        for about in row.abouts()
    )


def states_of(device: Device) -> frozenset[int]:
    """Return the channels whose values are codes."""
    found = Channel.objects.filter(device=device, kind=Channel.Kind.STATE)
    return frozenset(found.values_list("number", flat=True))
