"""What is wrong with a plan, in the words that people read: each flaw at its place, with what to do."""

import pytest

from marketplace.rules.pricing.plans import InvalidPlan, PricePlan
from tests.marketplace.rules.pricing.plans import (
    base,
    carried,
    document,
    fee,
    fee_in_steps,
    hours,
    packages,
    parts,
    percent,
    steps,
)
from tests.marketplace.rules.pricing.timed import band, energy, highest


def quarters(count):
    """So many bands of a quarter-hour, one after the other."""
    clock = [f"{number // 4:02}:{number % 4 * 15:02}" for number in range(count + 1)]
    return [band(f"b{number}", clock[number], clock[number + 1], price="1") for number in range(count)]


DOCUMENTS = [
    (
        document(base("1")) | {"version": 2, "x": 1, "currency": "XXX"},
        [
            ("/x", "There is no field “x” here. Remove it or correct its name."),
            ("/version", "Only version 1 is known."),
            ("/currency", "Choose one of: CNY, EUR, GBP, HKD, JPY, USD."),
        ],
    ),
    (
        document(*[base("1", id=f"a{n}") for n in range(101)]),
        [
            ("/components", "A plan has at most 100 components."),
        ],
    ),
    (
        document(base("1"), base("2")),
        [
            ("/components/1/id", "The name “base” is used twice. Give each component its own."),
        ],
    ),
    (
        document({"kind": "x"}, "free", {"id": "b"}),
        [
            (
                "/components/0/kind",
                "Choose one of: base_fee, per_unit, package, graduated, volume, dynamic, time_of_day, "
                "peak, percentage.",
            ),
            ("/components/1", "This must be an object with named fields."),
            ("/components/2/kind", "This field is required."),
        ],
    ),
    (
        document(
            base("1", id="cap"),
            fee("1.5"),
            fee("0.1", of="all", id="b"),
            fee_in_steps([{"up_to": None, "rate": "1.5"}], id="c"),
        ),
        [
            ("/components/0/id", "The name “cap” is kept for the plan itself. Choose another."),
            ("/components/1/rate", "This must be 1 at most."),
            ("/components/2/of", "Choose one of: rent."),
            ("/components/3/tiers/0/rate", "This must be 1 at most."),
        ],
    ),
    (
        document(base("1", minimum={"amount": "2"}, cap={"amount": "1"})),
        [
            ("/components/0/minimum/amount", "The minimum must not be above the cap of 1."),
        ],
    ),
    (
        document(base("1"), minimum="2", cap="1.50"),
        [
            ("/minimum/amount", "The minimum must not be above the cap of 1.50."),
        ],
    ),
    (
        document(base("1", id="discount"), discount=percent("1")),
        [
            ("/components/0/id", "The name “discount” is kept for the plan itself. Choose another."),
        ],
    ),
    (
        document(parts("1", seller="platform"), fee("0.03"), minimum="1"),
        [
            ("/components/1/of", "A percentage needs a component that the owner sells as rent."),
            ("/minimum", "A minimum, a cap or a discount needs a component that the owner sells as rent."),
        ],
    ),
    (
        document(hours("x", unit="piece", round_to=None)),
        [
            ("/components/0/unit", "The meter “run_time” is counted in: h, min, s."),
            (
                "/components/0/price",
                "Write a number as text, with up to 12 digits before the point and 10 behind it, "
                "such as “86.00”.",
            ),
        ],
    ),
    (
        document(hours("1", round_to=None, round="even", included_per="month", included_rolls=1)),
        [
            ("/components/0/round", "Choose one of: nearest, up, down."),
            (
                "/components/0/round_to",
                "A part of an hour or a minute needs a rounding step, such as “0.01”.",
            ),
            ("/components/0/included_per", "Choose one of: period, day, week, term."),
            ("/components/0/included_rolls", "Write true or false."),
        ],
    ),
    (
        document(hours("1", included="5", included_per="term", included_rolls=True)),
        [
            ("/components/0/included_rolls", "What is included over the whole term does not roll over."),
        ],
    ),
    (
        document(
            steps(
                [
                    {"up_to": "150", "unit": "1", "block": "100"},
                    {"up_to": "150", "unit": "1"},
                    {"up_to": None, "unit": "1"},
                ]
            )
        ),
        [
            (
                "/components/0/tiers/0/block",
                "The step from 0 to 150 is no whole number of blocks. Change its end or the block.",
            ),
            ("/components/0/tiers/1/up_to", "Each step must end above 150, where the one before it ends."),
        ],
    ),
    (
        document(steps([{"up_to": None, "unit": "1"}, {"up_to": "10", "unit": "1"}])),
        [
            ("/components/0/tiers/0/up_to", "Only the last step may have no end."),
            (
                "/components/0/tiers/1/up_to",
                "The last step must have no end, or more use would have no price.",
            ),
        ],
    ),
    (
        document(
            highest("1", tiers=[{"up_to": "150", "unit": "1", "block": "100"}, {"up_to": None, "unit": "1"}])
        ),
        [
            (
                "/components/0/tiers/0/block",
                "The step from 0 to 150 is no whole number of blocks. Change its end or the block.",
            ),
        ],
    ),
    (
        document(packages("1", "2", packages="half"), carried("1", id="b", minimum={"quantity": "2"})),
        [
            ("/components/0/packages", "Choose one of: started, full."),
            ("/components/1/minimum/quantity", "Nothing is counted here. Give the minimum as an amount."),
        ],
    ),
    (
        document(base("1", discount={"percent": "101"}, term_minimum={"amount": "1", "per": "day"})),
        [
            ("/components/0/term_minimum/per", "Choose one of: term, year."),
            ("/components/0/discount/percent", "This must be 100 at most."),
        ],
    ),
    (
        document(
            parts("1000000001"),
            packages("1000000001", "1", id="b"),
            carried("1001", id="c"),
            steps([{"up_to": None, "unit": "1000000001"}], id="d"),
            hours("1", id="e", round_to="1000000001"),
            parts("1", id="f", minimum={"quantity": "1000000001"}, term_minimum={"quantity": "1000000001"}),
        ),
        [
            ("/components/0/price", "This must be 1000000000 at most."),
            ("/components/1/price", "This must be 1000000000 at most."),
            ("/components/2/multiplier", "This must be 1000 at most."),
            ("/components/3/tiers/0/unit", "This must be 1000000000 at most."),
            ("/components/4/round_to", "This must be 1000000000 at most."),
            ("/components/5/minimum/quantity", "This must be 1000000000 at most."),
            ("/components/5/term_minimum/quantity", "This must be 1000000000 at most."),
        ],
    ),
    (
        document(energy("1", bands=[band(f"b{n}", "00:00", "24:00", price="1") for n in range(51)])),
        [
            ("/components/0/bands", "Write 50 entries at most."),
        ],
    ),
    (
        document(
            energy(
                "1000000001",
                bands=[
                    band("a", "00:00", "06:00", price="1000000001"),
                    band("b", "05:00", "07:00", factor="1001"),
                    band("a", "08:07", "8:30", price="1", factor="1"),
                    band("x" * 21, "24:00", "24:00"),
                    band(
                        "c",
                        "10:00",
                        "10:00",
                        factor="1",
                        days=["mon", "nix"],
                        valid_from="2026-02-01",
                        valid_to="2026-02-01",
                    ),
                    band("d", "11:00", "12:00", factor="1", days=[], valid_from="x"),
                ],
                holidays=["x", "2026-02-30"],
            )
        ),
        [
            ("/components/0/price", "This must be 1000000000 at most."),
            ("/components/0/bands/0/price", "This must be 1000000000 at most."),
            ("/components/0/bands/1/factor", "This must be 1000 at most."),
            ("/components/0/bands/1", "This covers a time of the band “a”. Each time has one price."),
            (
                "/components/0/bands/2/from",
                "Use is counted by quarter-hours: write a time that ends in 00, 15, 30 or 45.",
            ),
            ("/components/0/bands/2/to", "Write a time of the day as “06:00”; only an end may be “24:00”."),
            ("/components/0/bands/2/price", "Give either a price or a factor."),
            ("/components/0/bands/2/name", "The name “a” is used twice. Give each component its own."),
            ("/components/0/bands/3/from", "Write a time of the day as “06:00”; only an end may be “24:00”."),
            (
                "/components/0/bands/3/to",
                "The band ends when it begins. A whole day is from “00:00” to “24:00”.",
            ),
            ("/components/0/bands/3/price", "Give either a price or a factor."),
            ("/components/0/bands/3/name", "Write a name of 1 to 20 characters."),
            ("/components/0/bands/3", "This covers a time of the band “a”. Each time has one price."),
            ("/components/0/bands/3", "This covers a time of the band “b”. Each time has one price."),
            ("/components/0/bands/3", "This covers a time of the band “a”. Each time has one price."),
            (
                "/components/0/bands/4/to",
                "The band ends when it begins. A whole day is from “00:00” to “24:00”.",
            ),
            ("/components/0/bands/4/valid_to", "The end must be after the beginning."),
            ("/components/0/bands/4/days", "Choose one of: mon, tue, wed, thu, fri, sat, sun, holiday."),
            ("/components/0/bands/5/valid_from", "Write a date as “2026-10-01”."),
            ("/components/0/bands/5/days", "Write a list with at least one entry."),
            ("/components/0/holidays/0", "Write a date as “2026-10-01”."),
            ("/components/0/holidays/1", "Write a date as “2026-10-01”."),
        ],
    ),
    (
        document(energy("1", commitment="0", overage_factor="1001")),
        [
            ("/components/0/bands", "This field is required."),
            ("/components/0/commitment", "This must be more than zero."),
            ("/components/0/overage_factor", "This must be 1000 at most."),
            ("/components/0/commitment", "Say in which window this holds: quarter, hour, day or week."),
        ],
    ),
    (
        document(energy("1", window="day", true_up=1, overage_factor="2")),
        [
            (
                "/components/0/overage_factor",
                "This belongs to a commitment. Name its amount, or leave this out.",
            ),
            ("/components/0/true_up", "This belongs to a commitment. Name its amount, or leave this out."),
        ],
    ),
    (
        document(energy("1", window="day", commitment="1", overage_factor="1001", true_up="x")),
        [
            ("/components/0/overage_factor", "This must be 1000 at most."),
            ("/components/0/true_up", "Write true or false."),
        ],
    ),
    (
        document(energy("1", window="hour", bands=[band("a", "10:15", "11:30", factor="2")])),
        [
            ("/components/0/bands/0/from", "Windows of an hour lie in one band: write a full hour."),
            ("/components/0/bands/0/to", "Windows of an hour lie in one band: write a full hour."),
        ],
    ),
    (
        document(energy("1", window="month")),
        [
            ("/components/0/window", "Choose one of: quarter, hour, day, week."),
        ],
    ),
    (
        document(energy("1", window="day", bands=[band("a", "10:00", "11:00", factor="2", commitment="5")])),
        [
            (
                "/components/0/bands/0/commitment",
                "There is no field “commitment” here. Remove it or correct its name.",
            ),
        ],
    ),
    (
        document(
            energy(
                "1",
                bands=[band("a", "10:00", "11:00", factor="1")],
                holidays=[f"2026-01-{n:02}" for n in range(501)],
            )
        ),
        [
            ("/components/0/holidays", "Write 500 entries at most."),
        ],
    ),
    (
        document(*[energy("1", id=f"a{k}", bands=quarters(34)) for k in range(3)]),
        [
            ("/components/2/bands", "All components of a plan together have at most 100 bands."),
        ],
    ),
    (
        document(*[energy("1", id=f"a{k}", window="day") for k in range(21)]),
        [
            ("/components/20", "At most 20 components of a plan may depend on when something was counted."),
        ],
    ),
    (
        document(parts("1", included="5", included_per="term", included_rolls=1)),
        [
            ("/components/0/included_rolls", "Write true or false."),
        ],
    ),
    (
        document(highest("1", meter="parts", unit="piece", demand=1)),
        [
            ("/components/0/demand", "Write true or false."),
        ],
    ),
    (
        document(energy("1", bands=[band("a", "10:00", "11:00", factor="1", days="mon")])),
        [
            ("/components/0/bands/0/days", "Write a list of different words."),
        ],
    ),
    (
        document(energy("1", bands=[band("a", "10:00", "11:00", factor="1", true_up=True)])),
        [
            (
                "/components/0/bands/0/true_up",
                "There is no field “true_up” here. Remove it or correct its name.",
            ),
        ],
    ),
    (
        document(
            energy(
                "1",
                bands=[
                    band("a", "22:00", "06:00", factor="1"),
                    band("b", "23:00", "24:00", factor="1"),
                    band("c", "05:00", "06:15", factor="1"),
                ],
            )
        ),
        [
            ("/components/0/bands/1", "This covers a time of the band “a”. Each time has one price."),
            ("/components/0/bands/2", "This covers a time of the band “a”. Each time has one price."),
        ],
    ),
    (
        document(
            energy("1", bands=[band("a", "10:00", "11:00", factor="1", valid_from=5, valid_to="20260101")])
        ),
        [
            ("/components/0/bands/0/valid_from", "Write a date as “2026-10-01”."),
            ("/components/0/bands/0/valid_to", "Write a date as “2026-10-01”."),
        ],
    ),
]


@pytest.mark.parametrize(("doc", "flaws"), DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_are_all_told_with_what_to_do(doc, flaws):
    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(doc)

    assert [(flaw.pointer, flaw.text.format(**flaw.facts)) for flaw in refused.value.flaws] == flaws
    assert refused.value.facts == {"count": len(flaws)}
