"""Figures of other engines' public test suites, for the models that exist here."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import LineKey, charge, difference
from marketplace.rules.pricing.graduated import graduated
from marketplace.rules.pricing.per_unit import per_unit
from marketplace.rules.pricing.quantity import to_step
from marketplace.rules.pricing.tiers import Tier
from marketplace.rules.pricing.volume import volume
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import base, by_total, parts, percent, plan, steps
from tests.marketplace.vectors import rating

# What is included is included in each period: tests/billing/test_vectors.py adds up several.
PER_PERIOD = {"free_units"}
KEY = LineKey("owner", "parts", "LEASE_MOVABLE")


def tiers_of(case):
    """The tiers of a case, with a last open one where the peer's table ends."""
    tiers = [
        {"up_to": tier["up_to"], "unit": tier["unit"], "flat": tier.get("flat", "0")}
        for tier in case["params"]["tiers"]
    ]
    return tiers if tiers[-1]["up_to"] is None else [*tiers, {"up_to": None, "unit": "0"}]


def discounted(params):
    """The discount of a case, as a field of a component."""
    return {"discount": percent(params["discount_percent"])} if "discount_percent" in params else {}


def bounds_of(params):
    """Minimum and cap of a case, as fields of a plan."""
    named = {"cap": params.get("maximum"), "minimum": params.get("minimum")}
    return {name: amount for name, amount in named.items() if amount is not None}


def total(a_plan, units, *, final=False, share=1):
    """What a number of parts costs."""
    usage = {"parts": Decimal(units)}
    return charge(a_plan, usage, share_of_period=share, final=final).total().amount


def runs(a_plan, totals):
    """What each run bills when usage is known only step by step; the last run is the final one."""
    billed, booked = {}, []
    for number, units in enumerate(totals, 1):
        whole = charge(a_plan, {"parts": Decimal(units)}, final=number == len(totals))
        changes = difference(whole, billed)
        billed = whole.by_key()
        booked.append(sum((change.amount for change in changes.values()), Decimal(0)))
    return booked


class TestPerUnit:
    @pytest.mark.parametrize("case", rating("per_unit"))
    def test_costs_units_times_price(self, case):
        params, known = case["params"], case["input"]
        a_plan = plan(parts(params["unit"], **discounted(params)), **bounds_of(params))
        earlier = Decimal(known.get("earlier_units", "0"))

        billed = total(a_plan, earlier + Decimal(known["units"]), final=True) - total(a_plan, earlier)

        assert billed == Money.of(Decimal(case["expected"]["amount"]), "CNY").amount
        if earlier == 0:
            assert per_unit(Decimal(known["units"]), Decimal(params["unit"])) == Decimal(
                case["expected"]["amount"]
            )

    @pytest.mark.parametrize("case", rating("per_unit_rounded"))
    def test_is_rounded_on_the_line(self, case):
        assert total(plan(parts(case["params"]["unit"])), case["input"]["units"]) == Decimal(
            case["expected"]["amount"]
        )

    @pytest.mark.parametrize("case", rating("rerate_per_unit"))
    def test_bills_the_difference_to_what_is_billed(self, case):
        a_plan = plan(parts(case["params"]["unit"]))
        if "already_billed" in case["input"]:
            whole = charge(a_plan, {"parts": Decimal(case["input"]["units"])}, final=True)
            assert whole.by_key()[KEY].amount == Decimal(case["input"]["already_billed"])
            assert len(difference(whole, whole.by_key())) == case["expected"]["new_items"]
            return

        booked = runs(a_plan, case["input"]["cumulative_units_at_each_run"])

        assert booked == [Decimal(amount) for amount in case["expected"]["run_totals"]]

    @pytest.mark.parametrize("case", rating("usage_discount"))
    def test_leaves_the_included_units_out_of_the_running_total(self, case):
        a_plan = plan(parts("1", included=case["params"]["free_units"]))
        earlier, later = (Decimal(case["input"][name]) for name in ("earlier_units", "units"))

        first, both = total(a_plan, earlier), total(a_plan, earlier + later)

        assert first == Decimal(case["expected"]["billed_earlier_units"])
        assert both - first == Decimal(case["expected"]["billed_units"])


