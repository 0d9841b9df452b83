"""By what a seller's lines are taxed: the status of the day, and where tax is rounded."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.pricing.sellers import (
    USUAL,
    Rounding,
    Said,
    SellerTax,
    Taxed,
    VatStatus,
    rate_for,
    tax_on,
    taxes_of,
)
from marketplace.rules.pricing.tax import NoTaxRate
from marketplace.shared.money import vat
from tests.marketplace.vectors import FINANCE

SMALL = SellerTax(VatStatus.SMALL_SCALE)
DAY = date(2026, 10, 31)
LEVY = Decimal("0.13")


def taxes(nets, rounding, rate=LEVY):
    return taxes_of([Taxed(("owner", "LEASE_MOVABLE"), net, rate, rounding) for net in nets])


class TestRate:
    @pytest.mark.parametrize(
        "category, day, rate",
        [
            ("LEASE_MOVABLE", DAY, "0.01"),
            ("SERVICE", DAY, "0.01"),
            ("SMALL_SCALE", DAY, "0.01"),
            ("LEASE_MOVABLE", date(2027, 12, 31), "0.01"),
            ("LEASE_MOVABLE", date(2028, 1, 1), "0.03"),
            ("NOT_TAXED", DAY, "0"),
        ],
    )
    def test_is_the_levy_for_a_small_scale_taxpayer(self, category, day, rate):
        assert rate_for(category, day, SMALL).rate == Decimal(rate)

    def test_is_that_of_the_category_for_all_others(self):
        assert rate_for("LEASE_MOVABLE", DAY, USUAL).rate == Decimal("0.13")

    def test_is_not_guessed_before_the_table(self):
        with pytest.raises(NoTaxRate):
            rate_for("LEASE_MOVABLE", date(2022, 12, 31), SMALL)


class TestStatements:
    """The table of docs/money.md."""

    SAID = (
        Said(date(2026, 7, 1), SMALL),
        Said(date(2026, 10, 15), USUAL),
    )

    @pytest.mark.parametrize(
        "day, tax",
        [
            (date(2026, 6, 30), USUAL),
            (date(2026, 7, 1), SMALL),
            (date(2026, 10, 14), SMALL),
            (date(2026, 10, 15), USUAL),
        ],
    )
    def test_hold_from_their_day_on(self, day, tax):
        assert tax_on(self.SAID, day) == tax
        assert tax_on(reversed(self.SAID), day) == tax

    def test_of_one_day_are_corrected_by_the_later(self):
        assert tax_on([*self.SAID, Said(date(2026, 7, 1), USUAL)], date(2026, 8, 1)) == USUAL

    def test_are_read_as_they_were_written(self):
        one = SellerTax(VatStatus.SMALL_SCALE, Rounding.GROUP)

        assert SellerTax.read(one.dump()) == one
        assert SellerTax.read({}) == USUAL
        with pytest.raises(ValueError, match="OTHER"):
            SellerTax.read({"status": "OTHER"})


class TestRounding:
    @pytest.mark.parametrize("case", FINANCE["vat"]["multi_line"], ids=["3 lines", "100 lines", "discount"])
    def test_meets_the_published_documents(self, case):
        nets, rate = case["line_net_fen"], Decimal(case["rate"])

        by_line, by_group = (taxes(nets, rounding, rate) for rounding in (Rounding.LINE, Rounding.GROUP))

        assert (by_line, sum(by_line)) == (case["line_vat_fen"], case["sum_line_vat_fen"])
        assert sum(by_group) == case["document_vat_fen"]

    @pytest.mark.parametrize("case", FINANCE["vat"]["exclusive"])
    def test_of_one_line_is_the_same_both_ways(self, case):
        for rounding in Rounding:
            assert taxes([case["net_fen"]], rounding, Decimal(case["rate"])) == [case["vat_fen"]]

    def test_gives_what_is_left_to_the_largest_rests(self):
        """0.50 at 13 % is 6.5 fen: four of them 26, so two have 7 and two have 6, the first ones more."""
        assert taxes([50, 50, 50, 50], Rounding.GROUP) == [7, 7, 6, 6]
        assert taxes([-50, -50, -50, -50], Rounding.GROUP) == [-7, -7, -6, -6]
        assert taxes([0, 50, -50], Rounding.GROUP) == [0, 7, -7]
        assert taxes([-50, 50], Rounding.GROUP) == [-7, 7]
        assert taxes([-10, 50, 50], Rounding.GROUP) == [-1, 7, 6]

    def test_keeps_categories_rates_and_sellers_apart(self):
        lines = [
            Taxed(("owner", "LEASE_MOVABLE"), 50, LEVY, Rounding.GROUP),
            Taxed(("owner", "REPAIR"), 50, LEVY, Rounding.GROUP),
            Taxed(("platform", "REPAIR"), 50, LEVY, Rounding.LINE),
        ]

        assert taxes_of(lines) == [7, 7, 7]

    @given(st.lists(st.integers(-(10**12), 10**12), max_size=30), st.sampled_from(["0.13", "0.06", "0.01"]))
    def test_adds_up_mirrors_and_strays_less_than_a_fen(self, nets, rate):
        rate = Decimal(rate)
        shares = taxes(nets, Rounding.GROUP, rate)

        assert sum(shares) == vat(sum(nets), rate)
        assert all(abs(share - net * rate) < 1 for share, net in zip(shares, nets, strict=True))
        assert taxes([-net for net in nets], Rounding.GROUP, rate) == [-share for share in shares]
