import itertools
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared.money import round_half_away
from marketplace.shared.period import Period, billing_periods, local_midnight, whole_period
from tests.marketplace.vectors import rating

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
ZONES = st.sampled_from(["Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "America/Sao_Paulo", "UTC"])
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def days(start, end, zone=SHANGHAI):
    return Period(at(start, zone), at(end, zone))


JUNE = days("2026-06-01", "2026-07-01")


class TestPeriod:
    def test_keeps_its_edges_in_utc(self):
        assert Period(at("2026-05-31T16:00"), at("2026-06-30T16:00")) == JUNE
        assert JUNE.start.tzinfo is UTC
        assert hash(JUNE) == hash(Period(at("2026-05-31T16:00"), at("2026-06-30T16:00")))
        assert JUNE.duration() == timedelta(days=30)

    @pytest.mark.parametrize("end", ["2026-06-01", "2026-05-31"])
    def test_refuses_an_end_that_is_not_after_the_start(self, end):
        with pytest.raises(ValueError, match="ends after it starts"):
            Period(at("2026-06-01"), at(end))

    def test_refuses_moments_without_a_zone(self):
        naive = datetime(2026, 6, 1)
        with pytest.raises(ValueError, match="needs a zone"):
            Period(naive, None)
        with pytest.raises(ValueError, match="needs a zone"):
            Period(at("2026-06-01"), naive)

    def test_contains_its_start_and_not_its_end(self):
        assert JUNE.contains(JUNE.start)
        assert JUNE.contains(JUNE.end - timedelta(microseconds=1))
        assert not JUNE.contains(JUNE.end)
        assert not JUNE.contains(JUNE.start - timedelta(microseconds=1))
        assert Period(JUNE.start, None).contains(at("2999-01-01"))

    @pytest.mark.parametrize(
        ("start", "end", "shared"),
        [
            ("2026-05-20", "2026-06-01", None),
            ("2026-07-01", "2026-07-02", None),
            ("2026-05-20", "2026-06-02", ("2026-06-01", "2026-06-02")),
            ("2026-06-10", "2026-08-01", ("2026-06-10", "2026-07-01")),
            ("2026-01-01", "2026-12-31", ("2026-06-01", "2026-07-01")),
        ],
    )
    def test_intersects_where_both_have_time(self, start, end, shared):
        other = days(start, end)
        expected = shared and days(*shared)

        assert JUNE.intersect(other) == other.intersect(JUNE) == expected
        assert JUNE.clip(other) == expected
        assert JUNE.overlaps(other) is bool(expected)

    def test_intersects_open_periods(self):
        later = Period(at("2026-06-10", SHANGHAI), None)

        assert Period(JUNE.start, None).intersect(later) == later
        assert later.intersect(JUNE) == days("2026-06-10", "2026-07-01")

    def test_splits_at_the_edges_inside_it(self):
        edges = ["2026-06-20", "2026-06-10", "2026-06-10", "2026-06-01", "2026-07-01", "2026-09-01"]

        pieces = JUNE.split(at(edge, SHANGHAI) for edge in edges)

        assert pieces == [
            days("2026-06-01", "2026-06-10"),
            days("2026-06-10", "2026-06-20"),
            days("2026-06-20", "2026-07-01"),
        ]

    def test_splits_an_open_period(self):
        edge = at("2026-06-10", SHANGHAI)

        assert Period(JUNE.start, None).split([edge]) == [Period(JUNE.start, edge), Period(edge, None)]

    def test_is_cut_into_days_months_and_quarter_hours(self):
        piece = Period(at("2026-05-31T23:50", SHANGHAI), at("2026-06-02T00:10", SHANGHAI))

        assert [part.start for part in piece.local_days(SHANGHAI)] == [
            piece.start,
            at("2026-06-01", SHANGHAI),
            at("2026-06-02", SHANGHAI),
        ]
        assert [part.start for part in piece.local_months(SHANGHAI)] == [
            piece.start,
            at("2026-06-01", SHANGHAI),
        ]
        quarters = piece.quarter_hours()
        assert len(quarters) == 98
        assert quarters[1] == Period(at("2026-06-01", SHANGHAI), at("2026-06-01T00:15", SHANGHAI))

    def test_has_days_of_23_and_25_hours(self):
        spring = days("2026-03-08", "2026-03-09", NEW_YORK)
        autumn = days("2026-11-01", "2026-11-02", NEW_YORK)

        assert (spring.days(NEW_YORK), spring.duration()) == (1, timedelta(hours=23))
        assert (autumn.days(NEW_YORK), autumn.duration()) == (1, timedelta(hours=25))
        assert len(autumn.quarter_hours()) == 100

    @pytest.mark.parametrize("cut", ["duration", "quarter_hours"])
    def test_cannot_be_counted_while_open(self, cut):
        with pytest.raises(ValueError, match="open period"):
            getattr(Period(JUNE.start, None), cut)()

    @given(MOMENTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=100)), ZONES)
    def test_is_covered_exactly_by_its_pieces(self, start, length, name):
        zone = ZoneInfo(name)
        period = Period(start, start + length)

        for pieces in (
            period.local_days(zone),
            period.local_months(zone),
            period.split([start + length / 2]),
        ):
            assert pieces[0].start == period.start
            assert pieces[-1].end == period.end
            assert all(one.end == two.start for one, two in itertools.pairwise(pieces))
        for day in period.local_days(zone):
            assert (day.start.astimezone(zone).date()) == (day.end - timedelta(microseconds=1)).astimezone(
                zone
            ).date()
        assert sum(part.days(zone) for part in period.local_months(zone)) == period.days(zone)

    @given(MOMENTS, st.timedeltas(timedelta(microseconds=1), timedelta(hours=20)), ZONES)
    def test_has_quarter_hours_on_the_local_clock(self, start, length, name):
        for piece in Period(start, start + length).quarter_hours()[1:]:
            local = piece.start.astimezone(ZoneInfo(name))
            assert (local.minute % 15, local.second, local.microsecond) == (0, 0, 0)
            assert piece.duration() <= timedelta(minutes=15)