class TestGraduated:
    @pytest.mark.parametrize("case", rating("graduated"))
    def test_prices_every_unit_in_its_tier(self, case):
        cap = {"cap": case["params"]["maximum"]} if "maximum" in case["params"] else {}
        a_plan = plan(steps(tiers_of(case)), **cap)
        earlier = Decimal(case["input"].get("earlier_units", "0"))
        units = earlier + Decimal(case["input"]["units"])

        assert total(a_plan, units) - total(a_plan, earlier) == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("graduated", stances=("policy",)))
    def test_charges_no_flat_amount_without_use(self, case):
        """The peer charges the first flat amount at zero usage; our tiers are entered by use."""
        assert Decimal(case["expected"]["amount"]) == 100
        assert total(plan(steps(tiers_of(case))), case["input"]["units"]) == 0

    @pytest.mark.parametrize("case", rating("rerate_graduated"))
    def test_bills_the_difference_to_what_is_billed(self, case):
        booked = runs(plan(steps(tiers_of(case))), case["input"]["cumulative_units_at_each_run"])

        assert booked == [Decimal(amount) for amount in case["expected"]["run_totals"]]

    @pytest.mark.parametrize("case", rating("grouped_graduated"))
    def test_starts_again_for_every_machine(self, case):
        a_plan = plan(steps(tiers_of(case)))

        machines = [total(a_plan, units) for units in case["input"]["window_values"]]

        assert sum(machines) == Decimal(case["expected"]["amount"])

    def test_refuses_units_that_no_tier_covers(self):
        with pytest.raises(ValueError, match=r"^the tiers do not cover all the units$"):
            graduated(Decimal("10.1"), [Tier(Decimal(10), Decimal(1))])
        assert graduated(Decimal(10), [Tier(Decimal(10), Decimal(1))]) == 10


class TestVolume:
    @pytest.mark.parametrize("case", rating("volume"))
    def test_prices_all_units_in_the_tier_of_their_total(self, case):
        least = case["params"].get("minimum")
        a_plan = plan(by_total(tiers_of(case)), **({"minimum": least} if least else {}))

        amount = total(a_plan, case["input"]["units"], final=case["input"].get("final", False))

        assert amount == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("volume", stances=("policy",)))
    def test_charges_no_flat_amount_without_use(self, case):
        """The peers charge the first tier's flat amount at zero usage; ours falls due with the first use."""
        assert Decimal(case["expected"]["amount"]) > 0
        assert total(plan(by_total(tiers_of(case))), case["input"]["units"]) == 0

    @pytest.mark.parametrize("case", rating("rerate_volume"))
    def test_bills_the_difference_to_what_is_billed(self, case):
        least = case["params"].get("minimum")
        a_plan = plan(by_total(tiers_of(case)), **({"minimum": least} if least else {}))

        booked = runs(a_plan, case["input"]["cumulative_units_at_each_run"])

        assert booked == [Decimal(amount) for amount in case["expected"]["run_totals"]]

    @pytest.mark.parametrize("case", rating("windowed_volume"))
    def test_prices_a_window_by_itself(self, case):
        a_plan, windows = plan(by_total(tiers_of(case))), case["input"]["window_values"]

        amounts = [total(a_plan, value) for value in windows]

        assert sum(amounts) == Decimal(case["expected"]["amount"])
        assert sum(amounts) != total(a_plan, sum(Decimal(value) for value in windows))

    @pytest.mark.parametrize("case", rating("grouped_volume"))
    def test_starts_again_for_every_machine(self, case):
        a_plan = plan(by_total(tiers_of(case)))

        machines = [total(a_plan, units) for units in case["input"]["window_values"]]

        assert sum(machines) == Decimal(case["expected"]["amount"])

    def test_refuses_units_that_no_tier_covers(self):
        with pytest.raises(ValueError, match=r"^no tier covers the units$"):
            volume(Decimal("10.1"), [Tier(Decimal(10), Decimal(1))])
        assert volume(Decimal(10), [Tier(Decimal(10), Decimal(1))]) == 10
        assert volume(Decimal(0), [Tier(None, Decimal(1), Decimal(100))]) == 0


