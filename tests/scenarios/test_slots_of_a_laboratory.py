"""A week of a laboratory as its accountant reads it: what took place, came late, never came, and failed."""

import pytest

from billing import tasks
from billing.actions import checks, slot_invoices
from billing.models import CheckFinding, Invoice, InvoiceLine, Journal, JournalLine
from billing.queries import slots_to_bill, slots_to_correct, sums_of
from billing.rules.checks import CHECKS, Code
from tests.billing.slot_billing import A_DAY, LATER, BilledLaboratory, sums
from tests.leasing.slot_world import HOUR, MONDAY


@pytest.fixture
def laboratory(db, monkeypatch):
    """160.05 a slot, 6 % VAT as a service; 50 % if cancelled late; 5 % for the platform."""
    for task in (tasks.bill_slot, tasks.correct_slot):
        monkeypatch.setattr(task, "delay", lambda task=task, **given: task(**given))
    monkeypatch.setattr(tasks.clock, "now", lambda: LATER)
    return BilledLaboratory()


def test_a_week_of_a_laboratory(laboratory):
    lab, lessor, lessee = laboratory, laboratory.world.lessor, laboratory.world.lessee
    measured = lab.done(slots_=2)
    late = lab.act("cancel", lab.book(MONDAY + 4 * HOUR), lessee, MONDAY)
    in_time = lab.act("cancel", lab.book(MONDAY + 24 * HOUR), lessee, MONDAY - HOUR)
    never = lab.act("no_show", lab.book(MONDAY + 5 * HOUR + HOUR), lessor, MONDAY + 7 * HOUR)
    failed = lab.waive(lab.book(MONDAY + 28 * HOUR), MONDAY + 29 * HOUR)
    off = lab.act("cancel", lab.book(MONDAY + 72 * HOUR), lessor, MONDAY + 71 * HOUR)

    tasks.bill_slots()

    # what took place costs its price, and the platform's share; the fee has no share
    assert sums(measured) == {
        "LESSOR": ["INVOICE 320.10 + 19.21 = 339.31"],
        "PLATFORM": ["INVOICE 16.01 + 0.96 = 16.97"],
    }
    assert sums(late) == sums(never) == {"LESSOR": ["INVOICE 80.03 + 4.80 = 84.83"]}
    assert sums(in_time) == sums(failed) == sums(off) == {}
    numbers = Invoice.objects.filter(seller=lessor).order_by("pk").values_list("number", flat=True)
    assert [number[-6:] for number in numbers] == ["000001", "000002", "000003"]
    paper = Invoice.objects.get(booking=measured, seller=lessor)
    assert (paper.buyer, paper.period, f"{paper.due_on}") == (lessee, measured.period, "2026-03-31")
    assert Journal.objects.filter(source_type="invoice").count() == 4

    # the same once more, and once more: nothing
    assert slots_to_bill(LATER) == slots_to_correct() == []
    tasks.bill_slots()
    assert Invoice.objects.count() == 4

    # the probe was broken: nothing is owed for the measurement after all
    lab.waive(measured, LATER)
    tasks.bill_slots()
    tasks.bill_slots()
    assert sums(measured) == {
        "LESSOR": ["INVOICE 320.10 + 19.21 = 339.31", "CREDIT_NOTE -320.10 + -19.21 = -339.31"],
        "PLATFORM": ["INVOICE 16.01 + 0.96 = 16.97", "CREDIT_NOTE -16.01 + -0.96 = -16.97"],
    }
    (standing,) = sums_of(Invoice.objects.filter(seller=lessor))
    assert (standing["gross"], standing["open"]) == (16_966, 16_966)
    (line,) = InvoiceLine.objects.filter(invoice__booking=late)
    assert (line.kind, line.tax_category, line.steps[-1]["step"]) == ("slot_fee", "SERVICE", "line_rounded")
    assert not JournalLine.objects.exclude(lease=None).exists()

    # and the auditor finds nothing
    of_books = [code for code in CHECKS if code != Code.SEALER_KEEPS_UP]  # nobody seals here
    checks.run(at=LATER + 3 * A_DAY, by=lab.clock, only=of_books)
    assert list(CheckFinding.objects.values_list("code", "subject", "failure")) == []


def test_the_auditor_finds_what_is_forgotten_and_what_is_not_given_back(laboratory):
    lab = laboratory
    measured = lab.done()
    at = LATER + 3 * A_DAY

    checks.run(at=at, by=lab.clock, only=["slots_billed_once"])
    (found,) = CheckFinding.objects.standing()
    assert (found.subject, int(found.expected), int(found.found)) == (measured.public_id, 16_005, 0)

    slot_invoices.bill(booking=measured, at=at, by=lab.clock)
    checks.run(at=at, by=lab.clock, only=["slots_billed_once"])
    assert not CheckFinding.objects.standing().exists()

    lab.waive(measured, LATER)
    checks.run(at=at, by=lab.clock, only=["slots_billed_once"])
    (found,) = CheckFinding.objects.standing()
    assert (int(found.expected), int(found.found), found.seller) == (0, 16_005, lab.world.lessor)
