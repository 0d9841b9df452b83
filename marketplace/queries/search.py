"""
Find listings: a page of them in order.

Two ways lead to a page (:mod:`marketplace.rules.search.plans`): through the index of tokens, or along an
order until the page is full. What is taken for all of the days wanted is left aside by the times kept of
listings; whether a machine is free is asked last, of what would be shown, by the functions that requests and
the claim writer ask (:func:`marketplace.queries.free_units`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from marketplace.models import Claim, Listing
from marketplace.queries import free_units, rooms_in
from marketplace.queries.search_counts import DOWNWARD, FIRST, PRICES, UPWARD, Counts, counts_of, order_of
from marketplace.queries.search_where import KM, TRIED, Params, by_index, by_row, from_there
from marketplace.rules.search import plans, tsquery
from marketplace.rules.search.wanted import Order, Place, Wanted

FIRST_KM, WIDER, MOST_KM, LAST_KM = 5.0, 4, 300.0, 20_100.0  # rings around a place; the last is all the rest
BATCH, MOST_BATCH, MOST_TRIED = 32, 512, 4_000
Found = tuple[int, Place]  # a listing's key, and its place in the list

# Braces hold conditions made here, of placeholders only; what was typed goes in as parameters.
WHOLE = "SELECT listing_id, ({by})::float8 AS by, rank FROM marketplace_searchdocument d WHERE {where}"
TIER = "SELECT listing_id, {tier} AS by, rank FROM marketplace_searchdocument d WHERE {where}"
PRICED = """SELECT listing_id, {price} AS by, rank FROM marketplace_searchdocument d
    WHERE {price} IS NOT NULL AND {where}"""
RING = """SELECT * FROM (
    SELECT listing_id, {km} AS by, rank FROM marketplace_searchdocument d
    WHERE latitude IS NOT NULL AND {where}
) near WHERE by > %s AND by <= %s"""
PAGE = "SELECT * FROM ({rows}) every WHERE by IS NOT NULL AND {onward} ORDER BY {order} LIMIT %s"


@dataclass(frozen=True)
class Way:
    """An order and how it is read on; ``upward`` is by the smallest first, else by the largest."""

    letter: str
    upward: bool = False

    def order(self) -> str:
        return UPWARD if self.upward else DOWNWARD

    def onward(self, after: Place | None) -> tuple[str, Params]:
        """Return the condition of what comes behind a place; its first part can be looked up."""
        if after is None:
            return "TRUE", []
        if self.upward:
            by = int(after.by) if self.letter == "p" else after.by  # fen are looked up as what they are
            return "by >= %s AND (by, -listing_id) > (%s, %s)", [by, by, -after.listing]
        return "(by, rank, listing_id) < (%s, %s, %s)", [after.by, after.rank, after.listing]


@dataclass(frozen=True)
class Tier(Way):
    """One half of what is read along the ranks: within it only the rank counts; ``few`` are put in order."""

    few: bool = False

    def order(self) -> str:
        return "rank + 0 DESC, listing_id DESC" if self.few else "rank DESC, listing_id DESC"

    def onward(self, after: Place | None) -> tuple[str, Params]:
        if after is None:
            return "TRUE", []
        return "rank <= %s AND (rank, listing_id) < (%s, %s)", [after.rank, after.rank, after.listing]


@dataclass(frozen=True)
class Page:
    """Listings by their keys, in order; ``after`` leads on, and is nothing on the last page."""

    listings: list[int]
    after: Place | None


def found(wanted: Wanted, limit: int, after: Place | None = None, *, counts: "Counts | None" = None) -> Page:
    """
    Return one page of what is wanted, behind the last entry of the one before.

    Its ``counts`` choose the way; they are made if they are not given. What is new since a moment is few.
    """
    known = Counts(0, exact=True) if wanted.since else counts
    rows = _in_order(wanted, known or counts_of(wanted), after)
    if wanted.free is not None:
        return _free(rows, wanted, limit)
    shown = list(islice(rows, limit + 1))
    return _page(shown, limit)


def _page(shown: Sequence[Found], limit: int) -> Page:
    """Return a page of what was read: one entry more than a page has says that it goes on."""
    return Page(
        [listing for listing, _ in shown[:limit]], shown[limit - 1][1] if len(shown) > limit else None
    )


def _in_order(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield all that meet the question, in order; a list is read on in the way in which it began."""
    if after.way == order_of(wanted)[0] and counts.whole if after else counts.whole:
        return _whole(wanted, counts, after)
    if wanted.order is Order.NEAR and wanted.near is not None:
        return _nearest(wanted, counts, after)
    if wanted.order is Order.PRICE and wanted.meter in PRICES:
        return _cheapest(wanted, counts, after)
    if after is not None and after.way == "g":
        return _whole(wanted, counts, after)
    return _walked(wanted, counts, after)


