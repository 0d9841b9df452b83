"""Acceptance bills without a database: their table of moves, what they say, their journals."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.rules import bill_postings
from billing.payments.rules.bill_facts import (
    BillFacts,
    flaws_of,
    is_late,
    longest,
    numbers_in,
    plain,
)
from billing.payments.rules.bill_states import MOVES, Move, State, after, ending_of
from billing.rules import accounts as chart
from billing.rules.journals import Dims, checked
from billing.rules.posting import Head

NUMBER = "510403380001202611270000000123"
TODAY = date(2026, 11, 27)
BILL = BillFacts(
    NUMBER, "宁波链主股份", "宁波银行", 500_000, date(2026, 11, 1), date(2026, 11, 20), date(2027, 5, 1)
)
HEAD = Head("P", "bill:1", TODAY, "CNY")


class TestTheTable:
    def test_leads_from_the_record_to_money_or_none(self):
        found = {move: sorted(str(s) for s in State if after(move, s)) for move in Move}

        assert found == {
            Move.RECORD: [],
            Move.CONFIRM: ["PROPOSED"],
            Move.DROP: ["PROPOSED"],
            Move.PRESENT: ["HELD"],
            Move.COLLECT: ["HELD", "PRESENTED"],
            Move.ASK: ["HELD", "PRESENTED"],
            Move.WITHDRAW: ["HELD", "PRESENTED"],
            Move.DISHONOUR: ["PRESENTED"],
            Move.RETURN: ["HELD"],
            Move.REOPEN: ["HONOURED"],
        }
        assert after(Move.RECORD, None) is State.PROPOSED
        assert after(Move.WITHDRAW, State.HELD) is State.HELD

    def test_is_over_once_it_is_over(self):
        for state in (State.DISHONOURED, State.RETURNED, State.DROPPED):
            assert not any(after(move, state) for move in MOVES)
        assert [move for move in MOVES if after(move, State.HONOURED)] == [Move.REOPEN]

    def test_says_how_a_bill_may_end_without_money(self):
        assert {state: ending_of(state) for state in State if ending_of(state)} == {
            State.HELD: State.RETURNED,
            State.PRESENTED: State.DISHONOURED,
        }


def flaws(**given):
    return [(one.pointer, one.code) for one in flaws_of(replace(BILL, **given), today=TODAY)]


class TestWhatABillSays:
    def test_is_taken_where_it_can_be(self):
        assert flaws() == []
        assert flaws(first=1, last=500_000) == []

    @pytest.mark.parametrize("number", ["", "1" * 29, "1" * 31, "1" * 29 + "x", "１" * 30, "1" * 30 + "\n"])
    def test_its_number_has_thirty_digits(self, number):
        assert flaws(number=number) == [("/number", "invalid")]

    @pytest.mark.parametrize("name", ["", "x" * 121, "a\x00b"])
    def test_its_parties_have_names(self, name):
        assert flaws(drawer=name, acceptor=name) == [("/drawer", "invalid"), ("/acceptor", "invalid")]

    @pytest.mark.parametrize("minor", [0, -1, 2**63])
    def test_it_is_over_something(self, minor):
        assert flaws(amount_minor=minor) == [("/amount_minor", "not_positive")]

    @pytest.mark.parametrize("part", [(1, None), (None, 1), (0, 499_999), (2, 1), (1, 2**63)])
    def test_a_part_is_a_range(self, part):
        assert flaws(first=part[0], last=part[1]) == [("/range", "invalid")]

    def test_a_part_is_over_its_amount(self):
        assert flaws(first=1, last=499_999) == [("/range", "not_the_amount")]

    @pytest.mark.parametrize(
        ("days", "wrong"),
        [
            ({"received_on": date(2026, 10, 31)}, [("/received_on", "too_early")]),
            ({"received_on": date(2026, 11, 28)}, [("/received_on", "in_future")]),
            ({"due_on": date(2026, 11, 19)}, [("/due_on", "too_early")]),
            ({"due_on": date(2027, 5, 2)}, [("/due_on", "too_late")]),
            ({"issued_on": date.min}, [("/issued_on", "out_of_range")]),
            ({"due_on": date.max}, [("/due_on", "out_of_range")]),
        ],
    )
    def test_its_days_follow_each_other(self, days, wrong):
        assert flaws(**days) == wrong

    @pytest.mark.parametrize(
        ("issued", "last"),
        [
            (date(2026, 8, 31), date(2027, 2, 28)),
            (date(2023, 1, 1), date(2023, 7, 1)),
            (date(2022, 12, 31), date(2023, 12, 31)),
            (date(2024, 2, 29), date(2024, 8, 29)),
        ],
    )
    def test_it_runs_six_months_and_a_year_before_2023(self, issued, last):
        assert longest(issued) == last

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    def test_the_longest_is_the_same_day_or_the_last_of_its_month(self, issued):
        found = longest(issued)
        assert issued < found <= issued + timedelta(days=366)
        assert found.day == issued.day or (found + timedelta(days=1)).day == 1

    def test_its_number_is_read_as_people_write_it(self):
        assert plain("5104 0338 0001 2026 1127 0000 0001 23") == NUMBER
        assert numbers_in(f"托收 票号{NUMBER[:15]} {NUMBER[15:]}") == {NUMBER}
        assert numbers_in(f"票号:{NUMBER} 12") == {NUMBER}
        assert numbers_in(f"票号:{NUMBER}12") == set()
        assert numbers_in("no bill 123") == set()

    @pytest.mark.parametrize(
        ("state", "days", "late"),
        [
            (State.HELD, 0, False),
            (State.HELD, 1, True),
            (State.PRESENTED, 3, False),
            (State.PRESENTED, 4, True),
            (State.HONOURED, 9, False),
        ],
    )
    def test_it_is_late_when_its_money_should_be_here(self, state, days, late):
        assert is_late(state, due_on=TODAY, today=TODAY + timedelta(days=days)) is late


class TestItsJournals:
    def test_move_a_promise_to_money_or_back(self):
        payer = Dims(party="org_1")
        entries = [
            bill_postings.received(HEAD, 5, payer=payer),
            bill_postings.honoured(HEAD, 5, cash=chart.CLIENT_MONEY, payer=payer),
            bill_postings.failed(HEAD, 5, payer=payer),
        ]

        assert [checked(one).kind for one in entries] == ["BILL_RECEIVED", "BILL_HONOURED", "BILL_FAILED"]
        assert [[(line.account, line.amount_minor) for line in one.lines] for one in entries] == [
            [(chart.BILLS, 5), (chart.UNALLOCATED, -5)],
            [(chart.CLIENT_MONEY, 5), (chart.BILLS, -5)],
            [(chart.UNALLOCATED, 5), (chart.BILLS, -5)],
        ]
