"""Which periods are due, and what part of a month they are."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.rules.periods import due_periods, is_settled, period_at, share_of_full
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(hours=24)


def local(month, day, hour=0):
    return datetime(2026, month, day, hour, tzinfo=ZONE).astimezone(UTC)


RUNNING = Period(local(7, 20), local(10, 5))


class TestDuePeriods:
    def due(self, at):
        found = due_periods(RUNNING, zone=ZONE, anchor_day=1, grace=DAY, at=at)
        return [(period.start, period.end) for period in found]

    def test_wait_for_the_grace(self):
        assert self.due(local(8, 1, 23)) == []
        assert self.due(local(8, 2)) == [(local(7, 20), local(8, 1))]

    def test_end_with_the_lease(self):
        assert self.due(local(12, 1))[-1] == (local(10, 1), local(10, 5))

    def test_never_come_while_the_period_is_open(self):
        assert (
            list(due_periods(Period(local(7, 20), None), zone=ZONE, anchor_day=1, grace=DAY, at=local(7, 30)))
            == []
        )


class TestPeriodAt:
    def test_is_the_one_around_the_moment(self):
        assert period_at(RUNNING, local(8, 31, 23), zone=ZONE, anchor_day=1) == Period(
            local(8, 1), local(9, 1)
        )

    def test_is_the_first_or_the_last_outside(self):
        assert period_at(RUNNING, local(1, 1), zone=ZONE, anchor_day=1).start == local(7, 20)
        assert period_at(RUNNING, local(12, 1), zone=ZONE, anchor_day=1).end == local(10, 5)


class TestShareOfFull:
    def test_counts_local_days(self):
        assert share_of_full(Period(local(7, 20), local(8, 1)), zone=ZONE, anchor_day=1) == Fraction(12, 31)


class TestIsSettled:
    def test_from_the_end_of_the_grace_on(self):
        assert is_settled(local(8, 1), grace=DAY, at=local(8, 2))
        assert not is_settled(local(8, 1), grace=DAY, at=local(8, 1, 23))
