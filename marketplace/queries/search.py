"""
Find listings: a page of them in order, how many there are, and how they are spread over kinds and places.

Two ways lead to a page (:mod:`marketplace.rules.search.plans`): through the index of tokens, or along an
order until the page is full. Whether a machine is free is asked last, of what would be shown, by the
functions that requests and the claim writer ask (:func:`marketplace.queries.free_units`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection

from marketplace.models import Claim, Listing, SearchTerm
from marketplace.queries import free_units, rooms_in
from marketplace.rules.search import plans, tsquery
from marketplace.rules.search.cells import EARTH_KM, Point, cells_around
from marketplace.rules.search.documents import HEAD
from marketplace.rules.search.measures import Bound
from marketplace.rules.search.questions import Term
from marketplace.rules.search.wanted import Order, Place, Wanted

FIRST_KM, WIDER, MOST_KM, LAST_KM = 5.0, 4, 300.0, 20_100.0  # rings around a place; the last is all the rest
BATCH, MOST_BATCH, MOST_TRIED = 32, 512, 4_000
MOST_OF_SAMPLE = 10**6  # a sample is read to its end
PRICES = {"hours": "per_hours", "parts": "per_parts"}
INDEXED, WALKED = (
    "tokens @@ %s::tsquery",
    "ts_match_vq(tokens, %s::tsquery)",
)  # the index knows operators only
Params = list[Any]
Found = tuple[int, Place]  # a listing's key, and its place in the list

KM = """round((2 * %s * asin(least(1, sqrt(sin(radians(latitude - %s) / 2) ^ 2
    + cos(radians(%s)) * cos(radians(latitude)) * sin(radians(longitude - %s) / 2) ^ 2
    ))))::numeric, 6)::float8"""
# Braces hold conditions made here, of placeholders only; what was typed goes in as parameters.
GRADED = "SELECT listing_id, ({fit}) AS by, rank FROM marketplace_searchdocument WHERE {where}"
TIER = "SELECT listing_id, {tier} AS by, rank FROM marketplace_searchdocument WHERE {where}"
PRICED = """SELECT listing_id, {price} AS by, rank FROM marketplace_searchdocument
    WHERE {price} IS NOT NULL AND {where}"""
RING = """SELECT * FROM (
    SELECT listing_id, {km} AS by, rank FROM marketplace_searchdocument WHERE latitude IS NOT NULL AND {where}
) near WHERE by > %s AND by <= %s"""
PAGE = "SELECT * FROM ({rows}) every WHERE {onward} ORDER BY {order} LIMIT %s"
COUNTED = """SELECT category_id, province, owner_kind, head, count(*) FROM (
    SELECT category_id, province, owner_kind, {head} AS head FROM marketplace_searchdocument {sample}
    WHERE {where} LIMIT (SELECT %s)
) met GROUP BY GROUPING SETS ((category_id), (province), (owner_kind), (head), ())"""
SAMPLED = "TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (7)"


@dataclass(frozen=True)
class Way:
    """An order and how it is read on; ``upward`` is by the smallest first, else by the largest."""

    letter: str
    upward: bool = False

    def order(self) -> str:
        return "by, listing_id DESC" if self.upward else "by DESC, rank DESC, listing_id DESC"

    def onward(self, after: Place | None) -> tuple[str, Params]:
        """Return the condition of what comes behind a place; its first part can be looked up."""
        if after is None:
            return "TRUE", []
        if self.upward:
            return "by >= %s AND (by, -listing_id) > (%s, %s)", [after.by, after.by, -after.listing]
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


@dataclass(frozen=True)
class Counts:
    """How many meet a question, how many by what they are, how many of each category, province and owner."""

    total: int
    exact: bool
    heads: int = 0
    categories: Mapping[int, int] = field(default_factory=dict)
    provinces: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)


def counted(terms: Sequence[Term]) -> dict[str, int]:
    """Return in how many documents the tokens of terms occur, of those that are counted."""
    wanted = plans.tokens_in(terms)
    return dict(SearchTerm.objects.filter(token__in=wanted).values_list("token", "documents"))


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
    """Yield all that meet the terms, in order."""
    if wanted.order is Order.NEAR and wanted.near is not None:
        return _nearest(wanted, counts.exact, after)
    if wanted.order is Order.PRICE and wanted.meter in PRICES:
        return _cheapest(wanted, counts.exact, after)
    if after.way == "g" if after else counts.exact:
        return _graded(wanted, after)
    return _walked(wanted, counts, after)


def _graded(wanted: Wanted, after: Place | None) -> Iterator[Found]:
    """Yield all by how many of the terms say what the listing is, then by rank."""
    named = [tsquery.of_term(term, HEAD) for term in wanted.terms if term.named]
    where, params = _where(wanted)
    fit = " + ".join(f"({INDEXED})::int" for _ in named) or "0"
    return _read(GRADED.format(fit=fit, where=where), [*named, *params], Way("g"), after)


def _walked(wanted: Wanted, counts: Counts, after: Place | None) -> Iterator[Found]:
    """Yield first what is what was named, then of what it is only said, each best first."""
    head = tsquery.in_heads(wanted.terms)
    if after is None or after.by >= 1:
        few = counts.heads <= plans.FEW
        where, params = _where(wanted, match=INDEXED if few else WALKED, heads=True)
        yield from _read(TIER.format(tier=1, where=where), params, Tier("t", few=few), after)
        after = None
    if any(term.named for term in wanted.terms):
        where, params = _where(wanted, match=WALKED)
        rest = TIER.format(tier=0, where=f"{where} AND NOT {WALKED}")
        yield from _read(rest, [*params, head], Tier("t"), after)


def _cheapest(wanted: Wanted, few: bool, after: Place | None) -> Iterator[Found]:
    where, params = _where(wanted, match=INDEXED if few else WALKED)
    price = PRICES[wanted.meter or ""] + (" + 0" if few else "")  # no index has the sum
    return _read(PRICED.format(price=price, where=where), params, Way("p", True), after)


def _nearest(wanted: Wanted, few: bool, after: Place | None) -> Iterator[Found]:
    """Yield by distance: at once if there are few, else ring by ring around the place."""
    assert wanted.near is not None
    here, last = wanted.near, min(wanted.km or LAST_KM, LAST_KM)
    inner, outer = -1.0, last if few else min(last, max(FIRST_KM, after.by if after else 0))
    while True:
        where, params = _where(wanted, around=outer)
        given = [*_from(here), *params, inner, outer]
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


def _terms(wanted: Wanted, around: float | None = None) -> tuple[Term, ...]:
    """Return the terms, and that of the squares within the distance: what the index is asked for."""
    km = around if around is not None else wanted.km
    cells = cells_around(wanted.near, km) if wanted.near is not None and km is not None else []
    near = Term("", tuple((cell,) for cell in cells), named=False)
    return (*wanted.terms, near) if cells else wanted.terms


def _where(
    wanted: Wanted, *, match: str = INDEXED, heads: bool = False, around: float | None = None
) -> tuple[str, Params]:
    """
    Return the condition of the terms, ``heads`` of what says them of itself, and what it is given.

    Every read of the index passes here: what is for a chain alone is left out, and not counted either.
    """
    terms = _terms(wanted, around)
    query = tsquery.in_heads(terms) if heads else tsquery.of_terms(terms)
    parts, params = ([match], [query]) if query else ([], Params())
    parts.append("(chain_id IS NULL OR chain_id = ANY(%s))" if wanted.chains else "chain_id IS NULL")
    params += [list(wanted.chains)] if wanted.chains else []
    if wanted.near is not None and wanted.km is not None and around is None:
        parts.append(f"{KM} <= %s")
        params += [*_from(wanted.near), wanted.km]
    for term in wanted.terms:
        if term.bounds:
            parts.append("(" + " OR ".join(_bound(bound, params) for bound in term.bounds) + ")")
    if wanted.since is not None:
        parts.append("changed_at > %s")
        params += [wanted.since]
    return " AND ".join(parts), params


def _from(here: Point) -> Params:
    """Return what the distance from a place is worked out with."""
    return [EARTH_KM, here.latitude, here.latitude, here.longitude]


def _bound(bound: Bound, params: Params) -> str:
    said = []
    for sign, end in ((">=", bound.low), ("<=", bound.high)):
        if end is not None:
            said.append(f"(numbers->>%s)::numeric {sign} %s")
            params += [bound.key, end]
    return "(" + " AND ".join(said) + ")"


def counts_of(wanted: Wanted) -> Counts:
    """
    Return how many meet the terms, days left aside: exactly if they are few, else told from a sample.

    What the terms say one by one is asked first, then a sample: terms may exclude each other, or go together.
    """
    terms = _terms(wanted)
    guess = plans.estimate(terms, counted(terms))
    if guess.by_index and (few := _few(wanted)):
        return few
    told = _grouped(wanted, SAMPLED.format(share=guess.share), MOST_OF_SAMPLE, guess.share)
    if told.total <= plans.FEW and not guess.by_index and (few := _few(wanted)):
        return few
    return told


def _few(wanted: Wanted) -> Counts | None:
    """Count exactly, or return nothing where that would take too long."""
    told = _grouped(wanted, "", plans.FEW + 1, 100)
    return told if told.total <= plans.FEW else None


def _grouped(wanted: Wanted, sample: str, most: int, share: float) -> Counts:
    """Count what meets the terms, by groups, and of a part of the market make it the whole."""
    where, params = _where(wanted)
    given = [tsquery.in_heads(wanted.terms), *params, most] if wanted.terms else [*params, most]
    head = INDEXED if wanted.terms else "TRUE"
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(head=head, sample=sample, where=where), given)
        rows = cursor.fetchall()
    told: tuple[dict[Any, int], ...] = ({}, {}, {}, {})
    total = 0
    for *keys, count in rows:
        whole = round(count * 100 / share)
        place = next((n for n, key in enumerate(keys) if key is not None), None)
        if place is None:
            total = whole
        else:
            told[place][keys[place]] = whole
    return Counts(total, not sample, told[3].get(True, 0), *told[:3])
