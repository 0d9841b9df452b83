"""Issued invoices are corrected by notes: on the original period, to the fen, once."""

from datetime import timedelta

import pytest

from billing.actions import corrections, invoices, metering
from billing.models import Invoice
from marketplace.shared.period import Period
from tests.billing import world

OCTOBER = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
LATER = DUE + timedelta(days=3)


def say(scene, *counts, start=1):
    scene.say(
        *(
            (number, NINE + timedelta(minutes=number), "ppartcount", count)
            for number, count in enumerate(counts, start)
        )
    )


@pytest.fixture
def billed(by_part):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


def correct(scene, at=LATER, **more):
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)
    return corrections.correct(lease=scene.lease, period=OCTOBER, at=at, by=scene.clock, **more)


def notes(scene=None):
    return list(Invoice.objects.exclude(kind="INVOICE").order_by("pk"))


class TestCorrect:
    def test_bills_late_usage_as_a_debit_note_a_seller(self, billed):
        say(billed, 5, start=3)

        made = correct(billed)

        rent, fee = notes()
        assert (rent.kind, rent.version, rent.status, rent.gross_minor) == ("DEBIT_NOTE", 2, "ISSUED", 42940)
        assert (fee.seller, fee.gross_minor) == (billed.platform, 1208)
        assert (made.outcome, made.reasons) == ("NOTED", ["LATE"])
