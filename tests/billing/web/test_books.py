"""The pages of the books: from the trial balance down to the invoice behind a line."""

import pytest
from django.test import Client
from django.urls import reverse

from billing.actions import invoices, journals, periods
from billing.models import Book, Invoice
from billing.rules.locks import Level
from marketplace.models.parties import Role
from tests import once
from tests.billing.actions.test_invoices import DUE, OCTOBER
from tests.billing.ledger.world import entry
from tests.billing.world import member
from tests.spreadsheets import both


@once.fixture
def scene(by_part):
    for invoice in invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock):
        invoices.issue(invoice=invoice, at=DUE, by=by_part.clock)
    return by_part


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def page(scene, name="book", *args, query="", by=None):
    address = reverse(name, args=args or ("P",)) + query
    return client(by or scene.finance).get(address)


def receivable(scene, query=""):
    return page(scene, "book-account", "P", "1122.02", "CNY", query=query)


class TestTrialBalance:
    def test_shows_every_account_and_adds_up(self, scene):
        shown = page(scene)

        rent = Invoice.objects.get(seller=scene.lessor)
        rows = {row["code"]: row["balance"].minor for row in shown.context["rows"]}
        assert (rows["1122.02"], rows["2241.00"]) == (rent.gross_minor, -rent.gross_minor)
        [total] = shown.context["sums"]
        assert total["balance"].minor == 0
        assert total["debit"] == total["credit"]
        assert scene.lessee.name in shown.content.decode()

    def test_of_an_earlier_day_has_nothing(self, scene):
        assert page(scene, query="?through=2026-01-01").context["rows"] == []

    def test_as_csv_has_the_same(self, scene):
        text = page(scene, query="?format=csv").content.decode("utf-8-sig")

        rent = Invoice.objects.get(seller=scene.lessor)
        assert f"1122.02,Receivable: rent held for owners,CNY,{rent.gross.amount},0.00," in text

    def test_has_receivables_and_tax_beside_it_as_csv_too(self, scene):
        rent = Invoice.objects.get(seller=scene.lessor)
        total = sum(Invoice.objects.values_list("gross_minor", flat=True))
        query = "?through=2026-11-30"
        shown = page(scene, query=query).content.decode()
        assert scene.lessor.name in shown
        aged = page(scene, query=f"{query}&format=csv&table=aged").content.decode("utf-8-sig")
        taxed = page(scene, query=f"{query}&format=csv&table=vat").content.decode("utf-8-sig")

        assert f"{scene.lessee.name},CNY," in aged
        assert f"{total / 100:.2f}" in aged
        assert f"{scene.lessor.name},0.1300,CNY,{rent.net.amount},{rent.tax.amount}" in taxed

    @pytest.mark.parametrize("table", ["", "trial-balance", "aged", "vat"])
    def test_as_xlsx_has_the_cells_of_the_csv(self, scene, table):
        address = reverse("book", args=[Book.objects.get().code])

        _, read = both(client(scene.finance), address, {"through": "2026-11-30", "table": table})

        assert len(read) > 1
        assert any(isinstance(cell, float) for cell in read[1])

    @pytest.mark.parametrize("wrong", ["format=pdf", "format=csv&table=debts", "format=xlsx&table=x"])
    def test_refuses_what_it_has_not_and_says_what_it_has(self, scene, wrong):
        answer = page(scene, query=f"?{wrong}")

        assert answer.status_code == 400
        assert "csv, xlsx" in answer.content.decode() or "aged, vat" in answer.content.decode()

    def test_says_what_is_locked(self, scene):
        book, chief = Book.objects.get(), member(scene.platform)
        day = OCTOBER.start.date()
        for level, text in ((Level.SOFT, "Softly locked through"), (Level.HARD, "Locked through")):
            periods.lock(book=book, through=day, level=level, at=DUE, by=chief)
            assert text in page(scene).content.decode()
        assert "No period is locked" not in page(scene).content.decode()

    @pytest.mark.parametrize("query", ["?through=x", "?through=9999-12-31", "?through=", "?format=xlsx"])
    def test_takes_what_it_cannot_read_as_today(self, scene, query):
        assert page(scene, query=query).status_code == 200


class TestAccount:
    def test_leads_to_the_invoice_behind_a_line(self, scene):
        rent = Invoice.objects.get(seller=scene.lessor)

        shown = receivable(scene, "?start=2026-01-01")

        text = shown.content.decode()
        assert rent.number in text
        assert reverse("invoice", args=[rent.public_id]) in text
        assert shown.context["closing"] == rent.gross

    def test_begins_with_what_was_before(self, scene):
        shown = receivable(scene, "?start=2026-11-25&through=2026-11-30")

        assert (shown.context["rows"], shown.context["opening"]) == ([], shown.context["closing"])
        assert shown.context["opening"].minor > 0

    def test_as_csv_has_every_line(self, scene, monkeypatch):
        monkeypatch.setattr("billing.web.books.LINES", 1)
        first = Book.objects.get()
        post = {"at": DUE, "by": member(scene.platform)}
        for number in range(3):
            journals.post(entry=entry(f"k{number}", 100 + number), **post)

        where = ("book-account", first.code, "1002.01", "CNY")
        shown = page(scene, *where, query="?start=2026-10-01&through=2026-11-30")
        listed = page(scene, *where, query="?start=2026-10-01&through=2026-11-30&format=csv")

        assert "2 more lines stand in the file." in shown.content.decode()
        lines = listed.content.decode("utf-8-sig").splitlines()
        assert [line.split(",")[-2:] for line in lines[1:]] == [
            ["1.00", "1.00"],
            ["1.01", "2.01"],
            ["1.02", "3.03"],
        ]

    @pytest.mark.parametrize("where", [("P", "9", "CNY"), ("P", "1122.02", "XXX"), ("X", "1122.02", "CNY")])
    def test_that_is_not_there_is_not_found(self, scene, where):
        assert page(scene, "book-account", *where).status_code == 404


class TestWhoReads:
    def test_finance_of_the_platform_alone(self, scene):
        assert page(scene, by=scene.owner).status_code == 404
        assert page(scene, by=member(scene.platform, Role.VIEWER)).status_code == 404

    def test_others_are_told_where_their_invoices_are(self, scene):
        text = client(scene.buyer).get(reverse("books")).content.decode()

        assert "No books" in text
        assert "To the books" not in client(scene.buyer).get(reverse("invoices")).content.decode()
        assert "To the books" in client(scene.finance).get(reverse("invoices")).content.decode()

    def test_the_list_names_them(self, scene):
        assert reverse("book", args=["P"]) in client(scene.finance).get(reverse("books")).content.decode()


def test_names_of_events_follow_the_kinds():
    from billing.rules.events import Event
    from billing.web.event_words import EVENTS, event_name

    assert set(EVENTS) == {event.value for event in Event}
    assert event_name("ADJUSTMENT") == event_name("OTHER")
