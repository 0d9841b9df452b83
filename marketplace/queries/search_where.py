"""
The conditions of a question in SQL, in two forms: for the index of tokens, or tried row by row.

The index knows tokens only, so it is asked for the squares around a place and for the steps of a figure. A
row at hand tells its place and its figures itself, faster than a hundred tokens are looked up in it.
Braces hold conditions made here, of placeholders only; what was typed goes in as parameters.
"""

from collections.abc import Iterable
from math import cos, radians, sin
from typing import Any

from marketplace.rules.search import tsquery
from marketplace.rules.search.cells import EARTH_KM, KM_OF_A_DEGREE, POLES, Point, cells_around
from marketplace.rules.search.measures import Bound
from marketplace.rules.search.questions import Term
from marketplace.rules.search.wanted import Wanted

Params = list[Any]
# The index knows operators only; a function is tried row by row.
INDEXED, TRIED = "tokens @@ %s::tsquery", "ts_match_vq(tokens, %s::tsquery)"
HAVERSINE = """sin(radians(latitude - %s) / 2) ^ 2
    + %s * cos(radians(latitude)) * sin(radians(longitude - %s) / 2) ^ 2"""
KM = f"""round((2 * {EARTH_KM} * asin(least(1, sqrt({HAVERSINE}))))::numeric, 6)::float8"""
NEAR = f"{HAVERSINE} <= %s"
LATITUDES, LONGITUDES = "latitude BETWEEN %s AND %s", "longitude BETWEEN %s AND %s"
UNKNOWN = """NOT EXISTS (
    SELECT 1 FROM marketplace_savedfind f WHERE f.saved_id = %s AND f.listing_id = d.listing_id
)"""
# What changed since the times were made may be free again: it is left to the claims themselves.
FREE = """COALESCE((SELECT NOT (t.taken && tstzrange(%s, %s)) OR EXISTS (
    SELECT 1 FROM marketplace_staletimes s WHERE s.listing_id = t.listing_id
) FROM marketplace_takentimes t WHERE t.listing_id = d.listing_id), true)"""


def by_index(wanted: Wanted, around: float | None = None, *, heads: bool = False) -> tuple[str, Params]:
    """
    Return the condition for the index, ``heads`` of what says the terms of itself, with its parameters.

    Each term is looked up by itself: an index passes over more of several simple conditions than of one.
    """
    queries = [_query([term], heads=heads) for term in terms_around(wanted, around)]
    return _all(([INDEXED] * len(queries), [*queries]), _exactly(wanted, around))


def by_row(wanted: Wanted, *, heads: bool = False, days: bool = True) -> tuple[str, Params]:
    """Return the same condition for rows that are read one after another, the cheapest part first."""
    query = _query([term for term in wanted.terms if not term.bounds], heads=heads)
    box = _box(wanted.near, wanted.km) if wanted.near is not None and wanted.km is not None else ([], [])
    return _all(box, ([TRIED], [query]) if query else ([], []), _exactly(wanted, None, days=days))


def free_then(wanted: Wanted) -> tuple[str, Params]:
    """Return the condition of the days wanted, as far as the times kept of listings tell."""
    return ("TRUE", []) if wanted.free is None else (FREE, [wanted.free.start, wanted.free.end])


def terms_around(wanted: Wanted, around: float | None = None) -> tuple[Term, ...]:
    """Return the terms, and that of the squares within the distance."""
    km = around if around is not None else wanted.km
    cells = cells_around(wanted.near, km) if wanted.near is not None and km is not None else []
    near = Term("", tuple((cell,) for cell in cells), named=False)
    return (*wanted.terms, near) if cells else wanted.terms


def from_there(here: Point) -> Params:
    """Return what a distance is worked out with."""
    return [here.latitude, cos(radians(here.latitude)), here.longitude]


def _query(terms: Iterable[Term], *, heads: bool) -> str:
    return tsquery.in_heads(terms) if heads else tsquery.of_terms(terms)


def _all(*parts: tuple[list[str], Params]) -> tuple[str, Params]:
    said = [each for conditions, _ in parts for each in conditions]
    return " AND ".join(said) or "TRUE", [each for _, params in parts for each in params]


def _exactly(wanted: Wanted, around: float | None, *, days: bool = True) -> tuple[list[str], Params]:
    """
    Return what tokens say only coarsely or not at all: who may see it, since when, figures, distance, days.

    Every read of the index passes here: what is for a chain alone is left out, and not counted either. Rings
    tell the distance themselves.
    """
    said, params = _open_to(wanted.chains)
    if wanted.since is not None:
        said.append("(changed_at > %s OR chain_id = ANY(%s))" if wanted.joined else "changed_at > %s")
        params += [wanted.since, list(wanted.joined)] if wanted.joined else [wanted.since]
    if wanted.known is not None:
        said.append(UNKNOWN)
        params.append(wanted.known)
    for term in wanted.terms:
        if term.bounds:
            said.append("(" + " OR ".join(_bound(bound, params) for bound in term.bounds) + ")")
    if wanted.near is not None and wanted.km is not None and around is None:
        said.append(NEAR)
        params += [*from_there(wanted.near), sin(wanted.km / 2 / EARTH_KM) ** 2]
    if days and wanted.free is not None:
        free, given = free_then(wanted)
        said.append(free)
        params += given
    return said, params


def _open_to(chains: tuple[int, ...]) -> tuple[list[str], Params]:
    """Return the condition that a listing is open to all, or to one of these chains."""
    if not chains:
        return ["chain_id IS NULL"], []
    return ["(chain_id IS NULL OR chain_id = ANY(%s))"], [list(chains)]


def _box(here: Point, km: float) -> tuple[list[str], Params]:
    """Return the degrees between which everything within a distance lies."""
    up = km / KM_OF_A_DEGREE
    widest = min(abs(here.latitude) + up, POLES)
    along = km / (KM_OF_A_DEGREE * cos(radians(widest)))
    said, params = [LATITUDES], [here.latitude - up, here.latitude + up]
    if here.longitude - along >= -180 and here.longitude + along <= 180 and widest < POLES:
        said.append(LONGITUDES)
        params += [here.longitude - along, here.longitude + along]
    return said, params


def _bound(bound: Bound, params: Params) -> str:
    said = []
    for sign, end in ((">=", bound.low), ("<=", bound.high)):
        if end is not None:
            said.append(f"(numbers->>%s)::numeric {sign} %s")
            params += [bound.key, end]
    return "(" + " AND ".join(said) + ")"
