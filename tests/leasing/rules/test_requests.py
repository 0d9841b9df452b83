"""What a request must hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leasing.rules.requests import note_flaws, party_flaws, period_flaws, usage_flaws
from marketplace.shared.period import Period

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 2, 28, 16, tzinfo=UTC)
DAY = timedelta(days=1)


def codes(start, end, at=MIDNIGHT, minimum_days=7):
    flaws = period_flaws(Period(start, end), zone=SHANGHAI, minimum_days=minimum_days, at=at)
    return [(flaw.pointer, flaw.code) for flaw in flaws]


class TestPeriodFlaws:
    def test_accepts_today_at_any_hour(self):
        assert codes(MIDNIGHT, MIDNIGHT + 7 * DAY, at=MIDNIGHT + timedelta(hours=23)) == []

    def test_refuses_yesterday(self):
        assert codes(MIDNIGHT, MIDNIGHT + 7 * DAY, at=MIDNIGHT + DAY) == [("/starts_at", "in_the_past")]

    def test_refuses_less_than_the_minimum(self):
        assert codes(MIDNIGHT, MIDNIGHT + 6 * DAY) == [("/ends_at", "too_short")]

    def test_refuses_more_than_twenty_years(self):
        assert codes(MIDNIGHT, MIDNIGHT.replace(year=2046)) == []
        assert codes(MIDNIGHT, MIDNIGHT.replace(year=2046) + 2 * DAY) == [("/ends_at", "too_long")]

    def test_needs_an_end(self):
        assert codes(MIDNIGHT, None) == [("/ends_at", "required")]

    def test_finds_all_faults_at_once(self):
        assert len(codes(MIDNIGHT - DAY, MIDNIGHT)) == 2


class TestUsageFlaws:
    @pytest.mark.parametrize(
        ("usage", "code"),
        [
            ({"parts": Decimal(1)}, "unknown_meter"),
            ({"run_time": Decimal(-1)}, "negative"),
            ({"run_time": Decimal("NaN")}, "negative"),
            ({"run_time": Decimal("1e12")}, "too_large"),
        ],
    )
    def test_names_the_fault_at_its_field(self, usage, code):
        (flaw,) = usage_flaws(usage, ("run_time",))

        assert (flaw.code, flaw.pointer) == (code, f"/expected_usage/{next(iter(usage))}")

    def test_accepts_what_the_plan_bills_and_nothing(self):
        assert usage_flaws({"run_time": Decimal("12.5")}, ("run_time",)) == []
        assert usage_flaws({}, ()) == []

    def test_says_that_a_plan_bills_nothing(self):
        assert usage_flaws({"parts": Decimal(1)}, ())[0].facts["meters"] == "–"


def test_a_note_has_a_limit():
    assert [flaw.code for flaw in note_flaws("x" * 2001)] == ["too_long_text"]
    assert note_flaws("x" * 2000) == []


def test_the_sides_differ():
    assert [flaw.code for flaw in party_flaws("org_1", "org_1")] == ["own_listing"]
    assert party_flaws("org_1", "org_2") == []
