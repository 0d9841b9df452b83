"""
The certificate of an erasure: what exactly is signed, so that anybody can check it.

It is a line that says what it is, and one line of JSON with sorted keys, no spaces and ASCII only, like an
entry of the log of reads. ``root`` is that of the Merkle tree (RFC 9162) over the texts of
``devices.rules.erasing.entries``, device by device in order of their ids.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from devices.ownership.rules.event_log import plain
from devices.rules.log import written
from marketplace.shared.merkle import Frontier, leaf_hash

FIRST_LINE = b"jijian-erasure-1\n"
PLACES = ("database",)


class Gone(NamedTuple):
    """What went of one device, class and time, in counts; ``channels`` if only some went."""

    device: str
    retention: str
    start: datetime
    end: datetime
    channels: tuple[str, ...]
    deliveries: int
    readings: int
    items: int
    words: int


class Place(NamedTuple):
    """Where the event of the erasure stands in the log of reads, and a head over it."""

    event: str
    position: int
    size: int
    root: str


class Statement(NamedTuple):
    """All that a certificate says; ``backups_until`` is when the last backup that may hold the data goes."""

    id: str
    duty: str
    agreement: str
    owner: str
    lessee: str
    asked_by: str
    ordered_at: datetime
    done_at: datetime
    backups_until: date
    gone: tuple[Gone, ...]
    size: int
    root: str
    log: Place


def text(said: Statement) -> bytes:
    """Return what is signed."""
    facts = said._asdict() | {
        "ordered_at": written(said.ordered_at),
        "done_at": written(said.done_at),
        "backups_until": said.backups_until.isoformat(),
        "gone": [_gone(one) for one in said.gone],
        "log": said.log._asdict(),
        "places": list(PLACES),
    }
    return FIRST_LINE + plain(facts) + b"\n"


def tree(texts: Iterable[bytes]) -> tuple[int, bytes]:
    """Return the number of texts and the root over them."""
    edge = Frontier()
    for one in texts:
        edge.append(leaf_hash(one))
    return edge.size, edge.root()


def _gone(one: Gone) -> Mapping[str, Any]:
    times = {"start": written(one.start), "end": written(one.end), "channels": list(one.channels)}
    return one._asdict() | times
