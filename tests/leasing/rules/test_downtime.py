"""How long a machine stood, and what that gives: worked by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from leasing.rules import downtime
from leasing.rules.sla import DEFAULT, Sla
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = Period(datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))  # March: 744 h
HOUR = timedelta(hours=1)


def hours(first, last):
    """Return a time of March, in hours from its beginning."""
    return Period(MONTH.start + first * HOUR, MONTH.start + last * HOUR)


def sla(**changes):
    return Sla.parse(DEFAULT | changes)


class TestStands:
    def test_are_what_the_runs_leave(self):
        reported, runs = hours(10, 20), [hours(12, 13), hours(8, 10.5), hours(13, 14)]

        assert downtime.stands(reported, runs, timedelta()) == [hours(10.5, 12), hours(14, 20)]

    def test_leave_out_what_is_shorter_than_a_stop(self):
        runs = [hours(10, 14), hours(14.05, 19)]

        assert downtime.stands(hours(10, 20), runs, timedelta(minutes=5)) == [hours(19, 20)]

    def test_are_none_where_it_ran_and_all_where_nothing_is_known(self):
        assert downtime.stands(hours(10, 20), [hours(0, 30)], timedelta()) == []
        assert downtime.stands(hours(10, 20), [], timedelta()) == [hours(10, 20)]


class TestCredits:
    def test_give_the_share_of_the_month_that_was_lost(self):
        [made] = downtime.credits_of_month(MONTH, [hours(100, 136)], [], sla(), ZONE)

        # 36 of 744 hours: 4.838710 % of what March costs whatever the use
        assert (made.period, made.seconds, made.service) == (hours(100, 136), 36 * 3600, 744 * 3600)
        assert made.share == Decimal("4.838710")

    def test_never_count_a_time_twice(self):
        settled = [(hours(100, 110), 36_000)]

        made = downtime.credits_of_month(MONTH, [hours(90, 105), hours(104, 112)], settled, sla(), ZONE)

        assert [one.period for one in made] == [hours(90, 100), hours(110, 112)]

    def test_have_shares_whose_sum_is_that_of_all_the_time(self):
        rule = sla(credit={"kind": "PER_STEP", "percent": "5", "hours": "4", "cap_percent": "12"})

        made = downtime.credits_of_month(MONTH, [hours(0, 2), hours(5, 7), hours(9, 19)], [], rule, ZONE)

        # 2 h begin a step (5 %), 4 h are still that one (0), 14 h are four steps: 20 %, but 12 % at most (7)
        assert [one.share for one in made] == [Decimal(5), Decimal(0), Decimal(7)]

    def test_wait_until_the_machine_was_available_for_less_than_agreed(self):
        rule = sla(availability_percent="98")

        # 14.88 h are 2 % of 744 h
        assert downtime.credits_of_month(MONTH, [hours(0, 14)], [], rule, ZONE) == []
        both = downtime.credits_of_month(MONTH, [hours(0, 14), hours(20, 21)], [], rule, ZONE)
        assert [one.period for one in both] == [hours(0, 14), hours(20, 21)]

    def test_are_for_hours_of_service_alone(self):
        rule = sla(service_from="08:00", service_to="20:00")

        [made] = downtime.credits_of_month(MONTH, [hours(0, 24)], [], rule, ZONE)

        assert (made.seconds, made.service) == (12 * 3600, 31 * 12 * 3600)
        assert downtime.credits_of_month(MONTH, [hours(21, 23)], [], rule, ZONE) == []


class TestExtension:
    def test_gives_a_day_for_every_started_day_of_service(self):
        made = downtime.extension([hours(0, 10), hours(24, 40)], [], sla(), ZONE)

        # 10 h begin a day; 26 h in all are a day and two hours: one more
        assert [one.days for one in made] == [1, 1]
        assert [one.month for one in made] == [None, None]

    def test_leaves_out_what_is_settled_and_what_is_no_service(self):
        rule = sla(service_from="08:00", service_to="20:00")

        assert downtime.extension([hours(8, 20)], [hours(8, 20)], rule, ZONE) == []
        assert downtime.extension([hours(0, 7)], [], rule, ZONE) == []


def test_availability_is_cut_not_rounded_up():
    assert downtime.availability(36_000, 744 * 3600) == Decimal("98.65")
    assert downtime.availability(1, 744 * 3600) == Decimal("99.99")
    assert downtime.availability(0, 0) == Decimal("100.00")
