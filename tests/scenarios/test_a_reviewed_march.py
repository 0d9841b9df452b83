"""The bills of March as an accountant makes them: look, leave out, let a colleague approve, read the rest."""

import pytest

from billing import tasks
from billing.actions import invoices, runs
from billing.models import Invoice, InvoiceRun, NumberSequence, RunPart
from billing.queries import is_all_billed, leases_to_bill, states_in, sums_of_run
from marketplace.rules.pricing.lines import UsageNotRateable
from tests.billing import fleet as fleets
from tests.billing.fleet import APRIL, FEBRUARY, NOON


@pytest.fixture
def fleet(db, monkeypatch):
    """
    Five machines at 800.00 a month and 20.00 a part, 13 % VAT.

    Steady: 100 parts in February and in March. Doubled: 60, then 160 (2,000.00, then 4,000.00). New: since
    March, 10 parts. Disputed: the lessee disputes the parts of February. Broken: its usage cannot be priced.
    """
    made = fleets.build()
    made.let("steady", 100, 100)
    made.let("doubled", 60, 160)
    made.let("disputed", 30, 40)
    made.let("broken", 50, 50)
    for name in made.scenes:
        made.bill(name)
    made.let("new", 10, since=fleets.MARCH)
    made.dispute("disputed")
    made.review()
    rate = invoices.rate
    broken = made.scenes["broken"].lease.pk

    def fails(*, lease, period):
        if lease.pk == broken:
            raise UsageNotRateable(meter="parts")
        return rate(lease=lease, period=period)

    monkeypatch.setattr(invoices, "rate", fails)
    monkeypatch.setattr(tasks.step_run, "delay", lambda **given: tasks.step_run(**given))
    monkeypatch.setattr(tasks.bill_some, "delay", lambda **given: tasks.bill_some(**given))
    monkeypatch.setattr(tasks.clock, "now", lambda: NOON)
    return made


def row(fleet, run, name):
    """Return what the lessor reads in one line of the preview, in yuan."""
    part = RunPart.objects.get(item=fleet.item(run, name), seller=fleet.lessor)
    amounts = [
        None if money is None else str(money.amount)
        for money in (part.gross, part.last_gross, part.difference)
    ]
    return [*amounts, part.flags]


def test_a_reviewed_march(fleet):
    # the second of April: everything is due, and nothing is billed by itself
    tasks.bill_due()
    assert leases_to_bill(NOON) == []
    assert not Invoice.objects.filter(period_start=fleets.MARCH).exists()

    # Anna orders the preview; the worker makes it
    run = runs.start(organization=fleet.lessor, cut_off=APRIL, at=NOON, by=fleet.anna)
    tasks.step_runs()
    run = InvoiceRun.objects.get(pk=run.pk)
    assert (run.state, run.looked, run.total) == ("PREVIEWED", 5, 5)
    assert fleet.states(run) == {
        "steady": "READY",
        "doubled": "READY",
        "disputed": "READY",
        "broken": "UNRATEABLE",
        "new": "READY",
    }
    assert row(fleet, run, "steady") == ["3164.00", "3164.00", "0.00", []]
    assert row(fleet, run, "doubled") == ["4520.00", "2260.00", "2260.00", ["JUMP"]]
    assert row(fleet, run, "disputed") == ["1808.00", "1582.00", "226.00", ["DISPUTED"]]
    assert row(fleet, run, "new") == ["1130.00", None, None, ["NEW"]]
    assert fleet.item(run, "broken").problem_code == "usage_not_rateable"
    doubled = RunPart.objects.get(item=fleet.item(run, "doubled"), seller=fleet.lessor)
    assert doubled.changes == [
        {
            "component": "parts",
            "kind": "per_unit",
            "cause": "USAGE",
            "before_minor": 120_000,
            "after_minor": 320_000,
        }
    ]
    (ready,) = sums_of_run(run, run.items.ready())
    assert (str(ready.money.amount), ready.count) == ("10622.00", 4)

    # she leaves the disputed lease out; Bo, not she, approves what is left
    runs.leave_out(item=fleet.item(run, "disputed"), reason="二月的数量还在争议", at=NOON, by=fleet.anna)
    run.refresh_from_db()
    with pytest.raises(runs.SamePersonApprovesRun):
        fleet.approve(run, by=fleet.anna)
    assert NumberSequence.objects.get(seller=fleet.lessor).last == 4  # those of February
    fleet.approve(run)

    # until it runs, a late reading changes the doubled lease: it is not billed otherwise than approved
    fleet.scenes["doubled"].say((9, APRIL - fleets.timedelta(hours=3), "Part_Count", 230))
    tasks.step_runs()
    run.refresh_from_db()
    assert run.state == "WITH_FAILURES"
    assert fleet.states(run) == {
        "steady": "BILLED",
        "doubled": "CHANGED",
        "disputed": "LEFT_OUT",
        "broken": "UNRATEABLE",
        "new": "BILLED",
    }
    assert states_in(run) == {"BILLED": 2, "CHANGED": 1, "LEFT_OUT": 1, "UNRATEABLE": 1}
    issued = Invoice.objects.filter(period_start=fleets.MARCH, seller=fleet.lessor)
    assert sorted(issued.values_list("gross_minor", "status")) == [(113_000, "ISSUED"), (316_400, "ISSUED")]
    assert Invoice.objects.filter(period_start=fleets.MARCH, seller=fleet.platform).count() == 2
    assert NumberSequence.objects.get(seller=fleet.lessor).last == 6

    # running it again does nothing; what was left waits for the next run, and no lease closes until then
    tasks.step_runs()
    fleet.work(run)
    assert Invoice.objects.filter(period_start=fleets.MARCH).count() == 4
    assert not is_all_billed(fleet.now("doubled"))
    following = fleet.preview()
    assert fleet.states(following) == {"doubled": "READY", "disputed": "READY", "broken": "UNRATEABLE"}
    assert row(fleet, following, "doubled")[0] == "4746.00"  # 170 parts
    assert Invoice.objects.filter(period_start=FEBRUARY, seller=fleet.lessor).count() == 4
