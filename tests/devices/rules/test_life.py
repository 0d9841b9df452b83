from hypothesis import given
from hypothesis import strategies as st

from devices.rules.life import QUARTER, SILENCE, Life, merge, trace
from devices.rules.readings import Reading

CLOSERS = {"exec"}


def reading(sequence, at, channel="load", value=1):
    return Reading(sequence, at, channel, value)


class TestTrace:
    def test_is_empty_without_life(self):
        assert trace([], closers=CLOSERS) == []
        assert trace([reading(1, 5, "exec", None)], closers=CLOSERS) == []

    def test_notes_the_first_and_last_life_of_a_run(self):
        found = trace([reading(1, 10), reading(2, 20), reading(3, 30)], closers=CLOSERS)

        assert found == [Life(1, 10, False), Life(3, 30, True)]

    def test_notes_the_last_life_before_a_closing_only(self):
        readings = [reading(1, 10), reading(2, 20), reading(3, 25, "load", None), reading(4, 30)]
        closed = [*readings[:2], reading(3, 25, "exec", None), reading(4, 30)]

        assert [life.sequence for life in trace(readings, closers=CLOSERS)] == [1, 4]
        assert [life.sequence for life in trace(closed, closers=CLOSERS)] == [1, 2, 4]

    def test_notes_both_sides_of_a_silence(self):
        found = trace([reading(n, n * SILENCE if n > 2 else n) for n in range(1, 5)], closers=CLOSERS)

        assert found == [
            Life(1, 1, False),
            Life(2, 2, True),
            Life(3, 3 * SILENCE, True),
            Life(4, 4 * SILENCE, True),
        ]

    def test_notes_the_last_life_before_a_quarter_hour(self):
        found = trace(
            [reading(n, QUARTER - 25 + 10 * n) for n in range(1, 6)],
            closers=CLOSERS,
        )

        assert [(life.sequence, life.quiet) for life in found] == [(1, False), (2, False), (5, True)]

    def test_vouches_for_nothing_across_a_hole_in_the_numbers(self):
        found = trace([reading(1, 10), reading(2, 20), reading(5, 30), reading(6, 40)], closers=CLOSERS)

        assert [(life.sequence, life.quiet) for life in found] == [
            (1, False),
            (2, True),
            (5, False),
            (6, True),
        ]

    def test_knows_that_a_covered_hole_belongs_to_others(self):
        readings = [reading(1, 10), reading(2, 20), reading(5, 30), reading(6, 40), reading(9, 50)]

        found = trace(readings, closers=CLOSERS, covered=[(1, 7), (20, 30)])

        assert [(life.sequence, life.quiet) for life in found] == [(1, False), (6, True), (9, True)]


class TestMerge:
    def test_lets_one_delivery_vouch_for_the_other(self):
        assert merge([[Life(2, 20, True)], [Life(1, 10, False), Life(2, 20, False)]]) == [
            Life(1, 10, False),
            Life(2, 20, False),
        ]

    @given(st.data())
    def test_finds_the_last_life_before_every_closing_however_the_readings_were_delivered(self, data):
        live = data.draw(st.lists(st.booleans(), max_size=30))
        readings = [reading(n, n * 7, "exec", "READY" if alive else None) for n, alive in enumerate(live)]
        owners = data.draw(st.lists(st.integers(0, 2), min_size=len(live), max_size=len(live)))

        lives = merge(
            trace(
                [one for one, owner in zip(readings, owners, strict=True) if owner == number], closers=CLOSERS
            )
            for number in range(3)
        )

        for closing in (one for one in readings if not one.live):
            expected = max((one.sequence for one in readings[: closing.sequence] if one.live), default=None)
            assert (
                max((life.sequence for life in lives if life.sequence < closing.sequence), default=None)
                == expected
            )

    @given(st.data())
    def test_finds_the_last_life_before_every_quarter_hour_however_the_readings_were_delivered(self, data):
        steps = data.draw(st.lists(st.sampled_from([7, SILENCE - 1, QUARTER // 3, QUARTER]), max_size=30))
        times = [sum(steps[: place + 1]) for place in range(len(steps))]
        readings = [reading(n, at) for n, at in enumerate(times)]
        owners = data.draw(st.lists(st.integers(0, 2), min_size=len(times), max_size=len(times)))

        lives = merge(
            trace(
                [one for one, owner in zip(readings, owners, strict=True) if owner == number], closers=CLOSERS
            )
            for number in range(3)
        )

        for border in range(QUARTER, max(times, default=0) + QUARTER, QUARTER):
            expected = max((one.sequence for one in readings if one.at < border), default=None)
            assert max((life.sequence for life in lives if life.at < border), default=None) == expected
