"""
A database is for one mode for good: by its row of the moved clock it knows that it is for trying things out.

``manage.py prepare``, which runs before every start, refuses the other's before it migrates it, so nothing
is started. Web, worker and beat do not look again; a live database has no clock that could be moved.
"""

from typing import Any

from django.db.models import Model
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
    check(mode, cursor)
    if mode == TEST:
        MovedClock.objects.get_or_create(pk=1)
        move_defaults(cursor)


def check(mode: str, cursor: Any) -> None:
    """
    See that a database is not one of the other mode; whatever it lacks yet, of an older schema or of none.

    :raises WrongDatabase: if it is
    """
    is_test = _has_rows(MovedClock, cursor)
    if mode != TEST and is_test:
        raise WrongDatabase("This database is one of test mode: set JIJIAN_MODE=test, or name the live one.")
    if mode == TEST and not is_test and _has_rows(Organization, cursor):
        raise WrongDatabase("This database is a live one: test mode needs a database of its own.")


def _has_rows(model: type[Model], cursor: Any) -> bool:
    table = model._meta.db_table
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
    return bool(cursor.fetchone()[0])


def move_defaults(cursor: Any) -> None:
    """Let every column that notes when its row was written ask the moved clock."""
    cursor.execute(DEFAULTS)
    for table, column in cursor.fetchall():
        cursor.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT marketplace_now()").format(
                sql.Identifier(table), sql.Identifier(column)
            )
        )
