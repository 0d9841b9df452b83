"""How often one address may try claim codes."""

from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MOST, MINUTE = 20, 60


class ClaimThrottle(BaseThrottle):
    """
    Twenty tries a minute and address, counted in Redis.

    Where Redis does not answer, gateways still get their keys: a code dies of ten wrong tries in any case.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        key = f"claim-tries:{self.get_ident(request)}"
        try:
            cache.add(key, 0, MINUTE)
            return cache.incr(key) <= MOST
        except (RedisError, ValueError):  # ValueError: the minute ended between the two
            return True

    def wait(self) -> float | None:
        return MINUTE
