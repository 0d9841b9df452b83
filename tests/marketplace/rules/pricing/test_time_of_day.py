from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan
from marketplace.rules.pricing.spread import Slice, Spread
from marketplace.rules.pricing.time_of_day import laid_out
from tests.marketplace.rules.pricing.plans import document, hours, plan
from tests.marketplace.rules.pricing.timed import CHINA, band, energy, month, priced, spread

# 尖峰平谷, as a province publishes them: the level price is the usual one.
PEAKS = [
    band("尖", "19:00", "21:00", factor="2", valid_from="2026-07-01", valid_to="2026-09-01"),
    band("峰", "09:00", "12:00", factor="1.5"),
    band("晚峰", "17:00", "19:00", factor="1.5"),
    band("谷", "23:00", "07:00", factor="0.4"),
]
A_DAY = [
    ("2026-07-01 03:00", "100"),
    ("2026-07-01 09:00", "40"),
    ("2026-07-01 13:00", "60"),
    ("2026-07-01 18:45", "20"),
    ("2026-07-01 19:00", "30"),
    ("2026-07-01 23:45", "8"),
]


def only(charge):
    (line,) = charge.lines
    return line


def steps(line):
    return [
        (step.code, *(step.numbers.get(name) for name in ("name", "quantity", "amount")))
        for step in line.steps
    ]


def run(price, **fields):
    return {**energy(price, **fields), "id": "run", "meter": "run_time", "unit": "h"}


def faults(component):
    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(component))
    for flaw in refused.value.flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer.removeprefix("/components/0"), flaw.code) for flaw in refused.value.flaws]


class TestBands:
    def test_price_what_was_counted_in_them(self):
        line = only(priced(plan(energy("0.60", bands=PEAKS)), spread(A_DAY)))

        assert steps(line) == [
            ("measured", None, None, None),
            ("band", "尖", "30", "36"),
            ("band", "峰", "40", "36"),
            ("band", "晚峰", "20", "18"),
            ("band", "谷", "108", "25.92"),
            ("priced", None, "60", "36"),
            ("line_rounded", None, None, "151.92"),
        ]
        assert (line.raw, line.quantity, line.net.amount) == (258, 258, Decimal("151.92"))

    def test_price_nothing_that_was_not_counted(self):
        line = only(priced(plan(energy("0.60", bands=PEAKS)), spread([])))

        assert steps(line) == [("measured", None, None, None), ("line_rounded", None, None, "0")]
        assert line.net.amount == 0

    def test_may_have_a_price_of_their_own(self):
        a_plan = plan(energy("0.60", bands=[band("valley", "00:00", "06:00", price="0.123")]))

        assert only(priced(a_plan, spread(A_DAY))).net.amount == Decimal("107.10")  # 12.30 + 94.80

    def test_may_be_free(self):
        a_plan = plan(energy("0.60", bands=[band("valley", "00:00", "06:00", factor="0")]))

        assert only(priced(a_plan, spread(A_DAY))).net.amount == Decimal("94.80")

    def test_of_a_night_shift_cost_their_factor(self):
        """60.00 an hour, half as much more from 22:00 to 06:00 of the days from Monday to Friday."""
        night = band("夜班", "22:00", "06:00", factor="1.5", days=["mon", "tue", "wed", "thu", "fri"])
        worked = [
            ("2026-07-03 21:45", "900"),  # Friday
            ("2026-07-03 22:00", "900"),
            ("2026-07-04 05:45", "900"),  # still the night of Friday
            ("2026-07-04 22:00", "900"),  # Saturday
        ]

        line = only(priced(plan(run("60", bands=[night])), spread(worked, meter="run_time")))

        assert line.quantity == 1
        assert line.net.amount == 75

    def test_are_laid_out_in_rounding_steps_that_add_up(self):
        """1.004 + 1.004 + 1.004 h are 3.01 h: one band takes the step that is left."""
        a_plan = plan(
            run(
                "100",
                bands=[band("a", "08:00", "09:00", factor="2"), band("b", "09:00", "10:00", factor="3")],
            )
        )
        counted = [(f"2026-07-01 {hour}", "3614.4") for hour in ("08:00", "09:00", "10:00")]

        line = only(priced(a_plan, spread(counted, meter="run_time")))

        assert line.quantity == Decimal("3.01")
        assert steps(line)[3:-1] == [
            ("band", "a", "1.01", "202"),
            ("band", "b", "1", "300"),
            ("priced", None, "1", "100"),
        ]

    def test_split_what_was_counted_exactly(self):
        """Whatever is counted when: the bands add up to the total, to the last microsecond."""
        chance = Random(7)
        for _ in range(40):
            starts = [month().start + timedelta(minutes=15 * chance.randrange(31 * 96)) for _ in range(60)]
            slices = [Slice(at, Decimal(chance.randrange(900_000_001)) / 10**6) for at in starts]
            given = Spread(CHINA, month(), {"run_time": slices})
            for rounding in ({"round_to": "0.000000001"}, {"round": "up"}, {"round": "down"}, {}):
                line = only(priced(plan(run("1", bands=PEAKS, **rounding)), given))
                parts = [
                    Fraction(step.numbers["quantity"])
                    for step in line.steps
                    if step.code in ("band", "priced")
                ]
                flat = only(priced(plan(hours("1", **rounding)), given))

                assert sum(parts) == Fraction(line.quantity) == Fraction(flat.quantity)

    def test_stand_beside_fed_back_power(self):
        counted = [("2026-07-01 10:00", "-7200"), ("2026-07-01 13:00", "36000")]
        component = {**energy("1", bands=PEAKS), "meter": "power"}

        line = only(priced(plan(component), spread(counted, meter="power")))

        assert line.net.amount == 7  # 10 − 2 × 1.5
        assert laid_out(1, [Fraction(-5, 2), Fraction(7, 2)]) == [-2, 3]


