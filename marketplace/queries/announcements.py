"""
What pages show of announcements: kept beside the database, so that no page asks it for them.

It is laid there when something is published or withdrawn, and every minute; a page looks there alone. Where
nothing is kept, nothing is shown until the next minute. What begins or ends by the clock needs no writing:
also what will be shown is kept, and each page looks at the time.
"""

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest
from redis.exceptions import RedisError

from marketplace.models import Announcement, Organization
from marketplace.queries import organizations_of
from marketplace.rules.announcements import Kind, Reader, Shown

KEY: Final = "announcements:1"  # another number for another shape of what is kept
KEPT_S: Final = 300  # a few of the minutes after each of which it is laid anew
MOST: Final = 50  # the newest news; maintenance and rules are all there
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('marketplace_announcements_kept', 0))"


def keep_current(at: datetime) -> None:
    """
    Lay down what is shown at a moment or later.

    Whoever does so waits for who does so already, and looks only then: what was withdrawn does not come back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        known = Announcement.objects.current(at).order_by("-published_at", "-pk")
        found = [*known.exclude(kind=Kind.GENERAL), *known.filter(kind=Kind.GENERAL)[:MOST]]
        with suppress(RedisError):  # the next minute comes
            cache.set(KEY, [tuple(one.shown) for one in found], timeout=KEPT_S)


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
