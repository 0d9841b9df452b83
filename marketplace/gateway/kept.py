"""
What was worked out before, in Redis for a while. All of it may be lost: then it is worked out again.

Whoever asks goes on without Redis where that is away.
"""

import logging
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def recall(key: str) -> Any:
    """Return what was kept under a key, or ``None``."""
    try:
        return cache.get(key)
    except RedisError:
        log.warning("nothing is recalled: Redis is away", exc_info=True)
        return None


def keep(key: str, value: object, *, seconds: int) -> None:
    """Keep a value under a key for some seconds."""
    try:
        cache.set(key, value, seconds)
    except RedisError:
        log.warning("nothing is kept: Redis is away", exc_info=True)
