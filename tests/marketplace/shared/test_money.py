from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared.money import (
    Money,
    as_decimal,
    format_money,
    format_price,
    round_half_away,
    share_out,
    split_gross,
    vat,
)
from tests.marketplace.vectors import FINANCE, rating

WEIGHTS = st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=8).filter(any)


class TestMoney:
    def test_adds_subtracts_negates_and_compares_within_one_currency(self):
        ten, three = Money(1000, "CNY"), Money(300, "CNY")

        assert ten + three == Money(1300, "CNY")
        assert three - ten == Money(-700, "CNY")
        assert -ten == Money(-1000, "CNY")
        assert three < ten and ten >= three and max(three, ten) == ten
        assert Money.total([ten, three, three], "CNY") == Money(1600, "CNY")
        assert Money.total([], "JPY") == Money.zero("JPY")
        assert ten and not Money.zero("CNY")

    @pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__"])
    def test_refuses_two_currencies_and_bare_numbers(self, act):
        ten = Money(1000, "CNY")

        with pytest.raises(ValueError, match="CNY and EUR do not mix"):
            getattr(ten, act)(Money(1000, "EUR"))
        with pytest.raises(TypeError, match="not with int"):
            getattr(ten, act)(1000)

    def test_is_not_equal_across_currencies(self):
        assert Money(1, "CNY") != Money(1, "EUR")

    @pytest.mark.parametrize("minor", [1.0, Decimal(1), True, "1"])
    def test_refuses_minor_units_that_are_not_whole(self, minor):
        with pytest.raises(TypeError, match="whole number"):
            Money(minor, "CNY")

    @pytest.mark.parametrize("currency", ["XXX", "cny", ""])
    def test_refuses_an_unknown_currency(self, currency):
        with pytest.raises(ValueError, match="unknown currency"):
            Money(1, currency)
        with pytest.raises(ValueError, match="unknown currency"):
            Money.of(Decimal(1), currency)

    def test_refuses_a_float(self):
        with pytest.raises(TypeError, match="not float"):
            Money.of(0.1, "CNY")

    @pytest.mark.parametrize("case", FINANCE["rounding"]["cases"], ids=lambda case: case["yuan"])
    def test_rounds_half_away_from_zero(self, case):
        assert Money.of(Decimal(case["yuan"]), "CNY").minor == case["half_up_fen"]

    @pytest.mark.parametrize("case", rating("line_rounding"))
    def test_rounds_like_the_published_lines(self, case):
        amount, places = Decimal(case["input"]["amount"]), case["params"]["places"]
        expected = Decimal(case["expected"]["amount"])

        assert round_half_away(amount, places) == expected
        if "currency" in case["params"]:
            assert Money.of(amount, case["params"]["currency"]).amount == expected

    @pytest.mark.parametrize("case", FINANCE["line_amounts"]["cases"], ids=lambda case: case["exact"])
    def test_rounds_a_line_once(self, case):
        exact = Fraction(case["quantity"]) * Fraction(case["unit_price"])

        assert as_decimal(exact) == Decimal(case["exact"])
        assert Money.of(exact, "CNY").minor == case["line_net_fen"]

    @pytest.mark.parametrize("case", rating("subtotal_of_rounded_lines"))
    def test_adds_rounded_lines(self, case):
        lines = case["input"]["lines"]
        if isinstance(lines, dict):
            lines = [lines["each"]] * lines["count"]

        total = Money.total((Money.of(Decimal(line), "CNY") for line in lines), "CNY")

        assert total.amount == Decimal(case["expected"]["subtotal"])

    def test_does_not_depend_on_the_callers_decimal_context(self):
        with localcontext() as context:
            context.prec = 3
            assert Money.of(Decimal("1234567.895"), "CNY").minor == 123456790
            assert Money(123456790, "CNY").amount == Decimal("1234567.90")
            assert round_half_away(Decimal("1234567.895"), 2) == Decimal("1234567.90")


class TestRoundHalfAway:
    @pytest.mark.parametrize(
        ("value", "places", "expected"),
        [
            ("123.456", 0, "123"),
            ("123.456", -2, "100"),
            ("-150", -2, "-200"),
            ("0.005", 2, "0.01"),
            ("7", 2, "7.00"),
        ],
    )
    def test_rounds_to_places_before_and_behind_the_point(self, value, places, expected):
        assert round_half_away(Decimal(value), places) == Decimal(expected)

    @given(st.decimals(-(10**9), 10**9, places=6), st.integers(-3, 5))
    def test_mirrors_a_credit(self, value, places):
        assert round_half_away(-value, places) == -round_half_away(value, places)

    def test_writes_a_fraction_as_far_as_ten_decimals(self):
        assert str(as_decimal(Fraction(1, 3))) == "0.3333333333"
        assert str(as_decimal(Fraction(5, 4))) == "1.25"
        assert str(as_decimal(Fraction(100))) == "100"


