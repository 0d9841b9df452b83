"""Which thresholds of a budget are reached, and what a period comes to by forecast (docs/budgets.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.budgets import Figures, Kind, Parts, Wanted, crossed, flaws, forecast
from marketplace.shared.period import Period

START = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = Period(START, START + timedelta(days=30))
TENTH = START + timedelta(days=10)


def figures(net=0, **given):
    return Figures(SPAN, net, None, **given)


class TestCrossed:
    @pytest.mark.parametrize(
        ("net", "percents"), [(49_999, []), (50_000, [50]), (80_000, [50, 80]), (250_000, [50, 80, 100])]
    )
    def test_percentages_of_the_amount(self, net, percents):
        found = crossed(Wanted(amount_minor=100_000), figures(net), at=TENTH)

        assert [one.percent for one in found] == percents
        assert [one.limit_minor for one in found] == [percent * 1_000 for percent in percents]
        assert {one.since for one in found} <= {START}

    def test_another_amount_makes_other_keys(self):
        one, other = (crossed(Wanted(amount), figures(10**6), at=TENTH) for amount in (1_000, 2_000))

        assert not {found.key for found in one} & {found.key for found in other}

    @pytest.mark.parametrize(("used", "many"), [("89.999999", 0), ("90", 1), ("91.5", 1)])
    def test_a_quantity_of_a_meter(self, used, many):
        wanted = Wanted(quantities={"parts": Decimal(90)})

        found = crossed(wanted, figures(usage={"parts": Decimal(used)}), at=TENTH)

        assert [(one.kind, one.meter, one.limit) for one in found] == many * [
            (Kind.QUANTITY, "parts", Decimal(90))
        ]

    def test_a_quantity_is_the_same_however_it_is_written(self):
        keys = {
            crossed(Wanted(quantities={"parts": one}), figures(usage={"parts": one}), at=TENTH)[0].key
            for one in (Decimal("9E+1"), Decimal(90), Decimal("90.00"))
        }

        assert keys == {"parts:90"}

    def test_a_meter_that_did_not_move_counts_nothing(self):
        assert crossed(Wanted(quantities={"parts": Decimal(1)}), figures(), at=TENTH) == []

    @pytest.mark.parametrize(("wants", "has", "many"), [(True, True, 1), (True, False, 0), (False, True, 0)])
    def test_the_cap(self, wants, has, many):
        assert len(crossed(Wanted(at_cap=wants), figures(at_cap=has), at=TENTH)) == many

    @pytest.mark.parametrize(("days", "many"), [(2, 1), (3, 1), (4, 0), (None, 0)])
    def test_days_without_use_count_from_the_last_one(self, days, many):
        since = TENTH - timedelta(days=3)

        found = crossed(Wanted(idle_days=days), figures(idle_since=since), at=TENTH)

        assert [(one.kind, one.since, one.days) for one in found] == many * [(Kind.IDLE, since, days)]

    def test_a_machine_that_is_not_in_use_is_not_idle(self):
        assert crossed(Wanted(idle_days=1), figures(), at=TENTH) == []

    @given(st.integers(1, 10**13), st.integers(-(10**13), 10**13), st.integers(0, 10**12))
    def test_more_cost_never_takes_one_back(self, amount, net, more):
        before, after = (crossed(Wanted(amount), figures(cost), at=TENTH) for cost in (net, net + more))

        assert {one.key for one in before} <= {one.key for one in after}


class TestForecast:
    @pytest.mark.parametrize(
        ("parts", "days", "expected"),
        [
            (Parts(10_000, 20_000, 0), 10, 70_000),
            (Parts(10_000, 20_000, 1_000), 10, 73_000),
            (Parts(0, 20_000, 0, to_minimum=50_000), 10, 70_000),
            (Parts(0, 20_000, 0, to_minimum=30_000), 10, 60_000),
            (Parts(0, 20_000, 0, to_cap=5_000), 10, 25_000),
            (Parts(0, 20_000, 0, to_cap=0), 10, 20_000),
            (Parts(500, 1, 0), 7, 504),
            (Parts(500, 100, 10), 30, 610),
            (Parts(500, 100, 10, to_minimum=90), 45, 700),
            (Parts(-500, -300, 0), 10, -1_400),
        ],
    )
    def test_days_go_on_as_they_did(self, parts, days, expected):
        assert forecast(parts, SPAN, at=START + timedelta(days=days)) == expected

    def test_says_nothing_before_a_whole_day(self):
        assert forecast(Parts(0, 100, 0), SPAN, at=START + timedelta(hours=23)) is None
        assert forecast(Parts(0, 100, 0), SPAN, at=START - timedelta(days=1)) is None

    def test_a_period_of_some_hours_is_known_at_its_end(self):
        short = Period(START, START + timedelta(hours=6))

        assert forecast(Parts(0, 100, 0), short, at=START + timedelta(hours=6)) == 100

    @given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(24, 720), st.integers(0, 10**9))
    def test_is_never_below_the_cost_nor_above_the_cap(self, rent, other, hours, to_cap):
        parts = Parts(0, rent, other, to_cap=to_cap)

        found = forecast(parts, SPAN, at=START + timedelta(hours=hours))

        assert found >= parts.net
        assert found - parts.net <= to_cap + other * 29


class TestFlaws:
    @pytest.mark.parametrize(
        ("wanted", "pointers"),
        [
            (Wanted(amount_minor=1), []),
            (Wanted(), ["/amount_minor"]),
            (Wanted(amount_minor=0), ["/amount_minor"]),
            (Wanted(amount_minor=10**13 + 1), ["/amount_minor"]),
            (Wanted(amount_minor=1, percents=()), ["/percents"]),
            (Wanted(amount_minor=1, percents=(50, 50)), ["/percents"]),
            (Wanted(amount_minor=1, percents=(0,)), ["/percents"]),
            (Wanted(amount_minor=1, percents=(1_001,)), ["/percents"]),
            (Wanted(amount_minor=1, percents=tuple(range(1, 12))), ["/percents"]),
            (Wanted(quantities={"parts": Decimal(1)}), []),
            (Wanted(quantities={"parts": Decimal(0)}), ["/quantities/parts"]),
            (Wanted(quantities={"parts": Decimal("NaN")}), ["/quantities/parts"]),
            (Wanted(quantities={"energy": Decimal(1)}), ["/quantities/energy"]),
            (Wanted(at_cap=True), []),
            (Wanted(idle_days=365), []),
            (Wanted(idle_days=0), ["/idle_days"]),
            (Wanted(idle_days=366), ["/idle_days"]),
        ],
    )
    def test_stand_at_their_field(self, wanted, pointers):
        assert [one.pointer for one in flaws(wanted, meters=["parts"], has_cap=True)] == pointers

    def test_a_price_without_a_cap_reaches_none(self):
        assert [one.code for one in flaws(Wanted(at_cap=True), meters=["parts"])] == ["budget_no_cap"]

    def test_of_all_leases_only_money_is_watched(self):
        wanted = Wanted(amount_minor=1, quantities={"parts": Decimal(1)}, at_cap=True, idle_days=1)

        found = flaws(wanted, meters=None)

        assert [one.pointer for one in found] == ["/quantities", "/at_cap", "/idle_days"]
        assert {one.code for one in found} == {"budget_of_one_lease"}
