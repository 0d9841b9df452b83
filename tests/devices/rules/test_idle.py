"""When a machine stands idle as a rule: by week, by hour of the week, and what to do with it."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from devices.rules import idle
from devices.rules.idle import Advice, Stretch, spans, suggestion
from devices.rules.readings import instant

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = idle.span(date(2026, 11, 25), ZONE)
HOUR = timedelta(hours=1)


def told(working, weeks=range(8), known=lambda day, hour: True):
    """Yield every hour of some weeks, with whether the machine was idle in it."""
    for week in weeks:
        for n in range(168):
            day, hour = divmod(n, 24)
            if known(day, hour):
                start = PERIOD.start + timedelta(weeks=week) + n * HOUR
                yield instant(start), instant(start + HOUR), not working(day, hour)


def shifts(day, hour):
    return day < 5 and 6 <= hour < 22


class TestSpan:
    def test_is_eight_whole_weeks_before_this_one(self):
        assert PERIOD.start == datetime(2026, 9, 27, 16, tzinfo=UTC)
        assert PERIOD.end == datetime(2026, 11, 22, 16, tzinfo=UTC)

    def test_of_a_monday_is_the_same(self):
        assert idle.span(date(2026, 11, 23), ZONE) == PERIOD


class TestSpans:
    def test_a_state_lasts_until_the_next(self):
        assert list(spans([(0, "ACTIVE"), (5, "READY"), (9, None), (12, "STOPPED")], 20)) == [
            (0, 5, False),
            (5, 9, True),
            (12, 20, True),
        ]

    def test_at_most_three_days(self):
        assert list(spans([(0, "READY")], 99 * idle.CARRY)) == [(0, idle.CARRY, True)]

    def test_nothing_of_nothing(self):
        assert list(spans([], 20)) == list(spans([(30, "READY")], 20)) == []


class TestSuggestion:
    def test_two_shifts_leave_nights_and_weekends(self):
        found = suggestion(told(shifts), PERIOD, ZONE)

        assert found.advice == (Advice.NIGHTS, Advice.WEEKENDS)
        assert found.longest == Stretch(4 * 24 + 22, 2 + 48 + 6)  # Friday 22:00 to Monday 6:00
        assert found.hours[0] == ((0, 360),) and found.hours[5] == ((0, 1440),)
        assert found.days == (5, 6)
        assert {one.share for one in found.weeks} == {Fraction(88, 168)}
        assert found.share == Fraction(88, 168)

    def test_a_machine_that_never_works_is_free_always(self):
        found = suggestion(told(lambda day, hour: False), PERIOD, ZONE)
        assert found.longest == Stretch(0, 168)
        assert found.advice == tuple(Advice)
        assert found.days == tuple(range(7))

    def test_one_that_always_works_never(self):
        found = suggestion(told(lambda day, hour: True), PERIOD, ZONE)
        assert (found.longest, found.advice, found.hours, found.share) == (None, (), {}, 0)

    def test_days_of_the_week_that_are_idle(self):
        found = suggestion(told(lambda day, hour: day != 2), PERIOD, ZONE)
        assert (found.advice, found.days) == ((Advice.DAYS,), (2,))

    def test_short_breaks_are_no_time_to_let_it(self):
        found = suggestion(told(lambda day, hour: hour not in (12, 13, 14)), PERIOD, ZONE)
        assert (found.longest, found.hours) == (None, {})

    @pytest.mark.parametrize(("weeks", "enough"), [(3, False), (4, True)])
    def test_needs_four_weeks(self, weeks, enough):
        found = suggestion(told(shifts, range(weeks)), PERIOD, ZONE)
        assert (found is not None) is enough

    def test_a_week_that_is_less_than_half_known_does_not_count(self):
        assert suggestion(told(shifts, known=lambda day, hour: day < 3), PERIOD, ZONE) is None

    def test_an_hour_that_worked_in_two_of_five_weeks_is_not_idle_as_a_rule(self):
        def nights(week):
            return told(lambda day, hour: shifts(day, hour) or (week < 2 and hour == 2), [week])

        found = suggestion((one for week in range(8) for one in nights(week)), PERIOD, ZONE)
        assert Advice.NIGHTS not in found.advice
        few = suggestion((one for week in range(1, 8) for one in nights(week)), PERIOD, ZONE)
        assert Advice.NIGHTS in few.advice

    def test_what_lies_outside_of_the_weeks_is_left_out(self):
        late = (instant(PERIOD.end), instant(PERIOD.end) + idle.CARRY, True)
        early = (instant(PERIOD.start) - idle.CARRY, instant(PERIOD.start), True)
        assert suggestion([early, late], PERIOD, ZONE) is None

    def test_nine_tenths_of_an_hour_have_to_be_known(self):
        def cut(part):
            return ((since, since + part, kind) for since, _, kind in told(shifts))

        assert suggestion(cut(idle.HOUR * 9 // 10), PERIOD, ZONE) is not None
        assert suggestion(cut(idle.HOUR * 9 // 10 - 1), PERIOD, ZONE) is None
