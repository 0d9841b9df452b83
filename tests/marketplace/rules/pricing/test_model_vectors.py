"""Figures of other engines' public test suites: packages, blocks, percentages, carried prices, discounts."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import InvalidPlan, LineKey, charge, difference
from marketplace.rules.pricing.blocks import started
from marketplace.rules.pricing.lines import Given, Ladder
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import PLACES, Money
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    fee_in_steps,
    packages,
    parts,
    percent,
    plan,
    steps,
)
from tests.marketplace.vectors import RATING, rating

METERS = ("parts", "cycles")  # of the two units of a peer's case
IN_BLOCKS = ("graduated_blocks", "graduated_blocks_multi", "volume_blocks", "volume_blocks_multi")
UNITS = {"parts": "piece", "cycles": "cycle"}


def total(a_plan, units, **given):
    """What a number of parts costs."""
    return charge(a_plan, {"parts": Decimal(units)}, final=True, **given).total().amount


def runs(a_plan, totals, **amounts):
    """What each run bills; the last run is the final one."""
    billed, booked = {}, []
    for number, units in enumerate(totals, 1):
        known = {"amounts": {"parts": Decimal(units)}} if amounts else {}
        whole = charge(a_plan, {"parts": Decimal(units)}, final=number == len(totals), **known)
        booked.append(sum((one.amount for one in difference(whole, billed).values()), Decimal(0)))
        billed = whole.by_key()
    return booked


def package_of(params):
    """The package of a case as a component."""
    counted = {"up": "started", "down": "full"}[params.get("round", "up")]
    included = params.get("free_units", "0")
    return packages(params["amount"], params["size"], included=included, packages=counted)


def tiers_in_blocks(blocks):
    """A peer's tiers, each so many blocks wide, as ours that end at a quantity; the last one stays open."""
    tiers, above = [], 0
    for block in blocks:
        above += int(block["block_size"]) * int(block["max_blocks"] or 0)
        price = {"unit": block["price_per_block"], "block": block["block_size"]}
        tiers.append({"up_to": str(above), **price})
    return [*tiers[:-1], {**tiers[-1], "up_to": None}]


def plan_in_blocks(case):
    """One component per unit of the case, and its totals by meter."""
    of_total = case["params"].get("policy") == "TOP_TIER"
    named = [name for name, value in case["params"].items() if isinstance(value, list)]
    known, components, usage = case["input"], [], {}
    for meter, name in zip(METERS, named, strict=False):
        told = known["units"] if name == "tiers" else known[name]
        usage[meter] = sum(map(Decimal, told if isinstance(told, list) else [told]))
        make = by_total if of_total else steps
        tiers = tiers_in_blocks(case["params"][name])
        components.append(make(tiers, id=meter, meter=meter, unit=UNITS[meter]))
    return plan(*components), usage


class TestPackage:
    @pytest.mark.parametrize("case", rating("package"))
    def test_is_charged_once_however_the_use_comes_in(self, case):
        a_plan, known = plan(package_of(case["params"])), case["input"]
        earlier = Decimal(known.get("earlier_units", "0"))

        billed = total(a_plan, earlier + Decimal(known["units"])) - total(a_plan, earlier)

        assert billed == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("package_count"))
    def test_is_counted_when_it_is_begun(self, case):
        size, units = case["params"]["size"], case["input"]["units"]

        (line,) = charge(plan(packages("1", size)), {"parts": Decimal(units)}, final=True).lines

        assert started(Decimal(units), Decimal(size)) == Decimal(case["expected"]["packages"])
        assert dict(line.steps[1].numbers)["packages"] == case["expected"]["packages"]

    @pytest.mark.parametrize("case", rating("rerate_package"))
    def test_bills_the_difference_to_what_is_billed(self, case):
        booked = runs(plan(package_of(case["params"])), case["input"]["cumulative_units_at_each_run"])

        assert booked == [Decimal(amount) for amount in case["expected"]["run_totals"]]

    @pytest.mark.parametrize("case", rating("windowed_package"))
    def test_is_begun_anew_in_every_window_that_is_priced_by_itself(self, case):
        a_plan, windows = plan(package_of(case["params"])), case["input"]["window_values"]

        assert sum(total(a_plan, value) for value in windows) == Decimal(case["expected"]["amount"])


