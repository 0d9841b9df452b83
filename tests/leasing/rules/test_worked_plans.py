"""Tables D to F of ``docs/worked-examples.md``, as they stand, are what the planner makes of the orders."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from leasing.rules.orders import Order
from leasing.rules.plan_words import hours_of
from leasing.rules.plans import Inputs
from leasing.rules.proposals import plan
from tests.leasing.rules import planned

DOCUMENT = (Path(__file__).parents[3] / "docs" / "worked-examples.md").read_text(encoding="utf-8")


def table(name):
    """Return the rows of the table under a heading, by column."""
    section = DOCUMENT.split(f"### {name}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def number(day):
    return (date.fromisoformat(day) - planned.MONDAY).days


def inputs(letter) -> Inputs:
    orders = [
        Order(
            row["reference"],
            "Part",
            "",
            Decimal(row["quantity"]),
            date.fromisoformat(row["finished before"]),
            Decimal(row["cycle s"]),
            Decimal(row["set-up s"]),
            "M1-MC",
            date.fromisoformat(row["earliest start"]) if row["earliest start"] else None,
        )
        for row in table(f"Orders {letter}")
    ]
    machines = [
        planned.leased(
            row["lease"],
            number(row["from"]),
            number(row["until"]),
            number(row["free until"]) if row["free until"] else None,
            terms=planned.terms(row["base a month"], row["per hour"]),
        )
        for row in table(f"Leased {letter}")
    ]
    offers = [
        planned.offer(
            row["listing"],
            minimum_days=int(row["minimum days"]),
            terms=planned.terms(row["base a month"], row["per hour"], row["listing"]),
        )
        for row in table(f"Offers {letter}")
    ]
    return planned.inputs(orders, machines, offers)


@pytest.mark.parametrize("letter", ["D", "E", "F"])
def test_every_table_is_met(letter):
    made = plan(inputs(letter))
    (load,) = made.loads

    assert [
        {
            "week": week.name,
            "needed": str(hours_of(week.demand)),
            "leased": str(hours_of(week.capacity)),
            "short": str(hours_of(week.short)),
        }
        for week in load.weeks
    ] == table(f"Weeks {letter}")
    assert [
        {"reference": one.reference, "finished before": str(one.due_before), "done": str(one.done or "–")}
        for one in load.late
    ] == table(f"Late {letter}")
    assert [
        {
            "what": str(one.kind),
            "of": one.subject,
            "from": str(one.starts),
            "until before": str(one.ends),
            "hours": f"{one.hours:.2f}",
            "cost": f"{Decimal(one.cost.minor) / 100:.2f}",
        }
        for one in made.proposals
    ] == table(f"Proposals {letter}")
    assert made.remaining == {}
