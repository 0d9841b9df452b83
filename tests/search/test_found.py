"""One order whichever way it is read, pages without gaps, and filters that hold to the letter."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.actions import search_documents
from marketplace.models import Claim, Listing, SearchDocument
from marketplace.queries import search
from marketplace.queries.search import found
from marketplace.queries.search_counts import counts_of
from marketplace.queries.search_results import Usage, results
from marketplace.rules.search import plans
from marketplace.rules.search.cells import Point, distance_km
from marketplace.rules.search.measures import figures_in
from marketplace.rules.search.questions import Term, asked, of_bounds
from marketplace.rules.search.wanted import Order, Wanted
from marketplace.shared.period import Period
from tests import once
from tests.factories import marketplace as make
from tests.search import world

SUZHOU = Point(31.30, 120.62)
market = once.fixture(world.fill)


@pytest.fixture(autouse=True)
def _no_cities_kept():
    cache.clear()


@pytest.fixture(params=["index", "order", "ranks"])
def way(request, monkeypatch):
    """Let questions be answered through the index at once, or as in a market of a million."""
    if request.param != "index":
        monkeypatch.setattr(plans, "FEW", -2)
    if request.param == "ranks":
        monkeypatch.setattr(plans, "ranks_at_once", lambda before, total, documents: 7)
    return request.param


def keys(market, wanted, limit=100):
    """Return the names of what is found, in order."""
    names = {one.pk: key for key, one in market.items()}
    return [names[key] for key in found(wanted, limit).listings]


def pages(wanted, limit):
    """Read page after page, and return all keys."""
    after, read = None, []
    while True:
        page = found(wanted, limit, after)
        read += page.listings
        after = page.after
        if after is None:
            return read


def figure(text):
    """Return the term of a condition."""
    return of_bounds(text, figures_in(text)[0][0].bounds)


def any_of(*tokens):
    return Term("", tuple((token,) for token in tokens), named=False)


@pytest.mark.usefixtures("way")
class TestEveryWay:
    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted(),
            Wanted(asked("加工中心")),
            Wanted(asked("检测"), order=Order.NEAR, near=SUZHOU),
            Wanted(order=Order.NEAR, near=SUZHOU),
            Wanted(order=Order.PRICE, meter="hours"),
        ],
    )
    def test_pages_hold_each_once_and_in_the_order_of_one_long_page(self, market, wanted):
        whole = found(wanted, 100).listings
        assert pages(wanted, 7) == whole
        assert len(set(whole)) == len(whole) > 7

    def test_all_that_is_named_comes_before_what_only_mentions_it(self, market):
        market["ls1"].summary = "附三坐标测量机检测报告。"
        market["ls1"].save()
        search_documents.renew(listings=[market["ls1"].pk], at=make.NOON)
        assert keys(market, Wanted(asked("三坐标测量机")))[-1] == "ls1"

    def test_a_category_is_a_filter(self, market):
        assert set(keys(market, Wanted((any_of("k:Q1-CMM", "k:Q1-CT"),)))) == {"cm1", "cm2", "ct1", "ct2"}

    def test_a_figure_holds_exactly(self, market):
        assert set(keys(market, Wanted((figure("X轴行程≥1.05 m"),)))) == {"mc3", "mc4"}
        assert set(keys(market, Wanted((figure("X轴行程≥1050.01 mm"),)))) == {"mc4"}

    def test_within_so_many_kilometres(self, market):
        near = set(keys(market, Wanted(near=SUZHOU, km=90.0)))
        assert near == {
            key
            for key, one in market.items()
            if distance_km(SUZHOU, Point(float(one.site.latitude), float(one.site.longitude))) <= 90
        }
        assert {market[key].site.city for key in near} == {"苏州", "上海", "无锡", "常州"}

    def test_by_distance_the_nearest_first(self, market):
        page = found(Wanted(order=Order.NEAR, near=SUZHOU), 100)
        kms = [one.km for one in results(page, near=SUZHOU, usage=None, on=make.NOON.date())]
        assert kms == sorted(kms)
        assert len(kms) == len(market)

    def test_by_price_the_cheapest_first(self, market):
        dear = market["mc1"].price_plan | {"components": [*market["mc1"].price_plan["components"]]}
        run = {**dear["components"][1], "price": "1.00"}
        Listing.objects.filter(pk=market["mc1"].pk).update(
            price_plan=dear | {"components": [dear["components"][0], run, *dear["components"][2:]]}
        )
        search_documents.renew(listings=[market["mc1"].pk], at=make.NOON)
        assert keys(market, Wanted(order=Order.PRICE, meter="hours"))[0] == "mc1"

    def test_what_is_not_paid_by_parts_is_not_put_in_order_by_them(self, market):
        assert keys(market, Wanted(order=Order.PRICE, meter="parts")) == []

    def test_what_is_taken_on_these_days_is_not_shown(self, market):
        taken, days = market["cm1"], Period(make.NOON, make.NOON + timedelta(days=3))
        claimed = (make.NOON - timedelta(days=1), make.NOON + timedelta(days=4))
        Claim.objects.create(
            equipment=taken.units.get().equipment,
            reason="LEASE",
            core=claimed,
            period=claimed,
            created_at=make.NOON,
        )
        assert set(keys(market, Wanted(asked("三坐标"), free=days))) == {"cm2"}
        later = Period(days.end + timedelta(days=30), days.end + timedelta(days=33))
        assert set(keys(market, Wanted(asked("三坐标"), free=later))) == {"cm1", "cm2"}


@pytest.mark.parametrize("through", [0, 7], ids=["along", "through"])
def test_prices_are_looked_up_in_their_index_not_read_one_after_another(market, monkeypatch, through):
    """An amount that is not whole would be compared with every price there is."""
    monkeypatch.setattr(plans, "FEW", -2)
    monkeypatch.setattr(plans, "ranks_at_once", lambda before, total, documents: through)
    wanted = Wanted(asked("加工中心"), order=Order.PRICE, meter="hours")
    with CaptureQueriesContext(connection) as made:
        found(wanted, 1, found(wanted, 1).after)
    bounded = [one["sql"] for one in made if "by >=" in one["sql"] or "per_hours <=" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = ""
        for sql in bounded:
            cursor.execute(f"EXPLAIN (COSTS OFF) {sql}")
            plan += "\n".join(line for (line,) in cursor)

    assert bounded
    assert len(re.findall(r"Index Cond: .*per_hours [<>]= \d+\)", plan)) == len(bounded), plan


def test_where_nearly_all_is_taken_a_page_is_short_and_leads_on(market, monkeypatch):
    days = Period(make.NOON, make.NOON + timedelta(days=3))
    for one in list(market.values())[:-1]:
        Claim.objects.create(
            equipment=one.units.get().equipment,
            reason="LEASE",
            core=(days.start, days.end),
            period=(days.start, days.end),
            created_at=make.NOON,
        )
    monkeypatch.setattr(search, "BATCH", 5)
    monkeypatch.setattr(search, "MOST_TRIED", 10)
    wanted, read, after, asked_for = Wanted(free=days), [], None, 0
    while asked_for == 0 or after is not None:
        page = found(wanted, 2, after)
        read, after, asked_for = read + page.listings, page.after, asked_for + 1
    assert read == [list(market.values())[-1].pk]
    assert asked_for > 3


class TestCounts:
    def test_are_exact_where_few_are_met(self, market):
        counts = counts_of(Wanted(asked("机器人")))
        assert counts.exact
        assert (
            counts.total
            == sum(counts.categories.values())
            == sum(counts.owners.values())
            == len(keys(market, Wanted(asked("机器人"))))
        )

    def test_tell_kinds_regions_and_owners(self, market):
        counts = counts_of(Wanted(asked("三坐标")))
        assert counts.provinces == {"37": 1, "31": 1}
        assert counts.owners == {"LEAD_ENTERPRISE": 1, "INSTITUTE": 1}

    def test_are_told_from_a_sample_where_many_are_met(self, market, monkeypatch):
        monkeypatch.setattr(plans, "FEW", -2)
        monkeypatch.setattr(plans, "SAMPLE", 30)
        counts = counts_of(Wanted())
        assert not counts.exact


class TestRenewing:
    def test_what_is_not_published_is_not_found(self, market):
        Listing.objects.filter(pk=market["cm1"].pk).update(status=Listing.Status.PAUSED)
        search_documents.renew(listings=[market["cm1"].pk], at=make.NOON)
        assert keys(market, Wanted(asked("三坐标"))) == ["cm2"]

    def test_what_is_missing_is_made(self, market):
        SearchDocument.objects.all().delete()
        assert search_documents.renew_missing(at=make.NOON) == len(market)
        assert search_documents.renew_missing(at=make.NOON) == 0

    def test_what_is_older_than_a_day_is_made_anew(self, market):
        assert search_documents.renew_oldest(at=make.NOON + timedelta(hours=23)) == 0
        later = make.NOON + timedelta(hours=25)
        assert search_documents.renew_oldest(at=later) == len(market)
        assert set(SearchDocument.objects.values_list("renewed_at", flat=True)) == {later}

    def test_a_taken_listing_is_left_out_of_a_page_that_still_has_it(self, market):
        page = found(Wanted(asked("三坐标")), 10)
        Listing.objects.filter(pk=page.listings[0]).update(status=Listing.Status.PAUSED)
        assert len(results(page, near=None, usage=None, on=make.NOON.date())) == 1


class TestEstimate:
    def test_is_what_the_calculator_says(self, market):
        page = found(Wanted(asked("VMC850")), 1)
        usage = Usage("hours", Decimal(40))
        (one,) = results(page, near=None, usage=usage, on=datetime(2026, 11, 20, tzinfo=UTC).date())
        # 3000 base + 40 h × 86 = 6440; 3 % fee 193.20; rent at 13 %, fee at 6 %.
        assert one.estimate.minor == 644_000 + 83_720 + 19_320 + 1_159

    def test_is_nothing_where_the_usage_is_not_paid_by(self, market):
        page = found(Wanted(asked("VMC850")), 1)
        (one,) = results(page, near=None, usage=Usage("parts", Decimal(10)), on=make.NOON.date())
        assert one.estimate is None


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(asked("加工中心")),
        Wanted(order=Order.NEAR, near=SUZHOU),
        Wanted(order=Order.PRICE, meter="hours"),
        Wanted((figure("行程≥500mm"),)),
    ],
)
def test_what_is_new_is_part_of_what_is_found(market, wanted):
    """Who is told of what is new asks the same question: only when it was written is asked besides."""
    assert keys(market, replace(wanted, since=make.NOON - timedelta(days=1))) == keys(market, wanted)
    assert keys(market, replace(wanted, since=make.NOON)) == []
