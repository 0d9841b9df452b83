"""Three months: a minimum, data that came late, scrap, and the notes; ``docs/worked-examples.md``, D."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing import tasks
from billing.actions import inspections, metering, reviews
from billing.models import Correction, Invoice, ReviewItem
from billing.queries import standing_of, statement_of, versions_of
from billing.rules.reviews import Verdict
from tests.billing import world
from tests.billing.test_worked_examples import table

PLAN = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "800.00", "prorate": "day"},
        {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "20.00"},
        {"id": "service", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"},
    ],
    "minimum": {"amount": "2000.00"},
    "cap": None,
}
NAMES = {"INVOICE": "invoice", "CREDIT_NOTE": "credit note", "DEBIT_NOTE": "debit note"}


@pytest.fixture
def scene(db, monkeypatch):
    """Return a lease whose clock tasks run at once, in the time that the test says."""
    made = world.build("hurco01", price_plan=PLAN)
    for task in (tasks.bill_some, tasks.look_again, tasks.correct_one):
        monkeypatch.setattr(task, "delay", task.run)
    monkeypatch.setattr(tasks.clock, "now", lambda: made.now)
    return made


def counted(scene, number, day, count):
    scene.say((number, world.midnight(day) + timedelta(hours=10), "Part_Count", count))


def on(scene, day):
    """Let the worker meter, bill and correct what is due at noon of a day."""
    scene.now = world.midnight(day) + timedelta(hours=12)
    metering.meter_unit(unit=scene.unit, at=scene.now, by=scene.clock)
    tasks.bill_due()
    tasks.correct_due()


def reject(scene, day, parts, reported):
    """Report scrap, and let both sides agree that it does not count."""
    at = world.midnight(reported)
    lessee = {"within": scene.lessee, "by": scene.buyer, "at": at}
    lessor = {"within": scene.lessor, "by": scene.owner, "at": at}
    about = {"unit": scene.unit, "local_day": date.fromisoformat(day), "reference": "QC"}
    inspections.report(rejected=parts, **about, **lessee)
    item = ReviewItem.objects.waiting().get()
    for side in (lessee, lessor):
        reviews.decide(item=item, verdict=Verdict.DROP, reason="burrs", **side)


def written():
    """Write all documents as the table of the page does."""
    for invoice in Invoice.objects.issued().order_by("period_start", "version", "pk"):
        seller = "platform" if invoice.seller.kind == "PLATFORM" else "owner"
        head = {"from": str(invoice.period_start.astimezone(world.ZONE).date())}
        head |= {"document": NAMES[invoice.kind], "seller": seller}
        for line in invoice.lines.all():
            yield head | {"component": line.component} | amounts(line)
        yield head | {"component": "**total**"} | amounts(invoice)


def amounts(of):
    return {"net": str(of.net.amount), "VAT": str(of.tax.amount), "gross": str(of.gross.amount)}


def test_three_months(scene):
    # July: 40 parts are known when the month is billed; the rest waits in a gateway without a network.
    counted(scene, 1, "2026-07-01", 0)
    counted(scene, 2, "2026-07-10", 40)
    on(scene, "2026-08-02")
    counted(scene, 3, "2026-07-20", 75)
    on(scene, "2026-08-05")
    assert Correction.objects.count() == 0  # the day may still change: its grace runs again
    on(scene, "2026-08-07")

    # August: 12 of the parts of the last day are scrap.
    counted(scene, 4, "2026-08-10", 145)
    counted(scene, 5, "2026-08-31", 175)
    on(scene, "2026-09-02")
    reject(scene, "2026-08-31", 12, reported="2026-09-03")
    on(scene, "2026-09-05")

    # September: so much is scrap that the minimum comes in again.
    counted(scene, 6, "2026-09-30", 265)
    on(scene, "2026-10-02")
    reject(scene, "2026-09-30", 40, reported="2026-10-03")
    on(scene, "2026-10-05")
    on(scene, "2026-10-06")

    assert list(written()) == table("Corrections D")
    reasons = Correction.objects.order_by("pk").values_list("reasons", flat=True)
    assert list(reasons) == [["LATE"], ["REVIEW", "SCRAP"], ["REVIEW", "SCRAP"]]
    for start, owed in (("2026-07-01", "2672.14"), ("2026-08-01", "2974.21"), ("2026-09-01", "2323.60")):
        parts = statement_of(scene.lease, world.midnight(start), Invoice.objects.all())
        assert Decimal(sum(part.sums.due for part in parts)) / 100 == Decimal(owed)
    rent = Invoice.objects.get(seller=scene.lessor, version=1, period_start=world.midnight("2026-08-01"))
    assert standing_of(versions_of(rent)).billed == 289280
