"""
What pages show of announcements: kept beside the database, so that no page asks it for them.

It is laid there when something is published or withdrawn, and every minute; a page looks there alone. Where
nothing is kept, nothing is shown until the next minute. What begins or ends by the clock needs no writing:
also what will be shown is kept, and each page looks at the time.
"""

from datetime import datetime
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from marketplace.models import Announcement, Organization
from marketplace.queries import organizations_of
from marketplace.rules.announcements import Reader, Shown

KEY: Final = "announcements:1"  # another number for another shape of what is kept
KEPT_S: Final = 86_400
MOST: Final = 50  # the newest


def keep_current(at: datetime) -> None:
    """Lay down what is shown at a moment or later."""
    found = Announcement.objects.current(at).order_by("-published_at", "-pk")[:MOST]
    try:
        cache.set(KEY, [tuple(one.shown) for one in found], timeout=KEPT_S)
    except RedisError:  # the next minute comes
        return


def current() -> list[Shown]:
    """Return what was laid down, nothing while the cache is away; no query."""
    try:
        return [Shown(*one) for one in cache.get(KEY) or ()]
    except RedisError:
        return []


def reader_of(request: HttpRequest, organization: Organization | None) -> Reader | None:
    """Return for whom a signed-in person reads; no query of its own."""
    if organization is None:
        return None
    organizations_of(request)
    lists = organization.pk in request._lists  # type: ignore[attr-defined]
    return Reader(organization.kind, organization.region_code, lists)
