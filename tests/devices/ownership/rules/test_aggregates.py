"""Reducing readings."""

from decimal import Decimal

from devices.ownership.rules.aggregates import CARRY, Bucket, counts, grid, numbers, states
from devices.ownership.rules.defaults import WHOLE


class TestGrid:
    def test_keeps_whole_intervals_only(self):
        assert grid(5, 47, 10, (0, 100), 99) == (10, 40)
        assert grid(11, 19, 10, (0, 100), 99) is None

    def test_gives_nothing_of_what_has_no_end(self):
        assert grid(0, None, 10, (0, None), 99) is None

    def test_gives_the_whole_agreement_or_nothing(self):
        assert grid(0, 100, WHOLE, (0, 100), 100) == (0, 100)
        assert grid(0, 99, WHOLE, (0, 100), 100) is None

    def test_gives_nothing_of_what_is_not_over(self):
        assert grid(0, 40, 10, (0, 100), 29) == (0, 20)
        assert grid(0, 100, WHOLE, (0, 100), 99) is None


class TestNumbers:
    def test_gives_count_extremes_mean_and_last_of_each_interval(self):
        (first, second) = numbers([(0, 1), (5, Decimal("2.5")), (9, None), (10, 4), (20, 9)], (0, 20), 10)

        assert (first.count, first.minimum, first.maximum, first.mean, first.last) == (
            2,
            1,
            Decimal("2.5"),
            Decimal("1.75"),
            Decimal("2.5"),
        )
        assert (second.start, second.end, second.count) == (10, 20, 1)

    def test_has_no_mean_of_nothing(self):
        assert Bucket(0, 1).mean is None


class TestStates:
    def test_gives_the_time_in_each_state(self):
        found = states([(2, "ACTIVE"), (8, None), (9, "READY"), (25, "ACTIVE")], (0, 20), 10)

        assert [bucket.states for bucket in found] == [{"ACTIVE": 6, "READY": 1}, {"READY": 10}]

    def test_know_nothing_between_readings_more_than_a_day_apart(self):
        edge = [(0, "ACTIVE"), (CARRY, "READY"), (2 * CARRY + 1, "ACTIVE")]

        (found,) = states(edge, (0, 3 * CARRY), 3 * CARRY)

        assert found.states == {"ACTIVE": CARRY}

    def test_gives_one_figure_for_the_whole(self):
        (found,) = states([(2, "ACTIVE"), (8, "READY")], (0, 20), WHOLE)

        assert found.states == {"ACTIVE": 6}


class TestCounts:
    def test_says_how_many_never_what(self):
        assert [bucket.count for bucket in counts([(1, "O1000"), (2, "O1001"), (30, "x")], (0, 20), 10)] == [
            2
        ]
