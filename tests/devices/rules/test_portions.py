"""No delivery of our own readers reaches over a quarter-hour, and none is cut to dust."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.rules.admission import Item
from devices.rules.life import QUARTER
from devices.rules.portions import portions, shares

TIMES = st.lists(st.integers(0, 8 * QUARTER), max_size=60)


def items(times):
    return [Item(number, at, "a", 1) for number, at in enumerate(times, start=1)]


def test_a_delivery_ends_where_the_quarter_hour_does():
    found = portions(items([1, QUARTER - 1, QUARTER, QUARTER + 5, 3 * QUARTER]), 100)

    assert [[one.sequence for one in piece] for piece in found] == [[1, 2], [3, 4], [5]]


def test_and_where_it_is_long_enough():
    assert [len(piece) for piece in portions(items([0] * 7), 3)] == [3, 3, 1]


def test_clocks_that_contradict_each_other_do_not_cut_a_file_to_dust():
    torn = items([0, QUARTER] * 40)

    assert portions(torn, 100) == [torn]
    assert len(portions(torn[:5], 100)) == 5


@given(TIMES, st.integers(1, 70))
def test_nothing_is_lost_and_the_order_stays(times, size):
    said = items(times)
    found = portions(said, size)

    assert [one for piece in found for one in piece] == said
    assert all(0 < len(piece) <= size for piece in found)
    assert len(found) <= 5 * (len(said) // size + 1) + len(said) // 16
    for piece in found:
        quarters = [one.at // QUARTER for one in piece]
        changes = sum(a != b for a, b in pairwise(quarters))
        assert not changes or changes > 4


def test_what_is_covered_is_shared_out_whole():
    pieces = portions(items([0, 1, QUARTER, 2 * QUARTER]), 100)

    assert shares(pieces, [(0, 2), (2, 9), (20, 30)]) == [
        [(0, 2), (2, 3)],
        [(3, 4)],
        [(4, 9), (20, 30)],
    ]
