"""How much of a lease ran."""

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from leasing.rules.term_shares import share_of_term, years_of
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")


def period(start, end):
    return Period(*(datetime.fromisoformat(edge).replace(tzinfo=ZONE) for edge in (start, end)))


@pytest.mark.parametrize(
    ("ran", "share"),
    [
        (("2026-01-01", "2026-04-11"), 1),
        (("2026-01-01", "2026-02-20"), Fraction(1, 2)),
        (("2026-01-02T09:00", "2026-04-11"), Fraction(99, 100)),
    ],
)
def test_a_share_of_a_term_is_counted_in_local_days(ran, share):
    assert share_of_term(period(*ran), period("2026-01-01", "2026-04-11"), ZONE) == share


def test_a_term_within_a_day_is_owed_whole():
    hours = period("2026-01-01T09:00", "2026-01-01T17:00")

    assert share_of_term(hours, hours, ZONE) == 1


@pytest.mark.parametrize(
    ("ran", "years"),
    [
        (("2026-01-01", "2026-12-01"), Fraction(334, 365)),
        (("2026-01-01", "2027-01-01"), 1),
        (("2027-06-01", "2029-06-01"), 2),
        (("2027-06-01", "2028-05-31"), Fraction(365, 366)),
        (("2028-02-29", "2029-02-28"), 1),
        (("2028-02-29", "2032-02-29"), 4),
        (("2026-01-01", "2027-07-02T12:00"), 1 + Fraction(182, 365)),
        (("2026-01-01T09:00", "2026-01-01T17:00"), 0),
    ],
)
def test_years_are_whole_ones_and_days_of_the_next(ran, years):
    assert years_of(period(*ran), ZONE) == years
