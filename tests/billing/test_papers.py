"""Invoices, notes and statements as PDF files: the figures of the page, and nothing to others."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from billing.actions import disputes, invoices
from billing.gateway import papers
from billing.models import Invoice
from billing.queries import document_of
from marketplace.gateway import documents
from marketplace.models.parties import Role
from marketplace.rules.pricing import words
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, correct, say
from tests.factories import marketplace as factory

PDF = "application/pdf"


def build():
    """Return a lease whose first period was billed, and then corrected by a late part."""
    scene = world.build("okuma")
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    say(scene, 5, start=3)
    correct(scene)
    return scene


noted = once.fixture(build)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: DUE + timedelta(days=1))


def rent(scene, version=1):
    return Invoice.objects.get(seller=scene.lessor, version=version)


def client(person):
    found = Client()
    found.force_login(person)
    return found


def read(made):
    """Return the whole text of a file, without the breaks of lines and pages."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).replace("\n", "")


class TestInvoice:
    def test_has_the_figures_of_the_page(self, noted):
        paper = rent(noted)

        made = papers.invoice_pdf(document_of(paper))

        text = read(made)
        for part in (
            paper.number,
            noted.lessor.name,
            noted.lessee.credit_code,
            "2026年10月15日 – 2026年10月31日",
            noted.lease.number,
            "用量费 • 件数4 件¥380.00¥1,520.0013%¥197.60¥1,717.60",
            "计价：4 × 380.00 = 1,520",
            "¥2,178.06¥283.15¥2,461.21",
            "贰仟肆佰陆拾壹元贰角壹分",
            "付款期限2026年11月17日",
        ):
            assert part.replace(" ", "") in text.replace(" ", "")
        marker = pypdf.PdfReader(io.BytesIO(made)).xmp_metadata.rdf_root.toxml()
        assert "<pdfaid:part>2</pdfaid:part>" in marker

    def test_is_the_same_file_whoever_asks_by_page_and_by_rest(self, noted):
        paper = rent(noted)
        with translation.override("en"):
            expected = papers.invoice_pdf(document_of(paper))
        for person in (noted.buyer, noted.owner, noted.finance):
            page = client(person).get(reverse("invoice-file", args=[paper.public_id]))
            rest = client(person).get(
                f"/api/v1/invoices/{paper.public_id}/pdf/", headers={"accept": PDF, "accept-language": "en"}
            )

            assert page.content == rest.content == expected
            assert page["Content-Type"] == rest["Content-Type"] == PDF
            assert page["Content-Disposition"] == f'inline; filename="invoice-{paper.number}.pdf"'
            assert rest["Content-Disposition"] == f'attachment; filename="invoice-{paper.number}.pdf"'

    def test_is_linked_from_its_page_and_hidden_from_others(self, noted):
        file = reverse("invoice-file", args=[rent(noted).public_id])

        assert file in client(noted.buyer).get(file.removesuffix("file/")).content.decode()
        stranger = factory.member(factory.organization("Stranger"))
        for address in (file, f"/api/v1/invoices/{rent(noted).public_id}/pdf/"):
            assert client(stranger).get(address).status_code == 404
            assert client(factory.member(noted.lessee, Role.VIEWER)).get(address).status_code == 403

    def test_of_a_draft_says_so(self, noted):
        period = noted.lease.period
        drafted = Invoice.objects.create(
            lease=noted.lease,
            seller=noted.platform,
            buyer=noted.lessee,
            period_start=period.end,
            period_end=period.end + timedelta(days=1),
            currency="CNY",
            digest="0" * 64,
            drafted_at=DUE,
        )

        text = read(papers.invoice_pdf(document_of(drafted)))

        assert "本单为草稿，无需付款" in text
        assert drafted.file_name == f"invoice-{drafted.public_id}"

    def test_of_a_note_names_the_invoice_before_after_and_why(self, noted):
        text = read(papers.invoice_pdf(document_of(rent(noted, 2))))

        assert f"本单更正账单 {rent(noted).number}" in text
        assert "¥1,520.00¥1,900.00¥380.00" in text.replace(" ", "")
        assert "读数迟到" in text
        assert "〔U+" not in text

    def test_says_no_lease_where_its_seller_is_told_of_none(self, noted):
        paper = rent(noted)
        paper.seller = factory.organization("Service")

        text = read(papers.invoice_pdf(document_of(paper)))

        assert noted.lease.number not in text
        assert noted.lease.terms["listing_title"] not in text


class TestStatement:
    def test_has_all_sellers_for_the_lessee_and_its_own_for_the_lessor(self, noted):
        page = reverse("lease-statement-file", args=[noted.lease.public_id])
        rest = f"/api/v1/leases/{noted.lease.public_id}/statement/pdf/"

        made = client(noted.buyer).get(page, {"period": "2026-10-15"})

        text = read(made.content)
        for part in (rent(noted).number, rent(noted, 2).number, "¥2,971.95", noted.platform.name):
            assert part in text
        name = f"statement-{noted.lease.number}-2026-10-15.pdf"
        assert made["Content-Disposition"] == f'inline; filename="{name}"'
        assert client(noted.buyer).get(page).content == client(noted.buyer).get(rest).content == made.content
        own = read(client(noted.owner).get(page).content)
        assert "¥2,890.61" in own
        assert noted.platform.name not in own

    def test_says_what_is_disputed_and_when_that_was(self, noted):
        at = DUE + timedelta(hours=1)
        line = rent(noted).lines.get(component="parts")
        disputes.dispute(line=line, reason="Twice", within=noted.lessee, by=noted.buyer, at=at)

        made = client(noted.buyer).get(reverse("lease-statement-file", args=[noted.lease.public_id])).content

        assert "¥2,147.00" in read(made)
        changed = max(at, rent(noted, 2).issued_at)
        assert pypdf.PdfReader(io.BytesIO(made)).metadata.creation_date == changed.replace(microsecond=0)

    def test_of_a_period_that_is_none_is_not_found(self, noted):
        page = reverse("lease-statement-file", args=[noted.lease.public_id])
        rest = f"/api/v1/leases/{noted.lease.public_id}/statement/pdf/"

        for asked in ("2026-10-16", "soon", ""):
            assert client(noted.buyer).get(page, {"period": asked}).status_code == 404
        assert client(noted.buyer).get(rest, {"period": "2026-10-16"}).status_code == 404
        assert client(noted.buyer).get(rest, {"period": "soon"}).status_code == 400


def test_every_step_of_a_ladder_can_be_printed():
    with translation.override("zh-hans"):
        said = "".join(translation.gettext(msgid) for msgid in words.STEPS.values())

    assert set(said.replace("\N{MINUS SIGN}", "")) - documents.characters() <= {" "}
