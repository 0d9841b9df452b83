from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from marketplace.rules.pricing import UsageNotRateable, charge
from marketplace.rules.pricing.even import evenly
from marketplace.rules.pricing.spread import DAY, HOUR, QUARTER, WEEK, Slice, Spread, quarter_of, total
from tests.marketplace.rules.pricing.plans import plan
from tests.marketplace.rules.pricing.timed import at, band, energy, month, priced, spread

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


def quantities(found, length, **asked):
    return [window.quantity for window in found.windows("energy", length, **asked)]


class TestWindows:
    def test_are_cut_by_the_local_clock(self):
        found = spread(
            [
                ("2026-07-01 00:00", "1"),
                ("2026-07-01 00:15", "2"),
                ("2026-07-01 00:45", "4"),
                ("2026-07-01 23:45", "8"),
                ("2026-07-02 00:00", "16"),
                ("2026-07-05 12:00", "32"),
                ("2026-07-06 12:00", "64"),
            ]
        )

        assert quantities(found, QUARTER) == [1, 2, 4, 8, 16, 32, 64]
        assert quantities(found, HOUR) == [7, 8, 16, 32, 64]
        assert quantities(found, DAY) == [15, 16, 32, 64]
        assert quantities(found, WEEK) == [63, 64]  # Sunday the 5th, then Monday

    def test_add_up_slices_of_one_quarter_hour_whatever_their_order(self):
        found = spread([("2026-07-01 10:20", "2"), ("2026-07-01 10:15", "1")])

        assert quantities(found, QUARTER) == [3]
        assert [one.start for one in found.of("energy")] == [at("2026-07-01 10:15"), at("2026-07-01 10:20")]

    @pytest.mark.parametrize(("length", "many"), [(QUARTER, 192), (HOUR, 48), (DAY, 2), (WEEK, 1)])
    def test_are_all_there_if_empty_ones_are_asked_for(self, length, many):
        found = spread([("2026-07-02 10:00", "5")], period=month("2026-07-01", "2026-07-03"))

        assert len(quantities(found, length, empty=True)) == many
        assert sum(quantities(found, length, empty=True)) == 5

    def test_are_short_at_the_edges_of_the_period(self):
        found = spread([], period=month("2026-07-01 10:07", "2026-07-01 11:20"))

        assert len(quantities(found, QUARTER, empty=True)) == 6
        assert len(quantities(found, HOUR, empty=True)) == 2
        assert quantities(found, DAY) == []

    @pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-07-01", 24)])
    def test_of_a_day_on_which_clocks_change(self, day, hours):
        after = str((datetime.fromisoformat(day) + timedelta(days=1)).date())
        found = spread([], period=month(day, after, NEW_YORK), zone=NEW_YORK)

        assert len(quantities(found, HOUR, empty=True)) == hours
        assert len(quantities(found, DAY, empty=True)) == 1

    def test_of_an_hour_that_the_clock_repeats_are_two(self):
        first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 summer time, then 01:30 again
        slices = {"energy": [Slice(first, Decimal(1)), Slice(first + timedelta(hours=1), Decimal(2))]}
        found = Spread(NEW_YORK, month("2026-11-01", "2026-11-02", NEW_YORK), slices)

        assert quantities(found, HOUR) == [1, 2]
        assert quantities(found, DAY) == [3]


class TestEvenly:
    def test_spreads_a_total_over_all_quarter_hours(self):
        found = evenly({"energy": Decimal(100)}, start=at("2026-07-01 15:00"), days=2, zone=ZoneInfo("UTC"))

        assert found.period == month("2026-07-01", "2026-07-03", ZoneInfo("UTC"))
        assert {one.quantity for one in found.of("energy")} == {Fraction(100, 192)}
        assert total(found.of("energy")) == 100

    def test_knows_that_a_day_may_have_23_hours(self):
        found = evenly({"energy": Decimal(92)}, start=at("2026-03-29", BERLIN), days=1, zone=BERLIN)

        assert {one.quantity for one in found.of("energy")} == {1}

    def test_refuses_no_day(self):
        with pytest.raises(ValueError, match="ends after it starts"):
            evenly({}, start=at("2026-07-01"), days=0, zone=BERLIN)


class TestRefusals:
    PLAN = plan(energy("1", bands=[band("peak", "10:00", "12:00", factor="2")]))

    def test_refuses_a_tariff_of_which_nobody_says_when(self):
        with pytest.raises(UsageNotRateable) as refused:
            charge(self.PLAN, {"energy": Decimal(5)}, final=True)

        assert refused.value.facts == {"meter": "energy"}

    def test_refuses_slices_that_do_not_add_up_to_the_total(self):
        found = spread([("2026-07-01 10:00", "5")])

        assert priced(self.PLAN, found).total().amount == 10
        with pytest.raises(UsageNotRateable):
            charge(self.PLAN, {"energy": Decimal("5.0001")}, final=True, spread=found)

    def test_refuses_what_rolls_over_from_periods_that_nobody_knows(self):
        a_plan = plan(
            {
                "id": "power",
                "kind": "per_unit",
                "meter": "energy",
                "unit": "kWh",
                "price": "1",
                "included": "5",
                "included_per": "term",
            }
        )

        with pytest.raises(UsageNotRateable):
            charge(a_plan, {"energy": Decimal(9)}, final=True)
        assert priced(a_plan, spread([("2026-07-01 10:00", "9")])).total().amount == 4


def test_quarters_of_a_day_are_counted_by_the_clock():
    clock = ("00:00", "00:14", "00:15", "00:30", "00:45", "10:15", "23:59")

    assert [quarter_of(at(f"2026-07-01 {moment}")) for moment in clock] == [0, 0, 1, 2, 3, 41, 95]
