"""Counters of which the machine itself says where they begin again."""

import pytest

from devices.rules.counters import CounterTerms, RestartTerms
from devices.rules.increments import Flag, total
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading

ORDER = RestartTerms("order")
SHIFT = RestartTerms("shift", frozenset({"BEGIN"}))


def run(*said, restart=ORDER, cut=None):
    """Feed numbers of the counter, and words of the channel that tells; return billed, held, resets."""
    terms = Terms(counters=(CounterTerms("parts", restart=restart),))
    readings = [
        Reading(place, place * 60_000_000, "parts" if isinstance(one, int) else restart.channel, one)
        for place, one in enumerate(said)
    ]
    fold = Fold(terms)
    found = fold.feed(readings[:cut])
    increments, resets = found.increments, len(found.resets.get("parts", ()))
    if cut is not None:
        fold = Fold.resume(terms, fold.save())
        more = fold.feed(readings[cut:])
        increments, resets = increments + more.increments, resets + len(more.resets.get("parts", ()))
    increments += fold.close()
    return total(increments, "counter.parts"), total(increments, "counter.parts", held=True), resets


CASES = [
    (("A", 3, "B", 1, 2), (2, 0, 1)),  # the fall behind it bills what it reads, from zero
    (("A", 3, 1, "B", 2), (2, 0, 1)),  # the fall before it as well
    (("A", 3, 0, 1, "B", 2, 3), (3, 0, 1)),  # explained already: not a second time
    (("A", 3, "B", 4, 0, 1), (2, 0, 1)),  # the old counter was read once more
    (("A", 3, "B", 5, 6), (3, 3, 0)),  # never seen to fall: what it may have made again is held
    (("A", 3, "B", 5, "C", 6), (3, 3 + 5, 0)),
    (("A", 3, "B", 3), (0, 0, 0)),
    (("A", 0, "B", 4), (4, 0, 0)),
    (("A", 3, "A", 5), (2, 0, 0)),  # the same word says nothing new
    (("A", 3, None, "A", 5), (2, 0, 0)),
    (("A", "B", 3, 5), (2, 0, 0)),  # nothing was read before it
    (("A", 9, "B", 2, 0, 1, "C", 0, 1), (2 + 1, 0, 2)),  # C explains the fall before it, not the one behind
]


@pytest.mark.parametrize(("said", "expected"), CASES)
def test_a_new_word_begins_the_counter_again(said, expected):
    assert run(*said) == expected


@pytest.mark.parametrize(("said", "expected"), CASES)
def test_folding_in_two_goes_gives_what_one_go_gives(said, expected):
    assert [run(*said, cut=cut) for cut in range(len(said))] == [expected] * len(said)


def test_stated_words_begin_it_again_each_time():
    assert run("BEGIN", 3, "BEGIN", 1, "END", 2, "BEGIN", 2, restart=SHIFT)[0] == 1 + 1


def test_what_begins_again_is_marked():
    counter = Fold(Terms(counters=(CounterTerms("parts", restart=SHIFT),)))
    said = [(1, "parts", 7), (2, "shift", "BEGIN"), (3, "parts", 2)]

    (found,) = counter.feed([Reading(n, n, channel, value) for n, channel, value in said]).increments

    assert (found.quantity, found.flags) == (2, Flag.RESET)


def test_a_changed_counter_ends_what_was_told_before():
    from devices.rules.changes import Change

    terms = CounterTerms("parts", restart=ORDER, changes=(Change(4, 10, 20),))
    fold = Fold(Terms(counters=(terms,)))
    said = [(0, "order", "A"), (1, "parts", 9), (2, "order", "B"), (5, "parts", 22)]

    found = fold.feed([Reading(n, n, channel, value) for n, channel, value in said]).increments + fold.close()

    assert total(found, "counter.parts") == 1 + 2
    assert total(found, "counter.parts", held=True) == 0
