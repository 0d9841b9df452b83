"""More alarms an hour than before: the table of the documentation, and what holds for all figures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from leasing.rules.health import DAY, Rates, rates, spans
from marketplace.shared.period import Period

AT = datetime(2026, 3, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
H = 3_600


@pytest.mark.parametrize(
    ("alarms", "hours", "alarms_before", "hours_before", "warns"),
    [
        (4, 8, 20, 80, True),
        (4, 8, 21, 80, False),
        (3, 1, 0, 8, True),
        (2, 1, 0, 80, False),
        (9, 0, 0, 80, False),
        (9, 8, 0, 7, False),
    ],
)
def test_what_warns(alarms, hours, alarms_before, hours_before, warns):
    assert Rates(alarms, hours * H, alarms_before, hours_before * H).warns is warns


def test_figures_are_of_hours():
    found = Rates(4, 8 * H, 21, 80 * H)

    assert (str(found.rate), str(found.rate_before)) == ("0.50", "0.26")
    assert Rates(0, 0, 0, 0).rate == 0


def test_each_moment_belongs_to_one_span():
    last, before = spans(AT)
    assert (before.end, last.start, last.end - before.start) == (last.start, AT - DAY, 15 * DAY)

    begun = [AT, AT - DAY, AT - DAY - HOUR / 2, AT - 15 * DAY, AT - 16 * DAY]
    found = rates(
        AT, begun, [Period(AT - DAY - 2 * HOUR, AT - DAY + HOUR), Period(AT - 20 * DAY, AT - 19 * DAY)]
    )

    assert found == Rates(1, H, 2, 2 * H)


@given(some.integers(0, 50), some.integers(H, 24 * H), some.integers(0, 500), some.integers(8 * H, 336 * H))
def test_one_alarm_more_never_takes_a_warning_back(alarms, seconds, before, seconds_before):
    assert Rates(alarms, seconds, before, seconds_before).warns <= (
        Rates(alarms + 1, seconds, before, seconds_before).warns
    )
    assert Rates(alarms, seconds, before + 1, seconds_before).warns <= (
        Rates(alarms, seconds, before, seconds_before).warns
    )
