"""What happens in excluded modes does not count, and what a mode does not prove is not guessed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from devices.rules.counters import CounterTerms
from devices.rules.increments import CYCLES, RUN, STATE, total
from devices.rules.life import Life
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading

MANUAL = ModeTerms("mode", excluded=frozenset({"MANUAL"}))
AUTOMATIC = ModeTerms("mode", allowed=frozenset({"AUTOMATIC"}))


def terms(modes):
    return Terms("exec", counters=(CounterTerms("parts"),), modes=modes)


def fed(modes, *said, trace=()):
    readings = [Reading(place, *one) for place, one in enumerate(said)]
    return Fold(terms(modes)).feed(readings, trace).increments


class TestModes:
    def test_cut_run_time_where_they_change(self):
        said = (0, "exec", "ACTIVE"), (10, "mode", "MANUAL"), (25, "mode", "AUTOMATIC"), (30, "exec", "READY")

        found = fed(MANUAL, *said)

        assert (total(found, RUN), total(found, f"{STATE}ACTIVE")) == (15, 30)

    def test_decide_parts_by_the_mode_in_which_the_counter_rose(self):
        said = (0, "parts", 1), (1, "mode", "MANUAL"), (2, "parts", 4), (3, "mode", "MDI"), (4, "parts", 5)

        assert total(fed(MANUAL, *said), "counter.parts") == 1

    def test_decide_cycles_by_the_mode_in_which_they_begin(self):
        said = (0, "mode", "MANUAL"), (1, "exec", "ACTIVE"), (2, "mode", "AUTO"), (3, "exec", "READY")

        assert total(fed(MANUAL, *said), CYCLES) == 0

    def test_unknown_is_not_excluded_and_not_allowed(self):
        said = (0, "exec", "ACTIVE"), (10, "exec", "READY")

        assert [total(fed(modes, *said), RUN) for modes in (MANUAL, AUTOMATIC)] == [10, 0]

    def test_that_become_unavailable_end_at_the_last_proof_of_life(self):
        said = (0, "mode", "AUTOMATIC"), (0, "exec", "ACTIVE"), (999, "mode", None), (1000, "exec", "READY")
        trace = [Life(0, 0, False), Life(1, 7, False)]

        assert total(fed(AUTOMATIC, *said, trace=trace), RUN) == 7

    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("exec"), st.sampled_from(["ACTIVE", "READY", None])),
                st.tuples(st.just("mode"), st.sampled_from(["MANUAL", "AUTOMATIC", None])),
                st.tuples(st.just("parts"), st.integers(0, 9)),
            ),
            max_size=30,
        ),
        st.integers(0, 30),
        st.sampled_from([MANUAL, AUTOMATIC]),
    )
    def test_in_two_goes_are_as_in_one_and_never_add(self, said, cut, modes):
        readings = [Reading(place, place, *one) for place, one in enumerate(said)]
        lives = [Life(one.sequence, one.at, False) for one in readings if one.live]
        first = Fold(terms(modes))
        before = first.feed(readings[:cut], [one for one in lives if one.sequence < cut]).increments
        second = Fold.resume(terms(modes), json.loads(json.dumps(first.save())))
        after = second.feed(readings[cut:], [one for one in lives if one.sequence >= cut]).increments

        measuring, unbound = Fold(terms(modes)), Fold(terms(None))
        whole = measuring.feed(readings, lives).increments
        free = unbound.feed(readings, lives).increments

        assert before + after == whole
        whole, free = whole + measuring.close(), free + unbound.close()
        for meter in (RUN, CYCLES, "counter.parts"):
            assert total(whole, meter) <= total(free, meter)
