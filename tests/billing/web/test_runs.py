"""Pages of invoice runs: what an accountant reads, what they may press, and what a lessor is not told."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingMode, Invoice, InvoiceRun, RunPart
from marketplace.models.parties import Role
from tests import once
from tests.billing import fleet as fleets
from tests.billing import world
from tests.billing.fleet import APRIL, MARCH, NOON


def three_leases():
    """Let three machines, one of them steady, one doubled, one new in March."""
    made = fleets.build()
    made.let("steady", 100, 100)
    made.let("doubled", 60, 160)
    for name in made.scenes:
        made.bill(name)
    made.let("new", 10, since=MARCH)
    made.review()
    return made


beginning = once.fixture(three_leases)


@pytest.fixture
def fleet(beginning, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return beginning


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def text(html):
    """Return what a reader sees."""
    return " ".join(re.sub("<[^>]+>", " ", html).replace("\u2212", "-").split())


def detail(run):
    return reverse("invoice-run", args=[run.public_id])


def act(run, verb):
    return reverse("invoice-run-act", args=[run.public_id, verb])


def on_item(item, verb):
    return reverse("invoice-run-item-act", args=[item.run.public_id, item.public_id, verb])


class TestTheList:
    def test_offers_a_preview_and_says_how_leases_are_billed(self, fleet):
        shown = text(client(fleet.anna).get(reverse("invoice-runs")).content.decode())

        for words in ("No invoice run yet", "Preview what is due", "By an approved invoice run alone"):
            assert words in shown
        assert "Bill by itself when due" not in shown  # that is for administrators

    def test_orders_a_run_through_a_day(self, fleet):
        browser = client(fleet.anna)
        wrong = {"through": "2026-04-30", "jump_percent": "50", "leases": "x"}
        for given, status in ((wrong, 400), (wrong | {"through": "2026-03-31"}, 400), ({}, 400)):
            assert browser.post(reverse("invoice-run-start"), given).status_code == status
        assert InvoiceRun.objects.count() == 0

        right = wrong | {"through": "2026-03-31", "leases": ""}
        answer = browser.post(reverse("invoice-run-start"), right)

        run = InvoiceRun.objects.get()
        assert (answer.url, run.cut_off, run.state, run.total) == (detail(run), APRIL, "PREVIEWING", 3)
        assert "0 of 3" in text(browser.get(detail(run)).content.decode())
        assert browser.post(reverse("invoice-run-start"), right).status_code == 409

    def test_is_not_for_others(self, fleet):
        run = fleet.preview()
        viewer = world.member(fleet.lessor, Role.VIEWER)
        for person in (viewer, fleet.buyer, world.member(fleet.platform, Role.FINANCE)):
            assert client(person).get(detail(run)).status_code == 404
            for verb in ("approve", "cancel"):
                assert client(person).post(act(run, verb), {"digest": run.digest}).status_code == 404
            assert run.public_id not in client(person).get(reverse("invoice-runs")).content.decode()
        given = {"through": "2026-03-31", "jump_percent": "50"}
        assert client(viewer).post(reverse("invoice-run-start"), given).status_code == 403
        operator = client(world.member(fleet.lessor, Role.OPERATOR))  # reads invoices, runs none
        assert operator.get(detail(run)).status_code == 200
        assert operator.post(act(run, "approve"), {"digest": run.digest}).status_code == 403
        run.refresh_from_db()
        assert run.state == "PREVIEWED"

    def test_lets_administrators_choose_the_mode(self, fleet):
        address = reverse("billing-mode")
        assert client(fleet.anna).post(address, {"mode": "AUTOMATIC"}).status_code == 403
        client(fleet.owner).post(address, {"mode": "NEVER"})
        assert BillingMode.objects.of(fleet.lessor) == "REVIEWED"

        client(fleet.owner).post(address, {"mode": "AUTOMATIC"})

        assert BillingMode.objects.of(fleet.lessor) == "AUTOMATIC"


class TestTheRun:
    def test_shows_sums_changes_and_flags_and_no_amount_of_others(self, fleet):
        run = fleet.preview()

        html = client(fleet.anna).get(detail(run)).content.decode()
        shown = text(html)

        for words in ("¥8,814.00", "¥4,520.00", "2,000.00 (usage)", "2,260.00", "Large change", "New lease"):
            assert words in shown, words
        assert "3 invoices of other sellers" in shown
        assert "a colleague whose role runs invoices approves it" in shown
        assert "Approve and bill" not in shown
        assert "Approve and bill" in client(fleet.bo).get(detail(run)).content.decode()
        for part in RunPart.objects.filter(item__run=run, seller=fleet.platform):
            assert str(part.gross.amount) not in html
        assert "待批准" in client(fleet.anna, "zh-hans").get(detail(run)).content.decode()

    def test_filters_and_exports_what_is_filtered(self, fleet):
        run, browser = fleet.preview(), client(fleet.anna)

        found = browser.get(detail(run), {"flag": "JUMP"})
        rows = list(
            csv.reader(io.StringIO(browser.get(detail(run), {"format": "csv"}).content.decode("utf-8-sig")))
        )

        numbers = {name: fleet.now(name).number for name in fleet.scenes}
        assert numbers["doubled"] in text(found.content.decode())
        assert numbers["new"] not in text(found.content.decode())
        assert [(row[0], row[8], row[9], row[10]) for row in rows[1:]] == [
            (numbers["steady"], "3164.00", "3164.00", "0.00"),
            (numbers["doubled"], "4520.00", "2260.00", "2260.00"),
            (numbers["new"], "1130.00", "", ""),
        ]
        assert fleet.platform.name not in str(rows)
        for garbage in ({"flag": "x"}, {"after": "9" * 30}, {"after": "²"}, {"lease": "零"}):
            assert browser.get(detail(run), garbage).status_code == 200

    def test_takes_a_lease_out_and_back_and_is_approved_by_another(self, fleet):
        run = fleet.preview()
        item, anna, bo = fleet.item(run, "new"), client(fleet.anna), client(fleet.bo)
        for given in ({}, {"reason": "x" * 501}):
            anna.post(on_item(item, "leave-out"), given)
        anna.post(on_item(item, "put-back"))
        assert fleet.item(run, "new").state == "READY"
        anna.post(on_item(item, "leave-out"), {"reason": "等确认"})
        assert "等确认" in anna.get(detail(run)).content.decode()
        anna.post(on_item(item, "put-back"))
        anna.post(on_item(item, "leave-out"), {"reason": "再等"})

        bo.post(act(run, "approve"), {"digest": run.digest})  # what he saw before
        anna.post(act(run, "approve"), {"digest": InvoiceRun.objects.get().digest})
        assert InvoiceRun.objects.get().state == "PREVIEWED"
        bo.post(act(run, "approve"), {"digest": InvoiceRun.objects.get().digest})
        assert InvoiceRun.objects.get().state == "APPROVED"

        ended = fleet.work(run)

        shown = text(bo.get(detail(run)).content.decode())
        assert (ended.state, fleet.states(ended)["new"]) == ("FINISHED", "LEFT_OUT")
        assert f"approved by {fleet.bo.name}" in shown
        issued = Invoice.objects.get(
            period_start=MARCH, lease=fleet.scenes["steady"].lease, seller=fleet.lessor
        )
        assert reverse("invoice", args=[issued.public_id]) in bo.get(detail(run)).content.decode()

    def test_can_be_cancelled(self, fleet):
        run = fleet.preview()
        client(fleet.anna).post(act(run, "cancel"))

        assert InvoiceRun.objects.get().state == "CANCELLED"
        assert not Invoice.objects.filter(period_start=MARCH).exists()

    def test_of_the_platform_shows_every_seller(self, fleet):
        BillingMode.objects.filter(organization=fleet.lessor).update(mode="AUTOMATIC")
        finance = world.member(fleet.platform, Role.FINANCE)
        run = fleet.preview(by=finance, organization=fleet.platform)

        shown = text(client(finance).get(detail(run)).content.decode())

        for part in RunPart.objects.filter(item__run=run):
            assert f"{part.gross.amount:,}" in shown
        assert "other sellers" not in shown
