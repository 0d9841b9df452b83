"""A commission is a share of rent: of nothing else on an owner's invoice, and of no other seller's."""

from decimal import Decimal

import pytest

from billing.actions import bookings, books
from billing.models import Invoice, Journal
from tests.billing.actions.test_invoices import DUE
from tests.billing.ledger.test_bookings import issue
from tests.billing.recorded import Books
from tests.billing.world import member
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER


def test_is_of_rent_without_the_award_and_of_no_service(db):
    made = Books(worlds.make(machines=3))
    books.agree(lease=made.now(), commission_rate=Decimal("0.1"), at=HANDOVER, by=member(made.platform))
    made.maintained()
    made.awarded()

    made.bill()

    rent = Invoice.objects.get(lease=made.lease, seller=made.world.lessor, period_start=HANDOVER)
    award = rent.lines.get(kind="damage").net_minor
    owned = Journal.objects.filter(kind="COMMISSION")
    booked = owned.get(source_id=rent.public_id).lines.get(account__code="6001.03")
    assert award == 320_000
    assert -booked.amount_minor == (rent.net_minor - award) // 10
    sellers = Invoice.objects.filter(public_id__in=owned.values("source_id")).values_list("seller", flat=True)
    assert set(sellers) == {made.world.lessor.pk}


@pytest.fixture
def unbooked(by_part, monkeypatch):
    """Two invoices that were issued while nothing was booked."""
    with monkeypatch.context() as patched:
        patched.setattr(bookings, "invoice_issued", lambda **given: [])
        return by_part, issue(by_part)


def test_what_cannot_be_booked_keeps_nothing_else_waiting(unbooked, monkeypatch):
    scene, (rent, fee) = unbooked
    plain = bookings.invoice_issued

    def refuse(*, invoice, at, by):
        if invoice.pk == rent.pk:
            raise books.BookInvalid
        return plain(invoice=invoice, at=at, by=by)

    monkeypatch.setattr(bookings, "invoice_issued", refuse)
    assert bookings.catch_up(at=DUE, by=scene.clock) == 2
    assert set(Journal.objects.values_list("source_id", flat=True)) == {fee.public_id}

    monkeypatch.setattr(bookings, "invoice_issued", plain)
    assert bookings.catch_up(at=DUE, by=scene.clock) == 1
    assert set(Journal.objects.values_list("source_id", flat=True)) == {rent.public_id, fee.public_id}
