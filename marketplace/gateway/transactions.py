"""
The transaction of an action, tried again when PostgreSQL ended it to free others.

All writers lock in one order (docs/locking.md), but foreign keys, unique keys and exclusion constraints lock
as well, and their order is nobody's choice. PostgreSQL ends one of two that wait for each other; that one has
written nothing then, so it does the same again and nobody learns of it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

# Seconds before the second, third and fourth try; the one that was not ended goes on meanwhile.
PAUSES = (0.02, 0.1, 0.4)
# Another try may do: ended for others, no connection, too many of them, the server stops or starts.
PASSING = ("40001", "40P01", "08", "53300", "57P0")
_as_one: ContextVar[bool] = ContextVar("as_one", default=False)
P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def as_one() -> Iterator[None]:
    """
    Open a savepoint in which actions are called as parts of one: none of them has a savepoint of its own.

    Whatever they raise must leave the block, which undoes all of them: nobody inside may go on after it.
    """
    with transaction.atomic():
        token = _as_one.set(True)
        try:
            yield
        finally:
            _as_one.reset(token)


def atomic(action: Callable[P, R]) -> Callable[P, R]:
    """
    Run an action in a transaction of its own, or as a part of the one that is open.

    Only the outermost is tried again: whoever is inside has lost its transaction with the whole. After four
    tries the error goes on, and the interfaces say that the database is busy (``config.unavailable``).
    """

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _as_one.get():
            return action(*args, **kwargs)
        pauses = () if connection.in_atomic_block else PAUSES
        for pause in pauses:
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if not _ended_for_others(error):
                    raise
            time.sleep(pause)
        with transaction.atomic():
            return action(*args, **kwargs)

    return run


def is_passing(error: DatabaseError | InterfaceError) -> bool:
    """
    Tell whether the database itself was lost, or ended the work for others, so that it may do later.

    What it refuses for another reason (a statement that takes too long, no room) it refuses every time.
    Ask when the transaction that failed is undone.
    """
    state = str(getattr(error.__cause__, "sqlstate", None) or "")
    return state.startswith(PASSING) or not connection.is_usable()


def _ended_for_others(error: OperationalError) -> bool:
    """Tell whether PostgreSQL ended the transaction because of others, so that a second try may do."""
    return isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
