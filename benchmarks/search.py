"""Search at size: a million listings, two million claims, questions of people; database and HTTP."""

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
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

    A smaller one tries the way there: ``KINDS=300 EACH=3`` are 900 listings.
    """
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
    with served.server(
        {"RATE_LIMIT": os.environ.get("RATE_LIMIT", ""), "REST_REQUESTS_A_MINUTE_UNKNOWN": "100000"}
    ) as server:
        took: list[float] = []
        threads = [
            threading.Thread(target=_drive, args=(server.port, questions()[n::CONNECTIONS], more, took))
            for n in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return f"{size}: GET /api/v1/search/, {name}, {CONNECTIONS} connections", _said(took), "", ""


def _drive(port: int, asked_for: list[str], more: dict[str, str], took: list[float]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for turn in range(2):
        for q in asked_for:
            began = time.perf_counter()
            link.request("GET", f"/api/v1/search/?{urlencode({'q': q, 'limit': PAGE} | more)}")
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            if turn:
                took.append(time.perf_counter() - began)
