"""The line of each price model, whole, as an invoice keeps it; worked by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import charge
from marketplace.rules.pricing.lines import WHY, Given
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    fee,
    fee_in_steps,
    hours,
    packages,
    plan,
    steps,
)
from tests.marketplace.rules.pricing.test_whole_lines import kept, step, yuan

HALF = Fraction(1, 2)
PARTS = {"parts": Decimal(130)}
TWO = [{"up_to": "100", "unit": "5", "flat": "7"}, {"up_to": None, "unit": "3", "flat": "1.005"}]
BLOCKS = [{"up_to": "100", "unit": "5", "block": "50"}, {"up_to": None, "unit": "3", "block": "20"}]
MEASURED = step("measured", meter="parts", raw="130")
OF_PARTS = {
    "meter": "parts",
    "unit": "piece",
    "raw": "130",
    "converted": "130",
    "rounded": "130",
    "included": "0",
    "quantity": "130",
}


def rounded(amount, net):
    return step("line_rounded", amount=amount, net=net)


def tier(above, up_to, units, price, flat, amount, **blocks):
    shown = {"above": above, "up_to": up_to, "quantity": units, "unit_price": price}
    return shown | {"flat": flat, "amount": amount} | blocks


EXPECTED = {
    "a fee of half a month": (
        base("100.01"),
        {},
        {"amount": "50.005", "net": yuan("50.01"), "quantity": "0.5", "unit_price": "100.01"},
        [step("prorated", full="100.01", share="1/2", amount="50.005"), rounded("50.005", "50.01")],
    ),
    "a fee that is never shared": (
        base("100.01", prorate="none"),
        {},
        {"amount": "100.01", "net": yuan("100.01"), "quantity": "1", "unit_price": "100.01"},
        [step("prorated", full="100.01", share="1", amount="100.01"), rounded("100.01", "100.01")],
    ),
    "a price an hour": (
        hours("6.005", included="1", round_to="0.5", round="up"),
        {"run_time": Decimal(7000)},
        {
            "amount": "6.005",
            "net": yuan("6.01"),
            "meter": "run_time",
            "unit": "h",
            "raw": "7000",
            "converted": "1.9444444444",
            "rounded": "2",
            "included": "1",
            "quantity": "1",
            "unit_price": "6.005",
        },
        [
            step("measured", meter="run_time", raw="7000"),
            step("converted", raw="7000", size="3600", converted="1.9444444444", unit="h"),
            step("rounded", converted="1.9444444444", step="0.5", mode="up", rounded="2"),
            step("included", rounded="2", included="1", quantity="1"),
            step("priced", quantity="1", price="6.005", amount="6.005"),
            rounded("6.005", "6.01"),
        ],
    ),
    "packages that were begun": (
        packages("2.5", "50", included="10"),
        PARTS,
        OF_PARTS | {"amount": "7.5", "net": yuan("7.50"), "included": "10", "quantity": "120"},
        [
            MEASURED,
            step("included", rounded="130", included="10", quantity="120"),
            step("packages", quantity="120", size="50", packages="3"),
            step("priced", quantity="3", price="2.5", amount="7.5"),
            rounded("7.5", "7.50"),
        ],
    ),
    "packages that were used up": (
        packages("2.5", "50", included="10", packages="full"),
        PARTS,
        OF_PARTS | {"amount": "5", "net": yuan("5"), "included": "10", "quantity": "120"},
        [
            MEASURED,
            step("included", rounded="130", included="10", quantity="120"),
            step("packages", quantity="120", size="50", packages="2"),
            step("priced", quantity="2", price="2.5", amount="5"),
            rounded("5", "5.00"),
        ],
    ),
    "tier by tier": (
        steps(TWO),
        PARTS,
        OF_PARTS
        | {
            "amount": "598.005",
            "net": yuan("598.01"),
            "tiers": [
                tier("0", "100", "100", "5", "7", "507"),
                tier("100", None, "30", "3", "1.005", "91.005"),
            ],
        },
        [
            MEASURED,
            step("tier", above="0", quantity="100", unit="5", flat="7", amount="507"),
            step("tier", above="100", quantity="30", unit="3", flat="1.005", amount="91.005"),
            rounded("598.005", "598.01"),
        ],
    ),
    "tier by tier in blocks": (
        steps(BLOCKS),
        PARTS,
        OF_PARTS
        | {
            "amount": "16",
            "net": yuan("16"),
            "tiers": [
                tier("0", "100", "100", "5", "0", "10", block="50", blocks="2"),
                tier("100", None, "30", "3", "0", "6", block="20", blocks="2"),
            ],
        },
        [
            MEASURED,
            step(
                "tier_blocks",
                above="0",
                quantity="100",
                unit="5",
                block="50",
                blocks="2",
                flat="0",
                amount="10",
            ),
            step(
                "tier_blocks",
                above="100",
                quantity="30",
                unit="3",
                block="20",
                blocks="2",
                flat="0",
                amount="6",
            ),
            rounded("16", "16.00"),
        ],
    ),
    "by the total": (
        by_total(TWO),
        PARTS,
        OF_PARTS
        | {
            "amount": "391.005",
            "net": yuan("391.01"),
            "tiers": [tier("100", None, "130", "3", "1.005", "391.005")],
        },
        [
            MEASURED,
            step("volume", above="100", quantity="130", unit="3", flat="1.005", amount="391.005"),
            rounded("391.005", "391.01"),
        ],
    ),
}


@pytest.mark.parametrize("what", EXPECTED)
def test_says_all_that_it_is_made_of(what):
    part, usage, facts, explained = EXPECTED[what]
    one = plan({**part, "tax_category": "SERVICE"})

    (line,) = charge(one, usage, share_of_period=HALF, final=True).lines

    head = {"component": part["id"], "kind": part["kind"], "seller": "owner", "tax_category": "SERVICE"}
    assert kept(line) == head | facts | {"steps": explained}
    assert one.components[0].line(Given("CNY", usage, HALF)) == line
    assert one.components[0].minor(Given("CNY", usage, HALF)) == line.net.minor


def test_is_explained_when_somebody_asks():
    (line,) = charge(plan(steps(TWO)), PARTS, final=True).lines

    assert WHY in vars(line)
    assert line.quantity == 130
    assert WHY not in vars(line)


@pytest.mark.parametrize(
    ("share", "facts", "explained"),
    [
        (
            fee("0.035"),
            {"amount": "35", "net": yuan("35"), "unit_price": "0.035"},
            [step("percentage", base="1000.00", rate="0.035", amount="35"), rounded("35", "35.00")],
        ),
        (
            fee_in_steps([{"up_to": "400", "rate": "0.05", "flat": "2"}, {"up_to": None, "rate": "0.03"}]),
            {
                "amount": "40",
                "net": yuan("40"),
                "tiers": [
                    tier("0", "400", "400", "0.05", "2", "22"),
                    tier("400", None, "600", "0.03", "0", "18"),
                ],
            },
            [
                step("percentage_tier", above="0", quantity="400", unit="0.05", flat="2", amount="22"),
                step("percentage_tier", above="400", quantity="600", unit="0.03", flat="0", amount="18"),
                rounded("40", "40.00"),
            ],
        ),
    ],
)
def test_of_the_rent_says_all_that_it_is_made_of(share, facts, explained):
    one = plan(base("1000"), {**share, "tax_category": "GOODS"})

    rent, line = charge(one, {}, final=True).lines

    head = {"component": "fee", "kind": "percentage", "seller": "platform", "tax_category": "GOODS"}
    assert kept(line) == head | {"quantity": "1000.00"} | facts | {"steps": explained}
    assert one.components[1].line(Given("CNY", {}, Fraction(1)), [rent]) == line
    assert one.components[1].minor(Given("CNY", {}, Fraction(1)), [rent]) == line.net.minor