class TestDays:
    @pytest.mark.parametrize("case", rating("day_count"))
    def test_are_counted_on_the_local_calendar(self, case):
        period = Period(*(datetime.fromisoformat(case["input"][edge]) for edge in ("from", "to_exclusive")))

        assert period.days(ZoneInfo(case["params"]["timezone"])) == int(case["expected"]["days"])

    @pytest.mark.parametrize("case", rating("whole_periods"))
    def test_make_whole_periods(self, case):
        length = {"week": 7, "30 days": 30}[case["params"]["period"]]

        counted = days(case["input"]["from"], case["input"]["to"]).days(SHANGHAI)

        assert counted // length == int(case["expected"]["whole_periods"])

    @pytest.mark.parametrize("case", rating("proration_fraction"))
    def test_give_the_share_of_a_period(self, case):
        part = days(case["input"]["from"], case["input"]["to_exclusive"])
        before = case["input"]["where"] == "before the first full period"
        inside = part.end - timedelta(days=1) if before else part.start
        whole = whole_period(inside, SHANGHAI, part.end.astimezone(SHANGHAI).day)

        share = part.share_of(whole, SHANGHAI)

        assert round_half_away(share, 9) == Decimal(case["expected"]["fraction"])

    def test_of_a_lease_within_one_day_are_none(self):
        assert Period(at("2026-06-05T10:00", SHANGHAI), at("2026-06-05T15:00", SHANGHAI)).days(SHANGHAI) == 0

    @pytest.mark.parametrize("case", rating("period_assignment"))
    def test_belong_to_one_month_each_although_the_clock_changes(self, case):
        zone = ZoneInfo(case["params"]["timezone"])
        months = days("2023-03-01", "2023-06-01", zone).local_months(zone)
        moments = [at(text, zone) for text in case["input"]["local_times"]]

        counts = [sum(month.contains(moment) for moment in moments) for month in months]

        assert counts == [int(count) for count in case["expected"]["counts"]]


