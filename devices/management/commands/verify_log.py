"""``manage.py verify_log``: check the evidence log against the deliveries, its heads and its signatures."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max, Q

from devices import queries
from devices.models import (
    Countersignature,
    DaySignature,
    Device,
    Head,
    Holding,
    LogEntry,
    Logged,
    LogHead,
    LogKey,
    LogNode,
)
from devices.models.deliveries import leaves_in
from devices.models.holdings import rows_of
from devices.models.log import PAGE
from devices.rules import log_check
from devices.rules.log_check import Difference, Entry, Stored, Walk
from marketplace.shared import signing
from marketplace.shared.merkle import Node

AT_ONCE = 8 * PAGE
MOST_SHOWN = 50


class Command(BaseCommand):
    """Reads everything once, changes nothing, and can run while the log grows."""

    help = "Check the evidence log: deliveries, entries, stored hashes, signed heads, countersignatures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--device", help="check the deliveries of this device only, by its code")
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="KEY_ID",
            help="a key that may sign heads; may be repeated; any known key if left out",
        )

    def handle(self, *args: Any, device: str | None, key: list[str], **options: Any) -> None:
        self.trusted = key
        found = self.differences(self.chosen(device), whole=device is None)
        shown = list(islice(found, MOST_SHOWN))
        for one in shown:
            self.stdout.write(f"DIFFERS {one.code}: {one.text}")
        more = sum(1 for _ in found)
        if shown:
            raise CommandError(f"{len(shown) + more} differences. Change nothing; see docs/evidence.md.")
        self.stdout.write("OK: nothing differs.")

    def chosen(self, code: str | None) -> "list[Device]":
        """Return the devices to check."""
        devices = Device.objects.select_related("head", "log_mark").order_by("pk")
        if code is None:
            return list(devices)
        found = list(devices.filter(code=code))
        if not found:
            raise CommandError(f"There is no device with the code {code!r}.")
        return found

    def differences(self, devices: list[Device], *, whole: bool) -> Iterator[Difference]:
        """Yield everything that differs; without ``whole`` only what concerns the devices."""
        for device in devices:
            yield from self.deliveries(device)
        self.stdout.write(f"{len(devices)} devices: deliveries compared with their heads and the log")
        for signed in DaySignature.objects.filter(device__in=devices).select_related("key", "device"):
            yield from self.day(signed)
        if whole:
            yield from self.log(devices)
            yield from self.countersignatures()

    def deliveries(self, device: Device) -> Iterator[Difference]:
        """Compare one device's deliveries with its head and its entries."""
        arrivals, leaf = device.head.arrivals, bytes(device.head.leaf)
        yield from log_check.chain(
            device.public_id,
            arrivals=arrivals,
            last=leaf,
            blocks=_stored(device, arrivals),
            entries=_entries(device, arrivals),
        )
        yield from self.beyond(device)

    def beyond(self, device: Device) -> Iterator[Difference]:
        """Look for what stands behind the head; it is read last, for the device goes on delivering."""
        of_it = {"device": device.pk}
        last = [
            LogEntry.objects.filter(**of_it).aggregate(n=Max("arrival"))["n"],
            Holding.objects.filter(**of_it).aggregate(n=Max("last"))["n"],
        ]
        arrivals = Head.objects.get(device=device).arrivals
        for where, arrival in zip(("the log", "the store"), last, strict=True):
            if arrival is not None and arrival > arrivals:
                text = f"{where} holds delivery {arrival} of {device.public_id}, which has counted {arrivals}"
                yield Difference("behind_head", text)

    def log(self, devices: list[Device]) -> Iterator[Difference]:
        """Check the log up to its newest head; both are written as one, so that entries are read first."""
        last = LogEntry.objects.aggregate(n=Max("position"))["n"]
        newest = LogHead.objects.latest_one()
        if last is not None and (newest is None or newest.size <= last):
            yield Difference("head_missing", f"no head covers the entry at position {last} of the log")
        if newest is None:
            self.stdout.write("the log has no head yet")
            return
        walk = Walk()
        heads = LogHead.objects.filter(size__lte=newest.size).select_related("key").order_by("size")
        yield from self.walked(walk, heads.iterator(chunk_size=AT_ONCE), newest.size)
        yield from self.marks(devices, walk)
        yield from self.our_key(newest)
        waiting = sum(device.head.arrivals for device in devices) - walk.size
        self.stdout.write(f"{walk.size} entries, {heads.count()} heads, the newest of {newest.at:%F %T} UTC")
        self.stdout.write(f"{max(waiting, 0)} deliveries wait for the sealer")
        for key in LogKey.objects.order_by("first_used_at"):
            self.stdout.write(f"key {key.key_id} since {key.first_used_at:%F %T} UTC")

    def walked(self, walk: Walk, heads: Iterator[LogHead], size: int) -> Iterator[Difference]:
        """Compare heads and stored hashes with the entries below ``size``."""
        wrong, head = list[int](), next(heads, None)
        for batch in _batches(size):
            for entry in batch:
                yield from walk.feed(entry)
                while head is not None and head.size <= walk.size:
                    wrong += [head.size] if bytes(head.root) != walk.root() else []
                    yield from self.signature(head)
                    head = next(heads, None)
            yield from log_check.nodes_differ(walk.nodes, _nodes(walk.nodes))
            walk.nodes.clear()
        yield from log_check.heads_differ(wrong)
        for beyond in chain([head] if head else [], heads):
            yield Difference("head_size", f"a head covers {beyond.size} entries, the log has {walk.size}")
            yield from self.signature(beyond)

    def signature(self, head: LogHead) -> Iterator[Difference]:
        """Check the signature of one head, and that its key may sign."""
        public = bytes(head.key.public_key)
        what = f"the head of {head.size} entries"
        right = signing.verify(public, head.text, bytes(head.signature))
        if not right or signing.key_id(public) != head.key_id:
            yield Difference("head_signature", f"the signature of {what} is wrong")
        elif self.trusted and head.key_id not in self.trusted:
            yield Difference("head_key", f"{what} is signed with {head.key_id}, which --key does not name")

    def marks(self, devices: Iterable[Device], walk: Walk) -> Iterator[Difference]:
        """Compare where the sealer believes to be with where it is: what it skips would never be sealed."""
        for device in devices:
            mark = getattr(device, "log_mark", None)
            noted, reached = mark.arrival if mark else 0, walk.reached.get(device.public_id, 0)
            if noted > reached:
                text = f"the sealer has noted delivery {noted} of {device.public_id}, the log has {reached}"
                yield Difference("mark", text)

    def our_key(self, newest: LogHead) -> Iterator[Difference]:
        """Say if the newest head is not signed with the key that this process was given, if it was."""
        seed = signing.read(settings.LOG_SIGNING_KEY, signing.KEY_BYTES)
        if seed is not None and signing.key_id(signing.public_key(seed)) != newest.key_id:
            text = f"the newest head is signed with {newest.key_id}, which is not LOG_SIGNING_KEY"
            yield Difference("head_key", text)

    def countersignatures(self) -> Iterator[Difference]:
        """Check what organizations have signed."""
        found = Countersignature.objects.select_related("head", "key__organization").order_by("pk")
        for one in found.iterator(chunk_size=AT_ONCE):
            if not signing.verify(bytes(one.key.public_key), one.text, bytes(one.signature)):
                text = f"{one.key.organization.public_id} did not sign the head of {one.head_id} entries"
                yield Difference("countersignature", text)
        self.stdout.write(f"{found.count()} countersignatures")

    def day(self, signed: DaySignature) -> Iterator[Difference]:
        """Check one day that a device has signed against its deliveries."""
        what = f"{signed.day} of {signed.device.public_id}"
        if not signing.verify(bytes(signed.key.public_key), signed.text, bytes(signed.signature)):
            yield Difference("day_signature", f"the device's signature over {what} is wrong")
        if queries.root_of(signed.device, signed.first, signed.last) != bytes(signed.root):
            yield Difference("day_root", f"the deliveries are not those that the device signed for {what}")


