"""Rows of one action that nobody reads before it ends, written together at its end: one statement a table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
_waiting: ContextVar[dict[type[models.Model], list[Any]] | None] = ContextVar("waiting", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """
    Let what :func:`write` is given wait until the end, in its order; a refusal writes none of it.

    It stands inside of the action's transaction. Inside of it no savepoint may be undone by somebody who then
    goes on: what was given meanwhile would be written all the same.
    """
    if is_on():
        yield
        return
    rows: dict[type[models.Model], list[Any]] = {}
    token = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(token)
    for model, found in rows.items():
        model._default_manager.bulk_create(found)


@contextmanager
def attempted() -> Iterator[None]:
    """Let go of what was given inside if it is left by an error, so that somebody may go on after it."""
    rows = _waiting.get()
    before = {model: len(found) for model, found in (rows or {}).items()}
    try:
        yield
    except BaseException:
        for model, found in (rows or {}).items():
            del found[before.get(model, 0) :]
        raise


def is_on() -> bool:
    """Tell whether rows wait for the end of an action."""
    return _waiting.get() is not None


def write(*, rows: Sequence[Row]) -> list[Row]:
    """Insert rows of one table, now or with those that wait; return them."""
    found, waiting = list(rows), _waiting.get()
    if waiting is not None and found:
        waiting.setdefault(type(found[0]), []).extend(found)
    elif found:
        type(found[0])._default_manager.bulk_create(found)
    return found
