"""A listing with every price model: its card, its words, and why the calculator says what it says."""

import pytest
from django.urls import reverse

from marketplace.rules.pricing import PricePlan
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
