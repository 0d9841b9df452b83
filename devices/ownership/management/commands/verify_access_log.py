"""``manage.py verify_access_log``: check the sealed log of reads against its events, heads and signatures."""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Exists, OuterRef

from devices.ownership.models import (
    AccessEvent,
    EventEntry,
    EventHead,
    EventNode,
    LoggedPerson,
    UnsealedEvent,
)
from devices.ownership.rules.event_log import committed, entry_hash
from devices.rules.log import STRIDE
from devices.rules.log_check import Difference, heads_differ, nodes_differ
from marketplace.shared import signing
from marketplace.shared.merkle import Frontier, Node

AT_ONCE = 2000
MOST_SHOWN = 50


class Command(BaseCommand):
    """Reads everything once, changes nothing, and can run while the log grows."""

    help = "Check the sealed log of reads: events, entries, stored hashes, signed heads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        help_text = "a key that may sign heads; may be repeated; any known key if left out"
        parser.add_argument("--key", action="append", default=[], metavar="KEY_ID", help=help_text)

    def handle(self, *args: Any, key: list[str], **options: Any) -> None:
        self.trusted = key
        newest = EventHead.objects.latest_one()
        size = newest.size if newest else 0
        found = chain(self.log(size), self.outside(size), self.persons())
        shown = list(islice(found, MOST_SHOWN))
        for one in shown:
            self.stdout.write(f"DIFFERS {one.code}: {one.text}")
        more = sum(1 for _ in found)
        if shown:
            raise CommandError(f"{len(shown) + more} differences. See docs/data-ownership.md.")
        waiting = UnsealedEvent.objects.count()
        self.stdout.write(f"{size} reads in the log, {waiting} wait for the sealer")
        self.stdout.write("OK: nothing differs.")

    def log(self, size: int) -> Iterator[Difference]:
        """Walk over the entries below ``size``: each with its event, the roots with the heads."""
        edge, wrong, nodes = Frontier(), list[int](), dict[Node, bytes]()
        heads = EventHead.objects.filter(size__lte=size).select_related("key").order_by("size").iterator()
        head = next(heads, None)
        for one in _entries(size):
            yield from self.entry(one, edge.size)
            completed = edge.append(bytes(one.leaf))
            nodes |= {node: total for node, total in completed if node.level and node.level % STRIDE == 0}
            while head is not None and head.size <= edge.size:
                wrong += [head.size] if bytes(head.root) != edge.root() else []
                yield from self.signature(head)
                head = next(heads, None)
            if len(nodes) >= AT_ONCE:
                yield from nodes_differ(nodes, _stored(nodes))
                nodes.clear()
        yield from nodes_differ(nodes, _stored(nodes))
        yield from heads_differ(wrong)
        if head is not None:
            text = f"a head covers {head.size} reads, the log has {edge.size}"
            yield Difference("head_size", text)

    def entry(self, one: EventEntry, expected: int) -> Iterator[Difference]:
        """Compare one entry with its event and its place."""
        if one.position != expected:
            yield Difference("log_hole", f"after position {expected - 1} of the log comes {one.position}")
        if entry_hash(one.event.logged) != bytes(one.leaf):
            text = f"the read {one.event.public_id} is not what was sealed at position {one.position}"
            yield Difference("event_changed", text)

    def signature(self, head: EventHead) -> Iterator[Difference]:
        """Check the signature of one head, and that its key may sign."""
        public = bytes(head.key.public_key)
        right = signing.verify(public, head.text, bytes(head.signature))
        if not right or signing.key_id(public) != head.key_id:
            yield Difference("head_signature", f"the signature of the head of {head.size} reads is wrong")
        elif self.trusted and head.key_id not in self.trusted:
            yield Difference("head_key", f"the head of {head.size} reads is signed by {head.key_id}")

    def outside(self, size: int) -> Iterator[Difference]:
        """Look for entries that no head covers, and events that neither the log nor the queue knows."""
        beyond = EventEntry.objects.filter(position__gte=size).count()
        newest = EventHead.objects.latest_one()
        if beyond and (newest is None or newest.size == size):
            yield Difference("head_missing", f"{beyond} entries of the log are under no head")
        sealed = EventEntry.objects.filter(event=OuterRef("pk"))
        waiting = UnsealedEvent.objects.filter(pk=OuterRef("pk"))
        lost = AccessEvent.objects.filter(~Exists(sealed), ~Exists(waiting)).order_by("pk")
        for public_id in lost.values_list("public_id", flat=True).iterator(chunk_size=AT_ONCE):
            text = f"the read {public_id} is neither in the log nor in the queue of the sealer"
            yield Difference("event_lost", text)

    def persons(self) -> Iterator[Difference]:
        """Open the commitment on each person whose name is there; an erased one proves itself unopened."""
        behind = LoggedPerson.objects.filter(public_id=OuterRef("person_id"))
        lost = AccessEvent.objects.filter(~Exists(behind)).order_by("pk")
        for public_id in lost.values_list("public_id", flat=True).iterator(chunk_size=AT_ONCE):
            yield Difference("person_lost", f"nobody stands behind the pseudonym in the read {public_id}")
        named = AccessEvent.objects.filter(person__erased_at=None).select_related("person").order_by("pk")
        for event in named.iterator(chunk_size=AT_ONCE):
            if committed(*event.opened_person) != bytes(event.sealed_person).hex():
                text = f"the person behind the read {event.public_id} is not who was sealed"
                yield Difference("person_changed", text)


def _entries(size: int) -> Iterator[EventEntry]:
    found = EventEntry.objects.filter(position__lt=size).select_related("event").order_by("position")
    return found.iterator(chunk_size=AT_ONCE)


def _stored(wanted: dict[Node, bytes]) -> dict[Node, bytes]:
    keys = [(node.level, node.place) for node in wanted]
    rows = EventNode.objects.filter(pk__in=keys).values_list("level", "place", "total")
    return {Node(level, place): bytes(total) for level, place, total in rows}
