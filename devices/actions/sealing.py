"""Seal deliveries: append their leaves to the one log, and sign its new head."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from devices.models import LogEntry, LogHead, LogKey, LogMark, LogNode
from devices.models.log import frontier
from devices.permissions import signing_seed
from devices.rules.log import STRIDE, entry_hash, head_text
from marketplace.models import User
from marketplace.shared import signing
from marketplace.shared.merkle import Frontier

MOST = 50_000  # deliveries sealed at once: the rest is sealed by the next run
AT_ONCE = 5_000  # rows in one statement

# Of each device only what follows without a hole: what is missing is for `verify_log` to tell, not to hide.
UNSEALED = """
SELECT device.id, device.public_id, found.arrival, found.leaf
FROM devices_head head
JOIN devices_device device ON device.id = head.device_id
LEFT JOIN devices_logmark mark ON mark.device_id = head.device_id
CROSS JOIN LATERAL (
    SELECT arrival, leaf, row_number() OVER (ORDER BY arrival) AS place
    FROM devices_block block
    WHERE block.device_id = head.device_id AND block.arrival > coalesce(mark.arrival, 0)
    ORDER BY arrival LIMIT %(most)s
) found
WHERE head.arrivals > coalesce(mark.arrival, 0) AND found.arrival = coalesce(mark.arrival, 0) + found.place
ORDER BY device.id, found.arrival LIMIT %(most)s
"""


class Delivered(NamedTuple):
    """A delivery that the log does not hold yet."""

    device: int
    public_id: str
    arrival: int
    leaf: bytes

    @property
    def total(self) -> bytes:
        """The hash of its leaf in the log."""
        return entry_hash(device=self.public_id, arrival=self.arrival, leaf=self.leaf)


@transaction.atomic
def seal(*, by: User, at: datetime) -> LogHead | None:
    """
    Append what was delivered since the last time, each device in order of arrival, and sign the new head.

    Returns nothing if nothing is new, or if another sealer is at work: it does the same.

    :raises SealerOnly: if ``by`` is a person
    :raises NoSigningKey: if the platform has no key to sign with
    """
    seed = signing_seed(by)
    if not LogHead.objects.seal_alone():
        return None
    found = _unsealed()
    if not found:
        return None
    last = LogHead.objects.latest_one()
    edge = _append(found, frontier(last.size if last else 0))
    return _sign(edge.size, edge.root(), seed, at)


def _unsealed() -> list[Delivered]:
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, {"most": MOST})
        return [
            Delivered(device, public_id, arrival, bytes(leaf))
            for device, public_id, arrival, leaf in cursor.fetchall()
        ]


def _append(found: Sequence[Delivered], edge: Frontier) -> Frontier:
    """Write entries, the hashes above them, and how far each device has come; return the new edge."""
    start, nodes = edge.size, []
    for one in found:
        nodes += [
            LogNode(level=node.level, place=node.place, total=total)
            for node, total in edge.append(one.total)
            if node.level and node.level % STRIDE == 0
        ]
    entries = (
        LogEntry(position=position, device_id=one.device, arrival=one.arrival, leaf=one.leaf)
        for position, one in enumerate(found, start=start)
    )
    LogEntry.objects.bulk_create(entries, batch_size=AT_ONCE)
    LogNode.objects.bulk_create(nodes, batch_size=AT_ONCE)
    reached = {one.device: one.arrival for one in found}
    LogMark.objects.bulk_create(
        (LogMark(device_id=device, arrival=arrival) for device, arrival in reached.items()),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["arrival"],
        batch_size=AT_ONCE,
    )
    return edge


def _sign(size: int, root: bytes, seed: bytes, at: datetime) -> LogHead:
    key = LogKey.objects.of(signing.public_key(seed), at=at)
    signature = signing.sign(seed, head_text(size=size, root=root, at=at))
    return LogHead.objects.create(size=size, root=root, at=at, key=key, signature=signature)