class TestShareOut:
    @pytest.mark.parametrize(
        "case", FINANCE["allocation"]["cases"], ids=lambda case: str(case["expected"])[:40]
    )
    def test_gives_the_remainder_to_the_largest_rests(self, case):
        weights = [Decimal(weight) for weight in case["weights"]]

        assert share_out(case["total"], weights) == case["expected"]

    @pytest.mark.parametrize("case", FINANCE["allocation"]["errors"], ids=lambda case: str(case["weights"]))
    def test_refuses_weights_that_cannot_share(self, case):
        with pytest.raises(ValueError, match="weights"):
            share_out(case["total"], [Decimal(weight) for weight in case["weights"]])

    @pytest.mark.parametrize("case", rating("split_by_weight"))
    def test_splits_like_the_published_sums(self, case):
        weights = case["input"]["weights"]
        if case["params"]["tie"] == "key":
            weights = sorted(weights, key=lambda weight: weight["key"])
        unit = Decimal(10) ** -case["params"]["places"]

        shares = share_out(
            int(Decimal(case["input"]["amount"]) / unit), [Decimal(w["weight"]) for w in weights]
        )

        named = {w["key"]: share * unit for w, share in zip(weights, shares, strict=True) if share}
        assert named == {key: Decimal(share) for key, share in case["expected"]["shares"].items()}

    @pytest.mark.parametrize("case", rating("refund_split", stances=("adopt", "derived")))
    def test_splits_a_refund_without_losing_a_cent(self, case):
        shares = [Decimal(share) for share in case["params"]["owner_balances_share"]]
        refund = int(Decimal(case["input"]["refund"]) * 100)

        assert share_out(refund, shares) == [
            int(Decimal(part) * 100) for part in case["expected"]["reversals"]
        ]

    @given(st.integers(-(10**12), 10**12), WEIGHTS)
    def test_adds_up_and_stays_within_one_unit_of_the_exact_share(self, total, weights):
        shares = share_out(total, weights)

        assert sum(shares) == total
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - Fraction(total) * Fraction(weight) / Fraction(sum(weights))) < 1
            assert weight or share == 0

    @given(st.integers(0, 10**12), WEIGHTS)
    def test_undoes_a_split_exactly(self, total, weights):
        assert share_out(-total, weights) == [-share for share in share_out(total, weights)]


class TestVat:
    @pytest.mark.parametrize("case", FINANCE["vat"]["exclusive"], ids=lambda case: f"{case['net_fen']}")
    def test_is_rounded_on_the_line(self, case):
        tax = vat(case["net_fen"], Decimal(case["rate"]))

        assert (tax, case["net_fen"] + tax) == (case["vat_fen"], case["gross_fen"])

    @pytest.mark.parametrize("case", FINANCE["vat"]["inclusive"], ids=lambda case: f"{case['gross_fen']}")
    def test_is_taken_out_of_a_gross_amount_without_changing_it(self, case):
        net, tax = split_gross(case["gross_fen"], Decimal(case["rate"]))

        assert (net, tax) == (case["net_fen"], case["vat_fen"])
        assert (net + vat(net, Decimal(case["rate"])) == case["gross_fen"]) is case["round_trips"]

    @pytest.mark.parametrize("case", FINANCE["vat"]["multi_line"], ids=lambda case: case["rate"])
    def test_of_a_document_is_the_sum_of_its_lines(self, case):
        taxes = [vat(net, Decimal(case["rate"])) for net in case["line_net_fen"]]

        assert taxes == case["line_vat_fen"]
        assert sum(taxes) == case["sum_line_vat_fen"]

    def test_has_gross_amounts_that_no_net_amount_reaches(self):
        reached = {net + vat(net, Decimal("0.13")) for net in range(60)}

        missed = sorted(set(range(60)) - reached)
        assert missed == FINANCE["vat"]["gross_not_reachable_from_net_at_13pct_below_60_fen"]

    @pytest.mark.parametrize("case", rating("tax"))
    def test_agrees_with_the_published_taxes(self, case):
        rate = Decimal(case["params"]["rate_percent"]) / 100

        tax = vat(Money.of(Decimal(case["input"]["taxable"]), "USD").minor, rate)

        assert Money(tax, "USD").amount == Decimal(case["expected"]["tax"])

    @pytest.mark.parametrize("case", rating("credit_note_proration"))
    def test_of_a_note_is_computed_from_its_own_net(self, case):
        params, expected = case["params"], case["expected"]
        share = Fraction(params["unused_days"], params["period_days"])

        net = Money.of(Fraction(params["net"]) * share, "EUR")
        tax = Money(vat(net.minor, Decimal(params["tax_percent"]) / 100), "EUR")

        amounts = (net.amount, tax.amount, (net + tax).amount)
        assert amounts == tuple(Decimal(expected[name]) for name in ("net", "tax", "total"))


class TestFormat:
    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (123450, "CNY", "¥1,234.50"),
            (-5, "CNY", "-¥0.05"),
            (0, "CNY", "¥0.00"),
            (1234567, "JPY", "¥1,234,567"),
            (100, "USD", "$1.00"),
        ],
    )
    def test_writes_money_with_thousands_and_its_sign_in_front(self, minor, currency, text):
        assert format_money(Money(minor, currency)) == text

    def test_takes_another_symbol(self):
        assert format_money(Money(100, "CNY"), "CNY ") == "CNY 1.00"

    @pytest.mark.parametrize(
        ("price", "text"), [("86", "¥86.00"), ("0.0173", "¥0.0173"), ("1.500", "¥1.50"), ("-2.4", "-¥2.40")]
    )
    def test_writes_a_price_with_all_its_decimals(self, price, text):
        assert format_price(Decimal(price), "CNY") == text
