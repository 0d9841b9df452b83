from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan
from marketplace.rules.pricing.netting import netted
from tests.marketplace.rules.pricing.plans import document, hours, plan
from tests.marketplace.rules.pricing.timed import month, priced, spread

THREE_DAYS = month("2026-07-01", "2026-07-04")
WORKED = [("2026-07-01 08:00", "3600"), ("2026-07-03 08:00", "25200")]  # 1 h, nothing, 7 h


def only(charge):
    (line,) = charge.lines
    return line


def billed(counted, *, earlier=(), period=THREE_DAYS, **fields):
    given = spread(counted, meter="run_time", period=period, earlier=earlier)
    return only(priced(plan(hours("10", **fields)), given))


class TestIncluded:
    def test_a_day_is_lost_where_it_is_not_used(self):
        line = billed(WORKED, included="3", included_per="day")

        assert (line.quantity, line.included, line.rounded) == (4, 4, 8)
        assert [step.code for step in line.steps] == [
            "measured",
            "converted",
            "rounded",
            "included_day",
            "priced",
            "line_rounded",
        ]

    def test_a_day_may_roll_over_within_the_period(self):
        line = billed(WORKED, included="2", included_per="day", included_rolls=True)

        assert line.quantity == 2  # one hour left of the 1st, two of the 2nd, two of the 3rd

    def test_a_week(self):
        counted = [("2026-07-05 08:00", "36000"), ("2026-07-06 08:00", "36000")]  # Sunday, Monday

        lost = billed(counted, included="12", included_per="week", period=month())
        rolling = billed(counted, included="12", included_per="week", included_rolls=True, period=month())

        assert (lost.quantity, rolling.quantity) == (0, 0)
        assert billed(counted, included="8", included_per="week", period=month()).quantity == 4

    def test_a_period_may_roll_over_from_one_to_the_next(self):
        lost = billed(WORKED, included="5", earlier=["7200", "25200"])
        rolling = billed(WORKED, included="5", included_rolls=True, earlier=["7200", "25200"])

        assert lost.quantity == 3
        assert rolling.quantity == 2  # 3 h were left of the first, of which the second used 2

    def test_the_whole_term_is_used_up_once(self):
        first = billed([], included="10", included_per="term")
        second = billed(WORKED, included="10", included_per="term", earlier=["0"])
        third = billed(WORKED, included="10", included_per="term", earlier=["0", "28800"])

        assert [line.quantity for line in (first, second, third)] == [0, 0, 6]
        assert third.included == 2

    def test_over_the_term_is_rounded_on_the_running_total(self):
        """Three periods of 1.4 h in whole hours are 4 h, not three times one."""
        used = ["5040", "5040", "5040"]
        lines = [
            billed(
                [("2026-07-01 08:00", used[number])],
                included="1",
                included_per="term",
                earlier=used[:number],
                round_to="1",
            )
            for number in range(3)
        ]

        assert sum(line.quantity for line in lines) == 3

    def test_each_window_is_rounded_by_itself(self):
        counted = [("2026-07-01 08:00", "60"), ("2026-07-02 08:00", "60")]

        line = billed(counted, included="0.5", included_per="day", round_to="1", round="up")

        assert (line.rounded, line.quantity) == (2, 1)

    def test_without_a_rounding_step(self):
        component = {
            "id": "parts",
            "kind": "per_unit",
            "meter": "parts",
            "unit": "piece",
            "price": "1",
            "included": "5",
            "included_per": "day",
        }

        line = only(priced(plan(component), spread([("2026-07-01 08:00", "12")], meter="parts")))

        assert (line.quantity, line.net.amount) == (7, Decimal(7))
        assert "rounded" not in [step.code for step in line.steps]


class TestRead:
    def test_reads_what_it_writes_and_older_plans_as_they_were(self):
        netted = plan(hours("1", included="5", included_per="day", included_rolls=True))
        older = plan(hours("1", included="5"))

        assert PricePlan.parse(netted.dump()) == netted
        assert netted.timed_meters() == ("run_time",)
        assert not {"included_per", "included_rolls"} & set(older.dump()["components"][0])
        assert older.timed_meters() == ()

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"included_per": "year"}, ("/components/0/included_per", "not_a_choice")),
            ({"included_rolls": 1}, ("/components/0/included_rolls", "not_a_switch")),
            (
                {"included_per": "term", "included_rolls": True},
                ("/components/0/included_rolls", "term_does_not_roll"),
            ),
        ],
    )
    def test_points_at_a_fault(self, fields, fault):
        with pytest.raises(InvalidPlan) as refused:
            PricePlan.parse(document(hours("1", included="5", **fields)))

        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [fault]


class TestWindows:
    def test_lose_what_is_left_unless_it_rolls(self):
        assert netted([Fraction(2), Fraction(9)], Fraction(5)) == [0, 4]
        assert netted([Fraction(2), Fraction(9)], Fraction(5), rolls=True) == [0, 1]

    def test_that_used_all_leave_nothing(self):
        assert netted([Fraction(5), Fraction(6)], Fraction(5), rolls=True) == [0, 1]
