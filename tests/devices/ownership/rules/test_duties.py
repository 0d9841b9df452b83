"""Duties as pure rules: when they are due, where they stand, when erasing may begin."""

from datetime import UTC, datetime, timedelta

import pytest

from devices.ownership.rules.duties import (
    KINDS,
    SOURCES,
    STATES,
    Facts,
    Kind,
    State,
    Terms,
    at_close,
    may_begin,
    state,
    years_after,
)

DAY = timedelta(days=1)
END = datetime(2026, 3, 1, tzinfo=UTC)
TERMS = Terms(30 * DAY, 7 * DAY, 3 * DAY, 30 * DAY, 30)


@pytest.mark.parametrize(
    ("closed", "told", "erased"),
    [
        (END, END, END + 30 * DAY),
        (END - 5 * DAY, END, END + 30 * DAY),
        (END + 23 * DAY, END + 23 * DAY, END + 30 * DAY),
        (END + 24 * DAY, END + 24 * DAY, END + 31 * DAY),
        (END + 400 * DAY, END + 400 * DAY, END + 407 * DAY),
    ],
)
def test_whoever_closes_late_still_tells_in_time(closed, told, erased):
    found = at_close(ends_at=END, at=closed, terms=TERMS)
    first, second = [one.due_at for one in found if one.kind is Kind.INFORM]
    assert (first, second) == (told, erased - 7 * DAY)
    assert {one.due_at for one in found if one.source == "end_of_lease" and one.kind is Kind.ERASE} == {
        erased
    }
    assert {one.source for one in found} <= set(SOURCES)


@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        ({}, -1, State.OPEN),
        ({}, 0, State.DUE),
        ({}, 2, State.DUE),
        ({}, 3, State.OVERDUE),
        ({"kind": Kind.RETAIN}, 9, State.DUE),
        ({"held": True}, 9, State.HELD),
        ({"held": True}, -1, State.HELD),
        ({"held": True, "kind": Kind.INFORM}, 9, State.OVERDUE),
        ({"held": True, "fulfilled": True}, 9, State.FULFILLED),
        ({"held": True, "waived": True}, 9, State.WAIVED),
    ],
)
def test_a_state_follows_from_the_facts(facts, after, expected):
    given = Facts(**({"kind": Kind.ERASE, "due_at": END} | facts))
    assert state(given, at=END + after * DAY, grace=3 * DAY) is expected


@pytest.mark.parametrize(
    ("after", "asked", "told", "expected"),
    [
        (-1, True, [], False),
        (0, True, [], True),
        (0, False, [], False),
        (0, False, [-8], True),
        (0, False, [-7], True),
        (0, False, [-30, -6], False),
        (1, False, [-30, -6], True),
    ],
)
def test_erasing_begins_when_due_and_told(after, asked, told, expected):
    moments = [END + day * DAY for day in told]
    at = END + after * DAY
    assert may_begin(due_at=END, asked=asked, told=moments, at=at, terms=TERMS) is expected


def test_years_of_leap_days():
    leap = datetime(2028, 2, 29, 8, tzinfo=UTC)
    assert years_after(leap, 30) == datetime(2058, 3, 1, 8, tzinfo=UTC)
    assert years_after(leap, 4) == datetime(2032, 2, 29, 8, tzinfo=UTC)


def test_everything_has_words():
    assert set(STATES) == set(State)
    assert set(KINDS) == set(Kind)
