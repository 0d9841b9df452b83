"""
Redis, as the REST API needs it beside caching: buckets of tokens, and a list of what was asked.

Both may be lost: a bucket that is gone is full, a request that is gone is missing in a log that nothing
stands on. So whoever asks goes on without them, and for a while does not ask again, so that no call waits
for a server that is away.
"""

import functools
import logging
import time
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from marketplace.rules.buckets import Bucket, Taken

TIMEOUT_S = 0.25
PAUSE_S = 5.0
KEPT_MS = 1  # that a bucket outlives its being full: whoever finds none finds a full one
MOST_NOTED = 50_000  # lines that wait at the most: some 20 MB
SCRIPT = """
local at, pay, most, more = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), at), at + most)
local paid = math.max(held + pay, at)
if paid > at + most then
    return {0, string.format('%.0f', held)}
end
redis.call('SET', KEYS[1], string.format('%.0f', paid), 'PX', math.floor((paid - at) / 1000) + more)
return {1, string.format('%.0f', paid)}
"""
log = logging.getLogger(__name__)


class _Pause:
    """Until when this process does not ask, by its own clock."""

    until = 0.0


def take(*, name: str, bucket: Bucket, at: int, tokens: int = 1) -> Taken | None:
    """
    Take a token of the bucket ``name`` at ``at`` µs since 1970, in one step; ``None`` if Redis is away.

    ``tokens=-1`` gives one back. What is taken is what ``marketplace.rules.buckets`` says.
    """
    arguments = [at, tokens * bucket.cost, bucket.most, KEPT_MS]
    found = _asked(lambda: _script()(keys=[called(f"bucket:{name}")], args=arguments))
    return None if found is None else Taken(bool(found[0]), int(found[1]))


def note(*, line: str) -> None:
    """Keep a line for :func:`noted`; where nobody fetches them, the oldest go."""

    def push() -> Any:
        pipe = _client().pipeline(transaction=False)
        pipe.rpush(called("requests"), line)
        pipe.ltrim(called("requests"), -MOST_NOTED, -1)
        return pipe.execute()

    _asked(push)


def noted(*, most: int) -> list[str]:
    """Take out the oldest lines; whoever has taken them out writes them down, or they are lost."""
    found = _asked(lambda: _client().lpop(called("requests"), most))
    return [line.decode() for line in found or ()]


def called(what: str) -> str:
    """Return what something is called in Redis: live and test share nothing, though they share a server."""
    return f"{cache.key_prefix}:{what}"


def _asked(ask: Any) -> Any:
    """Ask Redis; ``None`` if it is away, which is said once, until it is back."""
    if time.monotonic() < _Pause.until:
        return None
    try:
        found = ask()
    except RedisError:
        if not _Pause.until:
            log.warning("Redis does not answer: requests are neither limited nor noted until it does")
        _Pause.until = time.monotonic() + PAUSE_S
        return None
    if _Pause.until:
        log.warning("Redis answers again: requests are limited and noted")
        _Pause.until = 0.0
    return found


@functools.cache
def _client() -> Any:
    address = settings.CACHES["default"]["LOCATION"]
    return redis.Redis.from_url(address, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


@functools.cache
def _script() -> Any:
    return _client().register_script(SCRIPT)
