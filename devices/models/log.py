"""
The log of deliveries: a Merkle tree over the leaves of all devices, with heads that the platform has signed.

Everything here but the marks is insert-only, by triggers and grants; the database itself refuses entries that
do not continue the log and heads that do not cover exactly its entries (migration 0005). Old entries stand in
pages of 256 (migration 0010); whoever reads entries reads :class:`Logged`, which shows both.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from devices.models.devices import Device
from devices.rules.log import STRIDE, entry_hash, head_text
from marketplace.shared import merkle, signing
from marketplace.shared.merkle import Frontier, Node, Read, Span

PAGE = 256  # entries: a multiple of the entries under a stored node
HASH = 32  # bytes


class LogEntry(models.Model):
    """The place of one delivery in the log; positions and each device's arrivals rise without a hole."""

    position = models.BigIntegerField(primary_key=True)
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    arrival = models.BigIntegerField()
    leaf = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "arrival"]),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.device_id} #{self.arrival}"


class Place(NamedTuple):
    """One entry of the log, wherever it stands: ``device`` is the public id, ``folded`` if in a page."""

    position: int
    device: str
    arrival: int
    leaf: bytes
    folded: bool


class LoggedQuerySet(models.QuerySet["Logged"]):
    """Reads of entries in both forms, in one statement."""

    def at(self, positions: Iterable[int]) -> dict[int, Place]:
        """Return the entries at some positions, as far as there are."""
        wanted = set(positions)
        rows = self.filter(position__in=wanted | {number - number % PAGE for number in wanted})
        return {place.position: place for row in rows for place in row.entries() if place.position in wanted}

    def between(self, first: int, below: int) -> list[Place]:
        """Return the entries of [first, below) in order of position; ``first`` is a multiple of a page."""
        rows = self.filter(position__gte=first, position__lt=below).order_by("position")
        return [place for row in rows for place in row.entries() if place.position < below]


class Logged(models.Model):
    """
    One entry of the log, or a page of them: the view ``devices_logged`` (migration 0010).

    ``arrivals`` are the first of each device in it; the others rise by one. ``places`` says whose each is.
    """

    position = models.BigIntegerField(primary_key=True)
    size = models.IntegerField()
    public_ids = ArrayField(models.TextField())
    arrivals = ArrayField(models.BigIntegerField())
    places = models.BinaryField()
    leaves = models.BinaryField()

    objects = LoggedQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "devices_logged"

    def __str__(self) -> str:
        return f"{self.position} +{self.size}"

    def entries(self) -> Iterator[Place]:
        """Yield its entries in order of position."""
        following, leaves = list(self.arrivals), bytes(self.leaves)
        for place, whose in enumerate(bytes(self.places)):
            leaf = leaves[place * HASH : place * HASH + HASH]
            device, arrival = self.public_ids[whose], following[whose]
            yield Place(self.position + place, device, arrival, leaf, self.size > 1)
            following[whose] += 1


class LogNode(models.Model):
    """The hash of a perfect subtree, for each fourth level: what proofs are computed from."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    total = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.level}/{self.place}"


class LogKeyQuerySet(models.QuerySet["LogKey"]):
    """Keys by what they are."""

    def of(self, public_key: bytes, *, at: datetime) -> "LogKey":
        """Return a key; at its first use it is written down."""
        first = {"public_key": public_key, "first_used_at": at}
        return self.get_or_create(key_id=signing.key_id(public_key), defaults=first)[0]


class LogKey(models.Model):
    """A public key of the platform, kept from its first use, so that old heads can be checked for ever."""

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.BinaryField()
    first_used_at = models.DateTimeField()

    objects = LogKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key_id


class LogHeadQuerySet(models.QuerySet["LogHead"]):
    """Reads of heads."""

    def latest_one(self) -> "LogHead | None":
        """Return the head of most entries, if there is one."""
        return self.order_by("-size").first()

    def seal_alone(self) -> bool:
        """Keep other sealers out until the transaction ends; ``False`` if one is at work."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT devices_seal_alone()")
            return bool(cursor.fetchone()[0])

    def sealed_by(self, at: datetime) -> int:
        """Return how many entries the log had at a moment."""
        return self.filter(at__lte=at).aggregate(size=models.Max("size"))["size"] or 0


class LogHead(models.Model):
    """The root over the first ``size`` entries, signed by the platform; sizes only grow."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    at = models.DateTimeField()
    key = models.ForeignKey(LogKey, on_delete=models.PROTECT, related_name="heads")
    signature = models.BinaryField()

    objects = LogHeadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.size} {bytes(self.root).hex()[:16]}"

    @property
    def text(self) -> bytes:
        """What the signature is over."""
        return head_text(size=self.size, root=bytes(self.root), at=self.at)


class LogMark(models.Model):
    """How many deliveries of a device the log holds: only so that a sealer finds the others quickly."""

    device = models.OneToOneField(
        Device, primary_key=True, on_delete=models.PROTECT, related_name="log_mark", db_constraint=False
    )
    arrival = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.device_id} #{self.arrival}"


def tree(spans: Iterable[Span]) -> Read:
    """Return the hashes that these spans are computed from: few rows, read at once, however large the log."""
    wanted: dict[int, set[int]] = {}
    for node in merkle.needed(spans):
        for stored in merkle.stored_for(node, STRIDE):
            wanted.setdefault(stored.level, set()).add(stored.place)
    known = _entries(wanted.pop(0, set())) | _nodes(wanted)
    return lambda node: merkle.combined([known[one] for one in merkle.stored_for(node, STRIDE)])


def frontier(size: int) -> Frontier:
    """Return the right edge of the log of ``size`` entries, ready to append to."""
    whole = Span(0, size)
    read = tree([whole])
    return Frontier(size, [read(node) for node in merkle.subtrees(whole)])


def _entries(positions: set[int]) -> dict[Node, bytes]:
    found = Logged.objects.at(positions) if positions else {}
    return {
        Node(0, position): entry_hash(device=one.device, arrival=one.arrival, leaf=one.leaf)
        for position, one in found.items()
    }


def _nodes(wanted: dict[int, set[int]]) -> dict[Node, bytes]:
    either = models.Q(pk__in=[])
    for level, places in wanted.items():
        either |= models.Q(level=level, place__in=places)
    rows = LogNode.objects.filter(either).values_list("level", "place", "total") if wanted else ()
    return {Node(level, place): bytes(total) for level, place, total in rows}