class TestUnits:
    @pytest.mark.parametrize("case", rating("unit_conversion", stances=("adopt", "derived")))
    def test_are_converted_then_rounded_on_the_running_total(self, case):
        params, known = case["params"], case["input"]
        mode = {"half_up": "nearest", "ceil": "up", None: None}[params["round"]]

        def billed(raw):
            units = Fraction(raw) / int(params["by"])
            return units if mode is None else to_step(units, Decimal(1), mode)

        earlier = Fraction(known.get("earlier_raw", "0"))
        units = billed(earlier + Fraction(known["raw"])) - billed(earlier)

        if "billed_units" in case["expected"]:
            assert units == Fraction(case["expected"]["billed_units"])
        if "amount" in case["expected"]:
            assert units * int(params["unit"]) == Fraction(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("aggregate_rounding"))
    def test_are_rounded_to_a_step(self, case):
        modes = {"round": "nearest", "ceil": "up", "floor": "down"}
        value, params = case["input"]["value"], case["params"]
        rounding = {"round_to": None}
        if params["function"]:
            step = format(Decimal(f"1E{-(params['precision'] or 0)}"), "f")
            rounding = {"round_to": step, "round": modes[params["function"]]}

        (line,) = charge(plan(parts("1", **rounding)), {"parts": Decimal(value)}, final=True).lines

        assert line.quantity == line.rounded == Decimal(case["expected"]["value"])
        assert line.raw == Decimal(value)


class TestMinimum:
    @pytest.mark.parametrize("case", rating("minimum_commitment"))
    def test_bills_what_is_missing(self, case):
        params = case["params"]
        share = Fraction(params.get("days", 1), params.get("period_days", 1))
        a_plan = plan(parts("1"), minimum=params["minimum"])
        usage = {"parts": Decimal(case["input"]["used"])}

        missing = charge(a_plan, usage, share_of_period=share, final=True).lines[-1]

        assert (missing.kind, missing.net.amount) == ("minimum", Decimal(case["expected"]["true_up"]))

    @pytest.mark.parametrize("case", rating("minimum_commitment_plan"))
    def test_rounds_minimum_and_fee_apart(self, case):
        params, usage = case["params"], case["input"]["usage"]
        share = Fraction(params["days"], params["period_days"])
        used = sum(map(Decimal, usage if isinstance(usage, list) else [usage]))
        a_plan = plan(base(params["plan_fee"]), parts("1"), minimum=params["commitment"])

        missing = charge(a_plan, {"parts": used}, share_of_period=share, final=True).lines[-1]

        assert missing.net.amount == Decimal(case["expected"]["true_up"])

    @pytest.mark.parametrize("case", rating("late_events_per_unit", without=PER_PERIOD))
    def test_and_cap_and_late_usage_settle_in_the_total_of_each_run(self, case):
        params = case["params"]
        priced = parts(params["unit"], **discounted(params))
        totals = [seen[-1] for seen in case["input"]["cumulative_units_seen_per_period_at_each_run"]]

        assert runs(plan(priced, **bounds_of(params)), totals) == [
            Decimal(run["total"]) for run in case["expected"]["runs"]
        ]


class TestProration:
    @pytest.mark.parametrize("case", rating("proration_days"))
    def test_charges_a_base_fee_by_the_day(self, case):
        share = Fraction(case["input"]["days"], case["params"]["period_days"])

        amount = (
            charge(plan(base(case["params"]["fee"])), {}, share_of_period=share, final=True).total().amount
        )

        assert amount == Decimal(case["expected"]["amount"])
