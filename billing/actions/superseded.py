"""Let go of versions of the running day that newer ones replaced and that nothing stands on."""

from datetime import datetime, timedelta

from django.db import connection, transaction

AT_ONCE = 2000
PURGE = "SELECT looked_at, gone FROM billing_purge_superseded(%s, %s, %s)"


def purge(*, keep: timedelta, at: datetime) -> int:
    """
    Delete window sets that were replaced longer than ``keep`` ago; return how many.

    Metering writes the running day anew at each run. Only a version goes that was replaced before any invoice
    of its day was drafted, from which no line was counted, and with which no review item opened: the database
    function behind it decides, and its triggers refuse everybody else. Each step commits by itself. It
    changes no fact that anything stands on, so it asks for no permission.
    """
    gone, after = 0, 0
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT looked_at, gone FROM billing_purge_superseded(%s, %s, %s)",
                [at - keep, after, AT_ONCE],
            )
            after, many = cursor.fetchone()
            gone += many or 0
    return gone
