import json
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.pricing import LineKey, UsageNotRateable, charge, difference
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import base, by_total, fee, hours, parts, plan, steps

TIERS = [{"up_to": "500", "unit": "2.40", "flat": "10"}, {"up_to": None, "unit": "1.90"}]
WHOLE = plan(
    base("3000.00"),
    hours("86.00", included="5"),
    steps(TIERS),
    fee("0.03"),
    minimum="5000.00",
    cap="20000.00",
)
PRICES = st.decimals(0, 100, places=4).map(lambda price: format(price, "f"))
UNITS = st.decimals(0, 10**6, places=3)


def nets(charged):
    return {line.component: str(line.net.amount) for line in charged.lines}


def usage(run_seconds="0", made="0"):
    return {"run_time": Decimal(run_seconds), "parts": Decimal(made)}


@st.composite
def tier_lists(draw):
    edges = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
    ends = [*map(str, edges), None]
    return [{"up_to": end, "unit": draw(PRICES), "flat": draw(PRICES)} for end in ends]


class TestCharge:
    def test_goes_through_the_fixed_order(self):
        charged = charge(WHOLE, usage("36123.456789", "510"), share_of_period=Fraction(17, 31), final=True)

        assert nets(charged) == {"base": "1645.16", "run": "432.58", "parts": "1229.00", "fee": "99.20"}
        assert str(charged.total().amount) == "3405.94"
        assert [step.code for step in charged.lines[1].steps] == [
            "measured",
            "converted",
            "rounded",
            "included",
            "priced",
            "line_rounded",
        ]

    def test_explains_every_step_with_its_numbers(self):
        line = charge(WHOLE, usage("36123.456789"), final=False).lines[1].dump()

        assert line["steps"] == [
            {"step": "measured", "numbers": {"meter": "run_time", "raw": "36123.456789"}},
            {
                "step": "converted",
                "numbers": {"raw": "36123.456789", "size": "3600", "converted": "10.0342935525", "unit": "h"},
            },
            {
                "step": "rounded",
                "numbers": {
                    "converted": "10.0342935525",
                    "step": "0.01",
                    "mode": "nearest",
                    "rounded": "10.03",
                },
            },
            {"step": "included", "numbers": {"rounded": "10.03", "included": "5", "quantity": "5.03"}},
            {"step": "priced", "numbers": {"quantity": "5.03", "price": "86.00", "amount": "432.58"}},
            {"step": "line_rounded", "numbers": {"amount": "432.58", "net": "432.58"}},
        ]
        assert (line["raw"], line["converted"]) == ("36123.456789", "10.0342935525")
        assert (line["rounded"], line["included"], line["quantity"]) == ("10.03", "5", "5.03")
        assert (line["unit_price"], line["net"]) == ("86.00", {"minor": 43258, "currency": "CNY"})
        assert json.loads(json.dumps(line)) == line

    def test_shows_the_tiers(self):
        line = charge(WHOLE, usage(made="510"), final=False).lines[2].dump()

        first, second = line["tiers"]
        assert first == {
            "above": "0",
            "up_to": "500",
            "quantity": "500",
            "unit_price": "2.40",
            "flat": "10",
            "amount": "1210",
        }
        assert (second["above"], second["up_to"], second["quantity"]) == ("500", None, "10")

    def test_asks_for_the_minimum_only_at_the_end(self):
        before, at_last = (charge(WHOLE, usage(), final=final) for final in (False, True))

        assert nets(before) == {"base": "3000.00", "run": "0.00", "parts": "0.00", "fee": "90.00"}
        assert nets(at_last) == {**nets(before), "minimum": "2000.00", "fee": "150.00"}

    def test_asks_for_no_minimum_that_is_reached(self):
        reached = charge(plan(base("5000.00"), minimum="5000.00"), {}, final=True)

        assert nets(reached) == {"base": "5000.00"}

    def test_caps_every_run(self):
        for final in (False, True):
            capped = charge(WHOLE, usage("1800000", "1000"), final=final)

            assert nets(capped)["cap"] == "-27730.00"
            assert capped.total("owner") == Money(2000000, "CNY")
            assert capped.total("platform") == Money(60000, "CNY")

    def test_takes_a_share_of_minimum_and_cap_for_a_part_period(self):
        half = Fraction(1, 2)

        assert nets(charge(WHOLE, usage(), share_of_period=half, final=True))["minimum"] == "1000.00"
        assert (
            charge(WHOLE, usage("1800000"), share_of_period=half, final=True).total("owner").minor == 1000000
        )

    def test_can_charge_a_base_fee_whole(self):
        whole = plan(base("3000.00", prorate="none"))

        assert charge(whole, {}, share_of_period=Fraction(1, 31), final=True).total().minor == 300000

    def test_shares_the_cap_out_over_tax_categories(self):
        mixed = plan(
            parts("3"),
            parts("1", id="training", tax_category="SERVICE"),
            parts("0", id="freight", tax_category="TRANSPORT"),
            cap="100.01",
        )

        capped = charge(mixed, usage(made="100"), final=False)

        assert {
            key.tax_category: net.minor for key, net in capped.by_key().items() if key.component == "cap"
        } == {
            "LEASE_MOVABLE": -22499,
            "SERVICE": -7500,
        }
        assert capped.total().minor == 10001

    def test_keeps_minimum_and_fee_away_from_what_the_platform_sells(self):
        other = plan(base("100"), parts("1", seller="platform"), fee("0.1", seller="owner"), minimum="150")

        charged = charge(other, usage(made="1000"), final=True)

        assert nets(charged) == {"base": "100.00", "parts": "1000.00", "minimum": "50.00", "fee": "15.00"}
        assert charged.sellers() == ("owner", "platform")
        assert [line.component for line in charged.of("platform")] == ["parts"]

    def test_prices_whole_numbers_in_currencies_without_decimals(self):
        yen = plan(parts("0.4"), currency="JPY")

        assert charge(yen, {"parts": 3}, final=True).total() == Money(1, "JPY")

    @pytest.mark.parametrize("known", [{}, {"parts": Decimal(-1)}, {"parts": Decimal("NaN")}, {"parts": 1.5}])
    def test_refuses_usage_that_nobody_measured_rather_than_bill_zero(self, known):
        with pytest.raises(UsageNotRateable) as refused:
            charge(plan(parts("1")), known, final=True)

        assert refused.value.facts == {"meter": "parts"}

    def test_refuses_a_share_below_zero(self):
        with pytest.raises(ValueError, match=r"^a share of a period is not below zero$"):
            charge(WHOLE, usage(), share_of_period=-1, final=True)

    def test_does_not_depend_on_the_callers_decimal_context(self):
        expected = charge(WHOLE, usage("36123.456789", "510"), final=True)
        with localcontext() as context:
            context.prec = 2
            assert charge(WHOLE, usage("36123.456789", "510"), final=True) == expected

    @given(UNITS, UNITS, tier_lists(), PRICES)
    def test_never_falls_when_use_rises(self, one, two, tiers, price):
        uncapped = plan(steps(tiers), parts(price, id="more"), minimum="50")
        low, high = sorted((one, two))

        assert (
            charge(uncapped, {"parts": low}, final=True).total()
            <= charge(uncapped, {"parts": high}, final=True).total()
        )

    @given(UNITS, UNITS, st.fractions(0, 2), st.booleans())
    def test_is_the_sum_of_its_lines(self, seconds, made, share, final):
        charged = charge(WHOLE, {"run_time": seconds, "parts": made}, share_of_period=share, final=final)

        assert charged.total().minor == sum(line.net.minor for line in charged.lines)
        assert charged.total() == Money.total(charged.by_key().values(), "CNY")
        assert charged.total() == charged.total("owner") + charged.total("platform")
        assert charged.total("owner") <= Money.of(20000 * share, "CNY")
        assert not final or charged.total("owner") >= Money.of(5000 * share, "CNY")

    @given(st.integers(0, 80), tier_lists())
    def test_prices_tiers_as_one_counts_unit_by_unit(self, units, tiers):
        due, above = Fraction(0), 0
        for tier in tiers:
            inside = [unit for unit in range(1, units + 1) if above < unit <= int(tier["up_to"] or 10**9)]
            due += sum((Fraction(tier["unit"]) for _ in inside), Fraction(0))
            due += Fraction(tier["flat"]) if inside else 0
            above = int(tier["up_to"] or 0)

        assert charge(plan(steps(tiers)), {"parts": Decimal(units)}, final=True).total() == Money.of(
            due, "CNY"
        )

    @given(st.lists(UNITS, min_size=1, max_size=6))
    def test_bills_the_same_in_any_number_of_runs(self, totals):
        billed: dict[LineKey, Money] = {}
        for number, made in enumerate(totals, 1):
            whole = charge(WHOLE, {"run_time": made, "parts": made}, final=number == len(totals))
            for key, change in difference(whole, billed).items():
                billed[key] = billed.get(key, Money.zero("CNY")) + change

        at_once = charge(WHOLE, {"run_time": totals[-1], "parts": totals[-1]}, final=True).by_key()
        assert {key: net for key, net in billed.items() if net} == {
            key: net for key, net in at_once.items() if net
        }


class TestDifference:
    def test_credits_a_line_that_is_no_longer_due(self):
        early = charge(WHOLE, usage(), final=True)
        late = charge(WHOLE, usage(made="2000"), final=True)

        changes = difference(late, early.by_key())

        assert {key.component: change.minor for key, change in changes.items()} == {
            "parts": 406000,
            "minimum": -200000,
            "fee": 6180,
        }

    def test_is_nothing_when_nothing_changed(self):
        whole = charge(WHOLE, usage("3600", "7"), final=True)

        assert difference(whole, whole.by_key()) == {}


def test_one_part_has_its_price_where_the_total_decides():
    (line,) = charge(plan(by_total([{"up_to": None, "unit": "7"}])), {"parts": Decimal(1)}, final=True).lines

    assert (line.net.amount, line.quantity, line.amount) == (7, 1, 7)


@pytest.mark.parametrize("share", [Fraction(1, 2), 1, 2, Decimal("0.25")])
def test_a_part_of_a_period_or_several_owe_their_share_of_a_fee(share):
    charged = charge(plan(base("100")), {}, share_of_period=share, final=True)

    assert charged.total().amount == 100 * Fraction(share)
