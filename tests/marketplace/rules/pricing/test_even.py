"""Totals spread alike over a period cost what the slices of their quarter-hours cost, one by one."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules.pricing import charge
from marketplace.rules.pricing.bands import MOST_KINDS, BandsOfDays
from marketplace.rules.pricing.even import evenly, evenly_over
from marketplace.rules.pricing.schedule import DAYS, Band, Schedule, bands_of
from marketplace.rules.pricing.spread import DAY, HOUR, QUARTER, WEEK, WINDOWS, Spread, quarter_of
from marketplace.shared.period import Period
from tests.marketplace.rules.pricing.plans import parts, plan
from tests.marketplace.rules.pricing.timed import CHINA, band, energy, highest, month
from tests.rounds import tries

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns")]
)
FIRST = date(2026, 3, 20)
# The clocks of Berlin, Lord Howe and, in 2010 at a minute past midnight, St. John's change in these days.
STARTS = st.sampled_from(
    [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC), datetime(2010, 11, 5, tzinfo=UTC)]
)
PERIODS = st.builds(
    lambda start, minutes, length: Period(
        start + timedelta(minutes=minutes), start + timedelta(minutes=minutes + length)
    ),
    STARTS,
    st.integers(0, 3000),
    st.one_of(st.integers(1, 300), st.integers(300, 20 * 24 * 60)),
)
TOTALS = st.decimals(0, 10**5, places=3)


@st.composite
def schedules(draw, hours=False):
    """A schedule whose bands may meet: what holds then must be the same, too."""
    clocks = st.integers(0, 23).map(lambda hour: hour * 60) if hours else st.integers(0, 95).map(_minutes)
    found = []
    for place in range(draw(st.integers(1, 6))):
        start, end = draw(clocks), draw(clocks)
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
        since = draw(st.none() | st.integers(0, 20).map(lambda count: FIRST + timedelta(days=count)))
        until = draw(st.none() | st.integers(5, 25).map(lambda count: FIRST + timedelta(days=count)))
        price = Decimal(place + 1) / 4
        found.append(Band(f"b{place}", tuple(days), start, end, since, until, price, None))
    holidays = draw(st.sets(st.integers(0, 20).map(lambda count: FIRST + timedelta(days=count)), max_size=4))
    return Schedule(tuple(found), frozenset(holidays))


def _minutes(quarter):
    return quarter * 15


def slow(even):
    """The same totals as slices."""
    return Spread(even.zone, even.period, dict(even.slices), even.earlier)


@settings(max_examples=tries(200), deadline=None)
@given(schedules(), st.integers(-1, 25), st.integers(0, 95))
def test_a_day_has_the_bands_of_its_moments(schedule, count, quarter):
    moment = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=count, minutes=15 * quarter)

    place = BandsOfDays(schedule).on(moment.date())[quarter_of(moment)]

    assert bands_of(schedule)[place] == schedule.band_at(moment)


@settings(max_examples=tries(120), deadline=None)
@given(schedules(), ZONES, PERIODS, TOTALS, st.sampled_from([None, *WINDOWS]))
def test_what_lies_in_bands_is_what_slices_put_there(schedule, zone, period, amount, length):
    even = evenly_over({"energy": amount}, period, zone=zone)

    def laid(spread):
        found = {}
        for counted, many in spread.in_bands("energy", length, schedule):
            key = tuple(counted.items())
            found[key] = found.get(key, 0) + many
        return found

    assert laid(even) == laid(slow(even))


@settings(max_examples=tries(120), deadline=None)
@given(ZONES, PERIODS, TOTALS, st.sampled_from(WINDOWS))
def test_windows_are_those_of_slices(zone, period, amount, length):
    even = evenly_over({"energy": amount}, period, zone=zone)

    assert even.total_of("energy") == slow(even).total_of("energy") == amount
    assert even.quantities("energy", length) == slow(even).quantities("energy", length)
    assert even.highest("energy", length) == slow(even).highest("energy", length)


class TestWhereTheClocksChange:
    """Six days of Berlin, cut at both ends, of which one has 23 hours: each window as its slices say."""

    ZONE = ZoneInfo("Europe/Berlin")
    CUT = Period(datetime(2026, 3, 27, 14, 7, tzinfo=ZONE), datetime(2026, 4, 1, 9, 50, tzinfo=ZONE))
    NIGHT = Band("night", DAYS, 22 * 60, 6 * 60, None, None, Decimal(1), None)
    WORK = Band("work", ("mon", "tue", "fri"), 9 * 60, 15 * 60 + 15, None, None, Decimal(2), None)
    SCHEDULE = Schedule((NIGHT, WORK), frozenset({date(2026, 3, 31)}))

    @pytest.mark.parametrize("amount", [Decimal(0), Decimal("1234.5")])
    @pytest.mark.parametrize("length", WINDOWS)
    def test_windows_are_those_of_slices(self, length, amount):
        even = evenly_over({"energy": amount}, self.CUT, zone=self.ZONE)

        assert even.quantities("energy", length) == slow(even).quantities("energy", length)
        assert even.highest("energy", length) == slow(even).highest("energy", length)
        assert even.highest("energy", length).start.tzinfo is self.ZONE

    @pytest.mark.parametrize("length", [None, *WINDOWS])
    def test_bands_are_those_of_slices(self, length):
        even = evenly_over({"energy": Decimal("1234.5")}, self.CUT, zone=self.ZONE)
        found, expected = (Counter(), Counter())
        for spread, counts in ((even, found), (slow(even), expected)):
            for counted, many in spread.in_bands("energy", length, self.SCHEDULE):
                counts[tuple(counted.items())] += many

        assert found == expected

    @pytest.mark.parametrize("length", [DAY, WEEK])
    def test_days_and_weeks_are_those_there_however_far_east(self, length):
        """From Friday, an hour past midnight, to Tuesday: in China it is still Thursday."""
        howe = ZoneInfo("Australia/Lord_Howe")
        cut = Period(datetime(2026, 7, 3, 1, 7, tzinfo=howe), datetime(2026, 7, 8, tzinfo=howe))
        even = evenly_over({"energy": Decimal("1234.5")}, cut, zone=howe)

        found, expected = (
            Counter(
                tuple(one.counted.items())
                for one in each.in_bands("energy", length, self.SCHEDULE)
                for _ in range(one.many)
            )
            for each in (even, slow(even))
        )

        assert found == expected
        assert even.quantities("energy", length) == slow(even).quantities("energy", length)

    def test_an_estimate_is_of_the_days_there(self):
        """Half past six in the evening of Berlin is another day in China."""
        start = datetime(2026, 7, 1, 18, 30, tzinfo=self.ZONE)

        period = evenly({"energy": Decimal(1)}, start=start, days=2, zone=self.ZONE).period

        assert (period.start, period.end) == (
            datetime(2026, 7, 1, tzinfo=self.ZONE),
            datetime(2026, 7, 3, tzinfo=self.ZONE),
        )


COMMITTED = {"window": "hour", "commitment": "2", "overage_factor": "1.5", "true_up": True}
DAY_TARIFF = [
    band("峰", "09:00", "12:00", factor="1.5", days=["mon", "tue", "wed", "thu", "fri"]),
    band("谷", "23:00", "07:00", price="0.2"),
    band("节", "10:00", "15:00", price="0.1", days=["holiday"]),
]
PARTS = [
    energy("0.60", bands=DAY_TARIFF, holidays=["2026-04-04"]),
    energy("0.60", bands=DAY_TARIFF, round_to="0.01", **COMMITTED),
    *(energy("0.60", window=window, commitment="3") for window in WINDOWS),
    *(highest("7", window=window) for window in WINDOWS),
    {**parts("2"), "meter": "energy", "unit": "kWh", "included": "7", "included_per": "day"},
    {**parts("2"), "meter": "energy", "unit": "kWh", "included": "70", "included_per": "week"},
]


@settings(max_examples=tries(60), deadline=None)
@given(st.sampled_from(PARTS), ZONES, PERIODS, TOTALS, st.booleans())
def test_a_charge_is_the_same_step_by_step(part, zone, period, amount, final):
    a_plan = plan(part)
    even = evenly_over({"energy": amount}, period, zone=zone)
    known = {"energy": amount}

    found = charge(a_plan, known, final=final, spread=even)

    assert found.lines == charge(a_plan, known, final=final, spread=slow(even)).lines


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
@pytest.mark.parametrize("final", [True, False])
def test_a_charge_is_the_same_where_the_clocks_change(part, final):
    even = evenly_over(
        {"energy": Decimal(300)}, TestWhereTheClocksChange.CUT, zone=TestWhereTheClocksChange.ZONE
    )

    found = charge(plan(part), even.totals, final=final, spread=even)

    assert found.lines == charge(plan(part), even.totals, final=final, spread=slow(even)).lines


class TestWhatNobodySpread:
    """A meter without a total is asked for all the same where a plan names it."""

    even = evenly_over({"parts": Decimal(3)}, month(), zone=CHINA)
    schedule = Schedule((), frozenset())

    def test_has_nothing(self):
        assert self.even.total_of("energy") == 0
        assert self.even.highest("energy", DAY) == slow(self.even).highest("energy", DAY)
        assert self.even.quantities("energy", DAY) == [0] * 31
        assert [list(one.counted) for one in self.even.in_bands("energy", None, self.schedule)] == [[]]
        assert list(self.even.in_bands("energy", DAY, self.schedule)) == []

    def test_is_not_among_the_slices(self):
        assert list(self.even.slices) == ["parts"]
        assert len(self.even.slices) == 1


def test_a_year_lies_in_as_many_bands_as_a_tariff_has():
    year = Period(datetime(2026, 1, 1, tzinfo=CHINA), datetime(2027, 1, 2, tzinfo=CHINA))
    even = evenly_over({"energy": Decimal(8784)}, year, zone=CHINA)
    several = [
        Band(f"b{place}", DAYS, place * 15, place * 15 + 15, None, None, Decimal(place), None)
        for place in range(50)
    ]

    (found,) = even.in_bands("energy", None, Schedule(tuple(several), frozenset()))

    assert found.many == 1
    assert set(list(found.counted.values())[:50]) == {Decimal("91.5")}
    assert sum(found.counted.values()) == 8784


@pytest.mark.parametrize("length", [QUARTER, HOUR, DAY, WEEK])
def test_windows_that_are_alike_are_priced_once(length):
    even = evenly_over({"energy": Decimal(744)}, month(), zone=CHINA)

    found = list(even.in_bands("energy", length, Schedule((), frozenset())))

    assert len(found) == {QUARTER: 1, HOUR: 1, DAY: 1, WEEK: 2}[length]
    assert sum(one.many for one in found) == {QUARTER: 2976, HOUR: 744, DAY: 31, WEEK: 5}[length]


def test_kinds_of_days_are_not_kept_without_end():
    """A price of its own for each day makes each day a kind."""
    first = date(2026, 1, 1)
    own = [
        Band(f"b{at}", DAYS, 0, 60, first + timedelta(at), first + timedelta(at + 1), Decimal(1), None)
        for at in range(0, 2 * MOST_KINDS, 2)
    ]
    days = BandsOfDays(Schedule(tuple(own), frozenset()))

    for count in range(2 * MOST_KINDS):
        assert days.on(first + timedelta(count))[0] == (len(own) if count % 2 else count // 2)

    assert len(days._kinds) <= MOST_KINDS
