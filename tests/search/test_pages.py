"""The catalogue's page and its REST twin: every filter, counts, what to loosen, files, and odd input."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from marketplace.actions import owner_records, search_documents
from marketplace.models import Equipment, Listing, ListingService
from tests import once
from tests.devices.ownership.terms import DAILY, terms
from tests.factories import marketplace as make
from tests.search import world

market = once.fixture(world.fill)
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _no_cities_kept():
    cache.clear()


@pytest.fixture
def shown(client, market):
    """Ask the catalogue, and return its page as text."""

    def ask(query="", headers=ENGLISH, status=200):
        answer = client.get(f"/?{query}", headers=headers)
        assert answer.status_code == status
        return answer.content.decode()

    return ask


@pytest.fixture
def rest(client, market):
    """Ask over REST, and return the answer's document."""

    def ask(status=200, **query):
        answer = client.get(reverse("api-search"), query)
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


def titles(document):
    return [one["listing"]["title"] for one in document["data"]]


class TestThePage:
    def test_shows_what_is_meant_with_how_many(self, shown):
        text = shown("q=三坐标")
        assert "2 listings" in text
        assert "蔡司三坐标 高精度" in text
        assert "VMC850" not in text

    def test_shows_distance_and_what_my_usage_costs(self, shown):
        text = shown("q=VMC850&near=苏州&order=distance&meter=hours&quantity=40")
        assert "1,194 km" in text
        assert "¥7,481.99" in text

    def test_offers_to_narrow_by_kind_region_and_owner(self, shown):
        text = shown("q=检测")
        assert "category=Q1-CMM" in text
        assert "region=37" in text
        assert "owner=INSTITUTE" in text

    def test_a_chip_takes_its_filter_away(self, shown):
        text = shown("q=三坐标&owner=INSTITUTE")
        assert 'href="?q=%E4%B8%89%E5%9D%90%E6%A0%87"' in text

    def test_says_which_filter_to_loosen_and_how_many_that_finds(self, shown):
        text = shown("q=三坐标&city=苏州")
        assert "No machine fits all of these filters." in text
        assert "without “City”: 2" in text
        assert "without “Search”: 8" in text

    def test_further_pages_are_links_and_hold_the_rest(self, client, market):
        first = client.get("/").content.decode()
        assert "after=" in first
        assert sum(one.public_id in first for one in market.values()) == 24

    def test_speaks_chinese_first(self, shown):
        text = shown("q=三坐标", headers={})
        assert "搜索" in text

    def test_an_error_stands_at_its_field_and_shows_no_machine(self, shown):
        text = shown("q=三坐标&near=亚特兰蒂斯&km=50")
        assert "Write a city in which machines stand" in text
        assert "蔡司三坐标" not in text

    def test_a_file_has_distance_and_estimate(self, client, market):
        answer = client.get("/?format=csv&q=VMC850&near=沈阳&meter=hours&quantity=40", headers=ENGLISH)
        _head, row = answer.content.decode("utf-8-sig").splitlines()
        assert row.endswith(",0.0,7481.99")


