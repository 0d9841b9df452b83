"""Which errors mean that the database cannot do its work now, rather than that we made a mistake."""

import psycopg
from django.db import InterfaceError, InternalError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction

AGAIN_AFTER = 5  # seconds
ERRORS = (OperationalError, InterfaceError, psycopg.OperationalError)  # also a pool without connections


def unavailable(error: Exception) -> bool:
    """Tell whether to ask again later: the database is away, or only reads, so that nothing can be logged."""
    if isinstance(error, InternalError):
        return isinstance(error.__cause__, ReadOnlySqlTransaction)
    return isinstance(error, ERRORS)
