"""Keep partitions ready, so that no delivery ever waits for one, and drop those that are empty for good."""

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


@transaction.atomic
def retire() -> int:
    """
    Drop the hot partitions of past months that are empty; return how many went.

    The database looks under the lock of the table whether a partition is empty, and gives up after a second
    without the lock: the next run finds it again. It changes no fact, so it asks for no permission.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT devices_drop_empty_partitions()")
        return int(cursor.fetchone()[0])
