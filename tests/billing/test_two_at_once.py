"""Two workers do the same at the same time: the result is that of one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import DeadlockDetected

from billing.actions import (
    batch_rows,
    batches,
    corrections,
    findings,
    invoices,
    metering,
    run_problems,
    run_steps,
    runs,
)
from billing.models import Correction, Invoice, InvoiceRun, NumberSequence, WindowSet
from billing.models.runs import RunItemQuerySet
from leasing.models.leases import LeaseQuerySet
from marketplace.shared.period import Period
from tests.billing import world
from tests.races import Meeting, at_once

OCTOBER = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


def both(work):
    results = at_once(work, work)
    for found in results:
        if isinstance(found, Exception):
            raise found
    return results


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_meter_one_version_and_issue_one_invoice_a_seller(self):
        scene = world.build("okuma")
        scene.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=1), "ppartcount", 4))

        both(lambda: metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock))
        both(lambda: invoices.bill(lease=scene.lease, at=DUE, by=scene.clock))

        assert [found.version for found in WindowSet.objects.all()] == [1]
        numbers = Invoice.objects.issued().order_by("number").values_list("number", flat=True)
        assert [number[-6:] for number in numbers] == ["000001", "000001"]
        assert set(NumberSequence.objects.values_list("last", flat=True)) == {1}

    def test_meter_again_what_another_run_metered_in_the_midst_of_a_look(self, monkeypatch):
        """The mark was read before the other run wrote, the checkpoint behind it."""
        scene, look, met = world.build("okuma"), metering.spans_of_arrivals, []
        scene.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=1), "ppartcount", 4))
        given = {"unit": scene.unit, "at": DUE, "by": scene.clock}
        metering.meter_unit(**given)
        scene.say((3, NINE + timedelta(minutes=3), "ppartcount", 5))

        def meanwhile(*spans, **named):
            if not met:
                met.append(True)
                in_a_thread(metering.meter_unit, (), given)
            return look(*spans, **named)

        monkeypatch.setattr(metering, "spans_of_arrivals", meanwhile)

        assert metering.meter_unit(**given) == []
        newest = WindowSet.objects.newest().get(meter="parts")
        assert (newest.version, newest.quantity) == (2, 5)

    @pytest.mark.parametrize("guarded", [True, False])
    def test_work_on_one_run_and_bill_a_lease_once(self, monkeypatch, caplog, guarded):
        """Without the locks both find it ready; then only the unique invoice keeps the second one out."""
        scene, look, met = world.build("okuma"), run_steps.unbilled_periods, Meeting()
        given = {"organization": scene.lessor, "cut_off": OCTOBER.end, "at": DUE}
        run = runs.start(by=scene.owner, **given)
        run_steps.look(run=run, at=DUE, by=scene.clock)
        run.refresh_from_db()
        runs.approve(run=run, digest=run.digest, at=DUE, by=world.member(scene.lessor))

        def meet(*args):
            met.wait()
            return look(*args)

        monkeypatch.setattr(run_steps, "unbilled_periods", meet)
        if not guarded:
            monkeypatch.setattr(LeaseQuerySet, "locked", lambda self: self)
            monkeypatch.setattr(RunItemQuerySet, "locked", lambda self: self)

        both(lambda: run_steps.bill(run=run, at=DUE, by=scene.clock))

        assert run.items.get().state == "BILLED"
        assert InvoiceRun.objects.get().state == "FINISHED"
        assert sorted(Invoice.objects.values_list("version", "status")) == [(1, "ISSUED"), (1, "ISSUED")]
        lost = [one for one in caplog.records if one.exc_info and one.name == run_problems.__name__]
        assert len(lost) == (0 if guarded else 1)

    def test_do_a_lease_again_that_the_database_ended_for_the_other(self, monkeypatch):
        scene, ended = world.build("okuma"), []

        def once(name):
            known = getattr(invoices, name)

            def work(**given):
                if name not in ended:
                    ended.append(name)
                    raise OperationalError from DeadlockDetected
                return known(**given)

            monkeypatch.setattr(invoices, name, work)

        for name in ("rate", "issue"):
            once(name)
        given = {"organization": scene.lessor, "cut_off": OCTOBER.end, "at": DUE}
        run = runs.start(by=scene.owner, **given)
        run_steps.look(run=run, at=DUE, by=scene.clock)
        run.refresh_from_db()
        runs.approve(run=run, digest=run.digest, at=DUE, by=world.member(scene.lessor))
        run_steps.bill(run=run, at=DUE, by=scene.clock)

        assert (ended, run.items.get().state) == (["rate", "issue"], "BILLED")
        assert Invoice.objects.issued().count() == 2

    @pytest.mark.parametrize("guarded", [True, False])
    def test_bill_a_batch_once(self, monkeypatch, caplog, guarded):
        """Without the locks both write; the database keeps the second out, which then looks once more."""
        scene, write, met = world.build("okuma"), batch_rows.write, Meeting()

        def meet(**given):
            met.wait()
            write(**given)

        monkeypatch.setattr(batch_rows, "write", meet)
        if not guarded:
            monkeypatch.setattr(LeaseQuerySet, "locked", lambda self: self)

        found = both(lambda: batches.bill(leases=[scene.lease.pk], at=DUE, by=scene.clock))

        assert sorted(len(one.invoices) for one in found) == [0, 2]
        assert ("one by one" in caplog.text) is not guarded
        assert set(NumberSequence.objects.values_list("last", flat=True)) == {1}

    def test_bill_one_by_one_what_the_database_ended_in_a_batch(self, monkeypatch):
        """It would commit nothing, and say nothing: a transaction that is over is rolled back by COMMIT."""
        scene, price = world.build("okuma"), batches.charge_of

        def broken(*given, **named):
            connection.cursor().execute("SELECT 1 / 0")
            return price(*given, **named)

        monkeypatch.setattr(batches, "charge_of", broken)

        found = batches.bill(leases=[scene.lease.pk], at=DUE, by=scene.clock)

        assert (len(found.invoices), found.failures) == (2, [])

    @pytest.mark.parametrize("guarded", [True, False])
    def test_correct_one_note_a_seller(self, monkeypatch, guarded):
        """Without the lease's lock both find the same; then only the database keeps the second note out."""
        scene, find, met = self.late(), findings.find, Meeting()

        def meet(**given):
            found = find(**given)
            met.wait()
            return found

        def correct():
            try:
                corrections.correct(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)
            except IntegrityError:
                return "refused"
            return "done"

        monkeypatch.setattr(findings, "find", meet)
        if not guarded:
            monkeypatch.setattr(LeaseQuerySet, "locked", lambda self: self)

        assert sorted(both(correct)) == (["done", "done"] if guarded else ["done", "refused"])
        assert [one.version for one in Invoice.objects.order_by("pk")] == [1, 1, 2, 2]
        assert Correction.objects.count() == 1

    def test_correct_what_was_metered_meanwhile_with_the_next_run(self, monkeypatch):
        scene, price = self.late(), findings.charged

        def meanwhile(*given, **named):
            scene.say((4, NINE + timedelta(minutes=4), "ppartcount", 7))
            both(lambda: metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock))
            return price(*given, **named)

        with monkeypatch.context() as patched:
            patched.setattr(findings, "charged", lambda *given, **named: in_a_thread(meanwhile, given, named))
            corrections.correct(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)
        corrections.correct(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)

        nets = (
            Invoice.objects.filter(seller=scene.lessor)
            .order_by("version")
            .values_list("net_minor", flat=True)
        )
        assert list(nets) == [65806 + 4 * 38000, 38000, 2 * 38000]

    def late(self):
        """Return a billed lease whose fifth part was metered afterwards."""
        scene = world.build("okuma")
        scene.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=1), "ppartcount", 4))
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
        scene.say((3, NINE + timedelta(minutes=3), "ppartcount", 5))
        metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock)
        return scene


def in_a_thread(work, given, named):
    """Do something as another process would, with a connection of its own."""

    def run():
        try:
            return work(*given, **named)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
