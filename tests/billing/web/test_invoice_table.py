"""The list of invoices: columns, order, sums of the filter, kept filters, files of what is shown."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from billing.actions import invoices, journals
from billing.models import Invoice
from billing.queries import sums_of, with_open
from billing.rules.accounts import CLIENT_MONEY, RENT_AGENCY
from billing.rules.journals import Dims, Line
from marketplace.models import SavedFilter
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, LATER, TIGHT, correct, say
from tests.billing.ledger.world import entry
from tests.factories import marketplace as factory
from tests.spreadsheets import both

LIST = "/invoices/"


def build():
    """Return a lease with two invoices and the two notes of a late part."""
    scene = world.build("okuma")
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    say(scene, 5, start=3)
    correct(scene)
    return scene


noted = once.fixture(build)


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def look(scene, **asked):
    return client(scene.buyer).get(LIST, asked)


def numbers(answer):
    return [row["invoice"].number for row in answer.context["rows"]]


class TestColumns:
    def test_are_those_chosen_on_the_page_and_in_both_files(self, noted):
        asked = {"columns": "issued,gross", "ordering": "gross"}

        page = look(noted, **asked)
        written, read = both(client(noted.buyer), LIST, asked)

        assert [column.name for column in page.context["shown"].columns] == ["number", "issued", "gross"]
        assert written[0] == [
            "Number",
            "Kind",
            "Corrects",
            "Lease or slot booking",
            "Issued",
            "Gross",
            "Currency",
        ]
        assert [row[0] for row in written[1:]] == numbers(page)
        grosses = [row["gross"].amount for row in page.context["rows"]]
        assert grosses == sorted(grosses)
        assert [row[5] for row in read[1:]] == [float(gross) for gross in grosses]

    def test_are_the_usual_ones_if_none_is_chosen(self, noted):
        written, _ = both(client(noted.buyer), LIST, {})

        assert written[0][-5:] == ["Net", "VAT", "Gross", "Still open", "Currency"]
        assert len(written) == 5
        assert look(noted, columns="").context["shown"].query == ""

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ({"columns": "number,digest"}, "no column “digest”. There are: number, state"),
            ({"columns": "pk", "format": "xlsx"}, "no column “pk”"),
            ({"ordering": "lease__terms"}, "but by: number, state"),
            ({"buyer": "x"}, "no filter “buyer”. There are: kind, status, period, lease, booking, seller"),
            ({"format": "pdf"}, "There are: csv, xlsx"),
            ({"page": "0"}, "numbers from 1"),
            ({"page": "9" * 30}, "numbers from 1"),
            ({"format": "csv", "period": "soon"}, "The filter “period” cannot be read"),
        ],
    )
    def test_and_filters_and_formats_that_are_none_are_refused_with_those_that_are(self, noted, asked, says):
        answer = look(noted, **asked)

        assert answer.status_code == 400
        assert says in answer.content.decode()


class TestOrder:
    @pytest.mark.parametrize("name", ["number", "state", "period", "issued", "net", "tax", "gross", "open"])
    def test_goes_both_ways_in_page_and_file(self, noted, name):
        up, down = (look(noted, ordering=f"{sign}{name}") for sign in ("", "-"))

        assert sorted(numbers(up)) == sorted(numbers(down))
        written, _ = both(client(noted.buyer), LIST, {"ordering": f"-{name}"})
        assert [row[0] for row in written[1:]] == numbers(down)

    def test_of_pages_leaves_nothing_out(self, noted, monkeypatch):
        monkeypatch.setattr("billing.web.invoices.PAGE", 3)

        first, second = (look(noted, ordering="net", page=page) for page in (1, 2))

        assert (len(numbers(first)), len(numbers(second))) == (3, 1)
        assert len({*numbers(first), *numbers(second)}) == 4
        assert first.context["pages"] == {"previous": "", "next": "?ordering=net&page=2"}
        assert second.context["pages"]["previous"] == "?ordering=net&page=1"
        assert look(noted, page=3).status_code == 404


class TestSums:
    def test_are_those_of_all_that_is_filtered_in_one_query(self, noted, django_assert_num_queries):
        mine = Invoice.objects.of(noted.lessee).filter(kind="DEBIT_NOTE")

        with django_assert_num_queries(1):
            (sums,) = sums_of(mine)

        assert sums["count"] == 2
        for name in ("net", "tax", "gross"):
            assert sums[name] == sum(getattr(one, f"{name}_minor") for one in mine)
        assert sums["open"] == sums["gross"]
        shown = look(noted, kind="DEBIT_NOTE")
        assert [row["open"].minor for row in shown.context["totals"]] == [sums["open"]]

    def test_open_is_what_the_books_have_left(self, noted):
        rent = Invoice.objects.get(seller=noted.lessor, version=1)
        about = Dims(party=noted.lessee.public_id, invoice=rent.public_id)
        lines = (Line(CLIENT_MONEY, 100_000, "CNY", about), Line(RENT_AGENCY, -100_000, "CNY", about))
        paid = entry("paid", on=DUE.date(), lines=lines)
        journals.post(entry=paid, at=DUE, by=world.member(noted.platform))

        left = with_open(Invoice.objects.filter(pk=rent.pk)).get().open_minor

        assert left == rent.gross_minor - 100_000

    def test_a_draft_is_owed_by_nobody(self, noted):
        say(noted, 6, start=4)
        correct(noted, brake=TIGHT, at=LATER + timedelta(hours=1))

        (sums,) = sums_of(Invoice.objects.filter(status="DRAFT"))

        assert sums["gross"] > 0
        assert sums["open"] == 0


class TestKeptFilters:
    def keep(self, scene, follow=False, **changes):
        posted = {"page": "invoices", "name": "notes", "query": "kind=DEBIT_NOTE&columns=number,gross"}
        return client(scene.buyer).post(reverse("saved-filter-save"), posted | changes, follow=follow)

    def test_are_found_again_on_the_page_and_by_nobody_else(self, noted):
        answer = self.keep(noted)

        assert answer["Location"] == f"{LIST}?kind=DEBIT_NOTE&columns=number,gross"
        kept = SavedFilter.objects.get()
        link = 'href="?kind=DEBIT_NOTE&amp;columns=number%2Cgross"'
        shown = look(noted, kind="DEBIT_NOTE", columns="number,gross").content.decode()
        assert f'{link} aria-current="true">notes' in shown
        other = client(factory.member(noted.lessee)).get(LIST).content.decode()
        assert link not in other
        assert len(numbers(client(noted.buyer).get(f"{LIST}?{kept.query}"))) == 2

    def test_are_deleted_by_their_person_alone(self, noted):
        self.keep(noted)
        posted = {"filter": SavedFilter.objects.get().public_id}
        url = reverse("saved-filter-delete")

        assert client(factory.member(noted.lessee)).post(url, posted).status_code == 404
        assert SavedFilter.objects.exists()
        assert client(noted.buyer).post(url, posted)["Location"] == LIST
        assert not SavedFilter.objects.exists()
        assert client(noted.buyer).post(url, {"filter": "x"}).status_code == 404

    def test_say_what_is_wrong_on_the_page(self, noted):
        self.keep(noted)

        for says, wrong in {"1 to 60 characters": {"name": ""}, "another filter": {"query": ""}}.items():
            assert says in self.keep(noted, follow=True, **wrong).content.decode()
        assert self.keep(noted, page="/evil.example/").status_code == 404
        assert SavedFilter.objects.count() == 1
        went = self.keep(noted, name="n", query="//evil\r\nx=1&a=b")["Location"]
        assert went.startswith(f"{LIST}?")
        assert "\n" not in went
