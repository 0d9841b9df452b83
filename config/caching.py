"""
The cache, as a page can afford it: whoever does not get an answer does without, and for a while does not ask.

Redis may be away, or take connections and say nothing. Each call then waits for ``socket_timeout`` of the
settings once; after it this process is refused at once until ``PAUSE_S`` are over. All that reads the cache
goes on without it where it is refused, as it does where Redis is away.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from django.core.cache.backends import redis as backend
from django.utils.functional import cached_property
from redis.exceptions import ConnectionError as Away
from redis.exceptions import TimeoutError as Silent

PAUSE_S: Final = 5.0
_until: dict[str, float] = {}  # by address, of the process's own clock


class RedisCache(backend.RedisCache):
    """Django's own, which asks no server that did not answer a moment ago."""

    @cached_property
    def _cache(self) -> Any:
        servers: list[str] = self._servers  # type: ignore[attr-defined]
        return _Patient(super()._cache, ",".join(servers))


class _Patient:
    """A client whose calls are refused for a while after one of them got no answer."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._asking(found) if callable(found) else found

    def _asking(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*given: Any, **named: Any) -> Any:
            if time.monotonic() < _until.get(self._address, 0.0):
                raise Away("Redis did not answer a moment ago")
            try:
                return call(*given, **named)
            except (Away, Silent):
                _until[self._address] = time.monotonic() + PAUSE_S
                raise

        return ask
