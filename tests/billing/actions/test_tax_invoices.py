"""Official e-invoices: recorded once, only when they say what ours says, and never changed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from billing.actions import invoices, metering, tax_invoices
from billing.models import Invoice, TaxDocument, TaxInvoice
from billing.queries import Wanted, wanted_face
from billing.rules.tax_invoices import Kind, Party
from marketplace.models import AuditEntry, Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.billing.actions.test_invoices import DUE, OCTOBER, say
from tests.billing.tax_papers import xml

NUMBER = "26322000000012345678"
DAY = date(2026, 11, 2)
PDF = b"%PDF-1.7 official"


@once.fixture
def scene(by_part):
    say(by_part, 0, 4)
    metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
    return by_part


@once.fixture
def drafted(scene):
    return invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)


@once.fixture
def rent(scene, drafted):
    return invoices.issue(invoice=drafted[0], at=DUE, by=scene.clock)


@once.fixture
def fee(scene, drafted):
    return invoices.issue(invoice=drafted[1], at=DUE, by=scene.clock)


def face_of(invoice, number=NUMBER, day=DAY, kind=Kind.SPECIAL, **changes):
    return replace(wanted_face(invoice, kind=kind), number=number, issued_on=day, **changes)


def record(scene, invoice, given=None, by=None):
    return tax_invoices.record(invoice=invoice, given=given or face_of(invoice), by=by or scene.owner, at=DUE)


def nothing_recorded():
    return not TaxInvoice.objects.exists() and not TaxDocument.objects.exists()


class TestRecording:
    def test_keeps_the_face_and_tells_the_buyer(self, scene, rent):
        made = record(scene, rent)

        assert (made.number, made.issued_on, made.kind) == (NUMBER, DAY, "SPECIAL")
        assert (made.net_minor, made.tax_minor) == (rent.net_minor, rent.tax_minor)
        assert made.gross == rent.gross
        assert made.face["remark"].startswith(f"{rent.number} {scene.lease.number} ")
        assert "件" in [item["unit"] for item in made.face["items"]]
        told = Notification.objects.get(kind="tax_invoice_recorded")
        assert told.facts == {"invoice": rent.number, "number": NUMBER}
        assert AuditEntry.objects.filter(action="tax_invoice.record", subject=made.public_id).exists()

    def test_of_the_same_again_changes_nothing(self, scene, rent):
        first = record(scene, rent)

        assert record(scene, rent) == first
        assert TaxInvoice.objects.count() == Notification.objects.filter(kind__startswith="tax_").count() == 1

    def test_of_one_that_says_something_else_is_refused_with_every_difference(self, scene, rent):
        with pytest.raises(tax_invoices.TaxInvoiceInvalid) as caught:
            record(scene, rent, face_of(rent, number="27" + NUMBER[2:], tax_minor=rent.tax_minor + 1))

        assert {flaw.pointer for flaw in caught.value.flaws} == {
            "/number",
            "/tax_minor",
            "/items",
            "/capitals",
        }
        assert nothing_recorded()

    def test_of_a_draft_is_refused(self, scene, drafted):
        with pytest.raises(tax_invoices.NotIssuedYet):
            record(scene, drafted[0])

        assert nothing_recorded()

    def test_of_one_in_another_currency_is_refused(self, scene, drafted):
        Invoice.objects.filter(pk=drafted[0].pk).update(currency="EUR")
        foreign = invoices.issue(invoice=Invoice.objects.get(pk=drafted[0].pk), at=DUE, by=scene.clock)

        with pytest.raises(tax_invoices.NotInYuan):
            tax_invoices.record_typed(
                invoice=foreign,
                kind=Kind.SPECIAL,
                number=NUMBER,
                issued_on=DAY,
                gross_minor=1,
                by=scene.owner,
                at=DUE,
            )

        assert nothing_recorded()

    def test_of_a_second_one_is_refused_until_the_first_is_taken_back(self, scene, rent):
        first = record(scene, rent)
        other = face_of(rent, number=NUMBER[:-1] + "9")

        with pytest.raises(tax_invoices.TaxInvoiceStands, match=NUMBER):
            record(scene, rent, other)
        tax_invoices.withdraw(tax_invoice=first, why="typed wrong", by=scene.owner, at=DUE)

        assert record(scene, rent, other).number == other.number
        assert TaxInvoice.objects.standing().count() == 1

    def test_of_a_number_that_stands_elsewhere_is_refused(self, scene, rent, fee):
        record(scene, rent)

        with pytest.raises(tax_invoices.TaxNumberUsed):
            record(scene, fee, by=scene.finance)

        assert TaxInvoice.objects.count() == 1

    @pytest.mark.parametrize(
        ("which", "changes", "refusal"),
        [
            ("fee", {}, "TaxNumberUsed"),
            ("rent", {"number": NUMBER[:-1] + "9"}, "TaxInvoiceStands"),
            ("fee", {"number": NUMBER[:-1] + "9", "net_minor": 1}, "TaxRecordRefused"),
        ],
    )
    def test_that_the_database_refuses_is_told_by_its_rule(self, scene, rent, fee, which, changes, refusal):
        record(scene, rent)
        of = {"rent": rent, "fee": fee}[which]
        wanted = Wanted(wanted_face(of, kind=Kind.SPECIAL) or face_of(of), 1)

        with pytest.raises(getattr(tax_invoices, refusal)) as caught:
            tax_invoices._keep(of, face_of(of, **changes), wanted, scene.owner, DUE)

        assert refusal == "TaxRecordRefused" or NUMBER in caught.value.text.format(**caught.value.facts)
        assert TaxInvoice.objects.count() == 1

    @pytest.mark.parametrize("who", ["buyer", "finance"])
    def test_is_the_sellers_alone(self, scene, rent, who):
        with pytest.raises(MissingRight):
            record(scene, rent, by=getattr(scene, who))

        assert nothing_recorded()


class TestFromTheFile:
    def test_reads_the_xml_and_keeps_it(self, scene, rent):
        data = xml(face_of(rent))

        made = tax_invoices.record_file(invoice=rent, data=data, by=scene.owner, at=DUE)

        kept = made.documents.get()
        assert (kept.form, bytes(kept.content), kept.size) == ("XML", data, len(data))
        assert kept.filename == f"{NUMBER}.xml"
        assert kept.media_type == "application/xml"

    @pytest.mark.parametrize(
        ("data", "pointer"),
        [(b"", "/file"), (PDF, "/file"), (b"<EInvoice/>", "/LabelCode"), (b"MZ", "/file")],
    )
    def test_refuses_what_cannot_be_read(self, scene, rent, data, pointer):
        with pytest.raises(tax_invoices.TaxInvoiceInvalid) as caught:
            tax_invoices.record_file(invoice=rent, data=data, by=scene.owner, at=DUE)

        assert caught.value.flaws[0].pointer == pointer
        assert nothing_recorded()

    def test_refuses_the_file_of_another_invoice(self, scene, rent, fee):
        with pytest.raises(tax_invoices.TaxInvoiceInvalid):
            tax_invoices.record_file(invoice=rent, data=xml(face_of(fee)), by=scene.owner, at=DUE)

        assert nothing_recorded()


class TestTyped:
    def typed(self, scene, rent, **changes):
        given = {"kind": Kind.ORDINARY, "number": NUMBER, "issued_on": DAY, "gross_minor": rent.gross_minor}
        return tax_invoices.record_typed(invoice=rent, by=scene.owner, at=DUE, **(given | changes))

    def test_needs_number_day_and_sum(self, scene, rent):
        assert self.typed(scene, rent).kind == "ORDINARY"

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"gross_minor": 1}, "/gross_minor"),
            ({"number": "1"}, "/number"),
            ({"issued_on": DAY + timedelta(days=400)}, "/number"),
        ],
    )
    def test_is_refused_at_what_does_not_fit(self, scene, rent, changes, pointer):
        with pytest.raises(tax_invoices.TaxInvoiceInvalid) as caught:
            self.typed(scene, rent, **changes)

        assert caught.value.flaws[0].pointer == pointer
        assert nothing_recorded()


class TestFiles:
    @pytest.fixture
    def recorded(self, scene, rent):
        return record(scene, rent)

    def attach(self, scene, recorded, data, by=None):
        return tax_invoices.attach(tax_invoice=recorded, data=data, by=by or scene.owner, at=DUE)

    def test_are_added_one_of_each_form(self, scene, rent, recorded):
        pdf = self.attach(scene, recorded, PDF)

        assert self.attach(scene, recorded, PDF) == pdf
        with pytest.raises(tax_invoices.SameForm):
            self.attach(scene, recorded, PDF + b"2")
        self.attach(scene, recorded, xml(face_of(rent)))
        assert TaxDocument.objects.count() == 2

    @pytest.mark.parametrize("data", [b"", b"MZ", b"<EInvoice></EInvoice>"])
    def test_are_refused_when_they_are_none(self, scene, recorded, data):
        with pytest.raises(tax_invoices.TaxInvoiceInvalid):
            self.attach(scene, recorded, data)

        assert not TaxDocument.objects.exists()

    def test_are_refused_when_the_xml_says_something_else(self, scene, rent, recorded):
        other_number = face_of(rent, number=NUMBER[:-1] + "9")
        other_sum = face_of(rent, net_minor=1)

        other_kind = face_of(rent, kind=Kind.ORDINARY)
        other_buyer = face_of(rent, buyer=Party("X", "91110000000000000X"))
        wrong = {"other_invoice": other_number, "other_amount": other_sum}
        for code, given in (wrong | {"other_kind": other_kind, "other_buyer": other_buyer}).items():
            with pytest.raises(tax_invoices.TaxInvoiceInvalid) as caught:
                self.attach(scene, recorded, xml(given))
            assert caught.value.flaws[0].code == code
        assert not TaxDocument.objects.exists()

    def test_are_not_added_to_what_was_taken_back_nor_by_the_buyer(self, scene, recorded):
        with pytest.raises(MissingRight):
            self.attach(scene, recorded, PDF, by=scene.buyer)
        tax_invoices.withdraw(tax_invoice=recorded, why="x", by=scene.owner, at=DUE)
        with pytest.raises(tax_invoices.TaxInvoiceWithdrawn):
            self.attach(scene, recorded, PDF)

        assert not TaxDocument.objects.exists()


class TestTakingBack:
    @pytest.mark.parametrize("why", ["", " ", "x" * 201, "\x00"])
    def test_needs_a_reason(self, scene, rent, why):
        made = record(scene, rent)

        with pytest.raises(tax_invoices.TaxInvoiceInvalid):
            tax_invoices.withdraw(tax_invoice=made, why=why, by=scene.owner, at=DUE)

        assert TaxInvoice.objects.standing().exists()

    def test_is_done_once_by_the_seller(self, scene, rent):
        made = record(scene, rent)
        with pytest.raises(MissingRight):
            tax_invoices.withdraw(tax_invoice=made, why="x", by=scene.buyer, at=DUE)
        tax_invoices.withdraw(tax_invoice=made, why="typed wrong", by=scene.owner, at=DUE)

        with pytest.raises(tax_invoices.TaxInvoiceWithdrawn):
            tax_invoices.withdraw(tax_invoice=made, why="again", by=scene.owner, at=DUE)
        made.refresh_from_db()
        assert made.withdrawn_why == "typed wrong"


class TestDatabase:
    @pytest.mark.parametrize(
        "changes",
        [{"number": NUMBER[:-1] + "0"}, {"face": {}}, {"withdrawn_at": world.midnight("2026-11-03")}],
    )
    def test_refuses_to_change_a_record(self, scene, rent, changes):
        made = record(scene, rent)

        with pytest.raises(DatabaseError), transaction.atomic():
            TaxInvoice.objects.filter(pk=made.pk).update(**changes)
        with pytest.raises(DatabaseError), transaction.atomic():
            made.delete()

    def test_refuses_to_bring_back_what_was_taken_back(self, scene, rent):
        made = tax_invoices.withdraw(tax_invoice=record(scene, rent), why="x", by=scene.owner, at=DUE)

        with pytest.raises(DatabaseError, match="taken back once"), transaction.atomic():
            TaxInvoice.objects.filter(pk=made.pk).update(withdrawn_at=None, withdrawn_by="", withdrawn_why="")

    def test_refuses_one_that_does_not_say_what_the_invoice_says(self, scene, rent):
        with pytest.raises(DatabaseError, match="what the issued invoice"), transaction.atomic():
            TaxInvoice.objects.create(
                invoice=rent,
                kind="SPECIAL",
                number=NUMBER,
                issued_on=DAY,
                net_minor=rent.net_minor - 1,
                tax_minor=rent.tax_minor,
                face={},
                organization=rent.seller,
                recorded_by="x",
                recorded_by_name="x",
                recorded_at=DUE,
            )

    def test_refuses_to_change_or_lose_a_file(self, scene, rent):
        made = record(scene, rent)
        kept = tax_invoices.attach(tax_invoice=made, data=PDF, by=scene.owner, at=DUE)

        for change in (lambda: kept.delete(), lambda: TaxDocument.objects.update(size=1)):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
