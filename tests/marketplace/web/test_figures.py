from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from marketplace.web import figures

SHANGHAI = "Asia/Shanghai"
MIDNIGHT = datetime(2026, 10, 31, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class TestMoneyText:
    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (1_234_000, "CNY", "¥12,340.00"),
            (-5, "CNY", "−¥0.05"),
            (0, "CNY", "¥0.00"),
            (1200, "JPY", "JP¥1,200"),
            (199, "CHF", "CHF 1.99"),
        ],
    )
    def test_shows_symbol_separators_and_every_minor_digit(self, minor, currency, text):
        assert figures.money_text(minor, currency) == text


class TestRateText:
    def test_keeps_every_agreed_digit_and_two_at_least(self):
        assert figures.rate_text(Decimal("0.6250"), per="part") == "¥0.625/part"
        assert figures.rate_text(Decimal("100")) == "¥100.00"
        assert figures.rate_text(Decimal("-0.5")) == "−¥0.50"


class TestNumberText:
    def test_drops_trailing_zeros_unless_places_are_given(self):
        assert figures.number_text(Decimal("1234.500")) == "1,234.5"
        assert figures.number_text(Decimal("1234.5"), 2) == "1,234.50"
        assert figures.number_text(Decimal("-3")) == "−3"
        assert figures.number_text(Decimal("-0.0")) == "0"


class TestPeriodText:
    def test_names_the_last_day_of_whole_days(self):
        end = datetime(2026, 11, 30, 16, tzinfo=UTC)

        assert figures.period_text(MIDNIGHT, end, SHANGHAI) == "Nov. 1, 2026 – Nov. 30, 2026"

    def test_names_a_single_day_once(self):
        assert figures.period_text(date(2026, 1, 1), date(2026, 1, 2)) == "Jan. 1, 2026"

    def test_shows_the_clock_within_a_day(self):
        start, end = MIDNIGHT + timedelta(hours=9), MIDNIGHT + timedelta(hours=11)

        assert figures.period_text(start, end, SHANGHAI) == "Nov. 1, 2026 09:00 – 11:00"

    def test_says_that_the_end_is_open(self):
        assert figures.period_text(date(2026, 1, 1), None) == "from Jan. 1, 2026, open end"


class TestDurationText:
    @pytest.mark.parametrize(
        ("span", "text"),
        [
            (timedelta(minutes=7), "7 min"),
            (timedelta(hours=4, minutes=37), "4 h 37 min"),
            (timedelta(days=2, hours=3, minutes=59), "2 d 3 h"),
        ],
    )
    def test_uses_the_two_largest_units(self, span, text):
        assert figures.duration_text(span) == text