class TestOverRest:
    def test_finds_with_counts(self, rest):
        found = rest(q="三坐标")
        assert len(found["data"]) == found["counts"]["total"] == 2
        assert found["counts"]["categories"] == {"Q1-CMM": 2}
        assert found["counts"]["exact"] is True
        assert (found["next"], found["has_more"]) == (None, False)

    def test_says_distance_and_estimate(self, rest):
        (one,) = rest(q="VMC850", near="41.80,123.43", meter="hours", quantity="40", order="price")["data"]
        assert one["distance_km"] == 0
        assert one["estimate_minor"] == 748_199

    def test_pages_follow_each_other(self, client, rest):
        first = rest(limit=40)
        assert first["has_more"]
        second = client.get(first["next"]).json()
        ids = [one["listing"]["id"] for one in first["data"] + second["data"]]
        assert len(set(ids)) == len(ids) == 67

    def test_several_conditions_are_all_met(self, client, market):
        answer = client.get(
            reverse("api-search"), {"spec": ["X轴行程≥800 mm", "主轴转速≥10000 rpm"], "family": "M1"}
        )
        assert set(titles(answer.json())) == {"立式加工中心 VMC850", "三轴加工中心 模具加工"}

    def test_categories_and_owners_are_any_of(self, client, market):
        query = {"category": ["Q1-CMM", "Q1-CT"], "owner": ["INSTITUTE"]}
        assert sorted(titles(client.get(reverse("api-search"), query).json())) == [
            "工业CT 铸件内部缺陷",
            "蔡司三坐标 高精度",
        ]

    def test_verified_owners_only(self, rest, market):
        assert rest(verified="true")["data"] == []

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"unknown": "1"}, "/unknown"),
            ({"limit": "0"}, "/limit"),
            ({"limit": "201"}, "/limit"),
            ({"limit": "²"}, "/limit"),
            ({"cursor": "x"}, "/cursor"),
            ({"near": "91,0"}, "/near"),
            ({"near": "nan,0"}, "/near"),
            ({"near": "1e999,0"}, "/near"),
            ({"near": "1,2,3"}, "/near"),
            ({"km": "50"}, "/near"),
            ({"km": "0", "near": "苏州"}, "/km"),
            ({"order": "distance"}, "/near"),
            ({"order": "price"}, "/meter"),
            ({"order": "best"}, "/order"),
            ({"meter": "hours"}, "/quantity"),
            ({"quantity": "-1", "meter": "hours"}, "/quantity"),
            ({"quantity": "NaN", "meter": "hours"}, "/quantity"),
            ({"free_from": "2026-12-01"}, "/free_to"),
            ({"free_from": "2026-12-02", "free_to": "2026-12-01"}, "/free_to"),
            ({"free_from": "9999-12-31", "free_to": "9999-12-31"}, "/free_from"),
            ({"category": "M9"}, "/category"),
            ({"family": "M9"}, "/family"),
            ({"owner": "SME"}, "/owner"),
            ({"region": "3"}, "/region"),
            ({"spec": "wide"}, "/spec"),
            ({"spec": "X轴行程≥5 kW"}, "/spec"),
            ({"q": "x" * 121}, "/q"),
            ({"verified": "perhaps"}, "/verified"),
        ],
    )
    def test_what_cannot_be_read_is_refused_at_its_field(self, rest, query, pointer):
        refused = rest(status=400, **query)
        assert pointer in [one["pointer"] for one in refused["errors"]]

    @pytest.mark.parametrize(
        "q",
        [
            "'; DROP TABLE x; --",
            "& | ! <->",
            "\\",
            "'",
            ":*",
            "%s %(x)s {}",
            "<script>",
            "加" * 120,
            "🦾",
        ],
    )
    def test_anything_may_be_typed(self, rest, q):
        assert rest(q=q)["data"] == []


def test_a_card_and_its_listing_say_whose_the_data_are(client, market):
    one, other = market["mc2"], market["cm1"]
    Listing.objects.filter(pk=one.pk).update(data_terms=terms(DAILY))
    assert "data terms of its own" in client.get("/?q=VMC850", headers=ENGLISH).content.decode()
    assert "your process data stay yours" in client.get("/?q=三坐标", headers=ENGLISH).content.decode()
    said = client.get(f"/listings/{one.public_id}/", headers=ENGLISH).content.decode()
    assert "Other than usual, this offer says" in said and "Where the terms above say nothing else" in said
    usual = client.get(f"/listings/{other.public_id}/", headers=ENGLISH).content.decode()
    assert "Other than usual" not in usual and "visible to you alone" in usual


def test_a_price_is_what_the_listing_says_for_this_usage(client, market):
    """The estimate of a card and the calculator of the listing's own page are one figure."""
    one = market["mc2"]
    text = client.get(
        f"/listings/{one.public_id}/?days=30&usage_run_time=40", headers=ENGLISH
    ).content.decode()
    assert "7,481.99" in text


def test_publishing_makes_it_found_and_pausing_not(client, market):
    from marketplace.actions import listings

    owner = market["cm1"].owner
    person = make.member(owner)
    listings.pause(listing=market["cm1"], by=person, at=make.NOON)
    assert "Global 7107" not in client.get("/?q=三坐标").content.decode()
    listings.publish(listing=market["cm1"], by=person, at=make.NOON)
    assert "Global 7107" in client.get("/?q=三坐标").content.decode()
    listings.edit(listing=market["cm1"], changes={"title": "海克斯康测量中心"}, by=person, at=make.NOON)
    assert "海克斯康测量中心" in client.get("/?q=测量中心").content.decode()


