"""Slot bookings are billed once, by themselves or by a run; readers of the bill find the booking on it."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from billing.actions import billing_modes, bundles, disputes, run_steps, runs, slot_invoices
from billing.actions.bundles import NoReadingsBehindSlot
from billing.actions.slot_invoices import SlotNotOver
from billing.models import BillingMode, Correction, Invoice, InvoiceRun, NumberSequence, RunItem, RunPart
from billing.queries import document_of, slots_to_bill, slots_to_correct
from billing.queries.sellers import NoPlatform
from leasing.actions.slot_moves import SlotMoveRefused
from leasing.actions.slot_work import NothingOwedForSlot, SlotNotBegun, SlotWaiverReasonMissing
from leasing.rules.slots import Status
from marketplace.models.parties import Organization, Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.slot_billing import A_DAY, LATER, BilledLaboratory, sums
from tests.leasing import world as worlds
from tests.leasing.slot_world import HOUR, MONDAY, NOW

pytestmark = pytest.mark.django_db


@once.fixture
def lab():
    return BilledLaboratory()


@once.fixture
def billed(lab):
    """A measured slot that is invoiced."""
    booking = lab.done()
    slot_invoices.bill(booking=booking, at=LATER, by=lab.clock)
    return booking


def of_lessor(lab, booking, **about):
    return Invoice.objects.with_parties().get(booking=booking, seller=lab.world.lessor, **about)


def browser(user, language="en"):
    made = Client(headers={"accept-language": language})
    made.force_login(user)
    return made


class TestBilling:
    def test_waits_until_the_time_is_over(self, lab):
        booking = lab.act("done", lab.handed_in(slots_=2), lab.world.lessor, MONDAY + HOUR)

        with pytest.raises(SlotNotOver):
            slot_invoices.bill(booking=booking, at=booking.ends_at - HOUR, by=lab.clock)
        assert slots_to_bill(booking.ends_at - HOUR) == []
        assert slots_to_bill(booking.ends_at) == [booking.pk]
        assert not Invoice.objects.exists()

    def test_issues_nothing_twice(self, lab, billed):
        assert slot_invoices.bill(booking=billed, at=LATER, by=lab.clock) == []
        assert Invoice.objects.count() == 2
        assert slot_invoices.correct(booking=billed, at=LATER, by=lab.clock) is None

    def test_leaves_nothing_behind_when_it_breaks(self, lab):
        booking = lab.done()
        lab.platform.kind = "HUB"
        lab.platform.save()

        with pytest.raises(NoPlatform):
            slot_invoices.bill(booking=booking, at=LATER, by=lab.clock)
        assert not Invoice.objects.exists()
        assert not NumberSequence.objects.exists()
        assert slots_to_bill(LATER) == [booking.pk]

    def test_needs_the_right(self, lab):
        booking = lab.done()
        with pytest.raises(MissingRight):
            slot_invoices.bill(booking=booking, at=LATER, by=lab.world.buyer)
        with pytest.raises(MissingRight):
            slot_invoices.correct(booking=booking, at=LATER, by=lab.world.buyer)
        assert not Invoice.objects.exists()

    def test_corrects_nothing_that_is_not_billed(self, lab):
        booking = lab.waive(lab.done())
        assert slot_invoices.correct(booking=booking, at=LATER, by=lab.clock) is None
        assert not Correction.objects.exists()

    def test_reads_what_was_booked_before_plans_were_frozen(self, lab):
        booking = lab.book()
        document = {name: value for name, value in booking.document.items() if name != "price_plan"}
        booking.document = document | {"version": 1}
        booking.status = Status.DONE
        (part,) = slot_invoices.preview(booking=booking)
        assert (part[0], part[1].net.minor, part[1].tax.minor) == (lab.world.lessor, 16_005, 960)

    def test_takes_the_rate_of_a_lease_where_the_lessee_works_the_machine(self, db):
        lab = BilledLaboratory(tax_category="LEASE_MOVABLE")
        slot_invoices.bill(booking=lab.done(), at=LATER, by=lab.clock)
        found = Invoice.objects.get(seller=lab.world.lessor)
        assert (found.net_minor, found.tax_minor) == (16_005, 2_081)

    def test_of_the_platform_itself_has_no_share(self, db):
        lab = BilledLaboratory()
        Organization.objects.filter(pk=lab.platform.pk).update(kind="HUB")
        Organization.objects.filter(pk=lab.world.lessor.pk).update(kind="PLATFORM")
        booking = lab.done()
        (made,) = slot_invoices.bill(booking=booking, at=LATER, by=lab.clock)
        assert made.seller == lab.world.lessor


class TestWaiving:
    def test_says_why_and_to_whom(self, lab):
        booking = lab.done()
        with pytest.raises(SlotWaiverReasonMissing):
            lab.act("waive", booking, lab.world.lessor, LATER, reason=" \x00 ")
        with pytest.raises(MissingRight):
            lab.act("waive", booking, lab.world.lessee, LATER, reason="no")
        assert lab.fresh(booking).status == Status.DONE

    def test_is_not_of_what_is_to_come_or_costs_nothing(self, lab):
        coming = lab.book()
        with pytest.raises(SlotNotBegun):
            lab.waive(coming, MONDAY - HOUR)
        gone = lab.act("cancel", coming, lab.world.lessee, NOW)
        with pytest.raises(NothingOwedForSlot):
            lab.waive(gone)
        waived = lab.waive(lab.done(starts_at=MONDAY))
        with pytest.raises(SlotMoveRefused):
            lab.waive(waived)

    def test_frees_the_machine_and_keeps_the_history(self, lab):
        waived = lab.waive(lab.book(), MONDAY + HOUR / 2)
        assert (waived.status, waived.owed_minor, waived.done_at) == (Status.WAIVED, 0, None)
        assert waived.steps.last().reason == "测头损坏，数据无效"


class TestConceding:
    def test_gives_back_what_was_conceded_and_the_rest_when_it_is_waived(self, lab, billed):
        invoice = of_lessor(lab, billed)
        dispute = disputes.dispute(
            line=invoice.lines.get(),
            reason="一个特征漏测",
            within=lab.world.lessee,
            by=lab.payer,
            at=LATER,
        )
        disputes.answer(
            dispute=dispute,
            conceded_minor=6_005,
            reason="属实",
            within=lab.world.lessor,
            by=lab.seller,
            at=LATER + A_DAY,
        )
        assert slots_to_correct() == [billed.pk]

        made = slot_invoices.correct(booking=billed, at=LATER + A_DAY, by=lab.clock)

        assert made.reasons == ["CONCEDED"]
        assert sums(billed)["LESSOR"] == [
            "INVOICE 160.05 + 9.60 = 169.65",
            "CREDIT_NOTE -60.05 + -3.60 = -63.65",
        ]
        assert slots_to_correct() == []
        lab.waive(billed, LATER + 2 * A_DAY)
        slot_invoices.correct(booking=billed, at=LATER + 2 * A_DAY, by=lab.clock)
        assert sums(billed)["LESSOR"][-1] == "CREDIT_NOTE -100.00 + -6.00 = -106.00"
        assert sum(Invoice.objects.filter(booking=billed).values_list("gross_minor", flat=True)) == 0

    def test_a_waiver_after_a_concession_that_was_all_of_it_changes_no_amount(self, lab):
        booking = lab.act("no_show", lab.book(), lab.world.lessor, MONDAY + HOUR / 2)
        slot_invoices.bill(booking=booking, at=LATER, by=lab.clock)
        about = {"within": lab.world.lessee, "by": lab.payer, "at": LATER}
        dispute = disputes.dispute(line=of_lessor(lab, booking).lines.get(), reason="我们来过", **about)
        about = {"within": lab.world.lessor, "by": lab.seller, "at": LATER}
        disputes.answer(dispute=dispute, conceded_minor=8_003, reason="属实", **about)
        slot_invoices.correct(booking=booking, at=LATER, by=lab.clock)
        lab.waive(booking, LATER)

        made = slot_invoices.correct(booking=booking, at=LATER + HOUR, by=lab.clock)

        assert (made.outcome, made.reasons) == (Correction.Outcome.NOTHING, ["SLOT"])
        assert slots_to_correct() == []


class TestRuns:
    @pytest.fixture
    def reviewed(self, lab):
        chief = worlds.person("chief", lab.world.lessor, Role.ADMIN)
        billing_modes.choose(organization=lab.world.lessor, mode=BillingMode.Mode.REVIEWED, at=NOW, by=chief)
        return lab

    def run(self, lab):
        made = runs.start(organization=lab.world.lessor, cut_off=LATER, at=LATER, by=lab.seller)
        run_steps.step(run=made, at=LATER, by=lab.clock)
        return InvoiceRun.objects.get(pk=made.pk)

    def approved(self, lab, run):
        colleague = worlds.person("colleague", lab.world.lessor, Role.FINANCE)
        runs.approve(run=run, digest=run.digest, at=LATER, by=colleague)
        return InvoiceRun.objects.get(pk=run.pk)

    def test_bill_what_was_previewed_and_approved(self, reviewed):
        booking = reviewed.done()
        assert slots_to_bill(LATER) == []

        run = self.run(reviewed)
        item = RunItem.objects.get(run=run)
        assert (run.state, run.looked, run.total, item.booking) == ("PREVIEWED", 1, 1, booking)
        assert RunPart.objects.get(item=item, seller=reviewed.world.lessor).gross_minor == 16_965
        page = browser(reviewed.seller).get(f"/invoice-runs/{run.public_id}/")
        assert booking.public_id in page.content.decode()
        table = browser(reviewed.seller).get(f"/invoice-runs/{run.public_id}/?format=csv")
        assert booking.public_id in table.content.decode()
        runs.leave_out(item=item, reason="再看看", at=LATER, by=reviewed.seller)
        runs.put_back(item=RunItem.objects.get(pk=item.pk), at=LATER, by=reviewed.seller)
        run = self.approved(reviewed, InvoiceRun.objects.get(pk=run.pk))
        assert not run_steps.step(run=run, at=LATER, by=reviewed.clock)

        assert InvoiceRun.objects.get(pk=run.pk).state == "FINISHED"
        assert RunItem.objects.get(pk=item.pk).state == "BILLED"
        assert sums(booking)["LESSOR"] == ["INVOICE 160.05 + 9.60 = 169.65"]
        assert RunPart.objects.filter(item=item, invoice=None).count() == 0

    def test_leave_out_what_was_waived_since(self, reviewed):
        booking = reviewed.done()
        run = self.approved(reviewed, self.run(reviewed))
        reviewed.waive(booking)

        run_steps.step(run=run, at=LATER, by=reviewed.clock)

        assert RunItem.objects.get(run=run).state == "CHANGED"
        assert not Invoice.objects.exists()

    def test_say_what_was_billed_already(self, reviewed):
        booking = reviewed.done()
        run = self.approved(reviewed, self.run(reviewed))
        slot_invoices.bill(booking=booking, at=LATER, by=reviewed.clock)

        run_steps.step(run=run, at=LATER, by=reviewed.clock)

        assert RunItem.objects.get(run=run).state == "ALREADY"
        assert Invoice.objects.filter(booking=booking).count() == 2

    def test_name_what_cannot_be_priced(self, reviewed, monkeypatch):
        reviewed.done()

        def fails(**given):
            raise NoPlatform

        monkeypatch.setattr(slot_invoices, "preview", fails)
        run = self.run(reviewed)
        assert (run.state, RunItem.objects.get(run=run).problem_code) == ("CANCELLED", "no_platform")

    def test_blame_a_booking_for_what_nobody_foresaw(self, reviewed, monkeypatch):
        reviewed.done()
        run = self.approved(reviewed, self.run(reviewed))

        def breaks(**given):
            raise RuntimeError

        monkeypatch.setattr(slot_invoices, "bill", breaks)
        run_steps.step(run=run, at=LATER, by=reviewed.clock)
        assert RunItem.objects.get(run=run).problem_code == "run_lease_failed"


class TestReading:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_every_surface_shows_the_booking(self, lab, billed, language):
        invoice, found = of_lessor(lab, billed), browser(lab.payer, language)
        shown = found.get(f"/invoices/{invoice.public_id}/").content.decode()
        assert billed.public_id in shown
        assert "/evidence/" not in shown
        assert found.get("/invoices/").status_code == 200
        assert invoice.number in found.get(f"/invoices/?booking={billed.public_id}").content.decode()
        assert invoice.number not in found.get("/invoices/?booking=slb_no").content.decode()
        assert found.get(f"/invoices/{invoice.public_id}/lines/1/").status_code == 200
        assert billed.public_id in found.get("/invoices/?format=csv").content.decode()
        assert found.get("/invoices/?format=xlsx").content[:2] == b"PK"
        assert found.get(f"/invoices/{invoice.public_id}/official/").status_code == 200
        assert found.get(f"/invoices/{invoice.public_id}/evidence/").status_code in (409, 302)
        paper = found.get(f"/invoices/{invoice.public_id}/file/")
        assert b"".join(paper)[:4] == b"%PDF"
        told = document_of(invoice)
        assert told.booking.startswith(billed.public_id)
        assert (told.lease, told.subject) == ("", lab.listing.title)

    def test_a_note_shows_it_too(self, lab, billed):
        lab.waive(billed)
        slot_invoices.correct(booking=billed, at=LATER, by=lab.clock)
        note = of_lessor(lab, billed, kind="CREDIT_NOTE")
        for language in ("en", "zh-hans"):
            shown = browser(lab.payer, language).get(f"/invoices/{note.public_id}/").content.decode()
            assert billed.public_id in shown
        assert (
            "waived what was owed" in browser(lab.payer).get(f"/invoices/{note.public_id}/").content.decode()
        )
        for one in (note, note.corrects):
            assert b"".join(browser(lab.payer).get(f"/invoices/{one.public_id}/file/"))[:4] == b"%PDF"
            assert browser(lab.seller).get(f"/invoices/{one.public_id}/official/").status_code == 200

    def test_over_rest_beside_the_lease(self, lab, billed):
        invoice, api = of_lessor(lab, billed), APIClient()
        api.force_login(lab.payer)
        (row,) = api.get(f"/api/v1/invoices/?seller={lab.world.lessor.public_id}").json()["data"]
        assert (row["lease"], row["lease_number"], row["booking"]) == (None, None, billed.public_id)
        path = f"/api/v1/invoices/{invoice.public_id}/"
        assert api.get(path).json()["booking"] == billed.public_id
        assert api.get(f"{path}lines/1/windows/").json() == {"data": []}
        assert api.get(f"{path}pdf/").status_code == 200
        refused = api.get(f"{path}evidence/")
        assert (refused.status_code, refused.json()["code"]) == (409, "no_readings_behind_slot")

    def test_strangers_find_neither_invoice_nor_booking(self, lab, billed):
        invoice = of_lessor(lab, billed)
        for path in (f"/invoices/{invoice.public_id}/", f"/slots/{billed.public_id}/"):
            assert browser(lab.world.outsider).get(path).status_code == 404
        shown = browser(lab.world.outsider).get(f"/invoices/?booking={billed.public_id}").content.decode()
        assert invoice.number not in shown
        assert browser(lab.world.outsider).get(f"/invoices/{invoice.public_id}/evidence/").status_code == 404

    def test_the_page_of_the_booking_says_what_it_costs(self, lab):
        coming = lab.book(slots_=2)
        shown = browser(lab.world.buyer).get(f"/slots/{coming.public_id}/").content.decode()
        for said in ("What it will cost", "¥320.10", "¥339.31", "¥16.97", "¥356.28"):
            assert said in shown, said
        page = browser(lab.world.buyer).get(f"/listings/{lab.listing.public_id}/slots/").content.decode()
        assert page

    def test_the_bundle_is_refused_with_a_sentence(self, lab, billed, tmp_path):
        about = {"within": lab.world.lessee, "by": lab.payer, "at": LATER}
        with (tmp_path / "a.zip").open("wb") as to, pytest.raises(NoReadingsBehindSlot):
            bundles.make(invoice=of_lessor(lab, billed), to=to, **about)


class TestTheDatabase:
    def test_knows_one_subject_of_an_invoice(self, lab, billed):
        row = Invoice.objects.filter(booking=billed).values().first()
        for wrong in ({"booking_id": None}, {"buyer_id": lab.world.stranger.pk}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Invoice.objects.create(
                    **(row | {"id": None, "public_id": "inv_x", "number": "x", "version": 1} | wrong)
                )

    def test_knows_a_booking_once_a_seller_and_version(self, lab, billed):
        row = Invoice.objects.filter(booking=billed).values().first()
        with pytest.raises(IntegrityError, match="slot_once"), transaction.atomic():
            Invoice.objects.create(**(row | {"id": None, "public_id": "inv_x", "number": "x"}))

    def test_refuses_a_note_over_another_booking(self, lab, billed):
        lab.waive(billed)
        slot_invoices.correct(booking=billed, at=LATER, by=lab.clock)
        other = lab.done(starts_at=MONDAY + 24 * HOUR)
        note = Invoice.objects.filter(kind="CREDIT_NOTE").values().first()
        about = {"id": None, "public_id": "inv_x", "number": "x", "booking_id": other.pk}
        about |= {"period_start": other.starts_at, "period_end": other.ends_at}
        with pytest.raises(IntegrityError, match="same lease or booking"), transaction.atomic():
            Invoice.objects.create(**(note | about))
        assert connection.is_usable()
        assert json.dumps(note["recorded"])