class TestBlocks:
    @pytest.mark.parametrize(
        "case",
        rating(*IN_BLOCKS, "final_usage"),
    )
    def test_are_charged_whole_as_soon_as_they_are_begun(self, case):
        a_plan, usage = plan_in_blocks(case)

        assert charge(a_plan, usage, final=True).total().amount == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("rerate_blocks"))
    def test_bill_the_difference_to_what_is_billed(self, case):
        a_plan, usage = plan_in_blocks(case)
        before = Money.of(Decimal(case["input"]["already_billed"]), "CNY")
        key = LineKey("owner", "parts", "LEASE_MOVABLE")

        changes = difference(charge(a_plan, usage, final=True), {key: before})

        assert Money.total(changes.values(), "CNY").amount == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("capacity_tier", stances=("policy",)))
    def test_of_several_units_are_priced_each_by_its_own_total(self, case):
        """
        The peer charges one price for a period, that of the highest tier that the peak of any unit reaches.

        A meter of ours is a total, and every meter has its own price and its own line that can be checked; so
        each unit pays for the tier of its own total, and the two agree where one unit alone decides.
        """
        tiers, known = case["params"]["tiers"], case["input"]

        def price(name):
            own = [{"up_to": tier["limits"][name], "unit": "0", "flat": tier["price"]} for tier in tiers[:-1]]
            own.append({"up_to": None, "unit": "0", "flat": tiers[-1]["price"]})
            return total(plan(by_total(own)), known[name])

        prices = [price(name) for name in known]

        assert max(prices) == Decimal(case["expected"]["amount"])
        assert sum(prices) > max(prices)

    @pytest.mark.parametrize("case", rating("late_usage", stances=("peer-only",)))
    def test_price_use_however_late_it_comes(self, case):
        """
        The peer drops what comes for a period further back than it looks, with no trace, so it bills 0.

        Here a period is priced from all its usage whenever that is known, and the difference is found.
        """
        a_plan, _ = plan_in_blocks({**case, "input": {"units": "0"}})
        on_time, late = (charge(a_plan, {"parts": Decimal(units)}, final=True) for units in (250, 301))

        changes = difference(late, on_time.by_key())

        assert Decimal(case["expected"]["amount"]) == 0
        assert [str(one.amount) for one in changes.values()] == ["2.95"]


class TestFlatAmounts:
    @pytest.mark.parametrize("case", rating("rerate_volume", stances=("policy",)))
    def test_fall_due_with_the_first_use(self, case):
        """The peer books the first step's flat amount in a run without use; ours has nothing to bill yet."""
        booked = runs(plan(by_total(case["params"]["tiers"])), case["input"]["cumulative_units_at_each_run"])

        assert [Decimal(one) for one in case["expected"]["run_totals"]] == [100]
        assert booked == [0]


class TestCarried:
    @pytest.mark.parametrize("case", rating("dynamic"))
    def test_is_charged_as_the_use_carried_it(self, case):
        cents = case["input"].get("precise_total_cents")
        amount = Decimal(cents) / 100 if cents else Decimal(case["input"]["cost"])
        units = Decimal(case["input"].get("units", "1"))
        a_plan = plan(carried(case["params"].get("multiplier", "1")))

        (line,) = charge(a_plan, {"parts": units}, final=True, amounts={"parts": amount}).lines

        assert line.net == Money.of(Decimal(case["expected"]["amount"]), "CNY")
        assert not cents or line.amount == Decimal(case["expected"]["amount"])
        assert not cents or line.unit_price == Decimal(case["expected"]["unit_amount"])

    @pytest.mark.parametrize("case", rating("rerate_dynamic"))
    def test_bills_the_difference_to_what_is_billed(self, case):
        params = case["params"]
        least = {"minimum": params["minimum"]} if "minimum" in params else {}
        a_plan = plan(carried(params["multiplier"]), **least)

        booked = runs(a_plan, case["input"]["cumulative_units_at_each_run"], carried=True)

        assert booked == [Decimal(amount) for amount in case["expected"]["run_totals"]]


