"""Batches, missions, slots: what is begun, done, or ended part done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.increments import JOBS, Flag, total
from devices.rules.jobs import JobTerms, Partial
from devices.rules.life import trace
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading
from tests.devices import recordings, tables

MINUTE = 60_000_000
STATES = JobTerms("mission", frozenset({"EXECUTING", "PAUSED"}), frozenset({"DONE"}))
NAMES = JobTerms("batch", frozenset(), frozenset({"NONE"}))


def readings_of(*words, channel="mission"):
    return [Reading(place, place * MINUTE, channel, word) for place, word in enumerate(words)]


def run(*words, terms=STATES, over=False, **changes):
    """Return what is counted and what is held of words, a minute apart."""
    terms = JobTerms(**{name: getattr(terms, name) for name in terms.__slots__} | changes)
    asked = Terms(jobs=terms)
    said = readings_of(*words, channel=terms.channel)
    fold = Fold(asked)
    found = fold.feed(said, trace(said, closers={terms.channel})).increments
    found += fold.close() if over else []
    return total(found, JOBS), total(found, JOBS, held=True)


class TestStates:
    def test_count_when_done(self):
        assert run("IDLE", "EXECUTING", "PAUSED", "EXECUTING", "DONE", "IDLE", "EXECUTING") == (1, 0)

    @pytest.mark.parametrize(
        ("partial", "expected"), [(Partial.HOLD, (1, 1)), (Partial.COUNT, (2, 0)), (Partial.FREE, (1, 0))]
    )
    def test_what_ends_part_done_counts_as_agreed(self, partial, expected):
        assert run("EXECUTING", "DONE", "EXECUTING", "FAILED", partial=partial) == expected

    def test_come_back_to_the_same_job_after_the_source_was_away(self):
        assert run("EXECUTING", None, "PAUSED", "DONE") == (1, 0)

    def test_hold_an_end_that_nobody_saw(self):
        assert run("EXECUTING", None, "IDLE", partial=Partial.FREE) == (0, 1)
        assert run("EXECUTING", None, "DONE") == (1, 0)

    def test_hold_what_was_too_short(self):
        assert run("EXECUTING", "DONE", shortest=2 * MINUTE) == (0, 1)
        assert run("EXECUTING", "PAUSED", "DONE", shortest=2 * MINUTE) == (1, 0)

    def test_count_nothing_that_did_not_begin(self):
        assert run("DONE", "IDLE", None, "DONE") == (0, 0)

    def test_end_part_done_with_the_time(self):
        assert run("EXECUTING", over=True) == (0, 1)
        assert run("EXECUTING", over=True, partial=Partial.COUNT) == (1, 0)
        assert run("EXECUTING", "DONE", over=True) == (1, 0)

    def test_say_why(self):
        said = readings_of("EXECUTING", None, "DONE", "EXECUTING", "FAILED")

        found = Fold(Terms(jobs=STATES)).feed(said).increments

        assert [(one.flags, one.first_sequence, one.last_sequence) for one in found] == [
            (Flag.UNOBSERVED, 0, 2),
            (Flag.HELD | Flag.PARTIAL, 3, 4),
        ]


class TestNames:
    def test_count_when_the_next_follows(self):
        assert run("B17", "B17", "B18", "B19", terms=NAMES) == (2, 0)

    def test_count_when_there_is_none(self):
        assert run("B17", " ", "B18", "NONE", "NONE", "B18", terms=NAMES) == (2, 0)

    def test_hold_one_of_which_nobody_saw_the_end(self):
        assert run("B17", None, "B17", "B18", terms=NAMES) == (1, 0)
        assert run("B17", None, "B18", "NONE", terms=NAMES) == (1, 1)


def test_begin_where_things_count():
    asked = Terms(jobs=STATES, modes=ModeTerms("mode", frozenset({"TEST"})))
    said = [
        ("mode", "TEST"),
        ("mission", "EXECUTING"),
        ("mode", "AUTO"),
        ("mission", "DONE"),
        ("mission", "EXECUTING"),
        ("mode", "TEST"),
        ("mission", "DONE"),
    ]

    found = Fold(asked).feed(Reading(n, n, *one) for n, one in enumerate(said)).increments

    assert total(found, JOBS) == 1


@given(
    st.lists(st.sampled_from(["EXECUTING", "PAUSED", "DONE", "IDLE", None]), max_size=12),
    st.integers(0, 12),
    st.sampled_from([STATES, NAMES]),
)
def test_folding_in_two_goes_gives_what_one_go_gives(words, cut, terms):
    asked, said = Terms(jobs=terms, silence=MINUTE), readings_of(*words, channel=terms.channel)
    lives = trace(said, closers={terms.channel})
    whole, first = Fold(asked), Fold(asked)
    once = whole.feed(said, lives).increments + whole.close()

    twice = first.feed(said[:cut], [one for one in lives if one.sequence < cut]).increments
    second = Fold.resume(asked, first.save())
    twice += second.feed(said[cut:], [one for one in lives if one.sequence >= cut]).increments

    assert twice + second.close() == once


class TestRecordings:
    def test_the_cobot_has_as_many_jobs_as_its_counter_changed(self):
        """Each number of its counter is the name of a job; the last one is still open."""
        known = recordings.truth("ur3-cobotops")["completed_cycles_as_value_change_events"]
        asked = Terms(jobs=JobTerms("cycle", frozenset()))
        said = [one for one in tables.cobot_readings(tables.cobot()) if one.channel == "cycle"]

        assert total(Fold(asked).feed(said).increments, JOBS) == known

    def test_milling_runs_are_batches_of_which_some_end_part_done(self):
        known = recordings.truth("cnc-mill-tool-wear")["totals"]
        ended = {"yes": "PROGRAM_COMPLETED", "no": "STOPPED"}
        words = [word for one in tables.labels() for word in ("ACTIVE", ended[one["machining_finalized"]])]
        terms = JobTerms("execution", frozenset({"ACTIVE"}), frozenset({"PROGRAM_COMPLETED"}))

        assert run(*words, terms=terms) == (known["runs_completed"], known["aborted_runs"])
        assert run(*words, terms=terms, partial=Partial.COUNT) == (known["program_runs"], 0)
