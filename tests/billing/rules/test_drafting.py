"""One draft a seller, with the tax of the day on every line."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.rules import drafting
from marketplace.rules.pricing import PricePlan, charge
from marketplace.shared.period import Period
from tests.factories.marketplace import HOURLY

ZONE = ZoneInfo("Asia/Shanghai")


def made(seconds=3600):
    charged = charge(PricePlan.parse(HOURLY), {"run_time": Decimal(seconds)}, final=True)
    return drafting.drafts(charged, on=date(2026, 10, 31))


class TestDrafts:
    def test_are_one_a_seller_with_their_own_tax(self):
        rent, fee = made()

        assert (rent.seller, rent.net.minor, rent.tax.minor, rent.gross.minor) == (
            "owner",
            308600,
            40118,
            348718,
        )
        assert (fee.seller, fee.net.minor, fee.tax.minor, fee.gross.minor) == ("platform", 9258, 555, 9813)

    def test_have_a_fingerprint_of_lines_and_usage(self):
        assert made()[0].digest(["a", "b"]) == made()[0].digest(["b", "a"])
        assert made()[0].digest(["a"]) != made()[0].digest(["b"])
        assert made()[0].digest([]) != made(7200)[0].digest([])


class TestDays:
    def test_tax_is_that_of_the_last_local_day(self):
        end = datetime(2026, 10, 31, 16, tzinfo=UTC)

        assert drafting.tax_day(Period(datetime(2026, 10, 1, tzinfo=UTC), end), ZONE) == date(2026, 10, 31)

    def test_payment_is_due_after_fifteen_days(self):
        assert drafting.due_on(datetime(2026, 11, 1, 16, tzinfo=UTC), ZONE) == date(2026, 11, 17)


class TestNumbers:
    def test_name_seller_year_and_count(self):
        assert (
            drafting.number_text(drafting.prefix_of("91320594MA1YL08A4X"), 2026, 7) == "MA1YL08A4-2026-000007"
        )


class TestTrimmed:
    @pytest.mark.parametrize(
        ("stored", "shown"), [("65233.080000", "65233.08"), ("100.000", "100"), ("0.000", "0"), ("7", "7")]
    )
    def test_keeps_the_number_and_drops_the_zeros_of_the_column(self, stored, shown):
        assert str(drafting.trimmed(Decimal(stored))) == shown
