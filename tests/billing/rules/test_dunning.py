"""Which reminder is due on which day."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.dunning import Item, Level, due, next_level

DUE = date(2026, 11, 17)
LEVELS = [Level(3, "一", "one"), Level(14, "二", "two"), Level(30, "三", "three")]


def item(**changes):
    return Item(**({"invoice": "inv_1", "due_on": DUE, "open_minor": 100} | changes))


def day(number):
    return DUE + timedelta(days=number)


# docs/dunning.md: levels after 3, 14 and 30 days
@pytest.mark.parametrize(
    ("late", "sent", "sent_after", "level"),
    [
        (2, 0, None, None),
        (3, 0, None, 1),
        (13, 1, 3, None),
        (14, 1, 3, 2),
        (29, 2, 14, None),
        (30, 2, 14, 3),
        (90, 3, 30, None),
        (40, 0, None, 1),
        (50, 1, 40, None),
        (51, 1, 40, 2),
    ],
)
def test_levels_follow_each_other(late, sent, sent_after, level):
    one = item(sent=sent, sent_on=None if sent_after is None else day(sent_after))

    assert next_level(one, LEVELS, day(late)) == level


@pytest.mark.parametrize(
    "changes",
    [
        {"held": True},
        {"promised_on": day(5)},
        {"frozen_minor": 100},
        {"frozen_minor": 51},
        {"open_minor": 49},
        {"open_minor": -5},
        {"due_on": day(5)},
    ],
)
def test_some_are_left_alone(changes):
    assert next_level(item(**changes), LEVELS, day(5), smallest_minor=50) is None


def test_a_promise_that_was_broken_is_reminded_of():
    assert next_level(item(promised_on=day(5)), LEVELS, day(6)) == 1


def test_those_that_step_come_in_the_order_of_their_days():
    found = due([item(invoice="b"), item(invoice="a"), item(invoice="c", due_on=day(-9))], LEVELS, day(3))

    assert [(one.invoice, level) for one, level in found] == [("c", 1), ("a", 1), ("b", 1)]


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 60))
def test_whenever_it_runs_no_level_comes_twice_and_none_too_early(runs, gap):
    levels = [Level(gap * number, "", "") for number in range(1, 5)]
    one, letters = item(), []
    for number in sorted(runs):
        level = next_level(one, levels, day(number))
        if level is not None:
            letters.append((number, level))
            one = item(sent=level, sent_on=day(number))

    assert [level for _, level in letters] == list(range(1, len(letters) + 1))
    assert all(number >= gap * level for number, level in letters)
    days = [number for number, _ in letters]
    assert all(after - before >= gap for before, after in itertools.pairwise(days))
