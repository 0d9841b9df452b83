"""
How many meet a question, spread over kinds, places and owners: exactly, or told from a sample.

Where few are read, they are counted and put in order by one statement, which gives the first entries too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from marketplace.models import SearchTerm
from marketplace.queries.search_where import (
    INDEXED,
    KM,
    TRIED,
    Params,
    by_index,
    by_row,
    free_then,
    from_there,
    terms_around,
)
from marketplace.rules.search import flags, plans, tsquery
from marketplace.rules.search.documents import HEAD
from marketplace.rules.search.questions import Term
from marketplace.rules.search.wanted import Order, Place, Wanted

ALL = 10**6  # a sample is read to its end
FIRST = 64  # entries that a count of few brings along
PRICES = {"hours": "per_hours", "parts": "per_parts"}
UPWARD, DOWNWARD = "by, listing_id DESC", "by DESC, rank DESC, listing_id DESC"
MET = """SELECT listing_id, ({by})::float8 AS by, rank, category_id, province, owner_kind, flags,
    {head} AS head, {free} AS free FROM marketplace_searchdocument d {sample} WHERE {where} LIMIT %s"""
GROUPS = """SELECT coalesce('c' || category_id, 'p' || province, 'o' || owner_kind, 'f' || flags, 'a')
    AS told, count(*) AS many, min(by) AS least
    FROM met WHERE free
    GROUP BY GROUPING SETS ((category_id), (province), (owner_kind), (flags), ())"""
COUNTED = f"""WITH met AS MATERIALIZED ({MET})
SELECT told, many, least, NULL::int FROM ({GROUPS}) counted
UNION ALL SELECT CASE WHEN head THEN 'h' ELSE 'r' END, count(*), NULL, NULL FROM met GROUP BY head
UNION ALL SELECT NULL, listing_id, by, rank FROM (
    SELECT listing_id, by, rank FROM met WHERE by IS NOT NULL ORDER BY {{order}} LIMIT %s
) first"""  # noqa: S608
SAMPLED = "TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (7)"


@dataclass(frozen=True)
class Counts:
    """
    How many meet a question, and how they are spread.

    ``exact`` is what may be said; ``whole`` tells that all of them are read at once, and then ``first`` are
    the first ones in order. ``nearest`` is by what the first of a sample stands there, in kilometres or fen;
    ``before`` is how many meet the question whatever its days, of all ``documents``.
    """

    total: int
    exact: bool
    heads: int = 0
    categories: Mapping[int, int] = field(default_factory=dict)
    provinces: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    whole: bool = False
    first: tuple[tuple[int, Place], ...] = ()
    nearest: float | None = None
    before: int = 0
    documents: int = 0

    def at_least(self, shown: int) -> "Counts":
        """Return the same, not less than is shown: a sample may have met none of them."""
        return self if self.total >= shown else replace(self, total=shown)


def counted(terms: Sequence[Term]) -> dict[str, int]:
    """Return in how many documents the tokens of terms occur, of those that are counted."""
    wanted = plans.tokens_in(terms)
    return dict(SearchTerm.objects.filter(token__in=wanted).values_list("token", "documents"))


def counts_of(wanted: Wanted) -> Counts:
    """
    Return how many meet a question: exactly if they are few, else told from a sample.

    What the terms say one by one is asked first, then a sample: terms may exclude each other, or go together.
    With days, the times kept for listings are asked, which pools can still mend: it is said as "about".
    """
    terms = terms_around(wanted)
    guess = plans.estimate(terms, counted(terms))
    if guess.most <= plans.FEW and (few := _whole(wanted, plans.FEW)):
        return few
    told = _sampled(wanted, guess.share, guess.documents)
    return (_whole(wanted, plans.FEW) if told.before <= plans.FEW * 2 // 3 else None) or told


def order_of(wanted: Wanted) -> tuple[str, str, Params, str, bool]:
    """Return an order of all that is read at once: its letter, what it is by, that by's parameters, how."""
    if wanted.order is Order.NEAR and wanted.near is not None:
        return "n", KM, from_there(wanted.near), UPWARD, True
    if wanted.order is Order.PRICE and wanted.meter in PRICES:
        return "p", PRICES[wanted.meter], [], UPWARD, True
    named = [tsquery.of_term(term, HEAD) for term in wanted.terms if term.named]
    return "g", " + ".join(f"({INDEXED})::int" for _ in named) or "0", list(named), DOWNWARD, False


def _whole(wanted: Wanted, most: int) -> Counts | None:
    """Count exactly, or return nothing where that would take too long."""
    where, params = by_index(wanted)
    letter, by, given, order, _ = order_of(wanted)
    sql = COUNTED.format(by=by, head="FALSE", free="TRUE", sample="", where=where, order=order)
    told, first = _read(sql, [*given, *params, most + 1, FIRST], letter)
    if told.get("r", (0,))[0] > most:
        return None
    return _counts(told, 100, exact=wanted.free is None, whole=True, first=first)


def _sampled(wanted: Wanted, share: float, documents: int) -> Counts:
    """Count in a part of the market, and make that the whole."""
    where, params = by_row(wanted, days=False)
    letter, by, given, *_ = order_of(wanted)
    by, given = ("0", []) if letter == "g" else (by, given)
    heads = [tsquery.in_heads(wanted.terms)] if wanted.terms else []
    free, days = free_then(wanted)
    sql = COUNTED.format(
        by=by,
        head=TRIED if heads else "TRUE",
        free=free,
        sample=SAMPLED.format(share=share),
        where=where,
        order=UPWARD,
    )
    told, _ = _read(sql, [*given, *heads, *days, *params, ALL, 0], "")
    return _counts(told, share, exact=False, documents=documents)


def _read(
    sql: str, params: Params, letter: str
) -> tuple[dict[str, tuple[int, float | None]], tuple[tuple[int, Place], ...]]:
    """Return the groups by their names, and the entries."""
    told: dict[str, tuple[int, float | None]] = {}
    first = []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for name, many, by, rank in cursor.fetchall():
            if name is None:
                first.append((many, Place(letter, by, rank, many)))
            else:
                told[name] = (many, by)
    return told, tuple(first)


def _counts(told: Mapping[str, tuple[int, float | None]], share: float, **known: Any) -> Counts:
    made: dict[str, dict[str, int]] = {letter: {} for letter in "acfhopr"}
    for name, (many, _) in told.items():
        made[name[0]][name[1:]] = round(many * 100 / share)
    total, heads = made["a"].get("", 0), made["h"].get("", 0)
    before = heads + made["r"].get("", 0)
    return Counts(
        total=total,
        heads=total * heads // max(before, 1),  # the days tell nothing of it, and leave fewer to tell by
        categories={int(key): many for key, many in made["c"].items()},
        provinces=made["p"],
        owners=made["o"],
        flags=flags.counted({int(key): many for key, many in made["f"].items()}),
        nearest=told.get("a", (0, None))[1],
        before=before,
        **known,
    )
