"""Charges in whole numbers say what the rule in decimals says, line by line and step by step."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules.pricing import PricePlan, UsageNotRateable, charge
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.graduated import Graduated
from marketplace.rules.pricing.lines import ChargeLine, Given
from marketplace.rules.pricing.package import Package
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.quantity import ROUNDINGS, Quantity
from marketplace.rules.pricing.scaled import whole
from marketplace.rules.pricing.tiers import Tier, rungs_of
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing import oracle
from tests.marketplace.rules.pricing.plans import base, fee, hours, parts, plan
from tests.marketplace.rules.pricing.test_properties import PRICES, UNITS, documents
from tests.rounds import tries

SHARES = st.one_of(st.just(Fraction(1)), st.fractions(0, 2, max_denominator=366))
WHOLE, NONE = Decimal(1), Decimal(0)
COUNTS = Quantity("parts", "piece", None, "nearest", Decimal(0))
FINE = Decimal("0.00000000001")  # more decimals than a plan may have
HEAD = ("rent", "owner", "LEASE_MOVABLE")


@settings(max_examples=tries(300), deadline=None)
@given(documents(), UNITS, SHARES, st.booleans(), st.sampled_from(["CNY", "JPY"]))
def test_a_charge_is_what_the_rule_in_decimals_says(doc, units, share, final, currency):
    a_plan = PricePlan.parse(doc | {"currency": currency})
    known, carried = {"parts": units}, {"parts": units * 2}

    found = charge(a_plan, known, share_of_period=share, final=final, amounts=carried)

    expected = oracle.charged(a_plan, known, share=share, final=final, amounts=carried)
    assert [line.net for line in found.lines] == [line.net for line in expected]
    assert found.lines == expected
    assert [line.dump() for line in found.lines] == [line.dump() for line in expected]


@settings(max_examples=tries(200), deadline=None)
@given(
    st.decimals(0, 3 * 10**6, places=6),
    PRICES,
    st.sampled_from(["h", "min", "s"]),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["0.01", "0.25", "1", "0.0000000003", "7.5"]),
    st.sampled_from(["0", "5", "0.3333333333"]),
)
def test_time_is_converted_rounded_and_lowered_by_what_is_included(raw, price, unit, mode, step, included):
    a_plan = plan(hours(price, unit=unit, round=mode, round_to=step, included=included))

    found = charge(a_plan, {"run_time": raw}, final=True)

    assert found.lines[0].net == oracle.charged(a_plan, {"run_time": raw})[0].net
    assert found.lines == oracle.charged(a_plan, {"run_time": raw})


@settings(deadline=None)
@given(st.decimals(0, 1000, places=14), PRICES, st.sampled_from(["0", "5", "0.3333333333"]))
def test_a_total_with_more_decimals_is_rounded_where_the_rule_rounds_it(raw, price, included):
    a_plan = plan(parts(price, included=included))

    assert charge(a_plan, {"parts": raw}, final=True).lines == oracle.charged(a_plan, {"parts": raw})


@pytest.mark.parametrize("lowered", [Money(-1, "CNY"), Money(-700, "CNY")])
def test_a_share_of_less_than_nothing_is_one(lowered):
    a_plan = plan(base("5.00"), fee("0.035"))
    line = ChargeLine("relief", "relief", "owner", "SERVICE", lowered.amount, lowered)

    found = charge(a_plan, {}, final=True, lower=lambda rent: [line]).lines[-1]

    assert found.net == Money.of(Fraction(500 + lowered.minor, 100) * Fraction("0.035"), "CNY")
    assert found.quantity == (Money(500, "CNY") + lowered).amount


class TestWhatHasNoWholeNumbers:
    """The rule alone says what it costs."""

    @pytest.mark.parametrize(
        ("part", "net"),
        [
            (BaseFee(*HEAD, amount=1 + FINE, prorate="day"), "1.00"),
            (PerUnit(*HEAD, counts=COUNTS, price=1 + FINE), "12.00"),
            (
                PerUnit(*HEAD, counts=Quantity("parts", "piece", FINE, "up", NONE), price=WHOLE),
                "12.00",
            ),
            (PerUnit(*HEAD, counts=Quantity("parts", "piece", None, "up", FINE), price=WHOLE), "12.00"),
            (Graduated(*HEAD, COUNTS, (Tier(None, 1 + FINE),)), "12.00"),
            (
                Graduated(*HEAD, Quantity("parts", "piece", FINE, "up", NONE), (Tier(None, WHOLE),)),
                "12.00",
            ),
            (Package(*HEAD, COUNTS, 5 + FINE, Decimal(1), "started"), "3.00"),
            (Package(*HEAD, COUNTS, Decimal(5), 1 + FINE, "full"), "2.00"),
        ],
    )
    def test_is_priced_by_the_rule(self, part, net):
        known = Given("CNY", {"parts": Decimal(12)}, Fraction(1))

        assert part.minor(known) is None
        assert str(charge(PricePlan("CNY", (part,)), known.usage, final=True).lines[0].net.amount) == net

    def test_so_is_a_share_of_the_rent(self):
        part = Percentage("fee", "platform", "SERVICE", 1 + FINE, "rent")
        rent, share = charge(PricePlan("CNY", (*plan(base("7")).components, part)), {}, final=True).lines

        assert share.net == rent.net
        assert part.minor(Given("CNY", {}, Fraction(1)), []) is None

    @pytest.mark.parametrize(
        "tiers",
        [
            [],
            [Tier(Decimal(5), Decimal(1))],
            [Tier(None, Decimal(1)), Tier(None, Decimal(2))],
            [Tier(Decimal(5), Decimal(1)), Tier(Decimal(5), Decimal(1)), Tier(None, Decimal(1))],
            [Tier(FINE, Decimal(1)), Tier(None, Decimal(1))],
            [Tier(None, FINE)],
            [Tier(None, Decimal(1), FINE)],
            [Tier(None, Decimal(1), Decimal(0), FINE)],
        ],
    )
    def test_nor_have_tiers_that_do_not_rise_and_end_open(self, tiers):
        assert rungs_of(tiers) is None

    def test_nothing_costs_nothing_and_the_least_quantity_its_price(self):
        flat = Tier(Decimal(5), Decimal(2), Decimal(3))
        rungs = rungs_of([flat, Tier(None, Decimal(1))])

        for price in (rungs.tier_by_tier, rungs.by_total):
            assert [price(units) for units in (-1, 0)] == [0, 0]
            assert price(1) == 2 * 10**10 + 3 * 10**20

    def test_ten_decimals_have_one(self):
        assert whole(Decimal("1.0000000001")) == 10**10 + 1
        assert whole(FINE) is None


class TestALineForLater:
    def test_is_explained_by_what_was_given_when_it_was_charged(self):
        usage = {"parts": Decimal(7)}
        line = charge(plan(parts("2")), usage, final=True).lines[0]

        usage["parts"] = Decimal(8)

        assert line.quantity == 7

    def test_keeps_what_is_left_for_later_when_a_field_changes(self):
        line = charge(plan(parts("2")), {"parts": Decimal(7)}, final=True).lines[0]

        other = line.but(seller="platform", tiers=("other",))

        assert (other.seller, other.net, other.amount) == ("platform", Money(1400, "CNY"), Decimal(14))
        assert other.tiers == ("other",)
        assert line.seller == "owner"

    def test_refuses_an_explanation_of_another_amount(self):
        told = charge(plan(parts("2")), {"parts": Decimal(7)}, final=True).lines[0]
        line = ChargeLine.later({}, Money(1, "CNY"), lambda: told)

        with pytest.raises(AssertionError):
            line.steps  # noqa: B018

    def test_has_no_other_fields(self):
        with pytest.raises(AttributeError, match=r"^steps$"):
            ChargeLine.steps  # noqa: B018

    @pytest.mark.parametrize("raw", [None, Decimal(-1), Decimal("NaN"), Decimal("Infinity"), 1.5])
    def test_is_not_made_of_what_nobody_measured(self, raw):
        with pytest.raises(UsageNotRateable):
            charge(plan(parts("2")), {"parts": raw}, final=True)
