"""Two workers do the same at the same time: the result is that of one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from billing.actions import invoices, metering
from billing.models import Invoice, NumberSequence, WindowSet
from tests.billing import world

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


def both(work):
    ready = Barrier(2)

    def run(_):
        try:
            ready.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


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
