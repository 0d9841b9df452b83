"""What the bare rows of a run cost: the same rows into tables with the same indexes, and nothing else."""

import time

from django.db import connection, models, transaction

from benchmarks.invoices import server_time


def copied(before: dict[type[models.Model], int], parts: int) -> tuple[int, float, float]:
    """
    Copy what a run wrote into tables with the same indexes, without keys to others and triggers.

    Return how many rows, the seconds, and the database's processor time.
    """
    data: dict[tuple[type[models.Model], int], bytes] = {}
    count = 0
    with connection.cursor() as cursor:
        for model in before:
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING INDEXES)")
            first, span = before[model], last_of(model) - before[model]
            for part in range(parts):
                keys = f"id > {first + span * part // parts} AND id <= {first + span * (part + 1) // parts}"
                query = f"SELECT {columns_of(model)} FROM {table} WHERE {keys}"
                with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as out:
                    data[model, part] = b"".join(out)
    began, served = time.perf_counter(), server_time()
    for part in range(parts):
        with transaction.atomic(), connection.cursor() as cursor:
            for model in before:
                into = f"bare_{model._meta.db_table} ({columns_of(model)})"
                with cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(data[model, part])
                count += cursor.rowcount
    return count, time.perf_counter() - began, server_time() - served


def columns_of(model: type[models.Model]) -> str:
    """Return the columns of a table, as SQL has them."""
    return ", ".join(str(field.column) for field in model._meta.concrete_fields)


def last_of(model: type[models.Model]) -> int:
    """Return the last key of a table."""
    return model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
