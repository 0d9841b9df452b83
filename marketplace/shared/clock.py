"""
The one clock that is read where a request, a task or a command comes in; what is within is given the time.

Here it is the machine's own. An installation for trying things out sets it ahead.
"""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return the time it is, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """Return the day it is where the pages are read."""
    return timezone.localdate(now())
