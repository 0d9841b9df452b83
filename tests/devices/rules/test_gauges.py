"""Levels weighted by time: exact, cut anywhere, and never longer than the machine was heard."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.gauges import mean
from devices.rules.increments import Flag, add, total, windows
from devices.rules.life import Life
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading

SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
POWER = Terms(gauges=("power",), silence=2 * MINUTE)


def fed(readings, trace=(), terms=POWER):
    return Fold(terms).feed(readings, trace).increments


def level(sequence, at, value):
    return Reading(sequence, at, "power", value)


class TestGauges:
    def test_weigh_a_level_by_the_time_it_lasted(self):
        found = fed([level(1, 0, 3), level(2, 2 * HOUR, Decimal("0.5")), level(3, 3 * HOUR, 0)])

        assert total(found, "gauge.power") == 6 * HOUR + HOUR // 2
        assert total(found, "observed.power") == 3 * HOUR
        assert mean(total(found, "gauge.power"), total(found, "observed.power")) > 2

    def test_have_no_mean_where_nothing_was_observed(self):
        assert mean(0, 0) is None
        assert mean(12 * HOUR, 4 * HOUR) == 3

    def test_end_at_the_last_proof_of_life(self):
        found = fed([level(1, 0, 3), level(3, HOUR, None), level(4, 2 * HOUR, 7)], [Life(2, 9, False)])

        assert [(one.end, one.quantity, one.flags) for one in found] == [
            (9, 27, Flag.AT_LAST_LIFE),
            (9, 9, Flag.AT_LAST_LIFE),
        ]

    def test_end_in_silence(self):
        found = fed([level(1, 0, 3), level(2, HOUR, 3)], [Life(1, 0, True), Life(2, HOUR, False)])

        assert found == []

    def test_give_no_time_where_the_clock_went_back(self):
        assert fed([level(1, 9, 3), level(2, 4, 3)]) == []

    def test_last_until_the_time_is_over(self):
        fold = Fold(POWER)
        fold.feed([level(1, 0, 3)], [Life(1, 0, False), Life(2, 40, True)])

        assert [one.quantity for one in fold.close()] == [120, 40]

    def test_a_text_is_no_level(self):
        assert fed([level(1, 0, "off"), level(2, HOUR, 3)]) == []

    @given(
        st.lists(st.tuples(st.integers(0, HOUR), st.decimals(0, 99, places=3)), min_size=2, max_size=9),
        st.lists(st.integers(0, 9 * HOUR), max_size=9),
    )
    def test_cut_anywhere_add_up_to_the_whole(self, steps, edges):
        at, readings = 0, []
        for sequence, (length, value) in enumerate(steps):
            at += length
            readings.append(level(sequence, at, value))
        found = fed(readings, terms=Terms(gauges=("power",)))

        pieces = windows(found, sorted({0, at + 1, *(edge for edge in edges if edge <= at)}))

        whole = 0
        for piece in pieces:
            whole = add(whole, piece.quantity if piece.meter == "gauge.power" else 0)
        assert whole == total(found, "gauge.power")

    @given(st.lists(st.sampled_from([None, 0, 2, Decimal("0.1")]), max_size=12), st.integers(0, 12))
    def test_in_two_goes_are_as_in_one(self, values, cut):
        readings = [level(place, place * MINUTE, value) for place, value in enumerate(values)]
        first = Fold(POWER)
        before = first.feed(readings[:cut]).increments

        after = Fold.resume(POWER, first.save()).feed(readings[cut:]).increments

        assert before + after == fed(readings)


@pytest.mark.parametrize("minutes", [0, 1, 59])
def test_a_level_of_one_is_the_time_itself(minutes):
    assert total(fed([level(1, 0, 1), level(2, minutes * MINUTE, 0)]), "gauge.power") == minutes * MINUTE


class TestThreshold:
    def test_counts_the_time_at_it_and_above(self):
        fold = Fold(Terms(gauges=("kw",), threshold=4))
        levels = [(0, 3), (10, 4), (30, 9), (35, None), (50, 5), (60, 0)]

        found = fold.feed([Reading(at, at, "kw", level) for at, level in levels]).increments

        assert total(found, "above.kw") == 20 + 0 + 10

    def test_is_kept_when_the_fold_is_saved(self):
        terms = Terms(gauges=("kw",), threshold=4)
        fold = Fold(terms)
        fold.feed([Reading(0, 0, "kw", 5)])

        found = Fold.resume(terms, fold.save()).feed([Reading(1, 10, "kw", 0)]).increments

        assert total(found, "above.kw") == 10


class TestModes:
    def test_cut_a_level_where_they_change(self):
        fold = Fold(Terms(gauges=("kw",), modes=ModeTerms("mode", frozenset({"SETUP"}))))
        said = [("kw", 2), ("mode", "SETUP"), ("kw", 7), ("mode", "AUTO"), ("mode", None), ("kw", 0)]

        found = fold.feed(Reading(n, 10 * n, *one) for n, one in enumerate(said)).increments

        assert total(found, "gauge.kw") == 2 * 10 + 7 * 20
