"""The common delivery, stored by one statement of the database (``devices_take``, migration 0003)."""

from datetime import datetime

import psycopg
from django.db import connection

from devices.rules.preparing import Prepared
from devices.rules.vocabularies import Vocabulary

STORED, AGAIN, KEY, STALE, LOOK = "stored", "again", "key", "stale", "look"
# The server binds the parameters, in binary: Django's own cursor would write each block as hexadecimal text.
CALL = (
    "SELECT outcome, arrival FROM devices_take("
    "%b, %b, %b, %b, %b, %b, %b, %b, %b::int, %b, %b, %b, %b, %b, %b, %b, %b, %b)"
)


def store(
    *, vocabulary: Vocabulary, epoch: str, prepared: Prepared, key: int | None, at: datetime
) -> tuple[str, int | None]:
    """
    Store a delivery that goes on where the source stopped, or recognise one that came before.

    The caller has asked for permission; with ``key`` the database asks once more, so that a key revoked a
    moment ago opens nothing. Returns the outcome and, if it was stored, the arrival number.
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
    )
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        outcome, arrival = cursor.execute(CALL, given, prepare=True).fetchone() or (LOOK, None)
    return outcome, arrival
