"""How large the numbers of a plan may be, and how much it may ask."""

from decimal import Decimal
from fractions import Fraction

import jsonschema
import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan, UsageNotRateable, charge
from marketplace.rules.pricing.bounds import MOST_BANDS_OF_PLAN, MOST_MINOR, MOST_TIMED
from marketplace.rules.pricing.lines import AmountTooLarge
from marketplace.rules.pricing.schedule import MOST_BANDS
from marketplace.rules.pricing.schema import price_plan_schema
from tests.marketplace.rules.pricing.plans import base, carried, document, hours, packages, parts, plan, steps
from tests.marketplace.rules.pricing.timed import band, energy, highest

PRICE, FACTOR, UNITS = "1000000000", "1000", "1000000000"
MORE = ".0000000001"
FIRST = {"up_to": "5", "unit": "1"}


def tariff(**fields):
    return energy("1", bands=[band("峰", "09:00", "12:00", **fields)])


def windowed(factor):
    return energy("1", window="hour", commitment="5", overage_factor=factor)


# What makes a component of a number, where the number stands, and the most that it may be.
NUMBERS = [
    (parts, "price", PRICE),
    (lambda price: packages(price, "10"), "price", PRICE),
    (lambda price: steps([FIRST, {"up_to": None, "unit": price}]), "tiers/1/unit", PRICE),
    (lambda price: tariff(price="1") | {"price": price}, "price", PRICE),
    (lambda price: tariff(price=price), "bands/0/price", PRICE),
    (lambda factor: tariff(factor=factor), "bands/0/factor", FACTOR),
    (windowed, "overage_factor", FACTOR),
    (carried, "multiplier", FACTOR),
    (highest, "tiers/0/unit", PRICE),
    (lambda step: hours("1", round_to=step), "round_to", UNITS),
    (lambda least: parts("1", minimum={"quantity": least}), "minimum/quantity", UNITS),
    (lambda least: parts("1", term_minimum={"quantity": least}), "term_minimum/quantity", UNITS),
]


@pytest.mark.parametrize(("make", "pointer", "most"), NUMBERS)
def test_a_number_is_as_large_as_its_bound_at_most(make, pointer, most):
    PricePlan.parse(document(make(most)))

    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(make(most + MORE)))

    (flaw,) = refused.value.flaws
    assert (flaw.pointer, flaw.code) == (f"/components/0/{pointer}", "too_large")
    assert flaw.text.format(**flaw.facts) == f"This must be {most} at most."


@pytest.mark.parametrize(("make", "pointer", "most"), NUMBERS)
def test_a_number_that_was_agreed_before_is_read_as_it_stands(make, pointer, most):
    doc = document(make(most + MORE))
    value = PricePlan.parse(doc, agreed=True).dump()["components"][0]

    for name in pointer.split("/"):
        value = value[int(name) if name.isdigit() else name]
    assert value == most + MORE


def test_what_no_plan_may_be_is_refused_in_an_agreed_one_too():
    with pytest.raises(InvalidPlan):
        PricePlan.parse(document(base("1", discount={"percent": "100.1"})), agreed=True)


@pytest.mark.parametrize(("make", "pointer", "most"), NUMBERS)
def test_the_schema_says_so(make, pointer, most):
    schema = jsonschema.Draft202012Validator(price_plan_schema())

    assert schema.is_valid(document(make(most)))
    assert not schema.is_valid(document(make(most + MORE)))


@pytest.mark.parametrize("price", ["1e30", "1" * 13, "Infinity", "9" * 400, "-1", 10**30, 1.5, None, "１"])
def test_no_number_is_absurd(price):
    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(parts(price)))

    assert {flaw.pointer for flaw in refused.value.flaws} == {"/components/0/price"}


def many_bands(name, count):
    bands = [band(f"b{place}", _clock(place), _clock(place + 1), price="1") for place in range(count)]
    return energy("1", bands=bands) | {"id": name}


def _clock(quarters):
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


def test_all_bands_of_a_plan_are_counted_together():
    full = [many_bands(f"p{place}", MOST_BANDS) for place in range(MOST_BANDS_OF_PLAN // MOST_BANDS)]
    PricePlan.parse(document(*full))

    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(*full, many_bands("more", 1)))

    assert len(PricePlan.parse(document(*full, many_bands("more", 1)), agreed=True).components) == 3
    (flaw,) = refused.value.flaws
    assert (flaw.pointer, flaw.code) == (f"/components/{len(full)}/bands", "too_many_bands")
    assert flaw.text.format(**flaw.facts) == "All components of a plan together have at most 100 bands."


@pytest.mark.parametrize(
    "one", [tariff(factor="2"), highest("1"), parts("1", included="5", included_per="day"), windowed("2")]
)
def test_so_are_the_components_whose_price_depends_on_when(one):
    known = [one | {"id": f"p{place}"} for place in range(MOST_TIMED)]
    PricePlan.parse(document(base("1"), *known, parts("1") | {"id": "free"}))

    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(base("1"), *known, one))

    assert len(PricePlan.parse(document(base("1"), *known, one), agreed=True).components) == MOST_TIMED + 2
    (flaw,) = refused.value.flaws
    assert (flaw.pointer, flaw.code) == (f"/components/{MOST_TIMED + 1}", "too_many_timed")
    assert flaw.text.format(**flaw.facts).startswith("At most 20 components")


class TestAnAbsurdUse:
    most = Decimal(MOST_MINOR) / 100

    def test_that_still_fits_is_charged(self):
        assert charge(plan(parts("1")), {"parts": self.most}, final=True).total().minor == MOST_MINOR

    def test_is_refused_as_a_whole(self):
        with pytest.raises(AmountTooLarge) as refused:
            charge(plan(base("1"), parts("1")), {"parts": self.most + 1}, final=True)

        assert isinstance(refused.value, UsageNotRateable)
        assert refused.value.facts == {"component": "parts"}
        assert refused.value.code == "amount_too_large"


def test_a_price_times_a_factor_has_all_its_decimals():
    price, factor = "123456789.0123456789", "987.0123456789"
    a_plan = plan(energy(price, bands=[band("峰", "09:00", "12:00", factor=factor)]))
    (peak,) = a_plan.components[0].schedule.bands

    assert Fraction(peak.priced(Decimal(price))) == Fraction(price) * Fraction(factor)
