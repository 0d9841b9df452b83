"""
The log of reads, sealed: a Merkle tree over its events, with heads that the platform has signed.

Everything here but the queue is insert-only, by triggers and grants; the database refuses entries that leave
a position out and heads that do not cover exactly the entries there are (migration 0003).
"""

from collections.abc import Iterable

from django.db import connection, models

from devices.models import LogKey
from devices.ownership.models.events import AccessEvent
from devices.ownership.rules.event_log import head_text
from devices.rules.log import STRIDE
from marketplace.shared import merkle
from marketplace.shared.merkle import Frontier, Node, Read, Span


class UnsealedEvent(models.Model):
    """The queue of the sealer: a trigger adds every new event, in the transaction that writes it."""

    event = models.OneToOneField(
        AccessEvent, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return f"{self.event_id}"


class EventEntry(models.Model):
    """The place of one event in the log; ``leaf`` is the hash of its entry (``rules.event_log``)."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AccessEvent, on_delete=models.PROTECT, related_name="entry")
    leaf = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.position}: {self.event_id}"


class EventNode(models.Model):
    """The hash of a perfect subtree, for each fourth level: what proofs are computed from."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    total = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.level}/{self.place}"


class EventHeadQuerySet(models.QuerySet["EventHead"]):
    """Reads of heads."""

    def latest_one(self) -> "EventHead | None":
        """Return the head of most entries, if there is one."""
        return self.order_by("-size").first()

    def seal_alone(self) -> bool:
        """Keep other sealers out until the transaction ends; ``False`` if one is at work."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT ownership_seal_alone()")
            return bool(cursor.fetchone()[0])


class EventHead(models.Model):
    """The root over the first ``size`` entries, signed by the platform; sizes only grow."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    at = models.DateTimeField()
    key = models.ForeignKey(LogKey, on_delete=models.PROTECT, related_name="+")
    signature = models.BinaryField()

    objects = EventHeadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.size} {bytes(self.root).hex()[:16]}"

    @property
    def text(self) -> bytes:
        """What the signature is over."""
        return head_text(size=self.size, root=bytes(self.root), at=self.at)


def tree(spans: Iterable[Span]) -> Read:
    """Return the hashes that these spans are computed from, in two queries at most."""
    wanted = {stored for node in merkle.needed(spans) for stored in merkle.stored_for(node, STRIDE)}
    leaves = [node.place for node in wanted if node.level == 0]
    entries = EventEntry.objects.filter(position__in=leaves).values_list("position", "leaf") if leaves else ()
    known = {Node(0, position): bytes(leaf) for position, leaf in entries}
    known |= _nodes([node for node in wanted if node.level])
    return lambda node: merkle.combined([known[one] for one in merkle.stored_for(node, STRIDE)])


def frontier(size: int) -> Frontier:
    """Return the right edge of the log of ``size`` entries, ready to append to."""
    whole = Span(0, size)
    read = tree([whole])
    return Frontier(size, [read(node) for node in merkle.subtrees(whole)])


def _nodes(wanted: Iterable[Node]) -> dict[Node, bytes]:
    keys = [(node.level, node.place) for node in wanted]
    rows = EventNode.objects.filter(pk__in=keys).values_list("level", "place", "total") if keys else ()
    return {Node(level, place): bytes(total) for level, place, total in rows}
