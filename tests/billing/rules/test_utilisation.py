"""What became of the time of a machine, by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.rules.utilisation import Bucket, By, Use, added, buckets, covered, hours, offered, uses_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)  # Saturday, 12:00 in Shanghai
HOUR = timedelta(hours=1)


def at(hour):
    return datetime(2026, 11, 2, tzinfo=UTC) + hour * HOUR


WEEK = Bucket(date(2026, 11, 2), date(2026, 11, 9), at(0), at(168))


def test_weeks_begin_on_mondays_and_the_last_one_ends_now():
    found = buckets(By.WEEK, date(2026, 11, 28), zone=SHANGHAI, now=NOW)

    assert len(found) == 12
    assert (found[-1].first, found[-1].after, found[-1].end) == (date(2026, 11, 23), date(2026, 11, 30), NOW)
    assert all(one.first.weekday() == 0 for one in found)
    assert found[-2].end == found[-1].start == datetime(2026, 11, 22, 16, tzinfo=UTC)


def test_months_are_those_of_the_calendar_and_what_has_not_come_is_no_time():
    found = buckets(By.MONTH, date(2027, 1, 5), zone=SHANGHAI, now=NOW)

    assert [one.first for one in found[-3:]] == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert [hours(one.end - one.start) for one in found[-3:]] == [Decimal(27 * 24 + 12), 0, 0]
    assert found[0].first == date(2026, 2, 1)


def test_what_overlaps_counts_once_and_nothing_outside():
    spans = [
        (at(-5), at(3)),
        (at(2), at(4)),
        (at(10), at(12)),
        (at(11), at(11) + HOUR / 2),
        (at(160), at(999)),
    ]

    assert hours(covered(spans, WEEK)) == 4 + 2 + 8
    assert covered([], WEEK) == timedelta()


def of_a_week(*, ran, **spans):
    (use,) = uses_of(**spans, ran=[ran], within=[WEEK])
    return use


def test_a_machine_is_idle_while_it_is_on_offer_and_nobody_leases_it():
    leased = [(at(80), at(120))]
    use = of_a_week(listed=[(at(0), at(100))], leased=leased, counted=leased, ran=10 * HOUR)

    assert [hours(one) for one in (use.there, use.leased, use.idle, use.ran)] == [120, 40, 80, 10]
    assert (use.leased_share, use.ran_share) == (Decimal(1) / 3, Decimal("0.25"))


def test_a_late_machine_is_neither_idle_nor_leased():
    spans = {"listed": [(at(0), at(100))], "leased": [(at(20), at(40))]}
    use = of_a_week(**spans, ran=HOUR, late=[(at(35), at(60)), (at(90), at(999))])

    assert [hours(one) for one in (use.there, use.leased, use.idle, use.overdue)] == [70, 20, 50, 98]
    assert hours((use + use).overdue) == hours(added([use, use]).overdue) == 2 * 98


def test_a_share_of_nothing_is_not_known():
    assert (Use().leased_share, Use().ran_share) == (None, None)
    assert Use(HOUR, HOUR, HOUR, HOUR) + Use(HOUR) == Use(2 * HOUR, HOUR, HOUR, HOUR)


def test_run_is_a_share_of_the_leases_that_count_run_time_and_not_of_slots_and_parts():
    by_hour, by_part, slot = (at(0), at(20)), (at(30), at(60)), (at(80), at(84))
    given = {"listed": [], "leased": [by_hour, by_part, slot]}

    use = of_a_week(**given, counted=[by_hour], ran=5 * HOUR)
    unseen = of_a_week(**given, counted=[], ran=timedelta())

    assert (hours(use.leased), use.ran_share) == (54, Decimal("0.25"))
    assert unseen.ran_share is None


def test_a_listing_is_on_offer_from_publishing_to_pausing():
    published, paused, retired = "listing.published", "listing.paused", "listing.retired"
    words = [
        (at(1), paused),
        (at(2), published),
        (at(3), published),
        (at(5), paused),
        (at(6), retired),
        (at(9), published),
    ]

    assert offered(words, at(11)) == [(at(2), at(5)), (at(9), at(11))]
    assert offered([], at(11)) == []
