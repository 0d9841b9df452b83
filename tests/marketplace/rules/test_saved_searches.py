"""When is told next, and how titles stand in a sentence."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.saved_searches import LONGEST_TITLE, Telling, named, next_telling

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("telling", "at", "then"),
    [
        (Telling.AT_ONCE, "2026-11-20T04:00", "2026-11-20T12:05+08:00"),
        (Telling.DAILY, "2026-11-19T23:59", "2026-11-20T08:00+08:00"),
        (Telling.DAILY, "2026-11-20T00:00", "2026-11-21T08:00+08:00"),
        (Telling.WEEKLY, "2026-11-20T04:00", "2026-11-23T08:00+08:00"),
        (Telling.WEEKLY, "2026-11-22T23:59", "2026-11-23T08:00+08:00"),
        (Telling.WEEKLY, "2026-11-23T00:00", "2026-11-30T08:00+08:00"),
    ],
)
def test_is_the_next_morning_or_monday(telling, at, then):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert next_telling(telling, moment, SHANGHAI) == datetime.fromisoformat(then)


@given(st.sampled_from(Telling), st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1)))
def test_lies_ahead_or_is_never(telling, at):
    moment = at.replace(tzinfo=UTC)
    then = next_telling(telling, moment, SHANGHAI)
    assert then is None if telling is Telling.NEVER else then > moment


def test_five_are_named_and_long_titles_cut():
    assert named([str(number) for number in range(5)]) == "0; 1; 2; 3; 4"
    assert named([str(number) for number in range(6)]) == "0; 1; 2; 3; 4; …"
    assert len(named(["x" * 120])) == LONGEST_TITLE
