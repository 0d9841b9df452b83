"""The tables of ``docs/worked-examples.md``, as they stand, are what the pipeline makes of the recordings."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest

from billing.actions import invoices, metering
from billing.models import Invoice, WindowSet
from billing.queries import usage_sets
from tests.billing import world

DOCUMENT = (world.ROOT / "docs" / "worked-examples.md").read_text()
SCENES = [entry["key"] for entry in world.SCENARIO["leases"]]


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of the table under a heading, by column."""
    section = DOCUMENT.split(f"### {name}\n", 1)[1].split("\n#", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in _lines(section)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def _lines(section: str) -> Iterator[str]:
    return (line for line in section.splitlines() if line.startswith("|"))


@pytest.fixture(params=SCENES)
def billed(request, db):
    scene = world.build(request.param)
    scene.replay()
    for moment in scene.entry["bill_at"]:
        invoices.bill(lease=scene.lease, at=datetime.fromisoformat(moment), by=scene.clock)
    return scene


@pytest.mark.slow
class TestWorkedExamples:
    def test_every_table_is_met_to_the_fen(self, billed):
        letter = billed.entry["example"]

        assert daily(billed) == table(f"Usage {letter}")
        assert periods(billed) == table(f"Periods {letter}")
        assert lines(billed) == table(f"Invoices {letter}")
        assert metering.meter_unit(unit=billed.unit, at=world.LATER, by=billed.clock) == []
        assert set(WindowSet.objects.values_list("version", flat=True)) == {1}


def daily(scene: world.Scene) -> list[dict[str, str]]:
    shift = (label_day(scene, "local_day") - label_day(scene, "label_day")).days
    return [
        {
            "local day": str(found.local_day),
            "label day": str(found.local_day.fromordinal(found.local_day.toordinal() - shift)),
            found.meter: quantity(found.quantity, found.meter),
        }
        for found in WindowSet.objects.order_by("local_day")
    ]


def label_day(scene: world.Scene, name: str) -> datetime:
    return datetime.fromisoformat(scene.entry["recording"][name])


def periods(scene: world.Scene) -> list[dict[str, str]]:
    found = []
    for invoice in Invoice.objects.filter(seller=scene.lessor).order_by("period_start"):
        line = invoice.lines.exclude(meter="").get()
        sets = usage_sets(scene.lease, invoice.period)
        assert [one.window_set for one in line.usage.order_by("window_set__local_day")] == list(sets)
        total = sum(one.quantity for one in sets)
        unit = " s" if line.meter == "run_time" else ""
        found.append(
            {
                "from": day(invoice.period_start),
                "to": day(invoice.period_end),
                "meter": line.meter,
                "total": quantity(total, line.meter) + unit,
                "billed": f"{plain(line.quantity)} {line.unit}",
            }
        )
    return found


def lines(scene: world.Scene) -> list[dict[str, str]]:
    found = []
    for invoice in Invoice.objects.issued().order_by("period_start", "pk"):
        head = {
            "from": day(invoice.period_start),
            "seller": "owner" if invoice.seller == scene.lessor else "platform",
        }
        found += [
            head | {"component": line.component} | sums(line, f"{plain(line.tax_rate * 100)} %")
            for line in invoice.lines.all()
        ]
        found.append(head | {"component": "**total**"} | sums(invoice, ""))
    return found


def sums(of: object, rate: str) -> dict[str, str]:
    return {
        "net": str(of.net.amount),
        "VAT rate": rate,
        "VAT": str(of.tax.amount),
        "gross": str(of.gross.amount),
    }


def day(moment: datetime) -> str:
    return str(moment.astimezone(world.ZONE).date())


def quantity(value: Decimal, meter: str) -> str:
    return f"{value:.3f}" if meter == "run_time" else plain(value)


def plain(value: Decimal) -> str:
    text = format(value, "f")
    return re.sub(r"\.?0+$", "", text) if "." in text else text
