"""The tables of ``docs/billing.md``, as they stand, are what the pricing rule makes of them."""

import json
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marketplace.rules.pricing import charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.even import evenly
from marketplace.rules.pricing.plans import KINDS
from tests.marketplace.rules.pricing.plans import base, parts, plan

CHINA = ZoneInfo("Asia/Shanghai")
JULY = datetime(2026, 7, 1, tzinfo=CHINA)
DOCUMENT = (Path(__file__).parents[4] / "docs" / "billing.md").read_text()


def table(heading):
    """Return the rows under a heading as parameters, each under its first cell."""
    section = DOCUMENT.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert len(cells) > 2
    return [pytest.param(*row[1:], id=row[0]) for row in cells[2:]]


def fields(cell):
    return json.loads(cell.strip("`"))


def used(cell):
    """Totals of the meters that a cell names."""
    return {meter: Decimal(total) for meter, total in re.findall(r"([a-z_]+) ([0-9.]+)", cell)}


def lines(charged, *, but=""):
    return ", ".join(f"{one.kind} {one.net.amount}" for one in charged.lines if one.component != but)


MODELS = table("## Price models")


@pytest.mark.parametrize(("component", "use", "expected"), MODELS)
def test_a_model(component, use, expected):
    share = re.match(r"(\d+/\d+) of the period", use)
    known, rent = used(use), []
    if "rent" in known:
        rent.append(base(str(known.pop("rent")), id="rent"))
    amounts = {"energy": known.pop("carrying", Decimal(0))}
    part = {"id": "it", "kind": expected.split()[0]} | fields(component)

    charged = charge(
        plan(*rent, part),
        known,
        share_of_period=Fraction(share[1]) if share else 1,
        spread=evenly(known, start=JULY, days=31, zone=CHINA) if "evenly" in use else None,
        final=True,
        amounts=amounts,
    )

    assert lines(charged, but="rent") == expected


def test_every_model_has_an_example():
    assert {row.values[2].split()[0] for row in MODELS} == set(KINDS)


@pytest.mark.parametrize(("component", "of_plan", "use", "expected"), table("### Discounts, minima and caps"))
def test_a_condition(component, of_plan, use, expected):
    a_plan = plan(parts("2.00", **fields(component)), **fields(of_plan))

    assert lines(charge(a_plan, used(use), final=True)) == expected


@pytest.mark.parametrize(
    ("component", "of_plan", "earlier", "last", "ran", "expected"), table("### The minimum of a whole lease")
)
def test_a_term(component, of_plan, earlier, last, ran, expected):
    a_plan = plan(parts("2.00", **fields(component)), **fields(of_plan))
    before = [charge(a_plan, used(period), final=True) for period in earlier.split(",")]
    share = Fraction(1) if ran == "all" else Fraction(ran)
    term = ending(before, currency="CNY", share=share, years=share)

    assert lines(charge(a_plan, used(last), final=True, term=term)) == expected
