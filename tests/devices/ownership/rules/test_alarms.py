"""Windows around severe alarms."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules import alarms
from devices.ownership.rules.alarms import Alarm
from devices.ownership.rules.segments import Segment
from marketplace.shared.period import Period

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = Period(START, START + timedelta(days=2))
ORIGIN = int(START.timestamp()) * 1_000_000


def at(minutes):
    return ORIGIN + round(minutes * 60_000_000)


def moments(period):
    return ((period.start - START) / MINUTE, (period.end - START) / MINUTE)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("FAULT|454A|2||Limit switch", "454A"),
        ("FAULT", ""),
        ("WARNING|454A|2||Limit switch", None),
        ("NORMAL||||", None),
        (None, None),
        (7, None),
    ],
)
def test_an_alarm_is_a_condition_of_level_fault(value, code):
    found = alarms.alarm("move", 5, value)

    assert found == (None if code is None else Alarm(5, "move", code))


def test_an_alarm_that_is_said_again_within_an_hour_is_the_same():
    said = [Alarm(at(m), "move", "1") for m in (50, 0, 110, 171)] + [Alarm(at(20), "move", "2")]

    assert alarms.begun(said) == [at(0), at(20), at(171)]


def test_windows_join_and_never_leave_the_lease():
    found = alarms.windows([at(-11), at(-5), at(3), at(12), at(60)], LEASE)

    assert [moments(one) for one in found] == [(0, 22), (50, 70)]


def test_to_know_a_window_faults_of_the_hour_before_it_are_looked_at_in_the_same_lease():
    late = Period(START + 120 * MINUTE, START + 180 * MINUTE)

    assert moments(alarms.looked_at(late, LEASE)) == (50, 190)
    assert alarms.looked_at(Period(START, None), LEASE) == LEASE


def test_an_alarm_shows_level_code_and_severity():
    assert alarms.without_text("FAULT|454A|2|LOW|O1000 stopped") == "FAULT|454A|2"
    assert alarms.without_text(None) is None


@given(st.lists(st.integers(-30, 3_000), max_size=12), st.integers(0, 2_000), st.integers(1, 800))
def test_every_moment_is_in_a_window_exactly_if_an_alarm_is_near(minutes, start, length):
    period = Period(START + start * MINUTE, START + (start + length) * MINUTE)
    beginnings = sorted(at(one) for one in minutes)

    pieces = alarms.cut(Segment(period, "owner", None), alarms.windows(beginnings, LEASE))

    assert (pieces[0].period.start, pieces[-1].period.end) == (period.start, period.end)
    assert all(one.period.end == other.period.start for one, other in pairwise(pieces))
    for piece in pieces:
        for moment in (piece.period.start, piece.period.end - timedelta(microseconds=1)):
            near = any(one * MINUTE - 10 * MINUTE <= moment - START < (one + 10) * MINUTE for one in minutes)
            assert piece.alarmed == (near and LEASE.contains(moment))