class TestWhatElseIsAsked:
    @pytest.fixture
    def told(self, market, monkeypatch):
        """One coordinate measuring machine says all that can be asked for; the other one nothing."""
        one, other = market["cm1"], market["cm2"]
        _agreed(one, "TRAINING", "INSTALLATION")
        Equipment.objects.filter(listing_unit__listing=one).update(built_on="2021-03-01")
        more = {"party": "owner", "category": "machine_condition", "adds": ["read"], "removes": []}
        other.data_terms = {"template": "default_rights", "version": 1, "changes": [more]}
        other.save()
        monkeypatch.setattr(owner_records, "_TOLD", {"x": lambda owners: {one.owner_id: 12}})
        search_documents.renew(listings=[one.pk, other.pk], at=make.NOON)
        return one, other

    @pytest.mark.parametrize(
        "asked",
        [
            {"service": "TRAINING"},
            {"service": ["TRAINING", "INSTALLATION"]},
            {"data_terms": "usual"},
            {"finished": "10"},
            {"built_from": "2021"},
        ],
    )
    def test_only_what_says_it_is_found(self, rest, told, asked):
        one, _ = told
        assert titles(rest(q="三坐标", **asked)) == [one.title]

    @pytest.mark.parametrize(
        "asked", [{"service": "OPERATOR"}, {"data_terms": "less"}, {"finished": "50"}, {"built_from": "2022"}]
    )
    def test_nothing_is_found_that_does_not_say_it(self, rest, told, asked):
        assert titles(rest(q="三坐标", **asked)) == []

    def test_counts_tell_how_many_say_it(self, rest, told):
        counts = rest(q="三坐标")["counts"]
        assert counts["services"] == {
            "INSTALLATION": 1,
            "TRAINING": 1,
            "MAINTENANCE": 0,
            "OPERATOR": 0,
            "ENERGY_MANAGEMENT": 0,
        }
        assert counts["finished"] == {"1": 1, "10": 1, "50": 0}
        assert counts["data_terms"] == {"usual": 1, "less": 0}
        assert counts["verified"] == 0

    def test_the_page_narrows_by_it_and_chips_take_it_away(self, shown, told):
        text = shown("q=三坐标")
        assert "service=TRAINING" in text
        assert "data_terms=usual" in text
        assert "finished=10" in text
        text = shown("q=三坐标&service=TRAINING&data_terms=usual&finished=10&built_from=2020")
        for said in ("Comes with: Training", "asks no more of my data than usual", "≥ 10", "2020"):
            assert said in text
        assert "1 listing" in text

    def test_what_to_loosen_knows_it(self, shown, told):
        text = shown("q=三坐标&service=OPERATOR")
        assert "without “Comes with”: 2" in text

    @pytest.mark.parametrize(
        "asked",
        [
            {"service": "x"},
            {"service": "\0"},
            {"data_terms": "more"},
            {"finished": "2"},
            {"built_from": "1949"},
            {"built_from": "NaN"},
            {"min_travel_x": "NaN"},
            {"min_travel_x": "9" * 40},
            {"max_travel_x": "1;DROP TABLE x"},
            {"min_nothing": "1"},
            {"min_travel_x": "5", "max_travel_x": "4"},
        ],
    )
    def test_what_cannot_be_read_is_an_error_at_its_field(self, rest, asked):
        assert rest(400, **asked)["status"] == 400


class TestFigures:
    def test_a_kind_of_machine_shows_its_figures_with_units(self, shown):
        text = shown("category=M1-MC")
        assert 'name="min_travel_x"' in text
        assert "(mm), at least" in text
        assert 'name="category" value="M1-MC"' in text
        assert 'name="min_travel_x"' not in shown("q=加工中心")

    def test_they_hold_to_the_letter_and_can_be_taken_away(self, shown, rest):
        document = rest(category="M1-MC", min_travel_x="1050")
        assert len(titles(document)) == 2 == document["counts"]["total"]
        assert len(titles(rest(category="M1-MC", min_travel_x="1050.01", max_travel_x="99999"))) == 1
        text = shown("category=M1-MC&min_travel_x=1050&max_travel_x=2e3")
        assert "≥ 1050, ≤ 2000" in text
        assert 'href="?category=M1-MC"' in text

    def test_without_a_kind_an_address_keeps_what_it_means(self, rest):
        assert len(titles(rest(min_travel_x="1050", limit="200"))) >= 2

    def test_what_to_loosen_knows_them(self, shown):
        assert ", at least”" in shown("category=M1-MC&min_travel_x=9000")


def _agreed(listing, *kinds):
    for kind in kinds:
        ListingService.objects.create(
            listing=listing,
            provider=listing.owner,
            provider_name=listing.owner.name,
            kind=kind,
            basis="ORDER",
            price_minor=100,
            currency="CNY",
            tax_category="x",
            description_zh="x",
            digest="x",
            status="AGREED",
            offered_at=make.NOON,
            agreed_at=make.NOON,
            agreed_by="x",
        )
