"""Rows by COPY: the way into a table that costs least, with every trigger and constraint on."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from django.db import connection, models
from psycopg import Copy, sql

# The name of the sequence is looked up once, and not for each key.
NEXT_KEYS = """
WITH of_table AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS keys)
SELECT nextval(keys) FROM of_table, generate_series(1, %s)
"""


def keys_for(rows: Sequence[models.Model]) -> None:
    """Give unsaved rows of one model their keys, from the sequence of its table, in their order."""
    if not rows:
        return
    table = rows[0]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(NEXT_KEYS, [table, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model; those without a key get one from the database, which stays there."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if rows[0].pk or not field.primary_key]
    read = itemgetter(*(str(field.attname) for field in fields))
    as_json = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    values = (_written(read(vars(row)), as_json) for row in rows)
    copy_values(type(rows[0]), [str(field.column) for field in fields], values)


def _written(values: Sequence[Any], as_json: Sequence[int]) -> Sequence[Any]:
    written = list(values)
    for place in as_json:
        written[place] = json.dumps(written[place])
    return written


def copy_keys(model: type[models.Model], columns: Sequence[str], pairs: Iterable[tuple[int, int]]) -> None:
    """Insert pairs of keys, very many of them: written as text at once, since digits need no escaping."""
    with _into(model, columns) as copy:
        copy.write("".join([f"{one:d}\t{other:d}\n" for one, other in pairs]))


def copy_values(model: type[models.Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Insert values in the order of ``columns``; what is not named is left to the database."""
    with _into(model, columns) as copy:
        for each in values:
            copy.write_row(each)


@contextmanager
def _into(model: type[models.Model], columns: Sequence[str]) -> Iterator[Copy]:
    """Open a COPY; what the database refuses is Django's error, as of every other statement."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), named)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield copy
