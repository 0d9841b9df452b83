"""Keep partitions of blocks ready, so that no delivery ever waits for one."""

from datetime import date, datetime

from django.db import connection, transaction

AHEAD = 3  # months, this one included


@transaction.atomic
def prepare(*, at: datetime) -> int:
    """
    Make the partitions that are missing for this month and the next ones; return how many were made.

    It changes no fact, so it asks for no permission. The database function behind it belongs to the owner of
    the tables, because the application owns none.
    """
    made = 0
    with connection.cursor() as cursor:
        for ahead in range(AHEAD):
            months = at.year * 12 + at.month - 1 + ahead
            cursor.execute("SELECT devices_make_partition(%s)", [date(months // 12, months % 12 + 1, 1)])
            made += bool(cursor.fetchone()[0])
    return made