class TestLocalMidnight:
    def test_is_the_first_instant_where_clocks_jump_over_midnight(self):
        sao_paulo = ZoneInfo("America/Sao_Paulo")

        midnight = local_midnight(date(2018, 11, 4), sao_paulo)

        assert midnight.astimezone(sao_paulo) == datetime(2018, 11, 4, 1, tzinfo=sao_paulo)
        assert (midnight - timedelta(microseconds=1)).astimezone(sao_paulo).date() == date(2018, 11, 3)


class TestBillingPeriods:
    @pytest.mark.parametrize("case", rating("billing_anchor"))
    def test_clamp_the_anchor_and_come_back(self, case):
        start = at(case["input"]["from"], SHANGHAI)

        periods = itertools.islice(
            billing_periods(start, None, SHANGHAI, case["params"]["anchor_day"]), case["input"]["count"]
        )

        dates = [period.start.astimezone(SHANGHAI).date().isoformat() for period in periods]
        assert dates == case["expected"]["dates"]

    def test_begin_and_end_with_the_contract(self):
        start, end = at("2026-11-20T09:30", SHANGHAI), at("2027-02-10T17:00", SHANGHAI)

        periods = list(billing_periods(start, end, SHANGHAI, 1))

        edges = ["2026-12-01", "2027-01-01", "2027-02-01"]
        assert [period.start for period in periods] == [start, *(at(edge, SHANGHAI) for edge in edges)]
        assert periods[-1].end == end

    def test_end_on_an_anchor_without_an_empty_period(self):
        start, end = at("2026-06-01", SHANGHAI), at("2026-08-01", SHANGHAI)

        assert list(billing_periods(start, end, SHANGHAI, 1)) == [
            Period(start, at("2026-07-01", SHANGHAI)),
            Period(at("2026-07-01", SHANGHAI), end),
        ]

    @pytest.mark.parametrize("anchor_day", [0, 32, -1])
    def test_refuse_an_anchor_that_is_no_day(self, anchor_day):
        with pytest.raises(ValueError, match="from 1 to 31"):
            next(billing_periods(JUNE.start, None, SHANGHAI, anchor_day))
        with pytest.raises(ValueError, match="from 1 to 31"):
            whole_period(JUNE.start, SHANGHAI, anchor_day)

    def test_are_parts_of_whole_ones(self):
        moment = timezone(timedelta(hours=8))

        before = whole_period(datetime(2026, 3, 30, 12, tzinfo=moment), SHANGHAI, 31)
        after = whole_period(datetime(2026, 3, 31, 0, tzinfo=moment), SHANGHAI, 31)
        january = whole_period(datetime(2026, 1, 5, tzinfo=moment), SHANGHAI, 15)

        assert before == days("2026-02-28", "2026-03-31")
        assert after == days("2026-03-31", "2026-04-30")
        assert january == days("2025-12-15", "2026-01-15")
        assert days("2026-01-05", "2026-01-15").share_of(january, SHANGHAI) == Fraction(10, 31)

    @given(MOMENTS, st.integers(1, 700), st.integers(1, 31), ZONES)
    def test_cover_the_contract_and_lie_within_whole_periods(self, start, length, anchor_day, name):
        zone, end = ZoneInfo(name), start + timedelta(days=length)

        periods = list(billing_periods(start, end, zone, anchor_day))

        assert (periods[0].start, periods[-1].end) == (start, end)
        for one, two in itertools.pairwise(periods):
            assert one.end == two.start
        for period in periods:
            whole = whole_period(period.start, zone, anchor_day)
            assert period.clip(whole) == period
            assert period in (periods[0], periods[-1]) or period == whole
