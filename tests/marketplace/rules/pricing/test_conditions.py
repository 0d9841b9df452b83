"""Discounts, minima and caps of one component and of the plan, and the order in which they come."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import charge, difference
from marketplace.rules.pricing.plans import InvalidPlan
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    fee,
    fee_in_steps,
    hours,
    packages,
    parts,
    percent,
    plan,
    steps,
)


def lines(a_plan, made="0", *, final=True, share=1, **usage):
    """Component, kind and net of every line."""
    known = {"parts": Decimal(made)} | {name: Decimal(value) for name, value in usage.items()}
    charged = charge(a_plan, known, share_of_period=share, final=final)
    return [(line.component, line.kind, str(line.net.amount)) for line in charged.lines]


def codes(a_plan, made, position):
    return [step.code for step in charge(a_plan, {"parts": Decimal(made)}, final=True).lines[position].steps]


def numbers(a_plan, made, position, step=0):
    line = charge(a_plan, {"parts": Decimal(made)}, final=True).lines[position]
    return dict(line.steps[step].numbers)


class TestDiscountOfAComponent:
    def test_is_a_line_of_its_own_under_the_components_id(self):
        off = plan(parts("2", discount=percent("12.5")), base("100"))

        charged = charge(off, {"parts": 101}, final=False)

        assert lines(off, "101", final=False) == [
            ("parts", "per_unit", "202.00"),
            ("parts", "discount", "-25.25"),
            ("base", "base_fee", "100.00"),
        ]
        assert (charged.lines[1].meter, charged.lines[1].unit_price) == ("parts", None)
        assert [str(net.amount) for net in charged.by_key().values()] == ["176.75", "100.00"]
        assert numbers(off, "101", 1) == {"base": "202.00", "percent": "12.5", "amount": "-25.25"}

    def test_of_an_amount_follows_the_share_of_the_period_and_stops_at_the_price(self):
        off = plan(parts("2", discount={"amount": "50"}))

        assert lines(off, "100")[1] == ("parts", "discount", "-50.00")
        assert lines(off, "100", share=Fraction(1, 3))[1] == ("parts", "discount", "-16.67")
        assert lines(off, "10")[1] == ("parts", "discount", "-20.00")
        assert lines(off, "0") == [("parts", "per_unit", "0.00")]
        assert numbers(off, "10", 1, 1) == {"base": "20.00", "most": "50.00", "net": "-20.00"}

    def test_of_nothing_and_of_all_are_no_traps(self):
        assert lines(plan(base("10", discount=percent("0")))) == [("base", "base_fee", "10.00")]
        assert lines(plan(base("10", discount=percent("100"))))[1] == ("base", "discount", "-10.00")
        assert lines(plan(base("10", discount={"amount": "0"}))) == [("base", "base_fee", "10.00")]

    def test_may_be_given_on_what_the_platform_charges(self):
        off = plan(base("1000"), fee("0.03", discount=percent("50")))

        charged = charge(off, {}, final=True)

        assert lines(off)[1:] == [("fee", "percentage", "30.00"), ("fee", "discount", "-15.00")]
        assert [line.seller for line in charged.lines] == ["owner", "platform", "platform"]
        assert charged.rent() == charged.lines[:1]


class TestMinimumOfAComponent:
    def test_is_asked_for_on_the_last_run_after_the_discount(self):
        least = plan(parts("2", discount=percent("50"), minimum={"amount": "120"}))

        assert lines(least, "100", final=False) == [
            ("parts", "per_unit", "200.00"),
            ("parts", "discount", "-100.00"),
        ]
        assert lines(least, "100")[2:] == [("parts", "minimum", "20.00")]
        assert lines(least, "120")[2:] == []
        assert lines(least, "0", share=Fraction(1, 3)) == [
            ("parts", "per_unit", "0.00"),
            ("parts", "minimum", "40.00"),
        ]

    def test_of_a_quantity_prices_what_is_missing_as_if_it_had_been_used(self):
        least = plan(
            steps(
                [{"up_to": "100", "unit": "3"}, {"up_to": None, "unit": "2"}],
                minimum={"quantity": "150"},
                discount=percent("10"),
            )
        )

        assert lines(least, "40", final=False) == [
            ("parts", "graduated", "120.00"),
            ("parts", "discount", "-12.00"),
        ]
        assert lines(least, "40") == [
            ("parts", "graduated", "120.00"),
            ("parts", "minimum", "280.00"),
            ("parts", "discount", "-40.00"),
        ]
        assert lines(least, "150") == [
            ("parts", "graduated", "400.00"),
            ("parts", "discount", "-40.00"),
        ]
        added = charge(least, {"parts": Decimal(40)}, final=True).lines[1]
        assert (added.quantity, added.unit, added.meter) == (Decimal(110), "piece", "parts")
        assert [dict(step.numbers) for step in added.steps] == [
            {"full": "150", "share": "1", "least": "150", "quantity": "40"},
            {"least": "400.00", "used": "120.00", "net": "280.00"},
        ]

    def test_of_a_quantity_follows_the_share_of_the_period_and_the_included_units(self):
        least = plan(packages("10", "20", included="5", minimum={"quantity": "100"}))

        assert lines(least, "45")[1] == ("parts", "minimum", "30.00")
        assert lines(least, "45", share=Fraction(1, 2))[1:] == [("parts", "minimum", "10.00")]
        assert lines(least, "46", share=Fraction(1, 2))[1:] == []

    def test_of_a_quantity_never_makes_less_use_dearer_where_a_total_gets_a_better_price(self):
        tiers = [{"up_to": "15", "unit": "10"}, {"up_to": None, "unit": "5"}]
        least = plan(by_total(tiers, minimum={"quantity": "20"}))

        assert lines(least, "15") == [("parts", "volume", "150.00")]
        assert lines(least, "5")[1:] == [("parts", "minimum", "50.00")]

    def test_may_be_the_least_of_what_use_carried(self):
        least = plan(carried("1", minimum={"amount": "10"}))

        charged = charge(least, {"parts": Decimal(1)}, amounts={"parts": Decimal(4)}, final=True)

        assert [str(line.net.amount) for line in charged.lines] == ["4.00", "6.00"]
        assert charged.lines[0].unit_price == 4
        without = charge(least, {"parts": Decimal(0)}, amounts={"parts": Decimal(0)}, final=False)
        assert without.lines[0].unit_price is None


class TestCapOfAComponent:
    def test_holds_in_every_run_for_this_component_alone(self):
        most = plan(parts("2", cap={"amount": "150"}), base("1000"), cap="1100")

        for final in (False, True):
            assert lines(most, "100", final=final) == [
                ("parts", "per_unit", "200.00"),
                ("parts", "cap", "-50.00"),
                ("base", "base_fee", "1000.00"),
                ("cap", "cap", "-50.00"),
            ]

    def test_comes_after_the_discount(self):
        most = plan(parts("2", cap={"amount": "150"}, discount=percent("30")))

        assert lines(most, "100") == [
            ("parts", "per_unit", "200.00"),
            ("parts", "discount", "-60.00"),
        ]


class TestReading:
    def test_writes_each_as_it_was_read(self):
        own = {
            "discount": {"percent": "12.5"},
            "minimum": {"amount": "2000000000"},
            "cap": {"amount": "3000000000"},
            "term_minimum": {"amount": "5", "per": "term"},
        }
        (written,) = plan(parts("2", **own)).dump()["components"]

        assert {name: written[name] for name in own} == own

    @pytest.mark.parametrize("name", ["minimum", "discount", "term_minimum"])
    def test_points_at_what_is_of_neither_kind_once(self, name):
        with pytest.raises(InvalidPlan) as refused:
            plan(parts("2", **{name: {}}))

        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [
            (f"/components/0/{name}", "not_one_of")
        ]

    def test_takes_what_use_carries_once_where_no_factor_is_named(self):
        named = carried("2")
        del named["multiplier"]

        charged = charge(plan(named), {"parts": Decimal(1)}, final=True, amounts={"parts": Decimal("10.11")})

        assert str(charged.total().amount) == "10.11"

    def test_says_which_id_is_reserved(self):
        with pytest.raises(InvalidPlan) as refused:
            plan(parts("2", id="cap"))

        assert refused.value.flaws[0].facts == {"id": "cap"}


class TestDiscountOfTheRent:
    def test_comes_before_minimum_and_cap_and_lowers_each_tax_rate_by_its_part(self):
        off = plan(
            parts("3"),
            parts("1", id="training", tax_category="SERVICE"),
            fee("0.1"),
            discount=percent("10"),
            minimum="300",
            cap="350",
        )

        assert lines(off, "60") == [
            ("parts", "per_unit", "180.00"),
            ("training", "per_unit", "60.00"),
            ("discount", "discount", "-18.00"),
            ("discount", "discount", "-6.00"),
            ("minimum", "minimum", "84.00"),
            ("fee", "percentage", "30.00"),
        ]
        assert lines(off, "100")[2:5] == [
            ("discount", "discount", "-30.00"),
            ("discount", "discount", "-10.00"),
            ("cap", "cap", "-7.50"),
        ]
        assert codes(off, "100", 2) == ["discount", "line_rounded", "tax_share"]
        assert numbers(off, "100", 3, step=2) == {
            "whole": "-40.00",
            "base": "100.00",
            "all": "400.00",
            "net": "-10.00",
        }

    def test_leaves_what_the_platform_sells_alone(self):
        off = plan(base("100"), parts("1", seller="platform"), discount={"amount": "500"})

        assert lines(off, "7")[2:] == [("discount", "discount", "-100.00")]


class TestBlocks:
    def test_say_in_the_ladder_how_they_were_counted(self):
        tiers = [{"up_to": "100", "unit": "3", "block": "50", "flat": "1"}, {"up_to": None, "unit": "0.5"}]
        a_plan = plan(steps(tiers), by_total(tiers, id="whole"))

        charged = charge(a_plan, {"parts": Decimal(51)}, final=True)

        assert [str(line.net.amount) for line in charged.lines] == ["7.00", "7.00"]
        told = {"above": "0", "quantity": "51", "unit": "3", "block": "50", "blocks": "2"}
        told |= {"flat": "1", "amount": "7"}
        for line, code in zip(charged.lines, ("tier_blocks", "volume_blocks"), strict=True):
            assert (line.steps[1].code, dict(line.steps[1].numbers)) == (code, told)
            assert line.dump()["tiers"] == [
                {
                    "above": "0",
                    "up_to": "100",
                    "quantity": "51",
                    "unit_price": "3",
                    "flat": "1",
                    "amount": "7",
                    "block": "50",
                    "blocks": "2",
                }
            ]

    def test_and_packages_are_not_charged_before_anything_was_used(self):
        tiers = [{"up_to": None, "unit": "3", "block": "50"}]

        assert lines(plan(steps(tiers), packages("1", "10", id="more")))[0][2] == "0.00"
        assert lines(plan(packages("1", "10", packages="full")), "19.99")[0][2] == "1.00"


class TestPercentageInSteps:
    TIERS = (
        {"up_to": "10000", "rate": "0.05", "flat": "20"},
        {"up_to": None, "rate": "0.03"},
    )

    def test_takes_each_rate_of_its_part_of_the_rent(self):
        a_plan = plan(base("12345.67"), fee_in_steps(list(self.TIERS)))

        line = charge(a_plan, {}, final=True).lines[-1]

        assert str(line.net.amount) == "590.37"
        assert [step.code for step in line.steps] == ["percentage_tier"] * 2 + ["line_rounded"]
        assert (line.unit_price, len(line.tiers), line.quantity) == (None, 2, Decimal("12345.67"))


class TestAcrossRuns:
    @pytest.mark.parametrize("order", [("10", "90", "90"), ("90", "10", "90"), ("200", "0", "90")])
    def test_everything_settles_in_the_difference(self, order):
        a_plan = plan(
            hours("9", discount=percent("5"), minimum={"quantity": "10"}),
            packages("7", "25", cap={"amount": "60"}),
            fee_in_steps(list(TestPercentageInSteps.TIERS)),
            discount={"amount": "3"},
            minimum="120",
        )
        billed = {}
        for number, made in enumerate(order, 1):
            usage = {"parts": Decimal(made), "run_time": Decimal(made) * 360}
            whole = charge(a_plan, usage, final=number == len(order))
            changes = difference(whole, billed)
            for key, change in changes.items():
                billed[key] = billed[key] + change if key in billed else change

        at_once = charge(a_plan, {"parts": Decimal(90), "run_time": Decimal(32400)}, final=True)
        assert {key: net for key, net in billed.items() if net} == {
            key: net for key, net in at_once.by_key().items() if net
        }


class TestPartsOfWhatIsTakenOff:
    def test_that_are_nothing_have_no_line(self):
        off = plan(base("100"), base("0.01", id="repair", tax_category="REPAIR"), discount=percent("0.01"))

        assert lines(off)[2:] == [("discount", "discount", "-0.01")]
        assert [step.code for step in charge(off, {}, final=True).lines[2].steps] == [
            "discount",
            "line_rounded",
        ]
