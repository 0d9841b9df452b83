"""Cycles begin, are complete or aborted, and what nobody saw is held."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.cycles import USUAL, CycleTerms
from devices.rules.increments import ABORTED, COMPLETE, CYCLES, Flag, total
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading

SECOND = 1_000_000
RESTS = CycleTerms(rest_completes=True)


def fed(states, terms=USUAL, step=SECOND):
    readings = [Reading(place, place * step, "exec", state) for place, state in enumerate(states)]
    return Fold(Terms("exec", cycles=terms)).feed(readings).increments


def counted(found):
    return tuple(total(found, meter) for meter in (CYCLES, COMPLETE, ABORTED))


class TestCycles:
    @pytest.mark.parametrize(
        ("states", "begun_complete_aborted"),
        [
            (["ACTIVE", "PROGRAM_COMPLETED", "READY"], (1, 1, 0)),
            (["ACTIVE", "FEED_HOLD", "ACTIVE", "PROGRAM_COMPLETED"], (1, 1, 0)),
            (["ACTIVE", "READY"], (1, 0, 1)),
            (["ACTIVE", "PROGRAM_STOPPED", "ACTIVE", "PROGRAM_COMPLETED"], (2, 1, 1)),
            (["ACTIVE", None, "ACTIVE", "PROGRAM_COMPLETED"], (1, 1, 0)),
            (["READY", "PROGRAM_COMPLETED"], (0, 0, 0)),
            (["ACTIVE", "INTERRUPTED", "STOPPED"], (1, 0, 1)),
            (["ACTIVE"], (1, 0, 0)),
        ],
    )
    def test_are_complete_when_the_machine_says_so(self, states, begun_complete_aborted):
        assert counted(fed(states)) == begun_complete_aborted

    @pytest.mark.parametrize(
        ("states", "begun_complete_aborted"),
        [
            (["ACTIVE", "READY", "ACTIVE", "STOPPED"], (2, 2, 0)),
            (["ACTIVE", "PROGRAM_COMPLETED", "READY"], (1, 1, 0)),
            (["ACTIVE", "PROGRAM_STOPPED"], (1, 0, 1)),
        ],
    )
    def test_are_complete_at_rest_where_the_machine_never_says_so(self, states, begun_complete_aborted):
        assert counted(fed(states, RESTS)) == begun_complete_aborted

    @pytest.mark.parametrize("terms", [CycleTerms(), RESTS])
    def test_are_held_where_nobody_saw_the_end(self, terms):
        found = fed(["ACTIVE", None, "READY"], terms)

        assert counted(found) == (1, 0, 0)
        assert total(found, COMPLETE, held=True) == 1

    def test_are_marked_where_completion_was_told_after_a_gap(self):
        found = fed(["ACTIVE", None, "PROGRAM_COMPLETED"])

        assert [one.flags for one in found if one.meter == COMPLETE] == [Flag.UNOBSERVED]

    def test_are_held_where_they_were_too_short(self):
        terms = CycleTerms(shortest=2 * SECOND)

        assert total(fed(["ACTIVE", "PROGRAM_COMPLETED"], terms), COMPLETE, held=True) == 1
        assert counted(fed(["ACTIVE", "WAIT", "PROGRAM_COMPLETED"], terms)) == (1, 1, 0)

    def test_begin_in_the_states_that_the_contract_names(self):
        terms = CycleTerms(running=frozenset({"RUN", "CUT"}))

        assert counted(fed(["READY", "RUN", "CUT", "PROGRAM_COMPLETED", "ACTIVE"], terms)) == (1, 1, 0)


STATES = st.sampled_from(["ACTIVE", "READY", "PROGRAM_COMPLETED", "FEED_HOLD", "PROGRAM_STOPPED", None])


class TestEveryCycle:
    @given(st.lists(STATES, max_size=30), st.booleans())
    def test_ends_at_most_once(self, states, rest_completes):
        found = fed(states, CycleTerms(rest_completes=rest_completes))
        begun, complete, aborted = counted(found)

        open_still = begun - complete - aborted - total(found, COMPLETE, held=True)
        assert open_still in (0, 1)

    @given(st.lists(STATES, max_size=30), st.integers(0, 30))
    def test_in_two_goes_is_as_in_one(self, states, cut):
        terms = Terms("exec", cycles=RESTS)
        readings = [Reading(place, place, "exec", state) for place, state in enumerate(states)]
        first = Fold(terms)
        before = first.feed(readings[:cut]).increments

        second = Fold.resume(terms, json.loads(json.dumps(first.save())))

        assert before + second.feed(readings[cut:]).increments == Fold(terms).feed(readings).increments
