"""
What is held of deliveries, in either form: one row a delivery while it is hot, one row an archive afterwards.

The view ``devices_holding`` (migration 0010) reads both tables in one statement, so that whoever iterates
over it sees each delivery once, also while deliveries are being moved. All that reads deliveries reads here.
"""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual

from devices.models.devices import Device
from devices.models.streams import StateCode
from devices.rules import archives, blocks
from devices.rules.archives import About, Archive, Fact
from devices.rules.clocks import Heard
from devices.rules.readings import Reading, instant

EPOCH = 2**48
WIDEST = 2**62
AT_ONCE = 200  # rows: one archive has some ten kilobytes
WHAT = ("first", "last", "epoch_number", "sequence_lo", "sequence_hi", "count", "at_lo", "at_hi", "facts")
CLASSES = {"EVIDENCE": "evidence", "ORDINARY": "ordinary", "PRIVATE": "private"}


class Orders(NamedTuple):
    """A half-open stretch of the source's order."""

    first: int = 0
    below: int = WIDEST

    def reached_by(self, epoch: int, about: About) -> bool:
        """Say whether a delivery of an epoch reaches into it."""
        base = epoch * EPOCH
        return base + about.sequence_hi >= self.first and base + about.sequence_lo < self.below


EVERYTHING = Orders()


class HoldingQuerySet(models.QuerySet["Holding"]):
    """Reads of what is held; what they keep may hold other deliveries beside those that were asked for."""

    def of(self, device: Device, *, first: int = 1, last: int = WIDEST) -> "HoldingQuerySet":
        """Keep what holds arrivals of a device from ``first`` to ``last``."""
        found = self.filter(device_id=device.pk)
        if first > 1:
            found = found.filter(last__gte=first)
        return found.filter(first__lte=last) if last < WIDEST else found

    def in_order_of_arrival(self) -> "HoldingQuerySet":
        """Sort by arrival: rows never overlap in it."""
        return self.order_by("first")

    def reaching(self, orders: Orders) -> "HoldingQuerySet":
        """Keep what reaches into a stretch of the source's order: a range of the index, not a scan."""
        found = self
        epoch, sequence = divmod(orders.first, EPOCH)
        if orders.first > 0:
            after = TupleGreaterThanOrEqual(Tuple("epoch_number", "sequence_hi"), (epoch, sequence))
            found = found.filter(after)
        if orders.below < WIDEST:
            epoch, sequence = divmod(orders.below, EPOCH)
            found = found.filter(Q(epoch_number__lt=epoch) | Q(epoch_number=epoch, sequence_lo__lt=sequence))
        return found

    def showing(self, *columns: str) -> "HoldingQuerySet":
        """Read these columns beside what is known of every delivery."""
        return self.only("device_id", "received_lo", *WHAT, *columns)

    def heard(self, device: Device, *, latest: int) -> list[Heard]:
        """Return when the latest deliveries of a device came and their newest device time, oldest first."""
        rows = self.of(device).showing().order_by("-last")[:latest]
        found = [about for row in rows for about in reversed(row.abouts())][:latest]
        return [Heard(about.arrival, about.received, about.at_hi) for about in reversed(found)]


class Holding(models.Model):
    """
    One delivery (``facts`` is ``None``; it has ``life`` and ``salt``), or an archive of several.

    ``leaf`` is that of the last delivery. Edges are those of all deliveries in it together.
    """

    pk = models.CompositePrimaryKey("device_id", "first")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    received_lo = models.DateTimeField()
    received_hi = models.DateTimeField()
    epoch_number = models.PositiveIntegerField()
    sequence_lo = models.BigIntegerField()
    sequence_hi = models.BigIntegerField()
    count = models.PositiveIntegerField()
    at_lo = models.BigIntegerField()
    at_hi = models.BigIntegerField()
    evidence = models.BinaryField()
    ordinary = models.BinaryField()
    private = models.BinaryField()
    life = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    facts = models.BinaryField(null=True)
    leaf = models.BinaryField()

    objects = HoldingQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "devices_holding"

    def __str__(self) -> str:
        return f"{self.device_id} #{self.first}–{self.last}"

    def abouts(self) -> list[About]:
        """Return what is known of each delivery, in order of arrival; hot ones have no ``position`` (-1)."""
        if self.facts is not None:
            return archives.abouts(bytes(self.facts), first=self.first)
        edges = (self.sequence_lo, self.sequence_hi, self.count, self.at_lo, self.at_hi)
        return [About(self.first, instant(self.received_lo), *edges, -1)]

    def known(self) -> list[Fact]:
        """Return what is known of each delivery with its life trace and its salt."""
        if self.facts is not None:
            return archives.facts(bytes(self.facts), first=self.first)
        assert self.life is not None and self.salt is not None
        return [Fact(self.abouts()[0], blocks.decode_trace(bytes(self.life)), bytes(self.salt))]

    def said(
        self, retention: str, *, words: Mapping[int, str], channels: Container[int] | None = None
    ) -> list[tuple[Reading, int]]:
        """Return the readings of one class, each with the arrival number of its delivery."""
        column = bytes(getattr(self, CLASSES[retention]))
        if self.facts is None:
            found = blocks.decode(column, words=words, channels=channels)
            return [(reading, self.first) for reading in found]
        pairs = archives.readings(column, words=words, channels=channels)
        return [(reading, self.first + place) for reading, place in pairs]

    def kept(self, *, words: Mapping[int, str], states: Container[int]) -> list[archives.Kept]:
        """Return the deliveries as they were stored, byte for byte."""
        evidence, ordinary, private = map(bytes, (self.evidence, self.ordinary, self.private))
        if self.facts is not None:
            archive = Archive(evidence, ordinary, private, bytes(self.facts))
            return archives.unfold(archive, first=self.first, words=words, states=states)
        assert self.life is not None and self.salt is not None
        columns = (evidence, ordinary, private, bytes(self.life), bytes(self.salt))
        return [archives.Kept(self.abouts()[0], *columns)]


class Words(Mapping[int, str]):
    """
    The state words of a device by code, read when the first is asked for.

    Words are only added. Whoever has deliveries in hand before asking for a word knows all words in them.
    """

    def __init__(self, device_id: int) -> None:
        self._device = device_id
        self._found: dict[int, str] | None = None

    def _all(self) -> dict[int, str]:
        if self._found is None:
            codes = StateCode.objects.filter(device_id=self._device)
            self._found = dict(codes.values_list("code", "word"))
        return self._found

    def __getitem__(self, code: int) -> str:
        return self._all()[code]

    def __iter__(self) -> Iterator[int]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def rows_of(found: "QuerySet[Holding]") -> Iterator[Holding]:
    """Yield rows a few at a time, all of one moment."""
    return iter(found.iterator(chunk_size=AT_ONCE))


def last_before(device: Device, at: datetime) -> int:
    """Return the last arrival before a moment: requests that overlap at midnight still split in one place."""
    row = Holding.objects.of(device).filter(received_lo__lt=at).showing().order_by("-last").first()
    if row is None:
        return 0
    return max(about.arrival for about in row.abouts() if about.received < instant(at))
