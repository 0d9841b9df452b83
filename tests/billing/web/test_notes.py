"""Pages of notes, statements, disputes and approvals, as each side sees them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import disputes, invoices
from billing.models import Correction, Invoice, LineDispute
from devices.actions import meters
from marketplace.models.parties import Role
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, LATER, NINE, TIGHT, correct, say, scrap
from tests.factories import marketplace as factory
from tests.spreadsheets import both


@pytest.fixture
def billed(by_part, monkeypatch):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    monkeypatch.setattr(timezone, "now", lambda: DUE + timedelta(days=1))
    return by_part


@pytest.fixture
def noted(billed):
    say(billed, 5, start=3)
    correct(billed)
    return billed


def rent(scene, version=1):
    return Invoice.objects.get(seller=scene.lessor, version=version)


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def page(person, invoice):
    return client(person).get(reverse("invoice", args=[invoice.public_id])).content.decode()


def text(html):
    """Return what a reader sees."""
    return " ".join(re.sub("<[^>]+>", "", html).replace("\u2212", "-").split())


class TestNotes:
    def test_show_before_after_difference_and_the_reason(self, noted):
        shown = page(noted.buyer, rent(noted, 2))

        assert "Debit note" in shown
        for words in ("¥1,520.00", "¥1,900.00", "¥380.00", "¥429.40", "Readings that arrived late"):
            assert words in text(shown)
        assert f"/leases/{noted.lease.public_id}/usage/?meter=parts" in shown
        assert "adds up to ¥2,890.61" in text(shown)

    def test_say_a_credit_as_a_positive_amount(self, billed):
        scrap(billed, 1, at=DUE + timedelta(hours=1))
        correct(billed)

        shown = page(billed.owner, rent(billed, 2))

        assert "Credit note" in shown
        assert "credit of ¥429.40" in text(shown)
        assert reverse("invoice-official", args=[rent(billed, 2).public_id]) in shown
        assert f"/reviews/#{billed.unit.review_items.get().public_id}" in shown
        assert "Inspection rejected parts" in shown

    def test_show_that_no_day_changed_and_a_changed_counter(self, billed):
        made = disputes.dispute(line=rent(billed).lines.get(component="base"), **said(billed))
        disputes.answer(dispute=made, conceded_minor=100, **said(billed, "lessor", "owner"))
        moment = NINE + timedelta(minutes=2, seconds=30)
        correct(billed)
        assert "No day changed" in page(billed.buyer, rent(billed, 2))
        change = meters.Change("ppartcount", moment, Decimal(4), Decimal(0), "RESET")
        meters.record(device=billed.device, change=change, by=billed.owner, at=LATER)
        billed.say((3, NINE + timedelta(minutes=3), "ppartcount", 5))
        correct(billed, at=LATER + timedelta(hours=1))

        assert f"/devices/{billed.device.public_id}/" in page(billed.buyer, rent(billed, 3))

    def test_that_debit_can_be_disputed_line_by_line(self, noted):
        note = rent(noted, 2)
        assert "Dispute this line" in page(noted.buyer, note)
        url = reverse("invoice-dispute", args=[note.public_id, 1, "raise"])

        shown = client(noted.buyer).post(url, {"reason": "Not ours"}, follow=True).content.decode()

        assert "Withdraw the dispute" in shown
        assert LineDispute.objects.get().line.invoice == note

    def test_stand_on_the_page_of_the_invoice_with_the_sum(self, noted):
        shown = page(noted.buyer, rent(noted))

        assert rent(noted, 2).number in shown
        assert "Invoice and notes together" in shown
        assert "¥2,890.61" in shown

    def test_that_wait_say_so(self, billed):
        say(billed, 5, start=3)
        correct(billed, brake=TIGHT)

        assert "waits for approval" in page(billed.owner, rent(billed, 2))

    def test_are_listed_with_kind_and_sign(self, billed):
        scrap(billed, 1, at=DUE + timedelta(hours=1))
        correct(billed)
        looking = client(billed.buyer)

        shown = looking.get(reverse("invoices"), {"kind": "CREDIT_NOTE"}).content.decode()
        rows = looking.get(reverse("invoices"), {"format": "csv"}).content.decode().splitlines()

        assert "-¥429.40" in text(shown)
        assert rent(billed).number in shown
        assert [row.split(",")[1:3] for row in rows if "-429.40" in row] == [
            ["Credit note", rent(billed).number]
        ]


def said(scene, side="lessee", by="buyer"):
    return {
        "reason": "Counted twice",
        "within": getattr(scene, side),
        "by": getattr(scene, by),
        "at": DUE + timedelta(hours=1),
    }


class TestStatement:
    def test_adds_up_all_sellers(self, noted):
        address = reverse("lease-statement", args=[noted.lease.public_id])
        looking = client(noted.buyer)

        shown = looking.get(address).content.decode()
        rows, _ = both(looking, address, {"period": "2026-10-15"})

        assert "¥2,971.95" in shown  # 2,890.61 and 81.34
        assert len(rows) == 5
        assert looking.get(address, {"period": "soon"}).status_code == 200

    def test_is_empty_before_anything_is_billed(self, by_part):
        address = reverse("lease-statement", args=[by_part.lease.public_id])

        shown = client(by_part.buyer).get(address).content.decode()
        rows = client(by_part.buyer).get(address, {"format": "csv"}).content.decode()

        assert "Nothing is billed on this lease yet" in shown
        assert len(rows.strip().splitlines()) == 1

    def test_offers_all_periods(self, db):
        scene = world.build("hurco01")
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)

        shown = client(scene.buyer).get(reverse("lease-statement", args=[scene.lease.public_id]))

        assert [one["label"] for one in shown.context["periods"]] == [
            "2026-10-01",
            "2026-09-01",
            "2026-08-01",
            "2026-07-01",
        ]

    def test_is_refused_to_those_who_read_no_invoices(self, noted):
        viewer = factory.member(noted.lessee, Role.VIEWER)

        assert client(viewer).get(reverse("lease-statement", args=[noted.lease.public_id])).status_code == 403


class TestDisputes:
    def act(self, scene, person, act, component="parts", **posted):
        line = rent(scene).lines.get(component=component)
        url = reverse("invoice-dispute", args=[rent(scene).public_id, line.position, act])
        return client(person).post(url, posted, follow=True).content.decode()

    def test_are_raised_answered_and_credited(self, billed):
        assert "Dispute this line" in page(billed.buyer, rent(billed))
        assert "Dispute this line" not in page(billed.owner, rent(billed))
        assert "disputed:" in self.act(billed, billed.buyer, "raise", reason="Counted twice")
        assert "Withdraw the dispute" in page(billed.buyer, rent(billed))
        assert "Decide" in page(billed.owner, rent(billed))

        shown = self.act(billed, billed.owner, "answer", conceded="380.00", reason="True")

        assert "credited by the next correction" in shown
        assert LineDispute.objects.get().conceded_minor == 38000
        assert "Given back before tax:" in page(billed.buyer, rent(billed))

    def test_are_withdrawn(self, billed):
        self.act(billed, billed.buyer, "raise", reason="Counted twice")

        assert "withdrawn" in self.act(billed, billed.buyer, "withdraw")
        assert LineDispute.objects.get().outcome == "WITHDRAWN"

    @pytest.mark.parametrize("amount", ["", "much", "1.234", "NaN", "1e20", "9E999999", "9" * 30])
    def test_want_an_amount_of_money(self, billed, amount):
        self.act(billed, billed.buyer, "raise", reason="Counted twice")

        assert "such as 120.50" in self.act(billed, billed.owner, "answer", conceded=amount, reason="x")
        assert LineDispute.objects.get().outcome == "OPEN"

    def test_say_what_is_missing_or_not_possible(self, billed):
        assert "Give a reason" in self.act(billed, billed.buyer, "raise", reason="")
        self.act(billed, billed.buyer, "raise", reason="x")
        assert "disputed already" in self.act(billed, billed.buyer, "raise", reason="x")
        assert LineDispute.objects.count() == 1

    def test_of_nothing_are_not_found(self, billed):
        line = rent(billed).lines.first().position
        for person, position, act in (
            (billed.buyer, line, "praise"),
            (billed.buyer, 99, "raise"),
            (billed.buyer, line, "withdraw"),
        ):
            url = reverse("invoice-dispute", args=[rent(billed).public_id, position, act])
            assert client(person).post(url, {"reason": "x"}).status_code == 404


class TestApproval:
    def test_is_given_on_the_review_page(self, billed):
        say(billed, 5, start=3)
        made = correct(billed, brake=TIGHT)
        finance = factory.member(billed.lessor, Role.FINANCE)
        reviews = reverse("reviews", args=[billed.lease.public_id])
        assert "Issue these notes" in client(finance).get(reviews).content.decode()
        assert "Issue these notes" not in client(billed.buyer).get(reviews).content.decode()
        assert (
            "Corrections that wait"
            not in client(factory.member(billed.lessee, Role.VIEWER)).get(reviews).content.decode()
        )

        url = reverse("correction-approve", args=[billed.lease.public_id, made.public_id])
        shown = client(finance).post(url, follow=True).content.decode()

        assert "The notes are issued." in shown
        assert Correction.objects.get().outcome == "NOTED"

    def test_says_what_was_overtaken(self, billed):
        say(billed, 5, start=3)
        first = correct(billed, brake=TIGHT)
        say(billed, 6, start=4)
        correct(billed, brake=TIGHT, at=LATER + timedelta(hours=1))
        url = reverse("correction-approve", args=[billed.lease.public_id, first.public_id])

        assert "Look at the newest one" in client(billed.owner).post(url, follow=True).content.decode()
        assert Correction.objects.filter(outcome="WAITING").count() == 1
