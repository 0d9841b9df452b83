from hypothesis import given
from hypothesis import strategies as st

from devices.rules.pace import SECOND, Pace

PACE = Pace(rate=2000, burst=2_000_000)
NOW = 1_772_440_000 * SECOND


class TestABucket:
    def test_worked_by_hand(self):
        paid = PACE.pay(None, 1_000_000, at=NOW)

        assert paid == NOW + 500 * SECOND
        assert PACE.left(paid, at=NOW) == 1_000_000
        assert PACE.left(paid, at=NOW + 100 * SECOND) == 1_200_000
        assert PACE.full_in(paid, at=NOW) == 500
        assert PACE.pay(paid, 1_000_001, at=NOW) is None
        assert PACE.room_in(paid, 1_000_001, at=NOW) == 1
        assert PACE.room_in(paid, 1_002_000, at=NOW) == 1
        assert PACE.room_in(paid, 1_002_001, at=NOW) == 2

    def test_that_was_never_touched_is_full(self):
        assert (PACE.left(None, at=NOW), PACE.full_in(None, at=NOW)) == (2_000_000, 0)
        assert PACE.room_in(None, 5000, at=NOW) == 0

    def test_holds_no_more_after_a_long_pause(self):
        paid = PACE.pay(None, 5, at=NOW)

        assert PACE.left(paid, at=NOW + 10**6 * SECOND) == 2_000_000
        assert PACE.pay(paid, 2_000_001, at=NOW + 10**6 * SECOND) is None

    def test_takes_a_day_of_a_machine_that_comes_back_at_300_times_its_usual_rate(self):
        usual, paid, sent = 20, None, 0  # recorded machines: 1.4 readings a second
        for second in range(24 * 3600 // 300):
            sent += 300 * usual
            paid = PACE.pay(paid, 300 * usual, at=NOW + second * SECOND)
            assert paid is not None, second

        assert sent == 24 * 3600 * usual

    @given(st.lists(st.tuples(st.integers(0, 10 * SECOND), st.integers(0, 50)), max_size=60))
    def test_never_lets_through_more_than_the_burst_and_the_rate_together(self, deliveries):
        pace, paid, at, taken = Pace(rate=7, burst=40), None, NOW, 0
        for pause, readings in deliveries:
            at += pause
            after = pace.pay(paid, readings, at=at)
            if after is None:
                assert readings > pace.left(paid, at=at)
                continue
            paid, taken = after, taken + readings
        most = 40 + 7 * (at - NOW) // SECOND

        assert taken <= most + len(deliveries)  # each cost is cut to whole microseconds
