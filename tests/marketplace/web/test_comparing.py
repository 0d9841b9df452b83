"""Comparison, free days and the code of a listing's page, on pages and over REST."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.models import Claim, Listing
from marketplace.queries import whole_days
from tests import once
from tests.factories import marketplace as make

URL, REST = "/compare/", "/api/v1/listings/"
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@once.fixture
def offers():
    """Two listings in two cities, one a pool of three, and what they are found by."""
    owner = make.organization("Owner of both", kind="LESSOR")
    small = make.listing(owner, title="Small one", specs={"travel_x": "500", "controller": "Fanuc"})
    pool = make.listing(owner, machines=3, title="Big pool", specs={"travel_x": "650"}, deposit_minor=100)
    for one, city, latitude in ((small, "苏州", "31.30"), (pool, "无锡", "31.49")):
        type(one.site).objects.filter(pk=one.site_id).update(city=city, latitude=latitude, longitude="120.31")
    make.searchable()
    return [small, pool]


@pytest.fixture
def web():
    return Client(**ENGLISH)


@pytest.fixture
def rest():
    return APIClient(**ENGLISH)


def ids(*offers):
    return ",".join(one.public_id for one in offers)


def take(machine, first, last):
    period = whole_days(first, last)
    span = (period.start, period.end)
    given = {"equipment": machine, "reason": "LEASE", "created_at": make.NOON}
    return Claim.objects.create(core=span, period=span, **given)


def page(web, address, **query):
    answer = web.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheChoice:
    def test_is_carried_by_the_addresses_of_the_catalogue(self, web, offers):
        small, pool = offers
        first = page(web, "/", q="one")
        assert f"?q=one&amp;compare={small.public_id}#{small.public_id}" in first
        assert 'class="compare-bar"' not in first

        both = page(web, "/", compare=ids(small, pool), meter="hours", quantity="40")

        assert "2 chosen" in both
        assert "ids=" + ids(small, pool).replace(",", "%2C") + "&amp;meter=hours&amp;quantity=40" in both
        assert f"/listings/{pool.public_id}/?compare={ids(small, pool)}" in both
        assert f"compare={pool.public_id}#{small.public_id}" in both
        assert f'value="{ids(small, pool)}"' in both

    def test_of_four_others_no_card_can_be_chosen(self, web, offers):
        full = page(web, "/", compare="lst_A,lst_B,lst_C,lst_D,lst_E")
        assert "☐" not in full
        assert "4 chosen" in full

    def test_goes_on_from_the_page_of_a_listing_which_shows_its_price_all_the_same(self, web, offers):
        small, pool = offers
        shown = page(web, f"/listings/{pool.public_id}/", compare=f"{small.public_id},{pool.public_id}")
        assert f"/compare/?ids={ids(small, pool)}" in shown
        assert "with tax, for the usage you typed" in shown


class TestThePage:
    def test_puts_two_side_by_side_and_marks_what_differs(self, web, offers):
        shown = page(web, URL, ids=ids(*offers), meter="hours", quantity="40", near="31.30,120.31")

        assert '<tr class="differs"><th scope="row">X travel (mm)' in shown
        assert '<td data-label="A">500</td><td data-label="B">650</td>' in shown
        assert '<td data-label="A">0 km</td><td data-label="B">21 km</td>' in shown
        assert '<tr><th scope="row">My usage, with tax</th>' in shown
        assert "¥50,000.00" in shown
        assert "(differs)" in shown
        assert "not on offer" not in shown

    def test_the_price_is_that_of_the_calculator(self, web, rest, offers):
        small = offers[0]
        priced = rest.post(
            f"{REST}{small.public_id}/price/", {"usage": {"run_time": "40"}, "days": 30}, format="json"
        ).json()
        row = rest.get(f"{REST}compare/", {"ids": small.public_id, "meter": "hours", "quantity": 40}).json()

        assert row["data"][0]["estimate_minor"] == priced["gross_minor"]
        shown = page(web, URL, ids=small.public_id, meter="hours", quantity="40")
        assert f"¥{priced['gross_minor'] / 100:,.2f}" in shown

    def test_a_fifth_an_unknown_and_a_withdrawn_one_are_said_and_nothing_of_them(self, web, rest, offers):
        small, pool = offers
        Listing.objects.filter(pk=pool.pk).update(status=Listing.Status.PAUSED)
        named = [small.public_id, pool.public_id, "<b>x</b>", "lst_NONE", "lst_FIFTH"]

        shown = page(web, URL, ids=named)

        assert f"{pool.public_id} is not on offer" in shown
        assert "lst_NONE is not on offer" in shown
        assert "&lt;b&gt;x&lt;/b&gt; is not on offer" in shown
        assert "lst_FIFTH is left out" in shown
        assert "Big pool" not in shown
        assert "无锡" not in shown
        answer = rest.get(f"{REST}compare/", {"ids": f"{small.public_id},{pool.public_id}"}).json()
        assert (len(answer["data"]), answer["missing"]) == (1, [pool.public_id])
        assert rest.get(f"{REST}compare/", {"ids": ",".join(named)}).status_code == 400
        assert rest.get(f"{REST}compare/").json() == {"data": [], "specs": [], "missing": []}

    def test_a_paused_one_of_its_own_owner_is_no_offer_either(self, offers):
        small, _pool = offers
        Listing.objects.filter(pk=small.pk).update(status=Listing.Status.PAUSED)
        client = Client(**ENGLISH)
        client.force_login(make.member(small.owner))
        assert "Small one" not in page(client, URL, ids=small.public_id)

    def test_is_a_file_and_an_empty_page_and_takes_garbage(self, web, offers):
        lines = web.get(URL, {"ids": ids(*offers), "format": "csv"}).content.decode("utf-8-sig").splitlines()
        assert lines[0] == "Property,Small one,Big pool"
        assert "X travel (mm),500,650" in lines
        assert "Nothing is chosen yet" in page(web, URL)
        for bad in ({"ids": "x" * 9000}, {"ids": ["lst_A"] * 300}, {"days": "x"}):
            assert web.get(URL, {"ids": ids(*offers)} | bad).status_code == 200
        assert "Give both days" in page(web, URL, ids=ids(*offers), free_from="2027-01-01")

    def test_says_which_is_free_on_my_days_and_when_else(self, rest, offers):
        small, _pool = offers
        first = timezone.localdate() + timedelta(days=40)
        take(small.units.get().equipment, first, first + timedelta(days=9))

        answer = rest.get(
            f"{REST}compare/",
            {"ids": ids(*offers), "free_from": first, "free_to": first + timedelta(days=2)},
        ).json()

        assert [row["is_free"] for row in answer["data"]] == [False, True]
        assert [row["run"] for row in answer["data"]] == [3, 3]
        assert answer["data"][1]["free_from"] == str(timezone.localdate())

    def test_asks_the_database_little(self, web, offers, django_assert_max_num_queries):
        days = {"free_from": "2027-03-01", "free_to": "2027-03-04", "near": "苏州"}
        with django_assert_max_num_queries(12):
            page(web, URL, ids=ids(*offers), meter="hours", quantity="40", **days)

    def test_is_in_chinese(self, offers):
        shown = Client(HTTP_ACCEPT_LANGUAGE="zh-hans").get(URL, {"ids": ids(*offers)}).content.decode()
        assert "对比设备" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"ids": "a,b,c,d,e"}, "ids"),
        ({"ids": "lst_A", "km": "5"}, "km"),
        ({"ids": "lst_A", "near": "nowhere"}, "near"),
        ({"ids": "lst_A", "meter": "hours"}, "quantity"),
        ({"ids": "lst_A", "free_to": "2027-01-01"}, "free_from"),
    ],
)
def test_rest_names_what_it_cannot_read(rest, query, name):
    answer = rest.get(f"{REST}compare/", query)
    assert (answer.status_code, [one["pointer"].split("/")[1] for one in answer.json()["errors"]]) == (
        400,
        [name],
    )


class TestFreeDays:
    def test_a_pool_says_how_many_day_by_day_and_the_next_run(self, rest, web, offers):
        pool = offers[1]
        today = timezone.localdate()
        machines = [unit.equipment for unit in pool.units.order_by("pk")]
        for machine in machines:
            take(machine, today, today + timedelta(days=20))
        take(machines[0], today + timedelta(days=21), today + timedelta(days=300))

        answer = rest.get(f"{REST}{pool.public_id}/availability/", {"days": 30, "run": 5}).json()

        free = [row["free"] for row in answer["data"]]
        assert (answer["machines"], len(free), free[0], free[-1]) == (3, 30, 0, 2)
        start = next(n for n, count in enumerate(free) if count)
        assert answer["next_free"] == str(today + timedelta(days=start)) == answer["data"][start]["day"]
        far = (today + timedelta(days=40)).strftime("%Y-%m")
        shown = page(web, f"/listings/{pool.public_id}/", month=far, run="5")
        assert "2 of 3 free" in shown
        assert "Next free for 5 days in a row" in shown
        assert "← Month before" in shown

    def test_one_that_is_never_free_says_so_and_bad_questions_are_named(self, rest, web, offers):
        small = offers[0]
        today = timezone.localdate()
        take(small.units.get().equipment, today - timedelta(days=2), today + timedelta(days=800))
        at = f"{REST}{small.public_id}/availability/"

        assert rest.get(at).json()["next_free"] is None
        assert "Not free for 1 day within a year" in page(web, f"/listings/{small.public_id}/")
        for bad in ({"days": "93"}, {"run": "0"}, {"run": "x"}, {"date": "2020-01-01"}, {"month": "2027-01"}):
            answer = rest.get(at, bad)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"].split("/")[1]) == (400, *bad)
        for month in ("x", "9999-99", "2020-01", "9999-12"):
            assert "The same as a list" in page(web, f"/listings/{small.public_id}/", month=month)
        assert "Days in a row" in page(web, f"/listings/{small.public_id}/", run="0")

    def test_a_listing_that_is_not_offered_is_not_there(self, rest, offers):
        small = offers[0]
        Listing.objects.filter(pk=small.pk).update(status=Listing.Status.PAUSED)
        assert rest.get(f"{REST}{small.public_id}/availability/").status_code == 404


def test_the_page_of_a_listing_has_a_code_of_its_own_address(web, offers):
    shown = page(web, f"/listings/{offers[0].public_id}/", compare="lst_A")
    assert "<svg" in shown.split('class="qr"')[1][:40]
    assert f"http://testserver/listings/{offers[0].public_id}/</p>" in shown
