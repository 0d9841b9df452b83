"""
Keep for each listing when none of its machines can be had: what a search for days leaves aside.

A trigger writes down which listings changed, in the transaction of the change; searches leave those to the
claims themselves until this has made their times anew. So what is free is never left aside, and what is shown
is asked of the claims in the end: the times may only be behind, never in the way.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from marketplace.gateway.transactions import atomic
from marketplace.models import StaleTimes

AT_ONCE = 500
AHEAD = timedelta(days=400)  # claims that begin later are left to the claims themselves
COMPARED = timedelta(days=360)
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('marketplace_taken_times', 0))"
# A machine is taken by its claims, widened by the buffers of its listing; movable ones could stand elsewhere.
# Where every machine has some claim at one moment, nothing can be moved out of the way of that moment.
TIMES = """
WITH machines AS (
    SELECT l.id AS listing, e.id AS machine, make_interval(hours => l.buffer_before_hours) AS before,
        make_interval(hours => l.buffer_after_hours) AS after
    FROM marketplace_listing l LEFT JOIN (
        marketplace_listingunit u JOIN marketplace_equipment e
        ON e.id = u.equipment_id AND e.status = 'IN_SERVICE'
    ) ON u.listing_id = l.id WHERE {which}
), busy AS (
    SELECT listing, before, after,
        CASE WHEN machine IS NULL THEN '{{(,)}}' ELSE coalesce(range_agg(c.period), '{{}}') END AS held,
        coalesce(range_agg(tstzrange(lower(c.period) - after, upper(c.period) + before))
            FILTER (WHERE NOT c.movable), '{{}}') AS fixed
    FROM machines LEFT JOIN marketplace_claim c ON c.equipment_id = machine AND c.active
        AND coalesce(upper(c.period), 'infinity') > %(at)s AND lower(c.period) < %(ahead)s
    GROUP BY listing, machine, before, after
), met AS (
    SELECT listing, before, after, range_intersect_agg(held) AS held, range_intersect_agg(fixed) AS fixed
    FROM busy GROUP BY listing, before, after
)
SELECT listing, fixed + (
    SELECT coalesce(range_agg(tstzrange(lower(r) - after, upper(r) + before)), '{{}}') FROM unnest(held) r
) AS taken FROM met
"""
KEEP = f"""
INSERT INTO marketplace_takentimes (listing_id, taken)
SELECT listing, taken FROM ({TIMES}) made WHERE NOT isempty(taken)
ON CONFLICT (listing_id) DO UPDATE SET taken = excluded.taken
    WHERE marketplace_takentimes.taken <> excluded.taken
"""  # noqa: S608
DROP = f"""
DELETE FROM marketplace_takentimes t USING ({TIMES}) made
WHERE t.listing_id = made.listing AND isempty(made.taken)
"""  # noqa: S608
OTHER = f"""
SELECT listing FROM ({TIMES}) made LEFT JOIN marketplace_takentimes t ON t.listing_id = made.listing
WHERE coalesce(t.taken, '{{{{}}}}') * %(compared)s::tstzmultirange
    <> made.taken * %(compared)s::tstzmultirange
    AND NOT EXISTS (SELECT 1 FROM marketplace_staletimes s WHERE s.listing_id = listing)
"""  # noqa: S608
SOME, ALL = "l.id = ANY(%(listings)s)", "l.id > %(first)s AND l.id <= %(last)s"


@atomic
def renew(*, at: datetime) -> int:
    """
    Make anew the times of listings that changed, the longest waiting first; return how many, some at once.

    Whoever finds another one at it gives up. The rows are read before the claims, by statements of their own:
    a claim whose row is taken away here is seen.
    """
    if not _alone():
        return 0
    waiting = dict(StaleTimes.objects.order_by("pk").values_list("pk", "listing_id")[:AT_ONCE])
    if waiting:
        _make(SOME, at, listings=sorted(set(waiting.values())))
        StaleTimes.objects.filter(pk__in=waiting).delete()
    return len(waiting)


@atomic
def compare(*, at: datetime, first: int, last: int) -> list[int]:
    """
    Compare the times of listings with keys above ``first`` up to ``last`` with their claims; mend them.

    Return which were wrong though nothing was written down of them, for the next 360 days: none should be.
    Times that are over go, and those that came nearer than 400 days are taken in.
    """
    if not _alone():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            OTHER.format(which=ALL),
            _given(at, first=first, last=last)
            | {"compared": f"{{[{at.isoformat()},{(at + COMPARED).isoformat()})}}"},
        )
        wrong = [row[0] for row in cursor.fetchall()]
    _make(ALL, at, first=first, last=last)
    return wrong


def last_key() -> int:
    """Return the largest key of a listing, or 0."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM marketplace_listing")
        return int(cursor.fetchone()[0])


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        return bool(cursor.fetchone()[0])


def _make(which: str, at: datetime, **given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(KEEP.format(which=which), _given(at, **given))
        cursor.execute(DROP.format(which=which), _given(at, **given))


def _given(at: datetime, **given: int | Sequence[int]) -> dict[str, Any]:
    return {"at": at, "ahead": at + AHEAD, **given}
