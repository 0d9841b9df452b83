"""Billing a slot, two at once, and beside a waiver; each race is shown without its lock as well."""

import threading
from contextlib import suppress

import pytest
from django.db import connection

from billing.actions import slot_invoices
from billing.models import Invoice
from billing.queries import slots_to_correct
from leasing.models import SlotBooking
from leasing.models.slots import SlotBookingQuerySet
from tests.billing.slot_billing import LATER, BilledLaboratory
from tests.concurrency.test_leases import at_once, fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lab():
    return BilledLaboratory()


@pytest.fixture
def no_lock(monkeypatch):
    monkeypatch.setattr(SlotBookingQuerySet, "locked", lambda self: self.order_by("pk"))


@pytest.fixture
def look_together(monkeypatch):
    """Hold both between looking and writing until both have looked, or it is clear that they cannot."""
    meeting, read = threading.Barrier(2, timeout=2), slot_invoices.preview

    def waiting(**given):
        found = read(**given)
        with suppress(threading.BrokenBarrierError):  # the other waits at the lock
            meeting.wait()
        return found

    monkeypatch.setattr(slot_invoices, "preview", waiting)


def bill(lab, booking):
    found = SlotBooking.objects.with_sides().get(pk=booking.pk)
    return slot_invoices.bill(booking=found, at=LATER, by=fresh(lab.clock))


class TestTwoBill:
    def test_one_issues_and_the_other_finds_nothing_to_do(self, lab, look_together):
        booking = lab.done()

        results = at_once(lambda: bill(lab, booking), lambda: bill(lab, booking))

        assert sorted(len(one) for one in results) == [0, 2]
        assert Invoice.objects.filter(booking=booking).count() == 2
        assert {number[-6:] for number in Invoice.objects.values_list("number", flat=True)} == {"000001"}

    def test_without_the_lock_the_database_refuses_the_second(self, lab, look_together, no_lock):
        booking = lab.done()

        results = at_once(lambda: bill(lab, booking), lambda: bill(lab, booking))

        assert sorted(type(one).__name__ for one in results) == ["IntegrityError", "list"]
        assert Invoice.objects.filter(booking=booking).count() == 2


def waived_while_billed(lab, monkeypatch):
    """Waive between looking and writing; return what the waiver found of invoices when it was done."""
    booking, read, seen = lab.done(), slot_invoices.preview, []

    def waive():
        lab.waive(booking, LATER)
        seen.append(Invoice.objects.filter(booking=booking).exists())
        connection.close()

    other = threading.Thread(target=waive)

    def meanwhile(**given):
        found = read(**given)
        other.start()
        other.join(2)
        return found

    monkeypatch.setattr(slot_invoices, "preview", meanwhile)
    bill(lab, booking)
    other.join()
    return booking, seen


class TestBillingMeetsAWaiver:
    def test_the_waiver_waits_and_is_given_back(self, lab, monkeypatch):
        booking, seen = waived_while_billed(lab, monkeypatch)

        assert seen == [True]
        assert slots_to_correct() == [booking.pk]
        slot_invoices.correct(booking=booking, at=LATER, by=lab.clock)
        assert sum(Invoice.objects.values_list("gross_minor", flat=True)) == 0

    def test_without_the_lock_something_is_billed_that_is_waived(self, lab, monkeypatch, no_lock):
        _, seen = waived_while_billed(lab, monkeypatch)

        assert seen == [False]
