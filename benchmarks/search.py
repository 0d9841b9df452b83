"""Search at size: a million listings, two million claims, questions of people; database and HTTP."""

import http.client
import json
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from django.db import connection

from benchmarks import http as served
from benchmarks.market import CATALOGUE, EACH, KINDS, Market
from marketplace.models import Listing, SearchDocument
from marketplace.queries.search import found
from marketplace.queries.search_counts import counts_of
from marketplace.queries.search_words import known_words
from marketplace.rules.search.cells import Point
from marketplace.rules.search.questions import asked
from marketplace.rules.search.wanted import Order, Wanted
from marketplace.shared.period import Period

Row = tuple[str, str, str, str]
QUESTIONS = Path(CATALOGUE).with_name("queries.json")
PAGE = 24
SUZHOU = Point(31.30, 120.62)
DAYS = Period(datetime(2026, 12, 10, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC))
WAYS: dict[str, Callable[[str], Wanted]] = {
    "best fit": lambda q: Wanted(asked(q, known_words())),
    "within 50 km of the crowded city": lambda q: Wanted(asked(q, known_words()), near=SUZHOU, km=50),
    "by distance": lambda q: Wanted(asked(q, known_words()), near=SUZHOU, order=Order.NEAR),
    "by price": lambda q: Wanted(asked(q, known_words()), order=Order.PRICE, meter="hours"),
    "free for ten days": lambda q: Wanted(asked(q, known_words()), free=DAYS),
    "free for ten days, crowded city": lambda q: Wanted(
        asked(q, known_words()), near=SUZHOU, km=50, free=DAYS
    ),
}
CONNECTIONS = 2
OVER_HTTP: dict[str, dict[str, str]] = {
    "best fit": {},
    "by distance": {"near": "31.30,120.62", "order": "distance"},
    "free for ten days, 50 km around the crowded city": {
        "near": "31.30,120.62",
        "km": "50",
        "free_from": "2026-12-10",
        "free_to": "2026-12-19",
    },
}


def rows() -> list[Row]:
    """
    Return the rows of the table; the market takes a quarter of an hour to fill.

    A smaller one tries the way there: ``KINDS=300 EACH=3`` are 900 listings (200 at least).
    ``KEEP=<directory>`` keeps it, to be asked again.
    """
    if not SearchDocument.objects.exists():
        Market(int(os.environ.get("KINDS", KINDS)), int(os.environ.get("EACH", EACH))).fill(print)
    return of_market()


def of_market() -> list[Row]:
    """Return the rows of the market as it is."""
    size = f"{SearchDocument.objects.count():,} listings"
    limit = [_timed(partial(_by_keys, turn)) for turn in range(200)]
    made = [_row(f"{size}: {name}, page and counts", _asked(way), limit) for name, way in WAYS.items()]
    return [*made, *(_over_http(size, name, more) for name, more in OVER_HTTP.items())]


def questions() -> list[str]:
    """Return the questions in words; they were written for relevance, before anything was tuned."""
    return [each["q"] for each in json.loads(QUESTIONS.read_text(encoding="utf-8"))]


def _asked(way: Callable[[str], Wanted]) -> list[float]:
    """Ask every question, the second time counts."""
    took: list[float] = []
    for _ in range(2):
        took = [_timed(partial(_answer, way(q))) for q in questions()]
    return took


def _answer(wanted: Wanted) -> None:
    found(wanted, PAGE, counts=counts_of(wanted))


def _by_keys(turn: int) -> None:
    """Read as many listings as a page has by their keys, as far apart as they come."""
    first = Listing.objects.order_by("pk").values_list("pk", flat=True)[turn]
    list(Listing.objects.filter(pk__in=[first + 37_951 * n for n in range(PAGE)]))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(what: str, took: list[float], limit: list[float]) -> Row:
    ratio = statistics.median(took) / statistics.median(limit)
    return what, _said(took), f"{PAGE} listings by key {_said(limit)}", f"{ratio:.1f}"


def _said(took: list[float]) -> str:
    cuts = statistics.quantiles([1000 * each for each in took], n=100)
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f}"


def _over_http(size: str, name: str, more: dict[str, str]) -> Row:
    """Ask the server as production runs it, over two connections at once."""
    connection.close()
    with (
        served.server(
            {"RATE_LIMIT": os.environ.get("RATE_LIMIT", ""), "REST_REQUESTS_A_MINUTE_UNKNOWN": "100000"}
        ) as server,
        ThreadPoolExecutor(CONNECTIONS) as connections,
    ):
        parts = [questions()[n::CONNECTIONS] for n in range(CONNECTIONS)]
        driven = list(connections.map(partial(_drive, server.port, more), parts))
    failed = sum(each.failed for each in driven)
    what = f"{size}: GET /api/v1/search/, {name}, {CONNECTIONS} connections"
    took = [each for one in driven for each in one.took]
    return what, _said(took) + (f"; {failed} FAILED" if failed else ""), "", ""


class Driven(NamedTuple):
    """How long each answer took over one connection, in seconds, and how many were no answers."""

    took: list[float]
    failed: int


def _drive(port: int, more: dict[str, str], asked_for: list[str]) -> Driven:
    """Ask each question twice; the second time counts."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took: list[float] = []
    failed = 0
    for q in (*asked_for, *asked_for):
        began = time.perf_counter()
        link.request("GET", f"/api/v1/search/?{urlencode({'q': q, 'limit': PAGE} | more)}")
        answer = link.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        failed += answer.status != 200
    return Driven(took[len(asked_for) :], failed)
