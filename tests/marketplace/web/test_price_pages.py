"""A listing with every price model: its card, its words, and why the calculator says what it says."""

import html
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from marketplace.models import Claim, Listing
from marketplace.queries.days_ahead import HORIZON
from marketplace.rules.pricing import PricePlan
from marketplace.shared import clock
from marketplace.shared.period import local_midnight
from marketplace.web.prices import headline
from tests.factories import marketplace as make
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    document,
    fee_in_steps,
    hours,
    packages,
    steps,
)

pytestmark = pytest.mark.django_db
BLOCKS = [{"up_to": "100", "unit": "25", "block": "10"}, {"up_to": None, "unit": "2.10"}]
EVERY = document(
    base("1000", discount={"amount": "50"}),
    packages("30", "20", id="packages", included="5"),
    steps(BLOCKS, id="blocks"),
    by_total(BLOCKS, id="total"),
    hours("86", discount={"percent": "10"}, minimum={"quantity": "20"}, cap={"amount": "9000"}),
    fee_in_steps([{"up_to": "1000", "rate": "0.05"}, {"up_to": None, "rate": "0.03"}]),
    discount={"percent": "2"},
    minimum="900",
    cap="90000",
    term_minimum={"amount": "5000"},
)


@pytest.fixture
def listing():
    parts = {"version": 1, "meter": "parts", "channel": "execution", "counter": "part_count"}
    made = make.listing(make.organization(), price_plan=EVERY, count_rules=[make.RUN_RULE, parts])
    make.searchable()
    return made


def test_the_catalogue_is_a_file_of_what_is_shown(client, listing):
    url = reverse("catalogue")
    head, row = (
        client.get(f"{url}?format=csv", headers={"accept-language": "en"})
        .content.decode("utf-8-sig")
        .splitlines()
    )

    assert head == "Listing,Family,City,Owner,Price,Address,Distance (km),Estimate with tax (yuan)"
    assert row.startswith(f"{listing.title},")
    assert f"/listings/{listing.public_id}/" in row
    assert listing.owner.name not in row
    assert client.get(f"{url}?format=xlsx").content.startswith(b"PK")
    assert len(client.get(f"{url}?format=csv&q=nothing-like-it").content.splitlines()) == 1
    assert client.get(f"{url}?format=csv&page=2").status_code in (200, 400)
    assert "format=xlsx" in client.get(url).content.decode()


