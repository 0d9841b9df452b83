from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.increments import Flag, Increment, Window, add, every, total, windows

EDGES = [0, 100, 200, 300]


def run(start, end, *, flags=Flag.NONE, sequence=1):
    return Increment("run", start, end, end - start, flags, sequence, sequence + 1)


def count(at, quantity, *, flags=Flag.NONE, sequence=1):
    return Increment("parts", at, at, quantity, flags, sequence, sequence)


class TestWindows:
    def test_cut_time_exactly_at_the_edges(self):
        assert windows([run(50, 250)], EDGES) == [
            Window("run", 0, 100, 50, Flag.NONE, 1, 2),
            Window("run", 100, 200, 100, Flag.NONE, 1, 2),
            Window("run", 200, 300, 50, Flag.NONE, 1, 2),
        ]

    def test_give_a_count_to_the_window_that_begins_at_its_instant(self):
        assert windows([count(100, 3), count(99, 1)], EDGES) == [
            Window("parts", 0, 100, 1, Flag.NONE, 1, 1),
            Window("parts", 100, 200, 3, Flag.NONE, 1, 1),
        ]

    def test_add_up_and_join_flags_and_sequences(self):
        found = windows(
            [count(1, 1, flags=Flag.UNOBSERVED, sequence=4), count(2, Decimal("0.5"), sequence=2)], EDGES
        )

        assert found == [Window("parts", 0, 100, Decimal("1.5"), Flag.UNOBSERVED, 2, 4)]

    def test_keep_held_quantities_apart(self):
        found = windows([count(1, 1), count(1, 7, flags=Flag.HELD)], EDGES)

        assert [(window.quantity, window.flags) for window in found] == [(1, Flag.NONE), (7, Flag.HELD)]

    @pytest.mark.parametrize("outside", [run(-50, -10), run(300, 400), count(300, 1), count(-1, 1)])
    def test_leave_out_what_lies_outside(self, outside):
        assert windows([outside], EDGES) == []

    @pytest.mark.parametrize("edges", [[], [0]])
    def test_are_none_without_two_edges(self, edges):
        assert windows([run(-5, 5), count(0, 1)], edges) == []

    @given(
        st.lists(st.tuples(st.integers(0, 299), st.integers(0, 299)).map(sorted)),
        st.sets(st.integers(1, 299)),
    )
    def test_lose_nothing_wherever_the_edges_fall(self, spans, cuts):
        increments = [run(start, end) for start, end in spans]

        found = windows(increments, [0, *sorted(cuts), 300])

        assert sum(window.quantity for window in found) == total(increments, "run")


class TestTotal:
    def test_separates_what_is_billed_from_what_is_held(self):
        increments = [count(1, 2), count(1, 3, flags=Flag.HELD), run(0, 9)]

        assert (total(increments, "parts"), total(increments, "parts", held=True)) == (2, 3)


class TestAdd:
    def test_is_exact_far_apart(self):
        assert add(10**17, Decimal("1e-18")) == Decimal("100000000000000000.000000000000000001")

    def test_gives_a_whole_number_as_an_integer(self):
        assert type(add(Decimal("0.5"), Decimal("0.5"))) is int


class TestEvery:
    def test_covers_the_period_with_whole_steps(self):
        assert every(100, 150, 301) == [100, 200, 300, 400]
