"""The common delivery, stored by one statement of the database (``devices_take``, migration 0008)."""

from datetime import datetime
from typing import NamedTuple

import psycopg
from django.db import connection

from devices.rules.pace import Pace
from devices.rules.preparing import Prepared
from devices.rules.vocabularies import Vocabulary

STORED, AGAIN, KEY, STALE, OVER, LOOK = "stored", "again", "key", "stale", "over", "look"
# The server binds the parameters, in binary: Django's own cursor would write each block as hexadecimal text.
CALL = (
    "SELECT outcome, arrival, paid FROM devices_take("
    "%b, %b, %b, %b, %b, %b, %b, %b, %b::int, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"
)


class Outcome(NamedTuple):
    """What the statement did; ``arrival`` if it stored, ``paid_until`` the device's bucket after it."""

    word: str
    arrival: int | None = None
    paid_until: datetime | None = None


def store(
    *,
    vocabulary: Vocabulary,
    epoch: str,
    prepared: Prepared,
    key: int | None,
    pace: Pace | None,
    at: datetime,
) -> Outcome:
    """
    Store a delivery that goes on where the source stopped, or recognise one that came before.

    The caller has asked for permission; with ``key`` the database asks once more, so that a key revoked a
    moment ago opens nothing. With ``pace``, more readings than it leaves room for are not stored.
    """
    connection.ensure_connection()
    given = (
        vocabulary.device,
        key,
        vocabulary.revision,
        vocabulary.public_id,
        epoch,
        at,
        *prepared,
        pace and pace.cost(prepared.size),
        pace and pace.most,
    )
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(CALL, given, prepare=True, binary=True).fetchone()
    return Outcome(*row) if row else Outcome(LOOK)
