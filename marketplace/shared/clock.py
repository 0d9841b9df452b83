"""
The one clock that is read where a request, a task or a command comes in; what is within is given the time.

In live mode it is the machine's own. An installation for trying things out sets it ahead (docs/test-mode.md):
people, leases and money live at :func:`now`, while what protects them from strangers (sessions, second
factors, limits of tries, signatures of messages) stays at :func:`machine_now`.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def now() -> datetime:
    """Return the time it is, aware, in UTC."""
    return machine_now() + ahead() if is_test() else machine_now()


def today() -> date:
    """Return the day it is where the pages are read."""
    return timezone.localdate(now())


def machine_now() -> datetime:
    """Return the time of the machine, which nobody moves, aware, in UTC."""
    return timezone.now()


def is_test() -> bool:
    """Tell whether this installation is one for trying things out."""
    return bool(settings.JIJIAN_MODE == "test")


def ahead() -> timedelta:
    """Return how far this clock is ahead of the machine's."""
    found: timedelta = import_string(settings.CLOCK_AHEAD)()
    return found
