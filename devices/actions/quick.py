"""Common deliveries, stored by one statement (``devices_take``, migration 0008; many: migration 0011)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from devices.rules.pace import Pace
from devices.rules.preparing import Prepared
from devices.rules.vocabularies import Vocabulary
from marketplace.shared.prepared import rows

STORED, AGAIN, KEY, STALE, OVER, LOOK = "stored", "again", "key", "stale", "over", "look"
# The server binds the parameters, in binary: Django's own cursor would write each block as hexadecimal text.
CALL = (
    "SELECT outcome, arrival, paid FROM devices_take("
    "%b, %b, %b, %b, %b, %b, %b, %b, %b::int, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"
)
CALL_MANY = (
    "SELECT outcome, arrival, paid FROM devices_take_many("
    "%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b, "
    "%b::bigint[], %b::bigint[], %b::int[], %b::bigint[], %b::bigint[], "
    "%b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], "
    "%b::bigint[], %b)"
)


CALL_HEAR = "SELECT outcome, arrival, paid FROM devices_hear(%b, %b, %b, %b, %b, %b)"


class Outcome(NamedTuple):
    """What the statement did; ``arrival`` if it stored, ``paid_until`` the device's bucket after it."""

    word: str
    arrival: int | None = None
    paid_until: datetime | None = None


class Ready(NamedTuple):
    """One of several deliveries: what it may speak of, its epoch, and its readings as they are stored."""

    vocabulary: Vocabulary
    epoch: str
    prepared: Prepared


def store(
    *,
    vocabulary: Vocabulary,
    epoch: str,
    prepared: Prepared,
    key: int | None,
    pace: Pace | None,
    at: datetime,
    paid_for: int | None = None,
) -> Outcome:
    """
    Store a delivery that goes on where the source stopped, or recognise one that came before.

    The caller has asked for permission; with ``key`` the database asks once more, so that a key revoked a
    moment ago opens nothing. With ``pace``, more readings than it leaves room for are not stored;
    ``paid_for`` says how many count, if not those that are stored.
    """
    given = (
        vocabulary.device,
        key,
        vocabulary.revision,
        vocabulary.public_id,
        epoch,
        at,
        *prepared,
        pace and pace.cost(prepared.size if paid_for is None else paid_for),
        pace and pace.most,
    )
    return Outcome(*rows(statement=CALL, given=given)[0])


def hear(
    *, vocabulary: Vocabulary, readings: int, key: int | None, pace: Pace | None, at: datetime
) -> Outcome:
    """
    Note that a device delivered, and that it was nothing new; paid like any other delivery.

    The caller has asked for permission, as for :func:`store`.
    """
    asked = (vocabulary.device, key, vocabulary.revision, at)
    given = (*asked, pace and pace.cost(readings), pace and pace.most)
    return Outcome(*rows(statement=CALL_HEAR, given=given)[0])


def store_many(*, entries: Sequence[Ready], pace: Pace, at: datetime) -> list[Outcome]:
    """
    Store several deliveries in one commit, each as :func:`store` would; what it would not store is left.

    What comes after one that is left, of the same device, is left too. Entries are given by rising device,
    for their heads are locked in this order. The caller has asked for permission.
    """
    if not entries:
        return []
    devices = [(one.vocabulary.device, one.vocabulary.revision, one.vocabulary.public_id) for one in entries]
    columns = [list(column) for column in zip(*(one.prepared for one in entries), strict=True)]
    given = (
        *map(list, zip(*devices, strict=True)),
        [one.epoch for one in entries],
        at,
        *columns,
        [pace.cost(one.prepared.size) for one in entries],
        pace.most,
    )
    return [Outcome(*row) for row in rows(statement=CALL_MANY, given=given)]