def is_of_totals(case):
    return not case["params"]["free_events"] and not case["params"].get("min_per_event")


class TestPercentageOfWhatUseCarried:
    """A share of a carried amount is its multiplier; a fee per use is a price per unit beside it."""

    def price(self, case, amount, events):
        params = case["params"]
        rate = format(Decimal(params["rate_percent"]) / 100, "f")
        each = parts(params["fixed_per_event"] or "0", id="each")
        usage = {"parts": Decimal(events)}
        return charge(plan(carried(rate), each), usage, final=True, amounts={"parts": Decimal(amount)}).lines

    @pytest.mark.parametrize("case", [one for one in rating("percentage") if is_of_totals(one.values[0])])
    def test_costs_what_the_peer_says(self, case):
        lines = self.price(case, case["input"]["amount_base"], case["input"]["events"])

        assert sum(line.amount for line in lines) == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize(
        "case",
        [
            one
            for one in rating("percentage", "percentage_min_max_per_event")
            if not is_of_totals(one.values[0])
        ],
    )
    def test_knows_no_allowance_and_no_bounds_of_single_uses(self, case):
        """
        Not built: what the first events carried, and a least and a most of each, are terms of card payments.

        A charge is a function of the totals of a period, so that late and corrected use can be priced again;
        the peer's figure depends on which use came first. A plan that asks for it is refused, never
        misread.
        """
        known = case["input"]
        amounts = known.get("event_amounts", [known.get("amount_base")])
        lines = self.price(case, sum(map(Decimal, amounts)), known.get("events", len(amounts)))
        assert sum(line.amount for line in lines) != Decimal(case["expected"]["amount"])

        asked = {name for name, value in case["params"].items() if value and name not in READ}
        for name in asked:
            with pytest.raises(InvalidPlan) as refused:
                plan(carried("0.01", **{name: "1"}))
            assert [flaw.code for flaw in refused.value.flaws] == ["unknown_field"]
        assert asked


READ = ("rate_percent", "fixed_per_event")


class TestPercentageInSteps:
    def share(self, case):
        """What the steps of a case take from an amount, before rounding."""
        tiers = [
            {
                "up_to": tier["up_to"],
                "rate": format(Decimal(tier["rate_percent"]) / 100, "f"),
                "flat": tier["flat"],
            }
            for tier in case["params"]["tiers"]
        ]
        units = case["input"]["units"]
        return charge(plan(base(units), fee_in_steps(tiers)), {}, final=True).lines[-1].amount

    @pytest.mark.parametrize("case", rating("graduated_percentage"))
    def test_takes_of_every_part_of_the_rent_its_own_rate(self, case):
        assert self.share(case) == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("graduated_percentage", stances=("policy",)))
    def test_takes_nothing_of_nothing(self, case):
        """The peer charges the first flat amount without any rent; a step of ours is entered by rent."""
        assert Decimal(case["expected"]["amount"]) > 0
        assert self.share(case) == 0


class TestDiscount:
    @pytest.mark.parametrize("case", rating("discount_percent"))
    def test_of_so_many_per_cent_is_rounded_once(self, case):
        currency = {2: "CNY", 0: "JPY"}[case["params"]["places"]]
        off = percent(case["params"]["rate_percent"])
        a_plan = plan(base(case["input"]["amount"], discount=off), currency=currency)

        lines = charge(a_plan, {}, final=True).lines

        assert lines[1].net == Money.of(-Decimal(case["expected"]["discount"]), currency)

    @pytest.mark.parametrize("case", rating("discount_fixed"))
    def test_never_makes_a_price_negative(self, case):
        off = {"amount": case["params"]["fixed"]}

        lines = charge(plan(base(case["input"]["amount"], discount=off)), {}, final=True).lines

        assert lines[1].net.amount == -Decimal(case["expected"]["discount"])
        assert sum(line.net.minor for line in lines) == 0


