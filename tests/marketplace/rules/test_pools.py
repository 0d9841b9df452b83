"""Room in a pool: found where there is some, and never by promising a machine twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.pools import Held, arrange
from marketplace.shared.period import Period

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def days(first, last):
    return Period(FIRST + first * DAY, FIRST + last * DAY)


def after(held, found, wanted):
    """Return what stands on each machine afterwards."""
    stands = {}
    for one in held:
        stands.setdefault(found.moves.get(one.claim, one.machine), []).append(one.period)
    stands.setdefault(found.machine, []).append(wanted)
    return stands


def is_sound(stands):
    for periods in stands.values():
        rows = sorted(periods, key=lambda period: period.start)
        if any(one.overlaps(other) for one, other in pairwise(rows)):
            return False
    return True


def can_be_arranged(machines, held, wanted):
    """Try every place of every claim that may move."""
    loose = [one for one in held if one.movable]
    for places in product(machines, repeat=len(loose) + 1):
        stands = {}
        for one in held:
            if not one.movable:
                stands.setdefault(one.machine, []).append(one.period)
        for one, machine in zip([*loose, None], places, strict=True):
            stands.setdefault(machine, []).append(one.period if one else wanted)
        if is_sound(stands):
            return True
    return False


@st.composite
def pools(draw, most=6, movable=None):
    """A pool of up to three machines on which nothing overlaps, and a time that is wanted."""
    machines = list(range(1, draw(st.integers(1, 3)) + 1))
    held = []
    for claim in range(1, draw(st.integers(0, most)) + 1):
        first = draw(st.integers(0, 12))
        period = days(first, first + draw(st.integers(1, 6)))
        free = [
            m for m in machines if not any(one.machine == m and one.period.overlaps(period) for one in held)
        ]
        if free:
            may = draw(st.booleans()) if movable is None else movable
            held.append(Held(claim, draw(st.sampled_from(free)), period, may))
    first = draw(st.integers(0, 12))
    return machines, held, days(first, first + draw(st.integers(1, 6)))


class TestArrange:
    def test_takes_the_first_free_machine_and_moves_nothing(self):
        held = [Held(1, 1, days(0, 5), movable=True)]

        found = arrange([1, 2], held, days(3, 9))

        assert (found.machine, found.moves) == (2, {})

    def test_moves_one_claim_where_that_makes_room(self):
        # Machine 1 is taken for days 0 to 3 and machine 2 for days 5 to 9; ten days fit if one goes over.
        held = [Held(1, 1, days(0, 3), movable=True), Held(2, 2, days(5, 9), movable=True)]

        found = arrange([1, 2], held, days(0, 9))

        assert len(found.moves) == 1
        assert is_sound(after(held, found, days(0, 9)))

    def test_leaves_what_is_fixed_where_it_stands(self):
        held = [Held(1, 1, days(0, 3), movable=False), Held(2, 2, days(5, 9), movable=False)]

        assert arrange([1, 2], held, days(0, 9)) is None

    def test_finds_no_room_above_the_number_of_machines(self):
        held = [Held(n, n, days(0, 9), movable=True) for n in (1, 2, 3)]

        assert arrange([1, 2, 3], held, days(8, 12)) is None
        assert arrange([1, 2, 3], held, days(9, 12)).moves == {}

    def test_what_ends_when_the_other_begins_is_no_overlap(self):
        assert arrange([1], [Held(1, 1, days(0, 5), movable=False)], days(5, 6)).machine == 1

    def test_a_claim_without_end_takes_its_machine_for_good(self):
        held = [Held(1, 1, Period(FIRST, None), movable=True)]

        assert arrange([1], held, days(900, 901)) is None
        assert arrange([1, 2], held, days(900, 901)).machine == 2

    def test_a_machine_outside_the_pool_is_not_looked_at(self):
        assert arrange([1], [Held(1, 2, days(0, 5), movable=True)], days(0, 5)).moves == {}

    def test_an_empty_pool_has_no_room(self):
        assert arrange([], [], days(0, 5)) is None

    @given(pools())
    def test_never_promises_a_machine_twice_and_moves_only_what_may_move(self, pool):
        machines, held, wanted = pool
        found = arrange(machines, held, wanted)

        if found is not None:
            assert is_sound(after(held, found, wanted))
            assert {found.machine, *found.moves.values()} <= set(machines)
            assert all(one.movable for one in held if one.claim in found.moves)

    @given(pools(most=4))
    def test_finds_room_exactly_where_trying_everything_does(self, pool):
        machines, held, wanted = pool

        assert (arrange(machines, held, wanted) is not None) == can_be_arranged(machines, held, wanted)

    @given(pools(most=14, movable=True))
    def test_without_fixed_claims_the_busiest_moment_decides(self, pool):
        machines, held, wanted = pool
        periods = [wanted, *(one.period for one in held)]
        busiest = max(sum(period.contains(each.start) for period in periods) for each in periods)

        assert (arrange(machines, held, wanted) is not None) == (busiest <= len(machines))

    @given(pools())
    def test_the_order_in_which_claims_are_told_changes_nothing(self, pool):
        machines, held, wanted = pool

        assert arrange(machines, held, wanted) == arrange(machines, held[::-1], wanted)

    def test_gives_up_when_the_tries_are_used_up_without_promising(self):
        # 2 must leave machine 1 for machine 2, where 1 stands, which may go to machine 3 alone.
        held = [
            Held(1, 2, days(0, 3), movable=True),
            Held(2, 1, days(2, 5), movable=True),
            Held(3, 3, days(3, 9), movable=False),
        ]

        assert arrange([1, 2, 3], held, days(0, 9), tries=0) is None
        assert arrange([1, 2, 3], held, days(0, 9)).moves in ({1: 3}, {2: 2, 1: 3})
