"""How far the clock is set ahead: the row of the database, kept for a second where all processes look."""

from datetime import timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from marketplace.models import MovedClock

KEPT = 1  # seconds: a process that read the row before a move says so no longer
KEY = "clock-ahead"


def ahead() -> timedelta:
    """Return how far the clock is ahead of the machine's; without the cache the row is read each time."""
    try:
        kept = cache.get(KEY)
    except RedisError:
        return stored()
    if kept is None:
        kept = stored()
        remember(kept)
    return kept


def stored() -> timedelta:
    """Return it as the database has it."""
    return MovedClock.objects.values_list("ahead", flat=True).first() or timedelta(0)


def remember(how_far: timedelta) -> None:
    """Let all processes know."""
    try:
        cache.set(KEY, how_far, timeout=KEPT)
    except RedisError:
        return
