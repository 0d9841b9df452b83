"""
Interest of what is paid late stands beside the bills: it is counted with none of them.

A lease from 15 October 2026 on: October is issued on 2 November over 2,461.21 and due on 17 November. The
terms leave 14 days, so that its interest runs from 1 December, when also the billing period of December
begins. On 10 December nine days of 0.05 % are claimed: 11.08, which is 9.81 and 13 % of VAT.
"""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from billing.actions import (
    budgets,
    checks,
    corrections,
    deposit_bookings,
    invoices,
    late_interest,
    metering,
    sealing,
    slot_invoices,
    tax_invoices,
)
from billing.models import BillObjection, Book, Correction, Invoice
from billing.queries import figures_of, running_cost
from billing.rules.budgets import Wanted
from billing.rules.checks import CHECKS
from devices.actions import deliveries
from devices.actions.deliveries import Delivery
from devices.rules.admission import Item
from leasing.actions import leases
from leasing.models import Lease
from marketplace.actions import vat_statements
from marketplace.models.parties import Role
from marketplace.rules.pricing.sellers import VatStatus
from marketplace.rules.vat_statements import Statement
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import Period
from tests import once
from tests.billing import late, world
from tests.billing.actions.test_corrections import OCTOBER
from tests.billing.actions.test_provisional import object_to
from tests.billing.actions.test_tax_invoices import face_of
from tests.billing.slot_billing import LATER, BilledLaboratory, sums
from tests.factories import marketplace as factory
from tests.leasing.slot_world import NOW

NOVEMBER = Period(OCTOBER.end, world.midnight("2026-12-01"))
DECEMBER = Period(NOVEMBER.end, world.midnight("2027-01-01"))
CLAIMED = world.midnight("2026-12-10")
USED = world.midnight("2026-12-20")
ENDED = DECEMBER.end + timedelta(hours=1)
BILLED = world.midnight("2027-01-02")
CORRECTED = BILLED + timedelta(days=3)


def long_lease():
    """October and November are billed; the lease goes on to the end of January, and interest is claimed."""
    with patch.dict(world.entry("okuma")["period"], {"to": "2027-02-01"}):
        scene = world.build("okuma")
    late.billed(scene, grace_days=14)
    bill(scene, world.midnight("2026-12-02"))
    claim(scene)
    count(scene, USED, 4, 6)
    return scene


scene = once.fixture(long_lease)


@pytest.fixture
def billed(scene):
    """December is billed too, with two parts."""
    bill(scene, BILLED)
    return scene


def bill(scene, at):
    return invoices.bill(lease=current(scene), at=at, by=scene.clock)


def current(scene):
    return Lease.objects.get(pk=scene.lease.pk)


def claim(scene, through=CLAIMED):
    first = Invoice.objects.get(lease=scene.lease, seller=scene.lessor, due_on=late.DUE_ON)
    day = through.astimezone(world.ZONE).date()
    given = {"within": scene.lessor, "by": scene.owner, "at": through}
    return late_interest.claim(invoice=first, through=day, **given)


