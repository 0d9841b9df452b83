import itertools
from datetime import date
from decimal import Decimal

import pytest

from marketplace.rules.pricing import tax
from marketplace.rules.pricing.tax import CATEGORIES, TAX_RATES, NoTaxRate, TaxRate, rate_on


class TestRateOn:
    @pytest.mark.parametrize(
        ("category", "day", "rate"),
        [
            ("LEASE_MOVABLE", date(2019, 4, 1), "0.13"),
            ("LEASE_MOVABLE", date(2026, 11, 24), "0.13"),
            ("SERVICE", date(2025, 12, 31), "0.06"),
            ("TRANSPORT", date(2026, 1, 1), "0.09"),
            ("SMALL_SCALE", date(2027, 12, 31), "0.01"),
            ("SMALL_SCALE", date(2028, 1, 1), "0.03"),
        ],
    )
    def test_finds_the_rate_of_the_day(self, category, day, rate):
        assert rate_on(category, day).rate == Decimal(rate)

    def test_names_the_law_in_force(self):
        assert rate_on("LEASE_MOVABLE", date(2025, 12, 31)).legal_basis.endswith("公告2019年第39号")
        assert rate_on("LEASE_MOVABLE", date(2026, 1, 1)).legal_basis == "《中华人民共和国增值税法》"

    @pytest.mark.parametrize(
        ("category", "day"), [("LEASE_MOVABLE", date(2019, 3, 31)), ("GIFT", date(2026, 1, 1))]
    )
    def test_guesses_nothing(self, category, day):
        with pytest.raises(NoTaxRate, match=f"{category} on {day}"):
            rate_on(category, day)

    @pytest.mark.parametrize("category", CATEGORIES)
    def test_has_one_rate_a_day_without_gaps(self, category):
        rates = [rate for rate in TAX_RATES if rate.category == category]

        assert rates[-1].valid_to is None
        assert all(one.valid_to == two.valid_from for one, two in itertools.pairwise(rates))

    def test_has_each_general_rate_by_its_announcement_and_then_by_the_law(self):
        law = date(2026, 1, 1)

        rows = tax._general("GOODS", "0.13", tax.ANNOUNCEMENT_39)

        assert rows == (
            TaxRate(
                "GOODS", Decimal("0.13"), date(2019, 4, 1), law, "财政部 税务总局 海关总署公告2019年第39号"
            ),
            TaxRate("GOODS", Decimal("0.13"), law, None, "《中华人民共和国增值税法》"),
        )
        assert set(rows) <= set(TAX_RATES)
