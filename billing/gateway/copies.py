"""Rows by COPY: the way into a table that costs least, with every trigger and constraint on."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def keys_for(rows: Sequence[models.Model]) -> None:
    """Give unsaved rows of one model their keys, from the sequence of its table, in their order."""
    if not rows:
        return
    table = rows[0]._meta.db_table
    query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(query, [table, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model; those without a key get one from the database, which stays there."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if rows[0].pk or not field.primary_key]
    as_json = [isinstance(field, models.JSONField) for field in fields]
    names = [str(field.attname) for field in fields]
    values = (
        [
            json.dumps(value) if is_json else value
            for value, is_json in zip((row.__dict__[name] for name in names), as_json, strict=True)
        ]
        for row in rows
    )
    copy_values(type(rows[0]), [str(field.column) for field in fields], values)


def copy_values(model: type[models.Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Insert values in the order of ``columns``; what is not named is left to the database."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), named)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for each in values:
            copy.write_row(each)
