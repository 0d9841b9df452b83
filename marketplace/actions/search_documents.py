"""Make what listings are found by: anew when a listing changes, all of them when asked, in batches."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext, override

from marketplace.actions import data_terms, owner_records
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Listing, ListingService, ListingUnit, SearchDocument, SearchTerm
from marketplace.queries import with_stated
from marketplace.queries.dictionaries import first_codes, newest_by_code
from marketplace.queries.search_results import Usage, estimate_of
from marketplace.rules.search import flags
from marketplace.rules.search.cells import Point
from marketplace.rules.search.documents import Document, Offer, document_of, rank_of
from marketplace.rules.search.plans import RARE
from marketplace.rules.search.tsquery import lexeme
from marketplace.shared.money import Money

AT_ONCE = 500
_put_off: ContextVar[set[int] | None] = ContextVar("put_off", default=None)
OLD = timedelta(days=1)
USUAL = (Usage("hours", Decimal(40)), Usage("parts", Decimal(1000)))  # in 30 days
WRITE = """
INSERT INTO marketplace_searchdocument AS known (listing_id, tokens, numbers, points, rank, category_id,
    province, owner_kind, flags, latitude, longitude, per_hours, per_parts, chain_id, changed_at, renewed_at)
SELECT listing, tokens::tsvector, numbers::jsonb, points, least(points, 99), category, province, owner,
    flags, latitude, longitude, hours, parts, chain, changed, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::smallint[], %s::bigint[], %s::text[], %s::text[],
    %s::int[], %s::float8[], %s::float8[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
    AS made (listing, tokens, numbers, points, category, province, owner, flags, latitude, longitude, hours,
        parts, chain, changed)
ON CONFLICT (listing_id) DO UPDATE SET tokens = excluded.tokens, numbers = excluded.numbers,
    points = excluded.points, category_id = excluded.category_id, province = excluded.province,
    owner_kind = excluded.owner_kind, flags = excluded.flags,
    latitude = excluded.latitude, longitude = excluded.longitude, per_hours = excluded.per_hours,
    per_parts = excluded.per_parts, chain_id = excluded.chain_id, renewed_at = excluded.renewed_at,
    changed_at = CASE WHEN %s
        AND (known.tokens, known.numbers, known.latitude, known.longitude, known.chain_id)
        IS DISTINCT FROM (excluded.tokens, excluded.numbers, excluded.latitude, excluded.longitude,
            excluded.chain_id)
        THEN excluded.renewed_at ELSE known.changed_at END
"""
PLACE = """
UPDATE marketplace_searchdocument d SET rank = placed.rank FROM (
    SELECT listing_id, 100 * (row_number() OVER (PARTITION BY category_id ORDER BY points, listing_id) - 1)
        / count(*) OVER (PARTITION BY category_id) AS rank FROM marketplace_searchdocument
) placed WHERE d.listing_id = placed.listing_id AND d.rank <> placed.rank
"""
COUNT = """
INSERT INTO marketplace_searchterm (token, documents)
SELECT word, ndoc FROM ts_stat('SELECT tokens FROM marketplace_searchdocument')
    WHERE ndoc > %s AND length(word) <= 80
UNION ALL SELECT '', count(*) FROM marketplace_searchdocument
"""


@atomic
def renew(*, listings: Collection[int], at: datetime, is_news: bool = True) -> int:
    """
    Make anew what these listings are found by, by their keys; what is not published any more is not found.

    Call it in the transaction that changes them, their machines, sites or owners, once that is written.
    What could not be found before is new at ``at``, or without ``is_news`` since it was first published; what
    is found by something else than before has changed at ``at``, but not without ``is_news``.
    Return how many can be found; none yet within :func:`together`.
    """
    waiting = _put_off.get()
    if waiting is not None:
        waiting.update(listings)
        return 0
    offered = Listing.objects.offered().filter(pk__in=listings).order_by("pk")
    shown = list(with_stated(offered.select_related("owner", "category", "site"), "owner"))
    SearchDocument.objects.filter(listing__in=set(listings) - {one.pk for one in shown}).delete()
    machines, services = _machines(shown), _services(shown)
    finished = owner_records.finished(owners={one.owner_id for one in shown})
    kinds = {one.category.code for one in shown}
    newer, firsts = newest_by_code(kinds), first_codes(kinds)
    offers = {
        one.pk: replace(
            _offer(one, machines.get(one.pk, ()), services.get(one.pk, ()), finished.get(one.owner_id, 0)),
            fields=newer.get(one.category.code),
            first_codes=firsts.get(one.category.code, {}),
        )
        for one in shown
    }
    for first in range(0, len(shown), AT_ONCE):
        batch = shown[first : first + AT_ONCE]
        since = [at if is_news else one.published_at or at for one in batch]
        rows = [_row(one, offers[one.pk], machines.get(one.pk, ()), at.date()) for one in batch]
        _write([(*row, new) for row, new in zip(rows, since, strict=True)], at, is_news=is_news)
    return len(shown)


@contextmanager
def together(*, at: datetime) -> Iterator[None]:
    """Let many listings that change in one transaction be made anew at its end, in few statements."""
    token = _put_off.set(set())
    try:
        yield
        keys = _put_off.get() or set()
    finally:
        _put_off.reset(token)
    if keys:
        renew(listings=keys, at=at)


def renew_missing(*, at: datetime) -> int:
    """Make what published listings are found by that nobody has made yet, at most some; return how many."""
    missing = Listing.objects.offered().filter(search_document=None).order_by("pk")[:AT_ONCE]
    keys = list(missing.values_list("pk", flat=True))
    return renew(listings=keys, at=at, is_news=False) if keys else 0


def renew_oldest(*, at: datetime) -> int:
    """
    Make anew the oldest that are older than a day, at most some; return how many there were.

    Words of categories, sites and owners change without their listings, and so do taxes.
    """
    old = SearchDocument.objects.filter(renewed_at__lt=at - OLD).order_by("renewed_at")[:AT_ONCE]
    keys = list(old.values_list("pk", flat=True))
    renew(listings=keys, at=at)
    return len(keys)


def age(*, category: Category, at: datetime) -> None:
    """Let what offers of a category are found by be made anew next, by :func:`renew_oldest`."""
    SearchDocument.objects.filter(category_id=category.pk).update(renewed_at=at - 2 * OLD)


@atomic
def count() -> None:
    """
    Count in how many documents tokens occur, and put documents in their hundredth of their category.

    Questions are answered rightly without the counts, but slower; a new document has its points as its rank
    until it is put among its like, the newest first where points are equal.
    """
    SearchTerm.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [RARE])
        cursor.execute(PLACE)


Machine = tuple[str, str, date | None]  # maker, model, when it was built


def _services(listings: Sequence[Listing]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    agreed = ListingService.objects.agreed().filter(listing__in=listings).order_by()
    for key, kind in agreed.values_list("listing", "kind"):
        found.setdefault(key, set()).add(kind)
    return found


def _machines(listings: Sequence[Listing]) -> dict[int, list[Machine]]:
    found: dict[int, list[Machine]] = {}
    units = ListingUnit.objects.filter(listing__in=listings).order_by("pk")
    names = ("equipment__maker_name", "equipment__model_name", "equipment__built_on")
    for key, *named in units.values_list("listing", *names):
        found.setdefault(key, []).append((named[0], named[1], named[2]))
    return found


def _row(one: Listing, offer: Offer, machines: Sequence[Machine], day: date) -> tuple[Any, ...]:
    made: Document = document_of(offer)
    place = offer.place
    return (
        one.pk,
        " ".join(map(lexeme, made.tokens)),
        json.dumps({key: str(value) for key, value in made.numbers.items()}),
        rank_of(offer, machines=len(machines), verified=one.owner.verified_at is not None),
        one.category_id,
        one.site.region_code[:2],
        one.owner.kind,
        flags.bits_of(made.tokens),
        place.latitude if place else None,
        place.longitude if place else None,
        *(_fen(estimate_of(one, usual, day)) for usual in USUAL),
        one.chain_id,
    )


def _offer(one: Listing, machines: Sequence[Machine], services: Collection[str], finished: int) -> Offer:
    site, category = one.site, one.category
    built = [day.year for *_, day in machines if day]
    words = [value for value in one.specs.values() if isinstance(value, str) and not value[:1].isdigit()]
    with override("zh-hans"):
        choices = (*words, *(gettext(word) for word in words))
    return Offer(
        title=one.title,
        category=category.code,
        city=site.city,
        region_code=site.region_code,
        owner_kind=one.owner.kind,
        summary=one.summary,
        names=(category.name, category.name_zh),
        city_en=site.city_en,
        machines=tuple(word for pair in dict.fromkeys(each[:2] for each in machines) for word in pair),
        choices=choices,
        specs=one.specs,
        flags=("x:verified",) if one.owner.verified_at else (),
        place=None
        if site.latitude is None or site.longitude is None
        else Point(float(site.latitude), float(site.longitude)),
        services=frozenset(services),
        asks=data_terms.asks(document=one.data_terms),
        finished=finished,
        built=min(built) if len(built) == len(machines) and built else None,
    )


def _fen(price: Money | None) -> int | None:
    return price.minor if price and price.currency == "CNY" else None


def _write(rows: Sequence[tuple[Any, ...]], at: datetime, *, is_news: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [at, *(list(column) for column in zip(*rows, strict=True)), is_news])
