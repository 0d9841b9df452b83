"""
Statements on the hot paths, whose plans the database keeps.

Django's own cursor writes parameters into the text, so that the database plans each statement anew; here it
binds them itself, in binary. What is asked stands with whoever asks; only the insert of a row is built here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.utils import debug_transaction
from django.db.models import Field, Model

LENGTH = re.compile(r"\(\d+\)")


def rows(*, statement: str, given: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Ask a prepared statement, with ``%b`` or ``%(name)b`` for each parameter; answers are binary, too."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    counted = debug_transaction(database, statement) if database.queries_logged else nullcontext()
    mine: psycopg.Connection[Any] = database.connection
    # Django connects without a threshold, and then nothing is kept whatever is asked. To connect with one
    # would make psycopg remember the whole text of the last hundred statements that Django wrote.
    mine.prepare_threshold = 0 if settings.DATABASE_PREPARED else None
    try:
        with database.wrap_database_errors, counted, psycopg.Cursor(mine) as cursor:
            return cursor.execute(statement, given, prepare=True, binary=True).fetchall()
    finally:
        mine.prepare_threshold = None


def insert(row: Model, *, only_if: str = "true", of: Sequence[Any] = ()) -> bool:
    """
    Insert a new row as ``save`` would, with the same adaption of each field, and no signals.

    With ``only_if``, a condition with its parameters ``of``, nothing is inserted where it does not hold;
    tells whether it was.
    """
    (statement, fields), database = _insert_of(type(row), only_if), connections[DEFAULT_DB_ALIAS]
    given = [one.get_db_prep_save(one.pre_save(row, add=True), database) for one in fields]
    made = rows(statement=statement, given=[*given, *of])
    if made:
        ((row.pk,),) = made
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return bool(made)


@contextmanager
def committed_alone() -> Iterator[None]:
    """
    Have the one statement of a block committed when it is left; never as a part of something larger.

    Outside of a transaction a statement commits itself, which saves the round trips of BEGIN and COMMIT.

    :raises RuntimeError: inside a transaction, whose end alone would commit it
    """
    if connection.get_autocommit():
        yield
    else:
        with transaction.atomic(durable=True):
            yield


@cache
def _insert_of(model: type[Model], only_if: str) -> tuple[str, "tuple[Field[Any, Any], ...]"]:
    table, key = model._meta.db_table, model._meta.pk
    fields = tuple(one for one in model._meta.concrete_fields if one is not key)
    names, places = ", ".join(f'"{one.column}"' for one in fields), ", ".join(map(_place, fields))
    chosen = f"SELECT {places} WHERE {only_if}"
    return f"INSERT INTO {table} ({names}) {chosen} RETURNING {key.column}", fields


def _place(field: "Field[Any, Any]") -> str:
    """Return a parameter of a field's type, but without its length: a cast would cut what is too long."""
    return f"%b::{LENGTH.sub('', str(field.db_type(connection)))}"
