"""Windows: cut at quarter-hours and edges, grouped by local day, with a fingerprint."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.rules import metering
from billing.rules.cutting import Span
from billing.rules.scrap import less_bad
from billing.rules.stretches import Evidence, Plan, walk
from billing.rules.terms import RuleNotCounted, fold_terms
from devices.rules.increments import Flag
from devices.rules.life import Life
from devices.rules.readings import Reading
from marketplace.rules.count_rules import CountRule
from marketplace.rules.count_signals import Signal
from tests.devices import recordings, tables

ZONE = ZoneInfo("Asia/Shanghai")
RUN = CountRule("run_time", "execution", ("ACTIVE",))
PARTS = CountRule("parts", "execution", counter="count")
CYCLES = CountRule("cycles", "execution", ("ACTIVE",))
START = datetime(2026, 10, 8, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai


def reading(sequence, minutes, channel, value):
    return Reading(sequence, metering.microseconds(START + timedelta(minutes=minutes)), channel, value)


def days(rule, readings, end=None, trace=(), start=START):
    edges = [None if edge is None else metering.microseconds(edge) for edge in (start, end)]
    plan = Plan([rule], Span(*edges), ZONE, silence=None)
    arrivals = {one.sequence: 1 for one in (*readings, *trace)}
    found = walk(plan, Evidence(readings, trace, arrivals))
    return metering.days(found, meters=[rule.meter], zone=ZONE)


class TestDays:
    def test_cut_run_time_at_quarter_hours_and_local_midnight(self):
        found = days(RUN, [reading(1, 0, "execution", "ACTIVE"), reading(2, 30, "execution", "READY")])

        assert [(day.local_day, day.quantity) for day in found] == [
            (date(2026, 10, 8), Decimal(600)),
            (date(2026, 10, 9), Decimal(1200)),
        ]
        assert [cut.quantity for cut in found[1].cuts] == [Decimal(900), Decimal(300)]

    def test_leave_out_what_lies_behind_the_edge(self):
        end = START + timedelta(minutes=4)

        found = days(RUN, [reading(1, 0, "execution", "ACTIVE"), reading(2, 30, "execution", "READY")], end)

        assert [(cut.quantity, cut.end) for cut in found[0].cuts] == [
            (Decimal(240), metering.microseconds(end))
        ]

    def test_begin_at_the_edge_and_not_at_the_quarter_hour(self):
        found = days(RUN, [reading(1, 0, "execution", "ACTIVE"), reading(2, 1, "execution", "READY")])

        assert found[0].cuts[0].start == metering.microseconds(START)

    def test_count_the_growth_of_a_counter_from_its_first_reading(self):
        found = days(PARTS, [reading(1, 0, "count", 70), reading(2, 3, "count", 74)])

        assert [(day.quantity, day.held) for day in found] == [(Decimal(4), Decimal(0))]

    def test_keep_held_quantities_apart(self):
        rule = CountRule("parts", "execution", counter="count", shortest_cycle_seconds=60)

        found = days(rule, [reading(1, 0, "count", 0), reading(2, 2, "count", 10)])

        assert (found[0].quantity, found[0].held) == (Decimal(3), Decimal(7))
        assert [bool(cut.flags & Flag.HELD) for cut in found[0].cuts] == [False, True]

    def test_count_cycles(self):
        assert days(CYCLES, [reading(1, 0, "execution", "ACTIVE")])[0].quantity == 1

    def test_are_none_without_evidence(self):
        assert days(RUN, []) == []
        assert days(RUN, [], end=START + timedelta(days=1)) == []

    def test_are_none_for_use_behind_the_end(self):
        readings = [reading(1, 10, "execution", "ACTIVE"), reading(2, 30, "execution", "READY")]

        assert days(RUN, readings, end=START + timedelta(minutes=5)) == []

    def test_close_at_the_last_sign_of_life(self):
        trace = [Life(2, metering.microseconds(START + timedelta(minutes=2)), True)]
        readings = [reading(1, 0, "execution", "ACTIVE"), reading(3, 9, "execution", None)]

        assert days(RUN, readings, trace=trace)[0].quantity == Decimal(120)

    def test_have_a_fingerprint_of_their_content(self):
        once = days(PARTS, [reading(1, 0, "count", 0), reading(2, 3, "count", 4)])
        again = days(PARTS, [reading(1, 0, "count", 0), reading(2, 3, "count", 4)])
        other = days(PARTS, [reading(1, 0, "count", 0), reading(2, 3, "count", 5)])

        assert once[0].digest() == again[0].digest() != other[0].digest()


class TestFoldTerms:
    def test_take_behaviour_and_width_of_the_counter(self):
        rule = CountRule("parts", "execution", counter="count", behaviour="ROLLS_OVER", width=1000)

        terms = fold_terms(rule, silence=None)

        assert (terms.counters[0].behaviour, terms.counters[0].modulus) == ("ROLLS_OVER", 1000)

    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            (CountRule("run_time", "execution", ("ACTIVE",), excluded_modes=("MANUAL",)), "mode_channel"),
            (
                CountRule("cycles", "execution", ("ACTIVE",), shortest_cycle_seconds=9),
                "shortest_cycle_seconds",
            ),
            (
                CountRule("run_time", "execution", ("ACTIVE",), shortest_cycle_seconds=9),
                "shortest_cycle_seconds",
            ),
        ],
    )
    def test_refuse_what_is_not_counted(self, rule, field):
        with pytest.raises(RuleNotCounted) as refusal:
            fold_terms(rule, silence=None)

        assert refusal.value.facts["field"] == field


class TestRules:
    def test_count_run_time_outside_of_excluded_modes(self):
        rule = CountRule(
            "run_time", "execution", ("ACTIVE",), excluded_modes=("MANUAL",), mode_channel="mode"
        )

        (found,) = days(
            rule,
            [
                reading(1, 0, "execution", "ACTIVE"),
                reading(2, 2, "mode", "MANUAL"),
                reading(3, 5, "mode", "AUTOMATIC"),
                reading(4, 6, "execution", "READY"),
            ],
        )

        assert found.quantity == 180
        assert rule.evidence_channels() == {"execution", "mode"}

    def test_count_completed_cycles_and_hold_those_that_were_too_short(self):
        rule = CountRule("cycles", "execution", ("RUNNING",), cycle="COMPLETED", shortest_cycle_seconds=60)
        states = [
            (0, "RUNNING"),
            (2, "PROGRAM_COMPLETED"),
            (3, "RUNNING"),
            (3.5, "PROGRAM_COMPLETED"),
            (4, "RUNNING"),
            (6, "READY"),
        ]

        (found,) = days(rule, [reading(n, at, "execution", s) for n, (at, s) in enumerate(states, start=1)])

        assert (found.quantity, found.held) == (1, 1)

    def test_count_cycles_that_end_at_rest_where_the_machine_never_says_so(self):
        rule = CountRule("cycles", "execution", ("ACTIVE",), cycle="ENDED")
        states = ["ACTIVE", "FEED_HOLD", "ACTIVE", "READY", "ACTIVE", "PROGRAM_STOPPED"]

        (found,) = days(rule, [reading(n, n / 9, "execution", s) for n, s in enumerate(states, start=1)])

        assert found.quantity == 1

    def test_count_energy_in_the_unit_of_the_price(self):
        rule = CountRule("energy", "execution", counter="wh", scale=Decimal("0.001"))

        (found,) = days(rule, [reading(1, 0, "wh", Decimal("10.5")), reading(2, 3, "wh", 1260)])

        assert found.quantity == Decimal("1.2495")


class TestRecordings:
    def test_the_power_of_the_milling_runs_is_the_energy_that_is_known(self):
        rule = CountRule("power", tables.STEPS, gauge=tables.POWER)
        known = recordings.truth("cnc-mill-tool-wear")
        energy = Decimal(0)
        for one in known["experiments"]:
            readings = tables.milling_readings(tables.milling(one["experiment"]))
            found = days(rule, readings, start=datetime(1970, 1, 1, tzinfo=UTC))
            assert round(found[0].quantity, 4) == tables.exact(one["spindle_output_energy_kWs"])
            energy += found[0].quantity

        assert round(energy, 4) == tables.exact(known["totals"]["spindle_output_energy_kWs"])

    def test_the_good_parts_of_the_milling_runs_are_complete_ones_that_passed(self):
        known = recordings.truth("cnc-mill-tool-wear")["totals"]
        rule = CountRule(
            "good_parts",
            "execution",
            ("ACTIVE",),
            cycle="COMPLETED",
            bad=Signal("quality", ("no",)),
        )
        said = [("quality", "yes")]
        for label in tables.labels():
            ended = "PROGRAM_COMPLETED" if label["machining_finalized"] == "yes" else "STOPPED"
            said += [("execution", "ACTIVE"), ("execution", ended)]
            said += [("quality", label["passed_visual_inspection"])]
        readings = [reading(n, n / 100, *one) for n, one in enumerate(said, start=1) if one[1]]
        plan = Plan([rule], Span(metering.microseconds(START), None), ZONE, silence=None)
        stretches = walk(plan, Evidence(readings, (), {one.sequence: 1 for one in readings}))
        found = metering.days(stretches, meters=["good_parts", "good_parts/bad"], zone=ZONE)
        made = [day for day in found if day.meter == "good_parts"]

        (day,) = less_bad(made, metering.told_beside(found, "/bad"), [rule], {})

        assert made[0].quantity == known["runs_completed"]
        assert made[0].quantity - day.quantity == known["bad_parts"]
        assert day.quantity == known["good_parts"]


class TestMoments:
    def test_go_there_and_back(self):
        assert metering.moment_of(metering.microseconds(START)) == START
