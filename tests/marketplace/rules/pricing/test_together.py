"""Conditions and minima of the term beside prices that depend on when, reliefs, and changes of the price."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan, charge
from marketplace.rules.pricing.changed import Stretch, charge_changed
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.lines import OWNER, ChargeLine
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    document,
    fee,
    packages,
    parts,
    percent,
    plan,
)
from tests.marketplace.rules.pricing.timed import band, energy, highest, priced, spread

WHOLE, HALF = Fraction(1), Fraction(1, 2)
PEAK = band("peak", "10:00", "12:00", price="2")
COUNTED = [("2026-07-01 10:00", "30"), ("2026-07-02 13:00", "10")]


def nets(charged):
    return [(line.component, line.kind, str(line.net.amount)) for line in charged.lines]


def flaws(*components, **bounds):
    with pytest.raises(InvalidPlan) as caught:
        plan(*components, **bounds)
    return [(flaw.pointer, flaw.code) for flaw in caught.value.flaws]


class TestPricesThatDependOnWhen:
    def test_take_discount_minimum_and_cap_of_their_component(self):
        a_plan = plan(
            energy("1", bands=[PEAK], discount=percent("10"), minimum={"amount": "100"}),
            highest("5", cap={"amount": "120"}),
        )

        assert nets(priced(a_plan, spread(COUNTED))) == [
            ("power", "time_of_day", "70.00"),
            ("power", "discount", "-7.00"),
            ("power", "minimum", "37.00"),
            ("peak", "peak", "150.00"),
            ("peak", "cap", "-30.00"),
        ]

    def test_have_no_least_quantity_for_a_quantity_has_no_price_by_itself(self):
        least = {"minimum": {"quantity": "5"}, "term_minimum": {"quantity": "50"}}

        assert flaws(energy("1", bands=[PEAK], **least), highest("5", **least)) == [
            ("/components/0/minimum/quantity", "nothing_counted"),
            ("/components/0/term_minimum/quantity", "nothing_counted"),
            ("/components/1/minimum/quantity", "nothing_counted"),
            ("/components/1/term_minimum/quantity", "nothing_counted"),
        ]

    def test_are_brought_to_the_minimum_of_the_term(self):
        a_plan = plan(energy("1", bands=[PEAK], term_minimum={"amount": "200"}))
        first = priced(a_plan, spread(COUNTED))
        term = ending([first], currency="CNY", share=WHOLE, years=WHOLE)

        assert nets(priced(a_plan, spread(COUNTED), term=term))[1:] == [("power", "term_minimum", "60.00")]

    def test_count_the_highest_window_in_blocks(self):
        tiers = [{"up_to": None, "unit": "50", "block": "20"}]
        (line,) = priced(plan(highest("5", tiers=tiers)), spread(COUNTED)).lines

        assert (line.net.amount, [step.code for step in line.steps][2:3]) == (100, ["tier_blocks"])


class TestPackages:
    def test_have_something_included_every_day(self):
        box = packages("30", "20", meter="energy", unit="kWh", included="10", included_per="day")
        a_plan = plan(box)
        (line,) = priced(a_plan, spread(COUNTED)).lines

        assert (line.quantity, line.net.amount) == (20, 30)
        assert PricePlan.parse(a_plan.dump()) == a_plan
        assert (a_plan.meters(), a_plan.timed_meters()) == (("energy",), ("energy",))

    def test_and_carried_prices_are_metered_but_not_in_time(self):
        a_plan = plan(packages("30", "20"), carried("1", id="cost", meter="energy", unit="kWh"))

        assert (a_plan.meters(), a_plan.timed_meters(), a_plan.remembered_meters()) == (
            ("parts", "energy"),
            (),
            (),
        )


class TestOrder:
    def test_a_relief_lowers_the_rent_and_no_minimum_asks_for_it_again(self):
        a_plan = plan(parts("2"), fee("0.1"), minimum="100", term_minimum={"amount": "300"})
        term = ending(
            [charge(a_plan, {"parts": Decimal(0)}, final=True)], currency="CNY", share=WHOLE, years=WHOLE
        )
        seen = []

        def lower(rent):
            seen.extend(line.kind for line in rent)
            net = Money(-5000, "CNY")
            return [ChargeLine("credit.1", "credit", OWNER, "LEASE_MOVABLE", net.amount, net)]

        charged = charge(a_plan, {"parts": Decimal(0)}, final=True, lower=lower, term=term)

        assert seen == ["per_unit", "minimum"]
        assert nets(charged) == [
            ("parts", "per_unit", "0.00"),
            ("minimum", "minimum", "100.00"),
            ("credit.1", "credit", "-50.00"),
            ("term_minimum", "term_minimum", "100.00"),
            ("fee", "percentage", "15.00"),
        ]
        assert charged.term == term.dump()
        assert all(line.term == charged.term for line in charged.lines)


def changed(*stretches, term=None):
    """The charge of (plan, parts) in halves of a period."""
    return charge_changed(
        [Stretch(a_plan, {"parts": Decimal(count)}, HALF) for a_plan, count in stretches],
        final=True,
        term=term,
    )


class TestAChangeOfThePrice:
    WHOLE = plan(
        parts("3", discount=percent("12.5"), minimum={"quantity": "40"}),
        base("100", cap={"amount": "70"}),
        fee("0.07", minimum={"amount": "30"}),
        discount=percent("3.3"),
        minimum="150",
        term_minimum={"amount": "900"},
    )

    def test_to_the_same_plan_changes_nothing(self):
        term = ending([], currency="CNY", share=WHOLE, years=WHOLE)
        for before, after in ((7, 11), (50, 3), (0, 0), (33, 200)):
            usage = {"parts": Decimal(before + after)}
            for given in (None, term):
                once = charge(self.WHOLE, usage, final=True, term=given)

                found = changed((self.WHOLE, before), (self.WHOLE, after), term=given)

                assert found.total() == once.total()
                assert found.by_key() == once.by_key()

    def test_takes_back_what_stood_beside_the_use_and_is_gone(self):
        least = plan(parts("3", minimum={"quantity": "40"}))

        found = changed((least, 7), (least, 90))

        assert nets(found) == [
            ("parts", "per_unit", "21.00"),
            ("parts", "minimum", "39.00"),
            ("parts", "per_unit", "270.00"),
            ("parts", "minimum", "-39.00"),
        ]

    def test_gives_each_stretch_its_own_discount(self):
        dear, cheap = plan(parts("3"), discount=percent("10")), plan(parts("3"), discount=percent("50"))

        assert nets(changed((dear, 10), (cheap, 10))) == [
            ("parts", "per_unit", "30.00"),
            ("discount", "discount", "-3.00"),
            ("parts", "per_unit", "30.00"),
            ("discount", "discount", "-15.00"),
        ]

    def test_takes_no_discount_off_a_rent_that_fell(self):
        falls = [{"up_to": "10", "unit": "5"}, {"up_to": None, "unit": "1"}]
        before, after = plan(by_total(falls)), plan(by_total(falls), discount=percent("50"))

        assert nets(changed((before, 10), (after, 5))) == [
            ("parts", "volume", "50.00"),
            ("parts", "volume", "-35.00"),
        ]

    def test_begins_conditions_anew_where_the_plan_says_so(self):
        least = document(parts("3", minimum={"quantity": "40"})) | {"after_change": "restart"}

        found = changed((plan(parts("3")), 7), (PricePlan.parse(least), 7))

        assert nets(found) == [
            ("parts", "per_unit", "21.00"),
            ("parts", "per_unit", "21.00"),
            ("parts", "minimum", "39.00"),
        ]
