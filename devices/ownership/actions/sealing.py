"""Seal the log of reads: append its new events to the tree, and sign the new head."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from devices.models import LogKey
from devices.ownership.models import AccessEvent, EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.log import frontier
from devices.ownership.rules.event_log import entry_hash, head_text
from devices.permissions import signing_seed
from devices.rules.log import STRIDE
from marketplace.models import User
from marketplace.shared import signing
from marketplace.shared.merkle import Frontier

MOST = 10_000  # events sealed at once: the rest is sealed by the next run
AT_ONCE = 2_000  # rows in one statement


@transaction.atomic
def seal(*, by: User, at: datetime) -> EventHead | None:
    """
    Append the events that the log does not hold yet, and sign its new head.

    Events stand in the order in which they are found: one whose transaction took long comes later than its
    neighbours, but it comes. The time of a head is never before that of the last, whatever the clock says.
    Returns nothing if nothing is new, or if another sealer is at work.

    :raises SealerOnly: if ``by`` is a person
    :raises NoSigningKey: if the platform has no key to sign with
    """
    seed = signing_seed(by)
    if not EventHead.objects.seal_alone():
        return None
    waiting = list(UnsealedEvent.objects.order_by("pk").values_list("pk", flat=True)[:MOST])
    if not waiting:
        return None
    last = EventHead.objects.latest_one()
    edge = _append(waiting, frontier(last.size if last else 0))
    UnsealedEvent.objects.filter(pk__in=waiting).delete()
    root, at = edge.root(), at if last is None else max(at, last.at)
    key = LogKey.objects.of(signing.public_key(seed), at=at)
    signature = signing.sign(seed, head_text(size=edge.size, root=root, at=at))
    return EventHead.objects.create(size=edge.size, root=root, at=at, key=key, signature=signature)


def _append(waiting: Sequence[int], edge: Frontier) -> Frontier:
    """Write entries and the hashes above them; return the new edge."""
    for start in range(0, len(waiting), AT_ONCE):
        found = AccessEvent.objects.filter(pk__in=waiting[start : start + AT_ONCE]).order_by("pk")
        entries, nodes = list[EventEntry](), list[EventNode]()
        for event in found:
            leaf = entry_hash(event.logged)
            entries.append(EventEntry(position=edge.size, event_id=event.pk, leaf=leaf))
            nodes += [
                EventNode(level=node.level, place=node.place, total=total)
                for node, total in edge.append(leaf)
                if node.level and node.level % STRIDE == 0
            ]
        EventEntry.objects.bulk_create(entries)
        EventNode.objects.bulk_create(nodes)
    return edge
