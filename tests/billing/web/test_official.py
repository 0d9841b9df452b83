"""The official e-invoice of an invoice: by page and by REST."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.actions import invoices
from billing.models import Invoice, TaxDocument, TaxInvoice
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.billing.actions.test_tax_invoices import DAY, NUMBER, PDF, face_of
from tests.billing.tax_papers import xml

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


@once.fixture
def rent(by_part):
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return Invoice.objects.get(seller=by_part.lessor)


@pytest.fixture
def owner(by_part, client):
    client.force_login(by_part.owner)
    return client


def page(rent, tail=""):
    return f"/invoices/{rent.public_id}/official/{tail}"


def file(data, name="e.xml"):
    return {"file": SimpleUploadedFile(name, data)}


def typed(rent, **changes):
    gross = f"{rent.gross.amount:,}"
    return {"number": NUMBER, "issued_on": str(DAY), "gross": gross, "kind": "SPECIAL"} | changes


class TestPage:
    def test_shows_the_seller_what_to_ask_for(self, rent, owner):
        shown = owner.get(page(rent)).content.decode()

        assert "*经营租赁*设备租赁" in shown
        assert "enctype" in shown
        csv = owner.get(page(rent, "face/")).content.decode("utf-8-sig")
        assert csv.splitlines()[1].startswith("*经营租赁*设备租赁,")

    def test_offers_nothing_to_the_buyer(self, rent, by_part, client):
        client.force_login(by_part.buyer)

        shown = client.get(page(rent)).content.decode()

        assert "*经营租赁*设备租赁" in shown
        assert "/official/record/" not in shown
        assert client.post(page(rent, "record/"), typed(rent)).status_code == 403
        assert not TaxInvoice.objects.exists()

    def test_takes_the_xml_then_the_pdf_and_gives_both_to_the_buyer(self, rent, by_part, owner):
        owner.post(page(rent, "upload/"), file(xml(face_of(rent))))
        owner.post(page(rent, "upload/"), file(PDF, "e.pdf"))

        owner.force_login(by_part.buyer)
        shown = owner.get(page(rent)).content.decode()
        made = TaxInvoice.objects.get()
        given = owner.get(f"/api/v1/invoices/{rent.public_id}/tax-invoices/{made.public_id}/documents/PDF/")
        assert f"{NUMBER}.xml" in shown
        assert f"{NUMBER}.pdf" in shown
        assert given.content == PDF
        assert given["Content-Disposition"] == f'attachment; filename="{NUMBER}.pdf"'

    def test_takes_number_day_and_sum_as_they_are_typed(self, rent, owner):
        spaced = typed(rent, number=f"{NUMBER[:10]} {NUMBER[10:]}", gross=f"¥{rent.gross.amount}")

        assert owner.post(page(rent, "record/"), spaced).status_code == 302
        assert TaxInvoice.objects.get().number == NUMBER

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "12"},
            {"gross": "1.00"},
            {"gross": "1.001"},
            {"gross": "NaN"},
            {"gross": ""},
            {"gross": "1e999999"},
            {"issued_on": "soon"},
            {"kind": "BLUE"},
        ],
    )
    def test_says_what_does_not_fit_and_keeps_what_was_typed(self, rent, owner, changes):
        answer = owner.post(page(rent, "record/"), typed(rent) | {"number": NUMBER} | changes)

        assert answer.status_code == 400
        assert str(DAY) in answer.content.decode() or "issued_on" in changes
        assert not TaxInvoice.objects.exists()

    @pytest.mark.parametrize("given", [{}, file(b""), file(b"MZ"), file(b"<EInvoice/>")])
    def test_says_what_is_wrong_with_a_file(self, rent, owner, given):
        assert owner.post(page(rent, "upload/"), given).status_code == 400
        assert not TaxInvoice.objects.exists()
        assert not TaxDocument.objects.exists()

    def test_takes_a_record_back_with_a_reason(self, rent, owner):
        owner.post(page(rent, "record/"), typed(rent))

        assert owner.post(page(rent, "withdraw/"), {"why": ""}).status_code == 400
        assert owner.post(page(rent, "withdraw/"), {"why": "typed wrong"}).status_code == 302
        assert "typed wrong" in owner.get(page(rent)).content.decode()
        assert not TaxInvoice.objects.standing().exists()

    def test_knows_no_record_of_others(self, rent, owner):
        assert owner.post(page(rent, "withdraw/"), {"why": "typed wrong"}).status_code == 404
        owner.post(page(rent, "record/"), typed(rent))

        unknown = {"record": "txi_0"}
        assert owner.post(page(rent, "withdraw/"), unknown | {"why": "typed wrong"}).status_code == 404
        assert owner.post(page(rent, "upload/"), unknown | file(PDF, "e.pdf")).status_code == 404
        assert TaxInvoice.objects.standing().count() == 1
        assert not TaxDocument.objects.exists()

    def test_says_that_a_second_one_is_refused(self, rent, owner):
        owner.post(page(rent, "record/"), typed(rent))

        answer = owner.post(page(rent, "record/"), typed(rent, number=NUMBER[:-1] + "9"))

        assert (answer.status_code, TaxInvoice.objects.count()) == (400, 1)

    def test_of_a_draft_says_that_it_is_one(self, by_part, owner):
        by_part.say((1, NINE, "ppartcount", 0))
        period = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
        drafted = invoices.draft(lease=by_part.lease, period=period, at=DUE, by=by_part.clock)

        shown = owner.get(page(drafted[0])).content.decode()

        assert "/official/record/" not in shown
        assert "*经营租赁*" not in shown


class TestRest:
    def test_records_attaches_lists_and_takes_back(self, rent, by_part, keyed):
        client = keyed(by_part.owner, by_part.lessor)
        root = f"/api/v1/invoices/{rent.public_id}/tax-invoices/"

        wanted = client.get(root).json()["wanted"]
        given = {"number": NUMBER, "issued_on": str(DAY), "gross_minor": rent.gross_minor}
        made = client.post(root, given, content_type="application/json")
        at = f"{root}{made.json()['id']}/"
        added = client.post(f"{at}documents/", file(PDF))
        back = client.post(f"{at}withdraw/", {"why": "typed wrong"}, content_type="application/json")

        assert wanted["gross_minor"] == rent.gross_minor
        assert (made.status_code, added.status_code, back.status_code) == (201, 201, 200)
        assert back.json()["withdrawn_why"] == "typed wrong"
        assert client.post(f"{root}xml/", file(xml(face_of(rent)))).status_code == 201
        assert [one["number"] for one in client.get(root).json()["data"]] == [NUMBER, NUMBER]

    def test_refuses_with_pointers(self, rent, by_part, keyed):
        client = keyed(by_part.owner, by_part.lessor)
        root = f"/api/v1/invoices/{rent.public_id}/tax-invoices/"
        given = {"number": NUMBER, "issued_on": str(DAY), "gross_minor": 1}

        answer = client.post(root, given, content_type="application/json")
        broken = client.post(f"{root}xml/", file(b"<EInvoice/>"))

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/gross_minor")
        assert broken.status_code == 400
        assert not TaxInvoice.objects.exists()

    def test_is_written_with_the_scope_and_by_the_seller_alone(self, rent, by_part, keyed):
        given = {"number": NUMBER, "issued_on": str(DAY), "gross_minor": rent.gross_minor}
        root = f"/api/v1/invoices/{rent.public_id}/tax-invoices/"

        for client in (
            keyed(by_part.owner, by_part.lessor, "invoices:read"),
            keyed(by_part.buyer, by_part.lessee),
        ):
            assert client.post(root, given, content_type="application/json").status_code == 403
        assert not TaxInvoice.objects.exists()

    def test_lists_what_is_missing(self, rent, by_part, keyed, client):
        owner = keyed(by_part.owner, by_part.lessor)
        assert len(owner.get("/api/v1/invoices/?official=missing").json()["data"]) == 1
        client.force_login(by_part.owner)
        client.post(page(rent, "record/"), typed(rent))

        assert owner.get("/api/v1/invoices/?official=missing").json()["data"] == []
        assert len(owner.get("/api/v1/invoices/?official=recorded").json()["data"]) == 1
