"""What differs from the period before, what is odd about it, and how a run ends; worked by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.rules.run_preview import (
    Cause,
    Change,
    Flag,
    Priced,
    amount_flags,
    changes,
    is_as_approved,
    is_jump,
    run_digest,
)
from billing.rules.run_states import NEXT, OPEN, ItemState, RunState, ends_as, may_become, needs_second

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def parts(quantity, net, price="380"):
    return Priced("parts", "per_unit", net, Decimal(quantity), Decimal(price))


class TestChanges:
    def test_name_use_price_facts_what_is_new_and_what_is_gone(self):
        before = [
            Priced("base", "base_fee", 300_000),
            parts(4, 152_000),
            Priced("power", "per_unit", 6_000, Decimal(100), Decimal("0.60")),
            Priced("damage.dmg_1", "damage", 320_000),
            Priced("cap", "cap", -1_000),
        ]
        after = [
            Priced("base", "base_fee", 150_000),
            parts(8, 304_000),
            Priced("power", "per_unit", 7_000, Decimal(100), Decimal("0.70")),
            Priced("credit.tkt_1", "credit", -5_000),
            Priced("peak", "peak", 2_000),
        ]

        found = changes(before, after, facts={"damage", "credit"})

        assert [(one.component, one.cause, one.difference_minor) for one in found] == [
            ("base", Cause.OTHER, -150_000),
            ("parts", Cause.USAGE, 152_000),
            ("power", Cause.PRICE, 1_000),
            ("credit.tkt_1", Cause.FACTS, -5_000),
            ("peak", Cause.NEW, 2_000),
            ("damage.dmg_1", Cause.FACTS, -320_000),
            ("cap", Cause.GONE, 1_000),
        ]
        nets = [sum(one.net_minor for one in lines) for lines in (before, after)]
        assert sum(one.difference_minor for one in found) == nets[1] - nets[0]

    def test_add_up_the_lines_of_a_component_and_keep_what_was_counted_last(self):
        noted = [parts(4, 152_000), parts(3, -38_000), Priced("parts", "per_unit", 0)]

        assert changes(noted, [parts(3, 114_000)], facts=()) == []
        (found,) = changes(noted, [parts(5, 190_000)], facts=())
        assert found == Change("parts", "per_unit", Cause.USAGE, 114_000, 190_000)
        assert found.dump()["cause"] == "USAGE"


class TestFlags:
    @pytest.mark.parametrize(
        ("now", "last", "jumps"),
        [(150, 100, False), (151, 100, True), (50, 100, False), (49, 100, True), (1, 0, True), (0, 0, False)],
    )
    def test_a_jump_is_more_than_the_percent_up_or_down(self, now, last, jumps):
        assert is_jump(now, last, percent=50) is jumps

    def test_say_what_the_amounts_say(self):
        assert amount_flags(100, None, is_first=True, percent=50) == [Flag.NEW]
        assert amount_flags(100, None, is_first=False, percent=50) == [Flag.NONE_LAST]
        assert amount_flags(100, 99, is_first=False, percent=50) == []
        assert amount_flags(-1, 99, is_first=False, percent=50) == [Flag.JUMP, Flag.NEGATIVE]


class TestTheDigest:
    def test_does_not_hang_on_an_order_and_changes_with_a_draft_or_what_is_left_out(self):
        whole = {("lse_1", MARCH): [("a", "1"), ("b", "2")], ("lse_2", MARCH): [("a", "3")]}
        turned = {("lse_2", MARCH): [("a", "3")], ("lse_1", MARCH): [("b", "2"), ("a", "1")]}

        assert run_digest(whole) == run_digest(turned)
        assert run_digest(whole) != run_digest({**whole, ("lse_2", MARCH): [("a", "4")]})
        assert run_digest(whole) != run_digest({("lse_1", MARCH): whole["lse_1", MARCH]})

    def test_of_a_lease_must_be_that_of_every_seller(self):
        assert is_as_approved({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
        assert not is_as_approved({"a": "1"}, {"a": "1", "b": "2"})
        assert not is_as_approved({"a": "1"}, {"a": "2"})


class TestStates:
    def test_lead_to_an_end_and_never_back(self):
        assert {RunState.FINISHED, RunState.WITH_FAILURES, RunState.CANCELLED} == set(RunState) - OPEN
        assert may_become("PREVIEWED", RunState.APPROVED)
        assert not may_become("APPROVED", RunState.PREVIEWED)
        assert not may_become("RUNNING", RunState.CANCELLED)
        assert all(state not in following for state, following in NEXT.items())

    def test_end_with_failures_unless_all_is_billed_or_left_out_by_a_person(self):
        fine = [ItemState.BILLED, ItemState.ALREADY, ItemState.LEFT_OUT]

        assert ends_as(fine) == RunState.FINISHED
        for bad in (ItemState.UNRATEABLE, ItemState.CHANGED, ItemState.FAILED, ItemState.BLOCKED):
            assert ends_as([*fine, bad]) == RunState.WITH_FAILURES

    def test_ask_for_a_second_person_where_there_is_one(self):
        assert needs_second("a", "a", others=1)
        assert not needs_second("a", "a", others=0)
        assert not needs_second("a", "b", others=1)
