from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.categories import fields_of
from marketplace.rules.search.buckets import EDGES, step_of, steps
from marketplace.rules.search.cells import Point
from marketplace.rules.search.documents import HEAD, Offer, document_of, rank_of
from marketplace.rules.search.plans import RARE, estimate, ranks_at_once, tokens_in
from marketplace.rules.search.questions import Term
from marketplace.rules.search.wanted import Place, place_of

OFFER = Offer(
    title="五轴立式加工中心 DMU 50",
    category="M1-MC",
    city="苏州",
    city_en="Suzhou",
    region_code="320594",
    owner_kind="INSTITUTE",
    machines=("DMG MORI", "DMU 50"),
    specs={"axes": "5", "travel_x": "650", "controller": "Heidenhain"},
    place=Point(31.3, 120.62),
)


class TestDocument:
    def test_says_what_it_is_by_words_concepts_and_category(self):
        made = document_of(OFFER)
        assert {"w:五轴", "c:five_axis", "c:vertical_centre", "c:cnc", "c:maker_dmg", "k:M1-MC"} <= made.head

    def test_says_beside_where_it_stands_whose_it_is_and_its_figures(self):
        made = document_of(OFFER)
        assert {
            "p:苏州",
            "p:suzhou",
            "r:32",
            "r:3205",
            "r:320594",
            "o:INSTITUTE",
            "c:owner_institute",
        } <= made.rest
        assert f"n:travel_x:mm:{step_of(Decimal(650))}" in made.rest
        assert "v:nm:650000000" in made.rest
        assert made.numbers["travel_x:mm"] == 650

    def test_axes_are_read_whatever_a_newer_dictionary_calls_them(self):
        bare = replace(OFFER, title="DMU 50")
        assert "c:five_axis" in document_of(bare).rest
        renamed = replace(bare, specs={"axis_count": "5"}, first_codes={"axis_count": "axes"})
        assert "c:five_axis" in document_of(renamed).rest
        assert "c:five_axis" not in document_of(replace(renamed, first_codes={})).rest

    def test_a_number_beyond_bounds_that_were_lowered_since_is_found(self):
        lower = tuple(
            replace(one, maximum=Decimal(400)) if one.code == "travel_x" else one
            for one in fields_of("M1-MC")
        )
        assert document_of(replace(OFFER, fields=lower)).numbers["travel_x:mm"] == 650

    def test_what_it_is_can_be_asked_for_alone(self):
        tokens = document_of(OFFER).tokens
        assert HEAD + "c:cnc" in tokens
        assert HEAD + "p:苏州" not in tokens

    def test_a_number_with_its_unit_is_read_and_one_that_is_none_left_out(self):
        made = document_of(replace(OFFER, specs={"travel_x": "1.2 m", "travel_y": "wide", "axes": "9" * 13}))
        assert made.numbers == {"travel_x:mm": 1200}

    def test_a_category_that_is_in_no_tree_has_no_numbers(self):
        made = document_of(replace(OFFER, category="X9-OTHER"))
        assert (made.numbers, "f:X9" in made.tokens) == ({}, True)

    def test_a_listing_without_anything_more_has_tokens_too(self):
        assert document_of(Offer("x", "M1-MC", "", "", "SME")).tokens

    @pytest.mark.parametrize(
        ("offer", "machines", "verified", "rank"),
        [
            (Offer("x", "M1-MC", "", "", "SME"), 1, False, 0),
            (OFFER, 1, False, 15 + 35 * 3 // 8),
            (OFFER, 2, True, 30 + 5 + 15 + 35 * 3 // 8),
        ],
    )
    def test_ranks_by_how_much_it_says(self, offer, machines, verified, rank):
        assert rank_of(offer, machines=machines, verified=verified) == rank


class TestSteps:
    @given(st.decimals(0, 10**9, places=6), st.decimals(0, 10**9, places=6), st.decimals(0, 10**9, places=6))
    def test_what_lies_in_a_range_lies_in_its_steps(self, value, one, other):
        low, high = sorted((one, other))
        if low <= value <= high:
            assert step_of(value) in steps(low, high)
        if value >= low:
            assert step_of(value) in steps(low, None)
        if value <= high:
            assert step_of(value) in steps(None, high)

    def test_rise(self):
        assert list(EDGES) == sorted(set(EDGES))


class TestPlan:
    def test_the_rarest_term_bounds_what_can_be_met(self):
        counts = {"": 1_000_000, "c:cnc": 400_000, "w:叶轮": 3_000}
        guess = estimate([Term("", (("c:cnc",),)), Term("", (("w:叶轮",),))], counts)
        assert (guess.about, guess.most) == (1_200, 3_000)

    def test_a_sample_is_as_many_however_large_the_market(self):
        assert estimate([Term("", (("c:cnc",),))], {"": 1_000_000, "c:cnc": 400_000}).share == 0.6
        assert estimate([], {"": 100}).share == 100

    @pytest.mark.parametrize(
        ("before", "total", "ranks"),
        [
            (400_000, 400_000, 0),  # common: 80 rows along the order hold a page
            (14_500, 14_500, 1),  # 2,200 rows along the order, or 145 of one rank
            (17_900, 700, 8),  # most are taken
            (6_000, 0, 39),  # none of the sample is free
            (225_000, 8_000, 0),  # the index alone would have 225,000 entries to pass over
            (400_000, 300, 5),  # never more than 20,000 rows at once
        ],
    )
    def test_how_many_ranks_are_looked_up_at_a_time(self, before, total, ranks):
        assert ranks_at_once(before, total, 1_000_000) == ranks

    def test_alternatives_add_up_and_what_is_not_counted_is_rare(self):
        guess = estimate([Term("", (("w:a",), ("w:b",)))], {"": 10**6, "w:a": 20_000})
        assert guess.most == 20_000 + RARE

    def test_the_count_of_all_is_asked_for_too(self):
        assert tokens_in([Term("", (("w:a",),))]) == {"", "w:a"}


class TestPlace:
    @given(st.sampled_from("gtnp"), st.integers(0, 10**9), st.integers(0, 100), st.integers(1, 10**12))
    def test_is_read_as_it_was_written(self, way, by, rank, listing):
        place = Place(way, by / 1000, rank, listing)
        assert place_of(str(place)) == place

    @pytest.mark.parametrize(
        "text", ["", "x1_2_3", "g1_2", "g1_2_3; DROP", "g1_2_3\n", "g١_2_3", "g1e9_2_3", "gnan_1_1"]
    )
    def test_anything_else_is_none(self, text):
        assert place_of(text) is None
