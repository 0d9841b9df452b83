"""Queue a task after commit, by name: actions may not import tasks, because tasks import actions."""

from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils.module_loading import import_string


def later(task: str, **kwargs: Any) -> None:
    """
    Queue ``task`` (dotted name) with ``kwargs`` when the transaction commits; never if it rolls back.

    The name is resolved at once, so that a typo fails here and not in the worker.

    :raises ImportError: if there is no such task
    """
    signature = import_string(task).s(**kwargs)
    transaction.on_commit(partial(_send, signature))


def _send(signature: Any) -> None:
    with current_app.connection_for_write() as connection:
        signature.apply_async(connection=connection)
