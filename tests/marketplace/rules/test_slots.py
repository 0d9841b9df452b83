"""The calendar of slots: by hand first, then for any schedule, zone and claims."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.slot_schedules import DAYS, Schedule, hours_of, hours_text
from marketplace.rules.slots import (
    fits,
    free_slots,
    hand_in_until,
    next_free,
    openings,
    run_from,
    runs,
    when_flaws,
)
from marketplace.shared.period import Period

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
BASE = {
    "hours": dict.fromkeys(DAYS, "09:00-12:00"),
    "slot_minutes": 60,
    "price_minor": 100,
    "ahead_days": 180,
}
DAY = date(2026, 3, 9)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)


def schedule(**changes):
    return Schedule.parse(BASE | changes)


def local(hour, minute=0, day=DAY, zone=SHANGHAI):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def starts(found):
    return [one.core.start.astimezone(SHANGHAI).strftime("%H:%M") for one in found]


class TestByHand:
    def test_a_morning_of_three_slots(self):
        assert starts(free_slots(schedule(), DAY, SHANGHAI, {1: []}, BEFORE)) == ["09:00", "10:00", "11:00"]

    def test_cleaning_lies_between_two_bookings(self):
        plan = schedule(step_minutes=15, setup_minutes=10, cleaning_minutes=20)
        first = run_from(plan, local(9), 1)
        taken = [first.widened(plan.setup, plan.cleaning)]

        found = free_slots(plan, DAY, SHANGHAI, {1: taken}, BEFORE)

        assert starts(found) == ["10:30", "10:45", "11:00"]  # 20 minutes of cleaning, 10 of set-up

    def test_a_claim_may_touch_and_no_more(self):
        touching = [Period(local(10), local(11))]

        assert starts(free_slots(schedule(), DAY, SHANGHAI, {1: touching}, BEFORE)) == ["09:00", "11:00"]

    def test_a_run_of_two_ends_before_it_closes(self):
        assert starts(free_slots(schedule(longest_run=2), DAY, SHANGHAI, {1: []}, BEFORE, slots=2)) == [
            "09:00",
            "10:00",
        ]

    def test_says_which_machines_are_free(self):
        taken = {1: [Period(local(9), local(10))], 2: [Period(local(10), None)]}

        found = free_slots(schedule(), DAY, SHANGHAI, taken, BEFORE)

        assert [one.machines for one in found] == [(2,), (1,), (1,)]

    def test_an_exception_takes_the_place_of_the_weekday(self):
        plan = schedule(exceptions={"2026-03-09": "", "2026-03-10": "14:00-15:00"})

        assert free_slots(plan, DAY, SHANGHAI, {1: []}, BEFORE) == []
        assert starts(free_slots(plan, date(2026, 3, 10), SHANGHAI, {1: []}, BEFORE)) == ["14:00"]

    def test_a_day_that_closes_at_midnight_is_whole(self):
        plan = schedule(hours={"mon": "00:00-24:00"})

        assert len(list(runs(plan, DAY, SHANGHAI))) == 24
        assert openings(plan, DAY, SHANGHAI) == [Period(local(0), local(0) + timedelta(days=1))]

    def test_the_next_free_one_may_be_on_another_day(self):
        busy = {1: [Period(local(0), local(0) + timedelta(days=2))]}

        found = next_free(schedule(), SHANGHAI, busy, local(9), BEFORE)

        assert found is not None
        assert found.core.start == local(9) + timedelta(days=2)
        assert next_free(schedule(ahead_days=1), SHANGHAI, busy, local(9), local(8)) is None

    def test_a_sample_must_still_be_handed_in(self):
        plan = schedule(hand_in_hours=2, hand_in_place="Gate")

        assert hand_in_until(plan, local(11)) == local(9)
        assert starts(free_slots(plan, DAY, SHANGHAI, {1: []}, local(9))) == ["11:00"]
        assert free_slots(plan, DAY, SHANGHAI, {1: []}, local(9) + timedelta(microseconds=1)) == []

    @pytest.mark.parametrize(
        ("day", "hours", "count"),
        [
            (date(2026, 3, 8), "00:00-06:00", 5),  # clocks go forward at two: an hour is missing
            (date(2026, 11, 1), "00:00-06:00", 7),  # and back: one comes twice
            (date(2026, 3, 8), "02:00-02:30", 0),  # a time that there is not
        ],
    )
    def test_where_clocks_jump_an_opening_is_as_long_as_it_lasts(self, day, hours, count):
        plan = schedule(hours={"sun": hours})

        found = list(runs(plan, day, NEW_YORK))

        assert len(found) == count
        assert all(one.duration() == timedelta(hours=1) for one in found)

    def test_an_evening_that_lasts_behind_midnight_elsewhere_is_one_grid(self):
        plan = schedule(hours={"sat": "22:00-24:00"})
        start = datetime(2026, 3, 7, 23, tzinfo=NEW_YORK)

        assert when_flaws(plan, NEW_YORK, start, 1, BEFORE) == []

    def test_an_hour_that_comes_twice_is_two_slots(self):
        """In Havana 00:30 of this day comes twice; what opens is one period, and no slot counts twice."""
        havana = ZoneInfo("America/Havana")
        plan = schedule(hours={"sun": "00:00-02:00"})

        found = list(runs(plan, date(2026, 11, 1), havana))

        assert len({one.start for one in found}) == len(found) == 3


HOURS = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda marks: tuple(
        (a * 15, b * 15)
        for a, b in zip(sorted(marks)[: len(marks) // 2 * 2 : 2], sorted(marks)[1::2], strict=True)
    )
)
ZONES = st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")])
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
MINUTES = st.integers(0, 3 * 1440)


@st.composite
def worlds(draw):
    """A schedule, a zone, a day, and what is taken of two machines around that day."""
    plan = schedule(
        hours={name: hours_text(draw(HOURS)) for name in DAYS},
        slot_minutes=draw(st.sampled_from([15, 30, 45, 60, 120])),
        step_minutes=draw(st.sampled_from([15, 30, 50])),
        setup_minutes=draw(st.integers(0, 60)),
        cleaning_minutes=draw(st.integers(0, 60)),
        longest_run=3,
    )
    zone, day, slots = draw(ZONES), draw(DATES), draw(st.integers(1, 3))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=1)
    spans = st.lists(st.tuples(MINUTES, st.integers(1, 400)), max_size=5)
    taken = {
        machine: [
            Period(noon + timedelta(minutes=a), noon + timedelta(minutes=a + length))
            for a, length in draw(spans)
        ]
        for machine in (1, 2)
    }
    return plan, zone, day, slots, taken, noon - timedelta(days=2)


class TestForAnySchedule:
    @given(worlds())
    def test_what_is_offered_meets_no_claim_and_can_be_booked(self, world):
        plan, zone, day, slots, taken, at = world
        for one in free_slots(plan, day, zone, taken, at, slots):
            whole = one.core.widened(plan.setup, plan.cleaning)
            assert one.machines
            for machine in one.machines:
                assert not any(whole.overlaps(claim) for claim in taken[machine])
            assert when_flaws(plan, zone, one.core.start, slots, at) == []

    @given(worlds(), st.integers(-2, 40))
    def test_a_start_is_refused_or_offered_and_nothing_between(self, world, quarter):
        plan, zone, day, slots, _, at = world
        start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        start += timedelta(minutes=15 * quarter)
        offered = {
            one.core.start
            for near in (-1, 0, 1)
            for one in free_slots(plan, day + timedelta(days=near), zone, {1: []}, at, slots)
        }

        assert (start in offered) is (when_flaws(plan, zone, start, slots, at) == [])

    @given(worlds())
    def test_two_that_are_booked_one_after_the_other_have_cleaning_between_them(self, world):
        plan, zone, day, _, taken, at = world
        booked = []
        while found := free_slots(plan, day, zone, {1: taken[1] + booked}, at):
            booked.append(found[0].core.widened(plan.setup, plan.cleaning))
        for first in booked:
            for second in booked:
                assert first is second or not first.overlaps(second)

    @given(worlds())
    def test_a_use_fits_exactly_where_its_whole_time_meets_nothing(self, world):
        plan, zone, day, slots, taken, _ = world
        for core in runs(plan, day, zone, slots):
            whole = core.widened(plan.setup, plan.cleaning)
            assert fits(core, plan, taken[1]) is not any(whole.overlaps(one) for one in taken[1])

    @given(HOURS)
    def test_hours_are_read_as_they_are_written(self, hours):
        assert hours_of(hours_text(hours)) == hours
