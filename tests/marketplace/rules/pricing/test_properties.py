"""What holds for every plan: round trip, any order of runs, no fall where none may be, lines that add up."""

from decimal import Decimal
from fractions import Fraction

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules.pricing import PricePlan, charge, difference, words
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.schema import price_plan_schema
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    document,
    fee,
    fee_in_steps,
    packages,
    parts,
    steps,
)
from tests.rounds import tries

SCHEMA = jsonschema.Draft202012Validator(price_plan_schema())
AMOUNTS = st.decimals(0, 10**4, places=2).map(lambda amount: format(amount, "f"))
PRICES = st.decimals(0, 100, places=4).map(lambda price: format(price, "f"))
RATES = st.decimals(0, 1, places=4).map(lambda rate: format(rate, "f"))
SIZES = st.decimals("0.1", 50, places=1).map(lambda size: format(size, "f"))
PERCENTS = st.decimals(0, 100, places=3).map(lambda percent: format(percent, "f"))
UNITS = st.decimals(0, 3000, places=2)


@st.composite
def tiers(draw, price="unit", prices=PRICES, in_blocks=True):
    edges = sorted(draw(st.sets(st.integers(1, 60), max_size=3)))
    found = []
    for end in [*(str(edge * 12) for edge in edges), None]:
        tier = {"up_to": end, price: draw(prices), "flat": draw(AMOUNTS)}
        if in_blocks and draw(st.booleans()):
            tier["block"] = draw(st.sampled_from(["0.5", "3", "12"]))
        found.append(tier)
    return found


@st.composite
def conditions(draw, counted):
    """Conditions of a component; only what is counted has a least quantity."""
    found = {}
    if draw(st.booleans()):
        found["discount"] = draw(st.one_of(_named("percent", PERCENTS), _named("amount", AMOUNTS)))
    if draw(st.booleans()):
        found["cap"] = {"amount": draw(st.sampled_from(["500", "812.34"]))}
    if draw(st.booleans()):
        least = [_named("amount", st.just("77.70"))] + [_named("quantity", SIZES)] * counted
        found["minimum"] = draw(st.one_of(least))
    if draw(st.booleans()):
        least = [_named("amount", st.just("1234.5"))] + [_named("quantity", SIZES)] * counted
        found["term_minimum"] = draw(st.one_of(least)) | {"per": draw(st.sampled_from(["term", "year"]))}
    return found


def _named(name, values):
    return values.map(lambda value: {name: value})


@st.composite
def components(draw, name, kinds):
    kind = draw(st.sampled_from(kinds))
    counted = kind not in ("base_fee", "dynamic", "percentage")
    category = draw(st.sampled_from(["LEASE_MOVABLE", "SERVICE", "TRANSPORT"]))
    common = {"id": name, "tax_category": category} | draw(conditions(counted))
    if counted and draw(st.booleans()):
        common["included"] = draw(SIZES)
    makers = {
        "base_fee": lambda: base(draw(AMOUNTS), **common),
        "per_unit": lambda: parts(draw(PRICES), **common),
        "package": lambda: packages(
            draw(PRICES), draw(SIZES), packages=draw(st.sampled_from(["started", "full"])), **common
        ),
        "graduated": lambda: steps(draw(tiers()), **common),
        "volume": lambda: by_total(draw(tiers()), **common),
        "dynamic": lambda: carried(draw(PRICES), **common),
        "percentage": lambda: draw(
            st.one_of(
                RATES.map(lambda rate: fee(rate, **common)),
                tiers("rate", RATES, in_blocks=False).map(lambda found: fee_in_steps(found, **common)),
            )
        ),
    }
    return makers[kind]()


KINDS = ("base_fee", "per_unit", "package", "graduated", "volume", "dynamic", "percentage")


@st.composite
def documents(draw, kinds=KINDS):
    """A plan of one to four components with bounds of its own."""
    rent = [kind for kind in kinds if kind != "percentage"]
    chosen = [draw(components("rent", rent))]
    chosen += [draw(components(f"part{n}", kinds)) for n in range(draw(st.integers(0, 3)))]
    found = {}
    if draw(st.booleans()):
        found["discount"] = draw(st.one_of(_named("percent", PERCENTS), _named("amount", AMOUNTS)))
    if draw(st.booleans()):
        found["minimum"] = draw(AMOUNTS.filter(lambda amount: 0 < Decimal(amount) < 5000))
    if draw(st.booleans()):
        found["cap"] = "5000"
    if draw(st.booleans()):
        found["term_minimum"] = {"amount": "20000.01", "per": draw(st.sampled_from(["term", "year"]))}
    return document(*chosen, **found)