def count(scene, at, *counts, epoch="december"):
    """Deliver counts, a minute apart, and meter what they say."""
    moments = [at + timedelta(minutes=number) for number in range(1, len(counts) + 1)]
    items = [
        Item(number, (moment - world.EPOCH) // timedelta(microseconds=1), "ppartcount", parts)
        for number, (moment, parts) in enumerate(zip(moments, counts, strict=True), start=1)
    ]
    known = moments[-1] + timedelta(minutes=1)
    deliveries.take(device=scene.device, delivery=Delivery(epoch, items), by=scene.clock, at=known)
    metering.meter_unit(unit=scene.unit, at=known, by=scene.clock)


def interest():
    return Invoice.objects.get(kind="INTEREST")


def rent_of(scene, period, **about):
    return Invoice.objects.get(
        lease=scene.lease, seller=scene.lessor, period_start=period.start, **({"kind": "INVOICE"} | about)
    )


def correct(scene):
    metering.meter_unit(unit=scene.unit, at=CORRECTED, by=scene.clock)
    return corrections.correct(lease=current(scene), period=DECEMBER, at=CORRECTED, by=scene.clock)


class TestInterestThatBeginsWithAPeriod:
    def test_is_of_another_document_with_its_own_tax(self, billed):
        paper, rent = interest(), rent_of(billed, DECEMBER)

        assert paper.period == Period(DECEMBER.start, CLAIMED)
        assert (paper.net_minor, paper.tax_minor, paper.gross_minor) == (981, 127, 1108)
        assert rent.period == DECEMBER
        assert rent.net_minor == 196_000  # 1,200.00 + 2 × 380.00
        assert paper.vat == rent_of(billed, OCTOBER).vat

    def test_makes_no_note_over_the_period(self, billed):
        made = correct(billed)

        assert made is None or made.outcome == Correction.Outcome.NOTHING
        assert not Invoice.objects.filter(kind__in=["CREDIT_NOTE", "DEBIT_NOTE"]).exists()

    def test_is_no_part_of_a_note_that_is_due(self, billed):
        count(billed, USED + timedelta(hours=1), 7, epoch="late")

        correct(billed)

        note = rent_of(billed, DECEMBER, kind="DEBIT_NOTE")
        assert (note.version, note.net_minor, note.gross_minor) == (2, 38_000, 42_940)

    def test_leaves_the_lessee_the_time_to_object(self, scene):
        metering.meter_unit(unit=scene.unit, at=ENDED, by=scene.clock)

        made = object_to(scene, start=DECEMBER.start, at=ENDED)

        assert BillObjection.objects.get() == made
        assert (made.outcome, made.period_start) == ("OPEN", DECEMBER.start)

    @pytest.mark.parametrize("side", ["lessee", "lessor"])
    def test_is_no_use_that_a_budget_counts(self, scene, side):
        who = {"lessee": (scene.lessee, scene.buyer), "lessor": (scene.lessor, scene.owner)}[side]
        at = USED + timedelta(days=1)
        budget = budgets.set_up(
            lease=current(scene), wanted=Wanted(500_000), organization=who[0], by=who[1], side=None, at=at
        )

        cost = running_cost(current(scene), at)
        mine = [one.line.net.minor for one in cost.lines if side == "lessee" or one.line.seller == "owner"]
        assert figures_of(budget, at).net_minor == sum(mine)
        assert sum(mine) > 76_000  # the two parts and something of the base

    def test_is_not_on_the_official_e_invoice_of_the_rent(self, billed):
        rent = rent_of(billed, DECEMBER)

        given = face_of(rent, number="27322000000012345678", day=date(2027, 1, 2))
        made = tax_invoices.record(invoice=rent, given=given, by=billed.owner, at=BILLED)

        assert (made.net_minor, made.tax_minor) == (rent.net_minor, rent.tax_minor)

    def test_breaks_no_standing_check(self, billed):
        assert deposit_bookings.catch_up(at=CORRECTED, by=billed.clock)
        for book in Book.objects.all():
            sealing.seal(book=book, at=CORRECTED + timedelta(hours=1), by=billed.clock)

        made = checks.run(at=CORRECTED + timedelta(days=1), by=billed.finance, only=())

        told = {one.code: (one.count, one.failure) for one in made.results.all()}
        assert told == dict.fromkeys(CHECKS, (0, ""))

    def test_pays_for_no_credit_beyond_what_was_billed(self, billed):
        count(billed, USED + timedelta(hours=1), 7, epoch="late")
        correct(billed)
        known = Invoice.objects.filter(seller=billed.lessor, period_start=DECEMBER.start)
        was = sum(known.exclude(kind="INTEREST").values_list("gross_minor", flat=True))
        note = known.filter(kind="DEBIT_NOTE").values().get()
        note |= {"id": None, "public_id": "inv_x", "number": "x", "version": 3, "kind": "CREDIT_NOTE"}

        with pytest.raises(IntegrityError, match="more would be credited"), transaction.atomic():
            Invoice.objects.create(**note | {"net_minor": -was - 1, "tax_minor": 0, "gross_minor": -was - 1})
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Invoice.objects.create(**note | {"net_minor": -was, "tax_minor": 0, "gross_minor": -was})
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert "credited" not in str(refused.value)  # all of it may go; this row alone has no lines

    def test_is_no_last_bill_though_it_runs_to_the_end_of_the_lease(self, db):
        with patch.dict(world.entry("okuma")["period"], {"to": "2027-02-01"}):
            scene = world.build("okuma")
        late.billed(scene, grace_days=14)
        leases.end(lease=current(scene), by=scene.owner, at=CLAIMED)

        claim(scene)
        bill(scene, CLAIMED + timedelta(days=2))

        paper = interest()
        assert paper.period_end == current(scene).active_to
        assert not paper.is_final
        assert rent_of(scene, DECEMBER).is_final


class TestInterestOfASlot:
    """A slot of 160.05 + 9.60, issued on 16 March and due on 31 March: ten days of 0.05 % are 0.85."""

    THROUGH = date(2026, 4, 10)
    AT = world.midnight("2026-04-10")

    @pytest.fixture
    def lab(self, db):
        made = BilledLaboratory()
        about = {"seller": made.world.lessor, "by": made.seller, "at": NOW - timedelta(days=20)}
        late.announce(None, valid_from=date(2026, 3, 1), **about)
        return made

    @pytest.fixture
    def booking(self, lab):
        made = lab.done()
        slot_invoices.bill(booking=made, at=LATER, by=lab.clock)
        return made

    def claim(self, lab, booking):
        invoice = Invoice.objects.originals().get(booking=booking, seller=lab.world.lessor)
        given = {"within": lab.world.lessor, "by": lab.seller, "at": self.AT}
        return late_interest.claim(invoice=invoice, through=self.THROUGH, **given)

    def test_is_claimed_once(self, lab, booking):
        made = self.claim(lab, booking)

        assert (made.document.booking, made.document.lease) == (booking, None)
        assert sums(booking)["LESSOR"] == ["INVOICE 160.05 + 9.60 = 169.65", "INTEREST 0.80 + 0.05 = 0.85"]
        assert self.claim(lab, booking) is None
        assert Invoice.objects.filter(kind="INTEREST").count() == 1

    def test_is_not_credited_with_the_slot(self, lab, booking):
        self.claim(lab, booking)
        lab.waive(booking, self.AT + timedelta(hours=1))

        slot_invoices.correct(booking=booking, at=self.AT + timedelta(hours=2), by=lab.clock)

        assert sums(booking)["LESSOR"] == [
            "INVOICE 160.05 + 9.60 = 169.65",
            "INTEREST 0.80 + 0.05 = 0.85",
            "CREDIT_NOTE -160.05 + -9.60 = -169.65",
        ]

    @pytest.mark.parametrize("waived", [False, True])
    def test_is_no_slot_that_is_billed_again(self, lab, booking, waived):
        self.claim(lab, booking)
        if waived:
            lab.waive(booking, self.AT + timedelta(hours=1))
            slot_invoices.correct(booking=booking, at=self.AT + timedelta(hours=2), by=lab.clock)

        at = self.AT + timedelta(days=10)
        made = checks.run(at=at, by=lab.boss, only=("slots_billed_once",))

        assert [(one.count, one.failure) for one in made.results.all()] == [(0, "")]

    def test_is_not_on_the_official_e_invoice_of_the_slot(self, lab, booking):
        self.claim(lab, booking)
        rent = Invoice.objects.originals().get(booking=booking, seller=lab.world.lessor)

        given = face_of(rent, day=self.THROUGH)
        made = tax_invoices.record(invoice=rent, given=given, by=lab.seller, at=self.AT)

        assert (made.net_minor, made.tax_minor) == (16_005, 960)


def test_a_small_seller_offers_a_slot_with_the_tax_of_its_invoice(db, monkeypatch):
    lab = BilledLaboratory()
    vat_statements.state(
        organization=lab.world.lessor,
        given=Statement(VatStatus.SMALL_SCALE, date(2026, 1, 1), "通知书 118", None),
        within=lab.platform,
        by=factory.member(lab.platform, Role.FINANCE),
        at=NOW,
    )
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(lab.world.buyer)
    offered = browser.get(f"/listings/{lab.listing.public_id}/slots/?date=2026-03-09")
    booking = lab.done()
    shown = browser.get(f"/slots/{booking.public_id}/")

    made = slot_invoices.bill(booking=booking, at=LATER, by=lab.clock)

    (invoice,) = (one for one in made if one.seller == lab.world.lessor)
    assert (invoice.net_minor, invoice.tax_minor) == (16_005, 160)
    whole = format_money(Money.total((one.gross for one in made), "CNY"))
    assert f"{whole}</span> in all, with VAT" in offered.content.decode()
    for amount in (format_money(invoice.net), format_money(invoice.gross), whole):
        assert amount in shown.content.decode(), amount
    for page in (offered, shown):
        taxes = [(one["seller"], one["tax"].minor) for one in page.context["cost"]["lines"]]
        assert taxes == [("owner", 160), ("platform", 48)]