def page(client, listing, language):
    typed = {"days": "15", "usage_run_time": "5", "usage_parts": "47"}
    answer = client.get(f"/listings/{listing.public_id}/", typed, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheListing:
    def test_says_what_is_paid_and_why(self, client, listing):
        said = page(client, listing, "en")

        for text in (
            "¥30.00 per package of 20 parts",
            "from 0 up to 100: ¥25.00 for every 10 begun",
            "at least 20 of these are charged in each billing period",
            "at least ¥5,000.00 of rent over the whole lease, settled at its end",
            "In packages of 20: 42 → 3",
            "Step above 0: 47 in blocks of 10 → 5 × 25 = 125",
            "Least quantity: 20 × 1/2 = 10, counted: 5",
            "Discount: 860.00 × −10% = -86",
            "Rent above 1,000: ",
            "Discount · Run time",
        ):
            assert text in said

    def test_says_it_in_chinese(self, client, listing):
        said = page(client, listing, "zh-hans")

        for text in (
            "每包 20 件 ¥30.00",
            "已开始的包按整包计费",
            "折扣",
            "按每包 20 计：42 → 3 包",
            "此项每个账期至少计 20",
        ):
            assert text in said
        assert "package" not in said and "Discount" not in said

    def test_is_shown_with_numbers_from_before_there_were_bounds(self, client, listing):
        listing.price_plan["components"][1]["price"] = "2000000000"
        listing.save()

        assert "¥2,000,000,000.00 per package" in page(client, listing, "en")
        assert client.get(reverse("catalogue")).status_code == 200
        asked = {"days": 1, "usage": {"run_time": "1", "parts": "1"}}
        url = f"/api/v1/listings/{listing.public_id}/price/"
        assert client.post(url, asked, content_type="application/json").status_code == 200


@pytest.mark.parametrize(
    ("component", "said"),
    [
        (packages("30", "20"), "¥30.00 per package of 20 parts"),
        (steps(BLOCKS), "from ¥2.10 per part"),
        (steps([{"up_to": None, "unit": "25", "block": "10"}]), "¥2.50 per part"),
        (base("9"), "¥9.00 for each billing period; a part period is charged by the day"),
    ],
)
def test_a_card_shows_one_price(component, said, settings):
    settings.LANGUAGE_CODE = "en"

    assert headline(PricePlan.parse(document(component))) == said


class TestBesideTheListing:
    """What stands beside a listing: days, price, whether it is free then; and what it did of late."""

    @pytest.fixture
    def today(self):
        return clock.today()

    @pytest.fixture
    def pool(self, today):
        made = make.listing(make.organization(), 2, published_at=clock.now() - timedelta(days=20))
        first, second = (one.equipment for one in made.units.select_related("equipment").order_by("pk"))
        for machine, since, until in ((first, -20, 0), (second, -5, 0), (first, 40, 45), (second, 40, 45)):
            edges = [local_midnight(today + timedelta(days=n), ZoneInfo(made.zone)) for n in (since, until)]
            Claim.objects.create(
                equipment=machine, reason="LEASE", core=edges, period=edges, created_at=make.NOON
            )
        return made

    def page(self, client, listing, language="en", **typed):
        address = f"/listings/{listing.public_id}/"
        return client.get(address, typed, headers={"accept-language": language}).content.decode()

    def test_the_last_days_on_offer_are_told_with_the_share_idle(self, client, pool):
        said = self.page(client, pool)
        behind = client.get(f"/listings/{pool.public_id}/").context["behind"]
        assert "In the last 20 days it was not taken" in said
        assert behind["share"] == Decimal("0.35")  # the way there takes a day of the second machine besides
        assert "1 of 2 taken" in said and "2 of 2 taken" in said

    def test_nothing_is_told_of_a_listing_that_is_new(self, client, pool):
        Listing.objects.update(published_at=clock.now() - timedelta(days=6))
        assert "it was not taken" not in self.page(client, pool)

    @pytest.mark.parametrize(
        ("first", "told"), [(2, "2 machines are free"), (35, "No machine is free on all of these days")]
    )
    def test_the_days_that_are_typed_are_free_or_not(self, client, pool, today, first, told):
        day = today + timedelta(days=first)
        assert told in self.page(client, pool, first_day=day, days=10, usage_run_time=40)

    def test_days_out_of_sight_are_priced_and_nothing_is_said_of_them(self, client, pool, today):
        said = self.page(client, pool, first_day=today + timedelta(days=HORIZON), days=10, usage_run_time=40)
        box = said.split('id="priced"')[1].split("</aside>")[0]
        assert "with tax, for the usage you typed" in box and "free on" not in box

    def test_a_day_that_is_over_and_too_few_days_are_said(self, client, pool, today):
        over = self.page(client, pool, first_day=today - timedelta(days=1), days=10, usage_run_time=40)
        assert "First day: This day is over. Choose one from today on." in over
        Listing.objects.filter(pk=pool.pk).update(minimum_days=10)
        short = self.page(client, pool, first_day=today, days=2, usage_run_time=40)
        assert "The owner lets it for 10 days at least." in short

    def test_what_is_typed_is_taken_along_to_the_request(self, client, pool, today):
        day = today + timedelta(days=2)
        said = self.page(client, pool, first_day=day, days=10, usage_run_time=40)
        query = f"first_day={day}&amp;last_day={day + timedelta(days=9)}&amp;usage_run_time=40"
        assert f"/listings/{pool.public_id}/request/?{query}" in said
        client.force_login(make.member(make.organization()))
        form = client.get(f"/listings/{pool.public_id}/request/?{html.unescape(query)}").context["form"]
        assert form.is_valid() and form.cleaned_data["usage_run_time"] == 40
        tomorrow = self.page(client, pool, days=10, usage_run_time=40)
        assert f"?first_day={today + timedelta(days=1)}&amp;last_day={day + timedelta(days=8)}" in tomorrow

    def test_a_wrong_day_is_told_and_nothing_is_taken_along(self, client, pool):
        said = self.page(client, pool, first_day="2026-02-31", days=10, usage_run_time=40)
        assert "Enter a valid date" in said
        assert f'/listings/{pool.public_id}/request/"' in said


class TestSimilar:
    def similar(self, client, listing):
        address = f"/listings/{listing.public_id}/similar/"
        return client.get(address, headers={"accept-language": "en"}).content.decode()

    def test_those_of_the_kind_are_shown_and_the_listing_itself_is_not(self, client):
        first, second = (make.listing(make.organization(), title=f"Mill {n}") for n in (1, 2))
        make.searchable()
        said = self.similar(client, first)
        assert "Mill 2" in said and "Mill 1" not in said
        assert f"/?category={second.category.code}" in said

    def test_without_another_it_says_so(self, client):
        only = make.listing(make.organization())
        make.searchable()
        assert "No other machine of this kind" in self.similar(client, only)
