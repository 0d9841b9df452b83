"""
In which tables rows came, went or became others in a transaction, as the server itself counts it.

Asked before and after thousands of requests: the view ``pg_stat_xact_user_tables`` adds the indexes of every
table up each time, which takes ten times as long.
"""

from django.db import connection

CAME_OR_WENT = "pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_deleted(oid)"
TOUCHED = f"{CAME_OR_WENT} + pg_stat_get_xact_tuples_updated(oid)"
COUNTED = """SELECT coalesce(pg_partition_root(oid), oid)::regclass::text, sum(many) FROM (
    SELECT oid, {} AS many FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace OFFSET 0) AS counted
    WHERE many > 0 GROUP BY 1"""


def came_or_went() -> set[tuple[str, int]]:
    """Return how often rows came into a table or went, of those in which any did."""
    return set(_counted(CAME_OR_WENT).items())


def touched() -> dict[str, int]:
    """Return how often rows of a table came, went or became others, of those in which any did."""
    return _counted(TOUCHED)


def _counted(what: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(what))
        return dict(cursor.fetchall())
