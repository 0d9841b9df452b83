"""The face of an official e-invoice, its number, and what it must say."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.rules.tax_invoices import Item, Party, differences, face, item_name, number_flaws, percent
from marketplace.rules.pricing.tax import CATEGORIES, NOT_TAXED
from tests.billing.tax_papers import BUYER, DAY, SELLER, issued, rent, wanted

FEE = Item(item_name("SERVICE"), 9_258, Decimal("0.06"), 555)


def codes(given, base=None):
    return [(flaw.pointer, flaw.code) for flaw in differences(given, base or wanted(), today=DAY)]


class TestFace:
    def test_adds_up_its_items_and_writes_the_sum_in_capitals(self):
        paper = wanted(rent(), FEE)

        assert (paper.net_minor, paper.tax_minor, paper.gross_minor) == (317_858, 40_673, 358_531)
        assert paper.capitals == "叁仟伍佰捌拾伍元叁角壹分"

    def test_sums_by_rate_and_leaves_out_what_comes_to_nothing(self):
        paper = wanted(rent(100, 13), rent(-100, -13), FEE)

        assert paper.nets() == {Decimal("0.06"): 9_258}

    def test_is_written_with_decimals_and_day_as_text(self):
        content = issued().dump()

        assert content["issued_on"] == "2026-11-02"
        assert content["gross_minor"] == 348_718
        assert content["items"][0]["rate"] == "0.13"
        assert content["items"][0]["quantity"] == "1.00"
        assert wanted(FEE).dump()["issued_on"] is None
        assert wanted(FEE).dump()["items"][0]["price"] is None

    @pytest.mark.parametrize("category", [*CATEGORIES, NOT_TAXED])
    def test_has_a_name_for_every_tax_category(self, category):
        assert item_name(category).count("*") == 2
        assert item_name(category, "夹具").endswith("*夹具")


class TestNumber:
    def test_has_twenty_digits_year_and_province(self):
        assert number_flaws("26322000000012345678", DAY) == []

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            ("2632200000001234567", "not_twenty_digits"),
            ("263220000000123456789", "not_twenty_digits"),
            ("2632200000001234567x", "not_twenty_digits"),
            ("٢٦٣٢٢٠٠٠٠٠٠٠١٢٣٤٥٦٧٨", "not_twenty_digits"),
            ("", "not_twenty_digits"),
            ("25322000000012345678", "other_year"),
            ("26992000000012345678", "no_region"),
        ],
    )
    def test_is_refused_otherwise(self, number, code):
        assert [flaw.code for flaw in number_flaws(number, DAY)] == [code]

    def test_follows_the_year_in_which_it_was_issued(self):
        assert number_flaws("25322000000012345678", date(2025, 12, 31)) == []


class TestDifferences:
    def test_are_none_for_the_same(self):
        assert codes(issued()) == []

    def test_do_not_care_about_names_of_items_or_rows(self):
        split = issued(items=(rent(300_000, 39_000), replace(rent(8_600, 1_118), name="*租赁*其他")))

        assert codes(split) == []

    def test_are_found_in_sides_day_and_sums(self):
        other = Party("X", "91110000000000000X")

        assert codes(issued(seller=other)) == [("/seller/tax_number", "other_seller")]
        assert codes(issued(buyer=other)) == [("/buyer/tax_number", "other_buyer")]
        assert codes(issued(issued_on=DAY + timedelta(days=1))) == [("/issued_on", "issued_later")]
        assert codes(issued(capitals="壹元整")) == [("/capitals", "other_capitals")]
        assert codes(issued(number="1")) == [("/number", "not_twenty_digits")]

    def test_are_found_to_the_fen(self):
        fen_less = face(kind="SPECIAL", seller=SELLER, buyer=BUYER, items=[rent(308_600, 40_117)])

        assert codes(issued(fen_less)) == [("/tax_minor", "other_amount")]

    def test_are_found_where_items_do_not_add_up(self):
        assert ("/items", "items_do_not_add_up") in codes(issued(items=(rent(308_599),)))

    def test_are_found_where_the_same_sum_stands_at_other_rates(self):
        at_six = issued(items=(replace(rent(), rate=Decimal("0.06")),))

        found = differences(at_six, wanted(), today=DAY)

        assert [(flaw.code, flaw.facts["rate"]) for flaw in found] == [
            ("other_rates", "6 %"),
            ("other_rates", "13 %"),
        ]

    @pytest.mark.parametrize("text", ["", "叁仟肆佰捌拾柒圆壹角捌分", " 叁仟肆佰捌拾柒元壹角捌分 "])
    def test_read_capitals_as_bureaus_write_them(self, text):
        assert codes(issued(capitals=text)) == []

    def test_read_a_red_amount_in_capitals(self):
        red = wanted(rent(-308_600, -40_118))

        assert codes(issued(red, capitals="（负数）叁仟肆佰捌拾柒圆壹角捌分"), red) == []


def test_a_rate_is_written_as_people_do():
    assert percent(Decimal("0.1300")) == "13 %"
    assert percent(Decimal("0.005")) == "0.5 %"