class TestWindows:
    def test_are_lifted_to_what_each_costs_at_least_once_the_period_is_over(self):
        a_plan = plan(run("60", window="day", commitment="240", true_up=True))
        worked = [("2026-07-01 08:00", "7200"), ("2026-07-02 08:00", "36000")]  # 2 h, 10 h

        over = only(priced(a_plan, spread(worked, meter="run_time")))
        running = only(priced(a_plan, spread(worked, meter="run_time"), final=False))

        assert over.net.amount == 240 + 600
        assert running.net.amount == 120 + 600
        assert steps(over)[-2][0] == "window_lifted"

    def test_cost_more_above_what_was_agreed(self):
        a_plan = plan(run("60", window="day", commitment="480", overage_factor="1.5"))
        worked = [("2026-07-01 08:00", "7200"), ("2026-07-02 08:00", "36000")]

        line = only(priced(a_plan, spread(worked, meter="run_time")))

        assert line.net.amount == 120 + 480 + 180  # two hours above eight, at half as much more
        assert steps(line)[-2][0] == "window_over"

    def test_are_rounded_each_by_itself(self):
        a_plan = plan(run("60", window="hour", round_to="1", round="up"))
        worked = [("2026-07-01 08:00", "10"), ("2026-07-01 09:00", "10"), ("2026-07-01 09:15", "10")]

        assert only(priced(a_plan, spread(worked, meter="run_time"))).quantity == 2

    def test_of_bands_have_their_own_commitment(self):
        bands = [band("early", "06:00", "08:00", price="100", commitment="50", true_up=True)]
        a_plan = plan(run("60", window="hour", bands=bands, commitment="30", true_up=True))
        worked = [("2026-07-01 06:00", "36"), ("2026-07-01 10:00", "36")]  # 1.00 and 0.60

        assert only(priced(a_plan, spread(worked, meter="run_time"))).net.amount == 80


class TestRead:
    def test_reads_what_it_writes(self):
        whole = plan(
            run(
                "60",
                window="hour",
                bands=[band("early", "06:00", "08:00", price="100", commitment="50")],
                commitment="30",
                overage_factor="2",
                true_up=True,
            )
        )

        assert PricePlan.parse(whole.dump()) == whole
        assert whole.meters() == whole.timed_meters() == ("run_time",)
        assert "bands" not in plan(run("60", window="day")).dump()["components"][0]

    @pytest.mark.parametrize(
        ("component", "fault"),
        [
            (energy("1"), ("/bands", "required")),
            (energy("x", bands=PEAKS), ("/price", "not_a_number")),
            (energy("1", bands=PEAKS, included="1"), ("/included", "unknown_field")),
            (energy("1", bands=PEAKS, window="year"), ("/window", "not_a_choice")),
            (energy("1", bands=PEAKS, commitment="1"), ("/commitment", "needs_a_window")),
            (energy("1", window="day", commitment="0"), ("/commitment", "zero")),
            (energy("1", window="day", true_up=True), ("/true_up", "needs_a_commitment")),
            (energy("1", window="day", overage_factor="2"), ("/overage_factor", "needs_a_commitment")),
            (energy("1", window="day", commitment="1", true_up="yes"), ("/true_up", "not_a_switch")),
            (
                energy("1", window="hour", bands=[band("a", "09:15", "12:00", factor="2")]),
                ("/bands/0/from", "off_the_hour"),
            ),
            (
                energy("1", window="hour", bands=[band("a", "09:00", "12:30", factor="2")]),
                ("/bands/0/to", "off_the_hour"),
            ),
            (
                energy("1", window="day", bands=[band("a", "09:00", "12:00", factor="2", commitment="1")]),
                ("/bands/0/commitment", "unknown_field"),
            ),
        ],
    )
    def test_points_at_a_fault(self, component, fault):
        assert fault in faults(component)


class TestSteps:
    def test_are_laid_on_the_parts_with_the_largest_rests(self):
        assert laid_out(10, [Fraction("3.5"), Fraction("6.6")]) == [3, 7]
        assert laid_out(10, [Fraction("3.5"), Fraction("6.5")]) == [4, 6]
        assert laid_out(3, [Fraction("4.5"), Fraction("-1.5")]) == [5, -2]

    @pytest.mark.parametrize(("seconds", "units"), [("899", 0), ("900", Decimal("0.5"))])
    def test_are_rounded_from_what_was_counted_and_no_second_more(self, seconds, units):
        run = {"meter": "run_time", "unit": "h", "round_to": "0.5", "window": "day"}
        counted = spread([("2026-07-03 10:00", seconds)], meter="run_time")

        (line,) = priced(plan({**energy("1", id="run"), **run}), counted).lines

        assert line.quantity == units
