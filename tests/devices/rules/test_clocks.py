import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.clocks import Heard, Jump, jumps, offset, seconds

SECOND = 1_000_000


def heard(*lags):
    """Return deliveries a minute apart with these lags in seconds."""
    times = [number * 60 * SECOND for number in range(len(lags))]
    return [Heard(n, at, at - lag * SECOND) for n, (at, lag) in enumerate(zip(times, lags, strict=True), 1)]


class TestOffset:
    def test_worked_by_hand(self):
        assert offset(heard(-84, -83, -84, 900, -85)) == -84 * SECOND

    def test_of_nothing_is_none(self):
        assert offset([]) is None

    def test_is_of_the_latest_deliveries(self):
        assert offset(heard(*[500] * 40, *[2] * 31)) == 2 * SECOND

    @given(
        st.lists(st.integers(-5, 5), min_size=17, max_size=17), st.lists(st.integers(0, 10**6), max_size=14)
    )
    def test_is_not_moved_by_a_minority_of_late_deliveries(self, usual, late):
        assert abs(offset(heard(*usual, *late))) <= 5 * SECOND


class TestJumps:
    def test_worked_by_hand(self):
        found = jumps(heard(1, 2, 1, 3601, 3602, 3601, 3602))

        assert found == [Jump(4, 180 * SECOND, 3600 * SECOND)]

    def test_one_ahead_is_below_zero(self):
        assert [one.by for one in jumps(heard(0, 0, 0, -90, -90, -90))] == [-90 * SECOND]

    def test_there_and_back_are_two(self):
        assert [one.by // SECOND for one in jumps(heard(*[0] * 4, *[100] * 5, *[0] * 4))] == [100, -100]

    @pytest.mark.parametrize(
        "lags",
        [
            [],
            [5],
            [0, 0, 0, 60, 60, 60, 60],  # 60 s are no more than 60 s
            [0, 0, 0, 900, 0, 0],
            [0, 0, 0, 900, 900, 0, 0],
            [0, 0, 0, 3600, 3000, 2400, 1800, 1200, 600, 0],  # a backlog that is worked off
        ],
    )
    def test_late_deliveries_are_none(self, lags):
        assert jumps(heard(*lags)) == []


@pytest.mark.parametrize(
    ("given_us", "expected"), [(-84_499_999, -84), (-84_500_000, -85), (500_000, 1), (0, 0)]
)
def test_whole_seconds(given_us, expected):
    assert seconds(given_us) == expected
