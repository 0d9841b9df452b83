"""What a line was counted from is there and stays: kept by triggers, where foreign keys would be dear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import invoices, metering, superseded
from billing.models import InvoiceLine, InvoiceLineUsage, WindowSet
from marketplace.shared.period import Period
from tests.billing import world

OCTOBER = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
NINE = world.midnight("2026-10-19") + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
DUE = world.midnight("2026-11-02")


def drafted():
    """Return a lease whose day was metered three times, and a drafted line of its parts."""
    scene = world.build("okuma")
    for turn in (1, 2, 3):
        scene.say((turn, NINE + turn * MINUTE, "ppartcount", turn))
        metering.meter_unit(unit=scene.unit, at=NINE + turn * MINUTE, by=scene.clock)
    invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)
    return scene, InvoiceLine.objects.filter(usage__isnull=False).first()


def link(line_id, set_id):
    InvoiceLineUsage.objects.bulk_create([InvoiceLineUsage(line_id=line_id, window_set_id=set_id)])


def gone(line):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_invoiceline WHERE id = %s", [line.pk])
        cursor.execute("SET CONSTRAINTS billing_invoiceline_without_usage IMMEDIATE")


@pytest.mark.django_db
def test_is_of_lines_and_sets_that_are_there_and_stay():
    _, line = drafted()
    counted = line.usage.get().window_set

    for change, said in (
        (lambda: link(line.pk, 10**9), "that are there"),
        (lambda: link(10**9, counted.pk), "that are there"),
        (
            lambda: line.usage.update(window_set=WindowSet.objects.exclude(pk=counted.pk).first()),
            "append-only",
        ),
        (lambda: gone(line), "goes with what it was counted from"),
        (lambda: WindowSet.objects.filter(pk=counted.pk)._raw_delete("default"), "something stands on it"),
    ):
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            change()

    line.invoice.delete()
    assert not InvoiceLineUsage.objects.filter(line=line.pk).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_keeps_a_set_that_somebody_deletes_meanwhile(guarded):
    """Without its lock the purge does not see a line that is not committed yet, and the set **is** gone."""
    _, line = drafted()
    old = WindowSet.objects.order_by("version").first()
    linked, purged = Event(), Event()
    if not guarded:
        unguard()

    def purge():
        try:
            linked.wait()
            superseded.purge(keep=timedelta(0), at=DUE)
        except IntegrityError:
            return "refused"
        finally:
            purged.set()
            connection.close()
        return "done"

    try:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                other = pool.submit(purge)
                link(line.pk, old.pk)
                linked.set()
                purged.wait(timeout=2)
            assert other.result() == ("refused" if guarded else "done")
        assert WindowSet.objects.filter(pk=old.pk).exists() is guarded
    finally:
        if not guarded:
            guard()


FUNCTION = "SELECT pg_get_functiondef('billing_windowset_goes'::regproc)"
LOCK = "PERFORM pg_advisory_xact_lock(hashtext('billing_invoicelineusage'));"


def unguard():
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        cursor.execute(cursor.fetchone()[0].replace(LOCK, "-- lock"))


def guard():
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        cursor.execute(cursor.fetchone()[0].replace("-- lock", LOCK))
