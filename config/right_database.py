"""
A database is for one mode for good: by its row of the moved clock it knows that it is for trying things out.

So a process that is pointed at the database of the other mode by mistake is stopped before it does anything.
"""

from typing import Any

from psycopg import sql

from config.mode import TEST
from marketplace.models import MovedClock, Organization

DEFAULTS = """
SELECT a.attrelid::regclass::text, a.attname
FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class AS c ON c.oid = d.adrelid
WHERE c.relnamespace = 'public'::regnamespace AND pg_get_expr(d.adbin, d.adrelid) = 'statement_timestamp()'
"""


class WrongDatabase(Exception):
    """The database is that of the other mode."""


def claim(mode: str, cursor: Any) -> None:
    """
    Make an empty database one of this mode, or see that it is; ``cursor`` is the owner's.

    In test mode rows that say themselves when they were written say it by the moved clock.

    :raises WrongDatabase: if it is a database of the other mode
    """
    is_test = MovedClock.objects.exists()
    if mode != TEST:
        if is_test:
            raise WrongDatabase(
                "This database is one of test mode: set JIJIAN_MODE=test, or name the live one."
            )
        return
    if not is_test and Organization.objects.exists():
        raise WrongDatabase("This database is a live one: test mode needs a database of its own.")
    MovedClock.objects.get_or_create(pk=1)
    move_defaults(cursor)


def move_defaults(cursor: Any) -> None:
    """Let every column that notes when its row was written ask the moved clock."""
    cursor.execute(DEFAULTS)
    for table, column in cursor.fetchall():
        cursor.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT marketplace_now()").format(
                sql.Identifier(table), sql.Identifier(column)
            )
        )
