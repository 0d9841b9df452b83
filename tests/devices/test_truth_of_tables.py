"""The agent's answers, the cobot and the milling runs amount to the figures that are known of them."""

import gzip
from collections import Counter as Tally
from decimal import Decimal
from itertools import groupby, pairwise

import pytest

from devices.rules import mtconnect
from devices.rules.counters import CounterTerms
from devices.rules.cycles import CycleTerms
from devices.rules.increments import ABORTED, COMPLETE, CYCLES, RUN, total
from devices.rules.life import trace
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading, microseconds, value_of
from tests.devices import recordings, tables
from tests.devices.tables import POWER, STEPS, exact

SETS = {*recordings.NAMES, "mtconnect-rest", "ur3-cobotops", "cnc-mill-tool-wear"}
SECOND = 1_000_000
LAYERS = frozenset(f"Layer {number} {way}" for number in (1, 2, 3) for way in ("Up", "Down"))


def test_every_set_of_the_truth_is_tested():
    assert set(recordings._truth()["sets"]) == SETS


def seconds(microseconds):
    return Decimal(microseconds).scaleb(-6)


class TestAgent:
    @pytest.fixture
    def truth(self):
        return recordings.truth("mtconnect-rest")

    @pytest.fixture
    def documents(self, truth):
        folder = recordings.DATA / "mtconnect-rest"
        return [
            mtconnect.read(gzip.decompress((folder / one["file"]).read_bytes())) for one in truth["documents"]
        ]

    def test_says_how_far_it_holds_and_where_to_go_on(self, documents, truth):
        for document, known in zip(documents, truth["documents"], strict=True):
            items = [item for stream in document.streams for item in stream.items]
            sequences = {item.sequence for item in items}

            assert document.header.instance == known["instanceId"]
            assert document.header.first == known["firstSequence"]
            assert document.header.next == known["nextSequence"]
            assert document.header.created_at == microseconds(known["creationTime"])
            assert len(items) == len(sequences) == known["observations"]
            assert (min(sequences), max(sequences)) == (known["lowest_sequence"], known["highest_sequence"])
            missing = known["highest_sequence"] - known["lowest_sequence"] + 1 - len(sequences)
            assert missing == known["missing_sequences"]

    def test_repeats_nothing_between_two_answers(self, documents, truth):
        pairs = Tally(
            (document.header.instance, item.sequence)
            for document in documents
            for stream in document.streams
            for item in stream.items
        )

        assert len(pairs) == truth["distinct_observations"]
        assert sum(times - 1 for times in pairs.values()) == truth["duplicate_instance_sequence_pairs"]

    def test_tells_of_each_device(self, documents, truth):
        for name, known in truth["devices"].items():
            items = [
                item
                for document in documents
                for stream in document.streams
                if name in (stream.uuid, stream.name)
                for item in stream.items
            ]

            assert len(items) == known["observations"]
            assert len({item.key for item in items}) == known["data_items"]
            stamps = [item.at // 1000 for item in items]
            assert min(stamps) == microseconds(known["time_first"]) // 1000
            assert max(stamps) == microseconds(known["time_last"]) // 1000

    def test_counts_the_cutting_time(self, documents, truth):
        known = truth["devices"]["OKUMA.123456"]["AccumulatedTime:LpCuttingTime"]
        readings = sorted(
            Reading(item.sequence, item.at, item.key, value_of(item.text, numeric=True))
            for document in documents
            for stream in document.streams
            for item in stream.items
            if item.key == "LpCuttingTime"
        )
        fold = Fold(Terms(counters=(CounterTerms("LpCuttingTime"),)))

        found = fold.feed(readings)

        assert len(readings) == known["numeric_readings"]
        assert (readings[0].value, readings[-1].value) == (known["first"][1], known["last"][1])
        assert total(found.increments, "counter.LpCuttingTime") == known["billable"]
        assert len(found.increments) == known["value_change_events"]
        assert (found.resets, found.dips, fold.counters["LpCuttingTime"].open_dip) == ({}, {}, None)


class TestCobot:
    @pytest.fixture
    def truth(self):
        return recordings.truth("ur3-cobotops")

    @pytest.fixture
    def rows(self):
        return tables.cobot()

    def counted(self, rows, **terms):
        fold = Fold(Terms(counters=(CounterTerms("cycle", **terms),)))
        readings = [one for one in tables.cobot_readings(rows) if one.channel == "cycle"]
        return fold.feed(readings).increments

    def test_has_the_rows_and_pauses_that_are_known(self, rows, truth):
        stamps = [microseconds(row["Timestamp"]) for row in rows]
        pauses = [
            exact(seconds(after - before))
            for before, after in pairwise(stamps)
            if after - before > 5 * SECOND
        ]

        assert len(rows) == truth["rows"]
        assert sum(after < before for before, after in pairwise(stamps)) == truth["back_steps"]
        assert pauses == [exact(gap["seconds"]) for gap in truth["sampling_gaps_over_5s"]]

    def test_counts_what_its_counter_says(self, rows, truth):
        found = self.counted(rows)

        assert total(found, "counter.cycle") == truth["cycle_counter"]["billable"]
        assert len(found) == truth["cycle_counter"]["value_change_events"]
        assert [(one.quantity, one.start) for one in found if one.quantity > 1] == [
            (step["delta"], microseconds(step["at"])) for step in truth["cycle_counter"]["steps_of_2_or_more"]
        ]

    def test_bills_the_lower_figure_and_holds_the_rest(self, rows, truth):
        shortest = int(exact(truth["median_seconds_between_cycle_changes"]) * SECOND)

        found = self.counted(rows, shortest_cycle=shortest)

        assert total(found, "counter.cycle") == truth["completed_cycles_as_value_change_events"]
        assert total(found, "counter.cycle", held=True) == truth["cycles_disputed"]

    def test_tells_disturbed_cycles_from_clean_ones(self, rows, truth):
        runs = [
            any("True" in (row["Robot_ProtectiveStop"], row["grip_lost"]) for row in run)
            for _, run in groupby(rows, key=lambda row: row["cycle"])
        ]

        assert sum(runs) == truth["cycle_runs_with_protective_stop_or_grip_lost"]
        assert len(runs) - sum(runs) == truth["cycle_runs_clean"]

    def test_counts_protective_stops_and_lost_grips(self, rows, truth):
        for column, known in [
            ("Robot_ProtectiveStop", "protective_stop_rising_edges"),
            ("grip_lost", "grip_lost_rising_edges"),
        ]:
            told = [row[column] for row in rows if row[column]]
            assert sum(pair == ("False", "True") for pair in pairwise(["False", *told])) == truth[known]
        blank = sum(not row["Robot_ProtectiveStop"] for row in rows)
        assert blank == truth["rows_with_blank_protective_stop"]

    def test_stood_in_protective_stop_for_the_time_that_is_known(self, rows, truth):
        fold = Fold(Terms("stop", frozenset({"True"})))
        readings = [one for one in tables.cobot_readings(rows) if one.channel == "stop"]

        found = fold.feed(readings, trace(tables.cobot_readings(rows), closers={"stop"})).increments

        assert seconds(total(found, RUN)) == exact(truth["protective_stop_seconds"])


class TestMilling:
    @pytest.fixture
    def truth(self):
        return recordings.truth("cnc-mill-tool-wear")

    @pytest.mark.parametrize("place", range(9))
    def test_each_run_amounts_to_what_is_known(self, truth, place):
        known = truth["experiments"][place]
        rows = tables.milling(known["experiment"])
        steps = Tally(row[STEPS] for row in rows)
        readings = tables.milling_readings(rows)

        found = Fold(Terms(STEPS, frozenset(steps), gauges=(POWER,))).feed(readings).increments
        layers = Fold(Terms(STEPS, LAYERS)).feed(readings).increments

        assert len(rows) == known["samples"]
        assert dict(steps) == known["process_step_samples"]
        assert seconds(total(found, RUN)) == exact(known["run_seconds"])
        assert seconds(total(layers, RUN)) == exact(known["layer_seconds"])
        energy = seconds(total(found, f"gauge.{POWER}"))
        assert round(energy, 4) == exact(known["spindle_output_energy_kWs"])

    def test_runs_are_completed_or_aborted_and_parts_good_or_bad(self, truth):
        labels, known = tables.labels(), truth["totals"]
        ended = {"yes": "PROGRAM_COMPLETED", "no": "STOPPED"}
        states = [state for label in labels for state in ("ACTIVE", ended[label["machining_finalized"]])]
        readings = [Reading(place, place, "execution", state) for place, state in enumerate(states)]

        found = Fold(Terms("execution", cycles=CycleTerms())).feed(readings).increments

        assert total(found, CYCLES) == known["program_runs"]
        assert total(found, COMPLETE) == known["runs_completed"]
        assert total(found, ABORTED) == known["aborted_runs"]
        rejected = sum(label["passed_visual_inspection"] == "no" for label in labels)
        assert rejected == known["bad_parts"]
        assert total(found, COMPLETE) - rejected == known["good_parts"]
        for label, one in zip(labels, truth["experiments"], strict=True):
            assert label["machining_finalized"] == one["machining_finalized"]
            assert (label["passed_visual_inspection"] or None) == one["passed_visual_inspection"]

    def test_totals_are_the_sums(self, truth):
        energy = Decimal(0)
        for one in truth["experiments"]:
            readings = tables.milling_readings(tables.milling(one["experiment"]))
            found = Fold(Terms(gauges=(POWER,))).feed(readings).increments
            energy += seconds(total(found, f"gauge.{POWER}"))

        assert round(energy, 4) == exact(truth["totals"]["spindle_output_energy_kWs"])
        for name in ("run_seconds", "layer_seconds"):
            assert sum(exact(one[name]) for one in truth["experiments"]) == exact(truth["totals"][name])