def _whole(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield all in their order, those that were read with the counts first."""
    if after is None and counts.whole:
        yield from counts.first
        if len(counts.first) == FIRST:
            yield from _whole(wanted, counts, counts.first[-1][1])
        return
    where, params = by_index(wanted)
    letter, by, given, _, upward = order_of(wanted)
    yield from _read(WHOLE.format(by=by, where=where), [*given, *params], Way(letter, upward), after)


def _walked(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield first what is what was named, then of what it is only said, each best first."""
    if after is None or after.by >= 1:
        yield from _tier(wanted, counts, after, heads=True)
        after = None
    if any(term.named for term in wanted.terms):
        yield from _tier(wanted, counts, after, heads=False)


def _tier(wanted: Wanted, counts: Counts, after: Place | None, *, heads: bool) -> Iterator[Found]:
    """Yield one half best first: along the order, or some ranks at a time through the index."""
    total = counts.heads if heads else counts.total - counts.heads
    share = total / max(counts.total, 1)
    width = plans.ranks_at_once(round(counts.before * share), total, counts.documents)
    where, params = (by_index if width else by_row)(wanted, heads=heads)
    if not heads:
        where, params = f"{where} AND NOT {TRIED}", [*params, tsquery.in_heads(wanted.terms)]
    sql = TIER.format(tier=int(heads), where=where)
    if not width:
        yield from _read(sql, params, Tier("t"), after)
        return
    top = after.rank if after else plans.RANKS
    while top >= 0:
        bottom = max(top - width, -1)
        ranks = [bottom, top]
        yield from _read(f"{sql} AND rank > %s AND rank <= %s", [*params, *ranks], Tier("t", few=True), after)
        top, after, width = bottom, None, width * 2


def _cheapest(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield through the index what costs no more than the cheapest of a sample, then along the prices."""
    price, least = PRICES[wanted.meter or ""], counts.nearest
    through = plans.ranks_at_once(counts.before, counts.total, counts.documents) > 0
    if through and least is not None and (after is None or after.by < least):
        where, params = by_index(wanted)
        rows = PRICED.format(price=f"{price} + 0", where=f"{where} AND {price} <= %s")
        yield from _read(rows, [*params, int(least)], Way("p", True), after)
        after = Place("p", least, 0, 0)
    where, params = by_row(wanted)
    yield from _read(PRICED.format(price=price, where=where), params, Way("p", True), after)


def _nearest(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield ring by ring around the place; the nearest of a sample says how wide the first one is."""
    assert wanted.near is not None
    here, last = wanted.near, min(wanted.km or LAST_KM, LAST_KM)
    inner, outer = -1.0, min(last, max(counts.nearest or FIRST_KM, after.by if after else 0))
    while True:
        where, params = by_index(wanted, outer)
        given = [*from_there(here), *params, inner, outer]
        yield from _read(RING.format(km=KM, where=where), given, Way("n", True), after)
        if outer >= last:
            return
        wider = outer * WIDER if outer < MOST_KM else last
        inner, outer, after = outer, min(wider, last), None


def _read(rows: str, params: Params, way: Way, after: Place | None) -> Iterator[Found]:
    """Yield the rows of a statement batch by batch, each read on behind the last of the one before."""
    size = BATCH
    while True:
        onward, place = way.onward(after)
        with connection.cursor() as cursor:
            page = PAGE.format(rows=rows, onward=onward, order=way.order())
            cursor.execute(page, [*params, *place, size])
            read = cursor.fetchall()
        for listing, by, rank in read:
            after = Place(way.letter, float(by), rank, listing)
            yield listing, after
        if len(read) < size:
            return
        size = min(size * 2, MOST_BATCH)


def _free(rows: Iterator[Found], wanted: Wanted, limit: int) -> Page:
    """
    Return a page of what has a machine free, or can make one free.

    So many are tried and no more: then the page is shorter, and leads on to those that were not tried.
    """
    shown: list[Found] = []
    size, tried = max(BATCH, limit), 0
    while batch := list(islice(rows, size)):
        roomy = roomy_of({listing for listing, _ in batch}, wanted)
        shown += [each for each in batch if each[0] in roomy]
        tried, size = tried + len(batch), min(size * 2, MOST_BATCH)
        if len(shown) > limit:
            break
        if tried >= MOST_TRIED:
            return Page([listing for listing, _ in shown], batch[-1][1])
    return _page(shown, limit)


def roomy_of(listings: set[int], wanted: Wanted) -> set[int]:
    """Return which of the listings have a machine free for the days wanted, or can make one free."""
    assert wanted.free is not None
    free = set(free_units(wanted.free).filter(listing__in=listings).values_list("listing", flat=True))
    movable = Claim.objects.movable().filter(equipment__listing_unit__listing__in=listings - free)
    pools = list(Listing.objects.filter(pk__in=movable.values("equipment__listing_unit__listing")))
    return free | {pk for pk, room in rooms_in(pools, wanted.free).items() if room} if pools else free