def price(a_plan, units, *, final=True, share=1, term=None):
    """Charge a number of parts that carry twice as many yuan."""
    known = {"parts": Decimal(units)}
    amounts = {"parts": Decimal(units) * 2}
    return charge(a_plan, known, share_of_period=share, final=final, term=term, amounts=amounts)


@settings(max_examples=tries(50))
@given(documents())
def test_a_plan_is_read_as_it_was_written_and_fits_the_schema(doc):
    a_plan = PricePlan.parse(doc)

    written = a_plan.dump()

    assert PricePlan.parse(written) == a_plan
    assert PricePlan.parse(written).dump() == written
    SCHEMA.validate(doc)
    SCHEMA.validate(written)


@settings(max_examples=tries(50))
@given(documents(), st.lists(UNITS, min_size=1, max_size=5), st.fractions(0, 2), st.booleans())
def test_any_runs_bill_together_what_one_run_does(doc, totals, share, is_last):
    a_plan = PricePlan.parse(doc)
    earlier = [price(a_plan, units) for units in totals]
    term = ending(earlier, currency="CNY", share=share, years=share) if is_last else None
    billed = {}
    for number, units in enumerate(totals, 1):
        final = number == len(totals)
        for key, change in difference(price(a_plan, units, final=final, term=term), billed).items():
            billed[key] = billed.get(key, Money.zero("CNY")) + change

    at_once = price(a_plan, totals[-1], term=term).by_key()

    assert {key: net for key, net in billed.items() if net} == {
        key: net for key, net in at_once.items() if net
    }


@settings(max_examples=tries(50))
@given(documents(), UNITS, st.fractions(0, 2), st.booleans(), st.booleans())
def test_lines_add_up_are_explained_and_never_make_a_component_negative(doc, units, share, final, is_last):
    a_plan = PricePlan.parse(doc)
    term = ending([price(a_plan, 7)], currency="CNY", share=share, years=share) if is_last else None

    charged = price(a_plan, units, final=final, share=share, term=term)

    assert charged.total().minor == sum(line.net.minor for line in charged.lines)
    assert charged.total() == charged.total("owner") + charged.total("platform")
    assert all(net.minor >= 0 for key, net in charged.by_key().items() if key.component not in PLANS_OWN)
    assert Money.total((line.net for line in charged.rent()), "CNY").minor >= 0
    for line in charged.lines:
        assert words.LINES[line.kind] and line.steps
        for step in line.steps:
            phrase = words.step(step.code, step.numbers)
            assert phrase.msgid.format(**phrase.facts)
        assert Decimal(line.steps[-1].numbers["net"]) == line.net.amount  # the last step is the amount itself


PLANS_OWN = ("discount", "minimum", "cap", "term_minimum")


@settings(max_examples=tries(50))
@given(documents(tuple(kind for kind in KINDS if kind != "volume")), UNITS, UNITS, st.booleans())
def test_more_use_never_costs_less_unless_a_total_decides_the_price(doc, one, two, final):
    a_plan = PricePlan.parse(doc)
    less, more = sorted((one, two))

    assert price(a_plan, less, final=final).total() <= price(a_plan, more, final=final).total()


@settings(max_examples=tries(50))
@given(documents(), UNITS, st.lists(UNITS, max_size=3))
def test_a_lease_pays_at_least_its_minimum_of_the_term(doc, last, earlier):
    a_plan = PricePlan.parse(doc)
    before = [price(a_plan, units) for units in earlier]
    term = ending(before, currency="CNY", share=Fraction(1), years=Fraction(1))

    charged = price(a_plan, last, term=term)

    paid = Money.total((line.net for one in [*before, charged] for line in one.rent()), "CNY")
    least = a_plan.term_minimum.amount if a_plan.term_minimum else Decimal(0)
    assert paid >= Money.of(least, "CNY")
    capped = price(a_plan, last)
    if a_plan.cap is not None:
        assert Money.total((line.net for line in capped.rent()), "CNY") <= Money.of(a_plan.cap, "CNY")