def _stored(device: Device, upto: int) -> Iterator[Stored]:
    """Yield the leaves of a device's deliveries; those in archives are the log's, where the archive says."""
    rows = Holding.objects.of(device, last=upto).in_order_of_arrival().showing("leaf")
    for row in rows_of(rows):
        for arrival, leaf, folded in leaves_in(device, row):
            own = bytes(row.leaf) if arrival == row.last else leaf
            yield Stored(arrival, own, row.facts is None or (leaf is not None and leaf == own), folded)


def _entries(device: Device, upto: int) -> Iterator[Stored]:
    rows = LogEntry.objects.filter(device=device, arrival__lte=upto).order_by("arrival")
    found = rows.values_list("arrival", "leaf").iterator(chunk_size=AT_ONCE)
    return (Stored(arrival, bytes(leaf)) for arrival, leaf in found)


def _batches(size: int) -> Iterator[list[Entry]]:
    """Yield the entries below ``size`` in order of position; a page is in one batch, in whichever form."""
    for first in range(0, size, AT_ONCE):
        yield [Entry(*place[:4]) for place in Logged.objects.between(first, min(first + AT_ONCE, size))]


def _nodes(wanted: Iterable[Node]) -> dict[Node, bytes]:
    by_level: dict[int, list[int]] = {}
    for node in wanted:
        by_level.setdefault(node.level, []).append(node.place)
    either = Q(pk__in=[])
    for level, places in by_level.items():
        either |= Q(level=level, place__in=places)
    rows = LogNode.objects.filter(either).values_list("level", "place", "total") if by_level else ()
    return {Node(level, place): bytes(total) for level, place, total in rows}
