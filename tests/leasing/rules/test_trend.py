"""Daily means towards a limit: the table of the documentation, and what holds for all figures."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from leasing.rules.trend import (
    AHEAD,
    FEWEST,
    INSTANT,
    LOOK_BACK,
    Amount,
    Edge,
    daily,
    line,
    look,
    plain,
    said,
    span,
    written,
)
from marketplace.shared.period import Period

TODAY, DAY = date(2026, 3, 20), timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")
figures = some.fractions(-1000, 1000, max_denominator=1000)
series = some.dictionaries(
    some.integers(1, LOOK_BACK).map(lambda back: TODAY - back * DAY), figures, min_size=FEWEST
)
numbers = some.decimals(-10_000, 10_000, places=3)


def steady(first, change, days=LOOK_BACK):
    """Return means of the days before today, the first of them and what it changes a day."""
    return {TODAY - (days - n) * DAY: Fraction(str(first)) + n * Fraction(str(change)) for n in range(days)}


class TestTheTable:
    @pytest.mark.parametrize(
        ("means", "low", "high", "told"),
        [
            (steady(60, "0.5"), None, 80, (Edge.HIGH, 26, False)),  # 66.5 yesterday, 67 today
            (steady(60, "0.4"), None, 80, None),  # 36 days
            (steady(60, "0.5", days=6), None, 80, None),  # too few days
            (steady(60, "0.5"), 50, None, None),  # away from it
            (steady(60, "-0.5"), 50, 80, (Edge.LOW, 6, False)),
            (steady(60, 0), 50, 80, None),
            (steady(80, 0), 50, 80, None),  # at a limit is not beyond it
            (steady(81, 0), 50, 80, (Edge.HIGH, 0, True)),
            (steady(49, "0.01"), 50, 80, (Edge.LOW, 0, True)),
            (steady(60, "1.5"), None, 80, (Edge.HIGH, 0, False)),  # 79.5 yesterday, the line is at 81 today
        ],
    )
    def test_what_warns(self, means, low, high, told):
        low, high = (None if one is None else Decimal(one) for one in (low, high))
        found = look(means, low, high, TODAY)

        assert (found and (found.edge, found.left, found.is_beyond)) == told

    def test_says_its_figures(self):
        found = look(steady(60, "0.5"), None, Decimal(80), TODAY)

        assert (found.mean, found.slope, found.limit, found.days) == (
            Fraction("66.5"),
            Fraction(1, 2),
            80,
            14,
        )

    def test_a_day_without_readings_is_no_zero(self):
        means = steady(60, "0.5")
        for back in (2, 5, 9):
            del means[TODAY - back * DAY]

        found = look(means, None, Decimal(80), TODAY)

        assert (found.slope, found.left, found.days) == (Fraction(1, 2), 26, 11)


class TestTheLine:
    @given(series)
    def test_is_that_of_least_squares(self, means):
        """What is left over is orthogonal to both columns: that is the definition, and it is exact."""
        now, slope = line(means, TODAY)
        left_over = {day: mean - (now + slope * (day - TODAY).days) for day, mean in means.items()}

        assert sum(left_over.values()) == 0
        assert sum(rest * (day - TODAY).days for day, rest in left_over.items()) == 0

    @given(figures, figures, some.sets(some.integers(1, LOOK_BACK), min_size=2))
    def test_goes_through_points_on_a_line(self, now, slope, back):
        means = {TODAY - n * DAY: now - n * slope for n in back}

        assert line(means, TODAY) == (now, slope)

    @given(series, figures)
    def test_moves_with_its_figures(self, means, by):
        now, slope = line(means, TODAY)

        assert line({day: mean + by for day, mean in means.items()}, TODAY) == (now + by, slope)


class TestWhatWarns:
    @given(figures, numbers, numbers)
    def test_a_constant_value_within_its_limits_never(self, level, low, high):
        warns = look(steady(level, 0), low, high, TODAY) is not None

        assert warns is not (low <= level <= high)

    @given(some.lists(some.fractions(-1, 1, max_denominator=100), min_size=LOOK_BACK, max_size=LOOK_BACK))
    def test_noise_never_reaches_what_lies_ten_times_as_far(self, noise):
        """Of fourteen means within one of a level the line rises by 49/227.5 a day at most."""
        means = {TODAY - (n + 1) * DAY: 100 + one for n, one in enumerate(noise)}

        assert look(means, Decimal(90), Decimal(110), TODAY) is None

    @given(series, numbers, numbers)
    def test_a_warning_says_the_first_day_at_the_limit(self, means, one, other):
        low, high = sorted((one, other))
        found = look(means, low, high, TODAY)
        now, slope = line(means, TODAY)
        last = means[max(means)]
        up = 1 if slope > 0 else -1
        ahead = next(
            (
                n
                for n in range(AHEAD + 1)
                if slope and up * (now + n * slope) >= up * (high if slope > 0 else low)
            ),
            None,
        )

        if not low <= last <= high:
            assert (found.is_beyond, found.left) == (True, 0)
            assert found.edge is (Edge.HIGH if last > high else Edge.LOW)
        else:
            assert (found and found.left) == ahead
            assert found is None or found.edge is (Edge.HIGH if slope > 0 else Edge.LOW)

    @given(series, numbers, numbers)
    def test_is_the_same_upside_down(self, means, low, high):
        found = look(means, low, high, TODAY)
        turned = look({day: -mean for day, mean in means.items()}, -high, -low, TODAY)

        if low <= high:
            assert (found and (found.left, -found.slope)) == (turned and (turned.left, turned.slope))

    @given(some.dictionaries(some.dates(TODAY - 14 * DAY, TODAY - DAY), figures, max_size=FEWEST - 1))
    def test_fewer_than_seven_days_say_nothing(self, means):
        assert look(means, Decimal(0), Decimal(0), TODAY) is None


class TestDays:
    def test_fourteen_whole_local_days_are_looked_at(self):
        whole = span(TODAY, ZONE)

        assert whole.start == datetime(2026, 3, 5, 16, tzinfo=UTC)
        assert whole.end == datetime(2026, 3, 19, 16, tzinfo=UTC)
        summer = span(date(2026, 4, 1), ZoneInfo("Europe/Berlin"))
        assert summer.duration() == LOOK_BACK * DAY - timedelta(hours=1)

    def test_the_mean_is_of_readings_and_of_local_days(self):
        midnight = datetime(2026, 3, 18, 16, tzinfo=UTC)
        hour = timedelta(hours=1)
        amounts = [
            Amount(Period(midnight, midnight + hour), Decimal("4.5"), 3),
            Amount(Period(midnight + hour, midnight + hour + INSTANT), 1, 1),
            Amount(Period(midnight - hour, midnight), Decimal(7), 1),
            Amount(Period(midnight - hour, midnight + hour), Decimal(1000), 1),  # of two days: of neither
            Amount(Period(midnight, midnight + hour), 0, 0),
        ]

        assert daily(amounts, ZONE) == {date(2026, 3, 19): Fraction(11, 8), date(2026, 3, 18): Fraction(7)}


class TestFigures:
    @given(figures)
    def test_are_kept_to_twelve_decimals(self, value):
        assert abs(Fraction(written(value)) - value) * 2 <= Fraction(1, 10**12)
        assert written(-value) == -written(value)

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ("0", "0"),
            ("66.500000", "66.5"),
            ("0.00012345", "0.0001234"),
            ("-0.40149", "-0.4015"),
            ("1234567.8", "1234568"),
            ("80.000", "80"),
            ("100", "100"),
        ],
    )
    def test_are_said_to_four_digits(self, value, told):
        assert said(Decimal(value)) == told

    def test_are_written_exactly(self):
        assert [plain(Decimal(one)) for one in ("1234.560", "1E+3", "-0.50")] == ["1234.56", "1000", "-0.5"]
