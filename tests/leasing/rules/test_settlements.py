"""One statement: fee and damage against a deposit of 20,000 yuan."""

from dataclasses import replace
from decimal import Decimal

import pytest

from leasing.rules import settlements
from leasing.rules.settlements import Fact, Held, Kind

FEE = Fact(Kind.EARLY_END, "a1", {"days": "30"}, 300_000)
DENT = Fact(Kind.DAMAGE, "dmg_1", {"number": "1", "items": "dent"}, 320_000)
CREDIT = Fact(Kind.RENT_CREDIT, "dtc_1", {"percent": "5"})
DAYS = Fact(Kind.DAYS_OWED, "sus_1", {"days": "2"})
HELD = Held("dps_1", 2_000_000)


def made(*facts, held=HELD, less=None):
    return settlements.statement(lease="lea_1", currency="CNY", facts=facts, held=held, settled_at=less)


class TestStatement:
    """docs/settlement.md: 3,000.00 + 3,200.00 of a deposit of 20,000.00; 13,800.00 go back."""

    def test_sets_off_what_is_owed_and_gives_back_the_rest(self):
        found = made(FEE, DENT, CREDIT)
        assert (found["owed_minor"], found["balance_minor"]) == (620_000, 0)
        assert found["deposit"] == {
            "id": "dps_1",
            "held_minor": 2_000_000,
            "set_off_minor": 620_000,
            "give_back_minor": 1_380_000,
        }

    def test_never_sets_off_more_than_is_held(self):
        found = made(FEE, DENT, held=replace(HELD, held_minor=500_000))
        assert (found["deposit"]["set_off_minor"], found["balance_minor"]) == (500_000, 120_000)

    def test_has_no_deposit_where_none_is(self):
        found = made(FEE, held=Held())
        assert (found["deposit"]["set_off_minor"], found["balance_minor"]) == (0, 300_000)

    def test_of_nothing_is_nothing(self):
        found = made()
        assert (found["lines"], found["balance_minor"], found["deposit"]["give_back_minor"]) == (
            [],
            0,
            2_000_000,
        )

    def test_names_what_comes_by_invoice_without_a_sum(self):
        lines = made(CREDIT, DAYS)["lines"]
        assert [(one["by_invoice"], one["amount_minor"], one["settled_minor"]) for one in lines] == [
            (True, None, None)
        ] * 2

    def test_settles_lines_at_less(self):
        found = made(FEE, DENT, less={"a1": 0, "dmg_1": 300_000})
        assert [one["settled_minor"] for one in found["lines"]] == [0, 300_000]
        assert [one["amount_minor"] for one in found["lines"]] == [300_000, 320_000]
        assert found["owed_minor"] == 300_000


class TestFlaws:
    @pytest.mark.parametrize(
        ("less", "codes"),
        [
            ({}, []),
            ({"a1": 300_000}, []),
            ({"a1": 300_001}, ["not_less"]),
            ({"a1": -1}, ["not_less"]),
            ({"dtc_1": 0}, ["unknown_line"]),
            ({"x": 0}, ["unknown_line"]),
        ],
    )
    def test_of_what_is_left_out(self, less, codes):
        assert [one.code for one in settlements.less_flaws([FEE, CREDIT], less)] == codes

    @pytest.mark.parametrize(
        ("text", "codes"), [("Because", []), (" ", ["required"]), ("x" * 1001, ["too_long"])]
    )
    def test_of_words(self, text, codes):
        assert [one.code for one in settlements.text_flaws(text)] == codes


def test_every_line_has_its_sentence():
    assert set(settlements.SENTENCES) == set(Kind)
    assert settlements.percent(Decimal("12.500000")) == "12.5"
    assert settlements.percent(Decimal("100.000000")) == "100"
