"""Recorded changes of counters: both sides count, the step does not, and a record alone proves nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.changes import LEEWAY, Change
from devices.rules.counters import Behaviour, Counter, CounterTerms
from devices.rules.increments import Flag, total
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading

MINUTE = 60_000_000
AT = 600 * MINUTE
CHANGED = Change(AT, 105, 0)


def run(*readings, changes=(CHANGED,), over=False, **terms):
    """Feed (minutes around the change, value); return what is billed, what is held, and the flags."""
    counter = Counter(CounterTerms("parts", changes=tuple(changes), **terms))
    found = []
    for place, (minutes, value) in enumerate(readings, start=1):
        found += counter.read(Reading(place, AT + int(minutes * MINUTE), "parts", value))
    found += counter.close(over=True) if over else []
    flags = [one.flags for one in found]
    return total(found, "counter.parts"), total(found, "counter.parts", held=True), flags


class TestChange:
    def test_counts_both_sides_and_not_the_step(self):
        assert run((-60, 100), (1, 2), (60, 7)) == (12, 0, [Flag.CHANGED, Flag.NONE, Flag.NONE])

    def test_holds_no_jump_of_a_successor_that_begins_high(self):
        changed = [Change(AT, 105, 50_000)]

        assert run((-60, 100), (60, 50_003), changes=changed, shortest_cycle=MINUTE)[:2] == (8, 0)

    def test_counts_a_successor_from_its_first_reading_if_nothing_was_read_before(self):
        assert run((5, 3), (9, 4)) == (4, 0, [Flag.NONE, Flag.NONE])

    def test_is_of_no_matter_to_readings_before_it(self):
        assert run((-60, 100), (-1, 104)) == (4, 0, [Flag.NONE])

    def test_waits_while_the_old_counter_is_still_read_by_a_clock_that_is_ahead(self):
        assert run((-60, 100), (2, 103), (4, 1))[:2] == (6, 0)

    def test_explains_a_new_beginning_that_was_stamped_a_little_earlier(self):
        assert run((-60, 100), (-2, 0), (-1, 1), (5, 3))[:2] == (8, 0)

    def test_leaves_a_false_zero_before_it_what_it_is(self):
        assert run((-60, 100), (-2, 0), (-1, 104), (5, 3))[:2] == (8, 0)

    def test_is_borne_out_by_a_reading_above_the_end_of_the_old_counter(self):
        assert run((-60, 100), (600, 300))[:2] == (305, 0)

    def test_is_held_where_the_readings_go_on_as_before(self):
        minutes = LEEWAY // MINUTE

        assert run((-60, 100), (minutes, 104), (minutes + 1, 106)) == (
            6,
            105,
            [Flag.HELD | Flag.CHANGED, Flag.NONE, Flag.NONE],
        )

    def test_adds_nothing_where_its_end_lies_below_what_was_read(self):
        assert run((-60, 110), (600, 111))[:2] == (1, 105)
        assert run((-60, 110), (5, 2))[:2] == (2, 0)

    def test_takes_nothing_away_where_the_successor_began_higher(self):
        assert run((-60, 100), (600, 104), changes=[Change(AT, 105, 200)])[:2] == (4, 0)

    def test_is_bounded_by_what_the_machine_can_make(self):
        found = run((-10, 100), (5, 2), changes=[Change(AT, 10_000, 0)], shortest_cycle=MINUTE)

        assert found[:2] == (16 + 2, 9_900 - 16)

    def test_decides_for_a_counter_of_which_a_person_decides(self):
        assert run((-60, 100), (5, 2), behaviour=Behaviour.HOLD)[:2] == (7, 0)

    def test_ends_an_open_fall(self):
        assert run((-60, 100), (-30, 4), (5, 1), (6, 3))[:2] == (8, 0)

    def test_may_be_followed_by_another(self):
        changes = [CHANGED, Change(AT + MINUTE, 8, 1)]

        assert run((-60, 100), (5, 0), (6, 3), changes=changes)[:2] == (5 + 3, 0)
        assert run((-60, 100), (0.5, 4), (5, 2), changes=changes)[:2] == (5 + 4 + 4 + 1, 0)

    def test_is_held_where_nothing_was_heard_of_the_successor(self):
        assert run((-60, 100), over=True) == (0, 5, [Flag.HELD | Flag.CHANGED])
        assert run((-60, 100)) == (0, 0, [])
        assert run((-60, 105), over=True) == (0, 0, [])
        assert run(over=True) == (0, 0, [])

    def test_keeps_decimals(self):
        changed = [Change(AT, Decimal("100.25"), Decimal("0.5"))]

        assert run((-60, 100), (5, Decimal("0.75")), changes=changed)[0] == Decimal("0.5")


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 120)), min_size=1, max_size=20),
    st.integers(0, 20),
)
def test_folding_in_two_goes_gives_what_one_go_gives(said, cut):
    readings = [
        Reading(place, AT + minutes * MINUTE, "parts", value) for place, (minutes, value) in enumerate(said)
    ]
    terms = Terms(counters=(CounterTerms("parts", changes=(CHANGED,), shortest_cycle=MINUTE),))
    whole, first = Fold(terms), Fold(terms)
    once = whole.feed(readings).increments + whole.close()
    twice = first.feed(readings[:cut]).increments

    second = Fold.resume(terms, first.save())
    twice += second.feed(readings[cut:]).increments + second.close()

    assert twice == once
    assert all(one.quantity >= 0 for one in once)


@pytest.mark.parametrize("minutes", [0, 14])
def test_a_record_of_a_moment_bills_once(minutes):
    """However the clocks differ, the step is never usage."""
    assert run((-60, 100), (minutes, 0), (30, 6))[:2] == (11, 0)