class TestRounding:
    @pytest.mark.parametrize("case", rating("line_rounding"))
    def test_is_half_away_from_zero_at_the_line(self, case):
        places = case["params"]["places"]
        currency = case["params"].get("currency") or next(one for one in PLACES if PLACES[one] == places)
        amount = Fraction(case["input"]["amount"])

        assert Ladder().close(amount, currency).amount == Decimal(case["expected"]["amount"])
        if amount > 0:
            charged = charge(plan(base(case["input"]["amount"]), currency=currency), {}, final=True)
            assert charged.total().amount == Decimal(case["expected"]["amount"])

    @pytest.mark.parametrize("case", rating("subtotal_of_rounded_lines"))
    def test_comes_before_adding_up(self, case):
        lines = case["input"]["lines"]
        amounts = [lines["each"]] * lines["count"] if isinstance(lines, dict) else lines
        a_plan = plan(*(base(amount, id=f"line{n}") for n, amount in enumerate(amounts)))

        assert charge(a_plan, {}, final=True).total().amount == Decimal(case["expected"]["subtotal"])


class TestYearlyMinimum:
    def test_is_rounded_apart_from_the_fee_of_a_first_part_year(self):
        """Lago's yearly commitment, 334 of 365 days: 9,150.68 − 915.07, not 8,235.62."""
        share = Fraction(334, 365)
        a_plan = plan(base("1000.00"), term_minimum={"amount": "10000.00", "per": "year"})
        ends = Term(Fraction(1), share, Money(0, "CNY"), {}, {})

        lines = charge(a_plan, {}, share_of_period=share, final=True, term=ends).lines

        assert [(line.kind, str(line.net.amount)) for line in lines] == [
            ("base_fee", "915.07"),
            ("term_minimum", "8235.61"),
        ]


def test_a_percentage_is_of_the_rounded_lines_that_the_paper_shows():
    lines = charge(plan(base("10.005"), base("0.001", id="more")), {}, final=True).lines
    rate = Percentage("fee", "platform", "SERVICE", Decimal("0.5"), "rent")

    assert rate.line(Given("CNY", {}, Fraction(1)), lines).net == Money(501, "CNY")


# Of price models: what is run here and in ``test_vectors``, and what other rules answer for.
RUN = {
    "per_unit",
    "per_unit_rounded",
    "usage_discount",
    "graduated",
    "grouped_graduated",
    "volume",
    "grouped_volume",
    "package",
    "package_count",
    "graduated_blocks",
    "graduated_blocks_multi",
    "volume_blocks",
    "volume_blocks_multi",
    "capacity_tier",
    "dynamic",
    "percentage",
    "percentage_min_max_per_event",
    "graduated_percentage",
    "discount_percent",
    "discount_fixed",
    "minimum_commitment",
    "minimum_commitment_plan",
    "line_rounding",
    "subtotal_of_rounded_lines",
    "rerate_per_unit",
    "rerate_graduated",
    "rerate_volume",
    "rerate_package",
    "rerate_blocks",
    "rerate_dynamic",
}
# Units that are owned rather than used: money follows the days they were there. No meter of a machine is one.
OF_SEATS = {"graduated_prorated", "volume_prorated"}
PRICED = ("per_unit", "graduated", "grouped", "volume", "package", "capacity", "dynamic", "percentage")
PRICED += ("discount", "usage_discount", "minimum", "line_rounding", "subtotal", "rerate")


def test_every_price_model_of_the_file_is_run():
    models = {case["model"] for case in RATING if case["model"].startswith(PRICED)}

    assert models == RUN | OF_SEATS
