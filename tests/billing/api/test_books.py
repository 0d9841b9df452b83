"""The books over REST: what is in them, what is due, and locks by one person and two."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from billing.actions import invoices, journals, sealing
from billing.models import Book, Invoice, PeriodLock, PeriodUnlock
from marketplace.models.apikeys import Scope
from tests import once
from tests.billing.actions.test_invoices import DUE, OCTOBER
from tests.billing.ledger.world import entry
from tests.billing.world import member

NOVEMBER = {"from": "2026-11-01", "to": "2026-12-01"}


@once.fixture
def scene(by_part):
    for invoice in invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock):
        invoices.issue(invoice=invoice, at=DUE, by=by_part.clock)
    return by_part


@once.fixture
def chief(scene):
    return member(scene.platform)


def client(person):
    found = APIClient()
    found.force_login(person)
    return found


def get(person, name, *more, **query):
    return client(person).get(reverse(name, args=("P", *more)), query)


def post(person, name, *more, **body):
    return client(person).post(reverse(name, args=("P", *more)), body, format="json")


def rent(scene):
    return Invoice.objects.get(seller=scene.lessor)


class TestReading:
    def test_lists_books_with_locks_and_the_last_seal(self, scene):
        sealing.seal(book=Book.objects.get(), at=DUE, by=scene.clock)

        [book] = client(scene.finance).get(reverse("api-book-list")).json()["data"]

        assert (book["code"], book["sealed"], book["locked_hard"]) == ("P", 2, None)
        assert len(book["last_hash"]) == 64

    def test_a_book_that_is_new_has_no_seal(self, scene):
        [book] = client(scene.finance).get(reverse("api-book-list")).json()["data"]

        assert (book["sealed"], book["sealed_at"], book["last_hash"]) == (0, None, "")

    def test_trial_balance_is_of_any_day_and_as_known_at_any_time(self, scene):
        now = get(scene.finance, "api-book-trial-balance").json()
        before = get(scene.finance, "api-book-trial-balance", known_at="2026-11-01T00:00:00Z").json()

        due = next(row for row in now["data"] if row["account"] == "1122.02")
        gross = rent(scene).gross_minor
        assert due["balance"] == {"minor": gross, "currency": "CNY", "amount": str(rent(scene).gross.amount)}
        assert (due["name_zh"], due["credit"]["minor"]) == ("应收账款—代收租金", 0)
        assert sum(row["balance"]["minor"] for row in now["data"]) == 0
        assert before["data"] == []
        assert get(scene.finance, "api-book-trial-balance", through="2026-10-31").json()["data"] == []

    def test_account_shows_lines_and_their_source(self, scene):
        found = get(scene.finance, "api-book-account", "1122.02", "CNY", **NOVEMBER).json()

        [line] = found["data"]
        assert (line["source_type"], line["source_id"]) == ("invoice", rent(scene).public_id)
        assert (line["invoice"], line["party"]) == (rent(scene).public_id, scene.lessee.public_id)
        assert (found["opening"]["minor"], found["closing"]["minor"]) == (0, line["balance"]["minor"])
        assert found["count"] == 1

    def test_a_line_may_be_about_nothing(self, scene, chief):
        journals.post(entry=entry(), at=DUE, by=chief)

        [line] = get(chief, "api-book-account", "1002.01", "CNY", **NOVEMBER).json()["data"]
        assert (line["invoice"], line["party"], line["lease"]) == ("", "", "")

    def test_receivables_are_by_age(self, scene):
        [row] = get(scene.finance, "api-book-receivables", through="2027-01-31").json()["data"]

        total = sum(Invoice.objects.values_list("gross_minor", flat=True))
        assert (row["party"], row["total"]["minor"]) == (scene.lessee.name, total)
        assert row["buckets"]["61-90"]["minor"] == total
        assert row["buckets"]["not_due"]["minor"] == 0

    def test_vat_is_by_seller_and_rate(self, scene):
        rows = get(scene.finance, "api-book-vat", **NOVEMBER).json()["data"]

        found = {row["seller"]: (row["rate"], row["tax"]["minor"]) for row in rows}
        assert found[scene.lessor.public_id] == ("0.1300", rent(scene).tax_minor)
        assert found[scene.platform.public_id][0] == "0.0600"
        assert (
            get(scene.finance, "api-book-vat", **{"from": "2026-10-01", "to": "2026-11-01"}).json()["data"]
            == []
        )

    @pytest.mark.parametrize(
        ("name", "query"),
        [
            ("api-book-vat", {}),
            ("api-book-vat", {"from": "2026-11-02", "to": "2026-11-02"}),
            ("api-book-vat", {"from": "0001-01-01", "to": "2026-11-02"}),
            ("api-book-receivables", {"through": "9999-12-31"}),
            ("api-book-trial-balance", {"through": "x"}),
            ("api-book-trial-balance", {"known_at": "x"}),
        ],
    )
    def test_refuses_what_it_cannot_read(self, scene, name, query):
        assert get(scene.finance, name, **query).status_code == 400

    @pytest.mark.parametrize("where", [("9", "CNY"), ("1122.02", "XXX")])
    def test_of_no_account_is_not_found(self, scene, where):
        assert get(scene.finance, "api-book-account", *where, **NOVEMBER).status_code == 404

    def test_is_for_the_platform_s_finance_alone(self, scene):
        assert get(scene.owner, "api-book-trial-balance").status_code == 404

    def test_by_a_key_needs_its_scope(self, scene, chief, keyed):
        address = reverse("api-book-trial-balance", args=["P"])

        assert keyed(chief, scene.platform, Scope.LEASES_READ).get(address).status_code == 403
        assert keyed(chief, scene.platform, Scope.INVOICES_READ).get(address).status_code == 200
        assert keyed(scene.owner, scene.lessor, Scope.INVOICES_READ).get(address).status_code == 404


class TestLocks:
    def test_are_set_and_opened_by_two(self, scene, chief):
        second = member(scene.platform)
        locked = post(chief, "api-book-locks", level="HARD", through="2026-10-31")
        assert (locked.status_code, locked.json()["locked_hard"]) == (201, "2026-10-31")

        order = post(chief, "api-book-unlocks", through=None, reason="an invoice came late").json()
        alone = post(chief, "api-book-unlock-approve", order["id"])
        assert (alone.status_code, alone.json()["code"]) == (403, "same_person_unlocks")
        assert get(scene.finance, "api-book-unlocks").json()["data"][0]["stage"] == "OPEN"
        done = post(second, "api-book-unlock-approve", order["id"])

        assert (done.status_code, done.json()["stage"]) == (200, "DONE")
        assert PeriodLock.objects.of(Book.objects.get()).hard is None

    def test_are_dropped(self, scene, chief):
        post(chief, "api-book-locks", level="HARD", through="2026-10-31")
        order = post(chief, "api-book-unlocks", through="2026-09-30", reason="late").json()

        assert post(chief, "api-book-unlock-drop", order["id"]).json()["stage"] == "DROPPED"
        assert str(PeriodLock.objects.of(Book.objects.get()).hard) == "2026-10-31"

    def test_are_refused_to_others_and_when_wrong(self, scene, chief):
        assert post(scene.finance, "api-book-locks", level="HARD", through="2026-10-31").status_code == 403
        assert post(scene.owner, "api-book-locks", level="HARD", through="2026-10-31").status_code == 404
        assert post(chief, "api-book-locks", level="NO", through="2026-10-31").status_code == 400
        assert post(chief, "api-book-locks", level="HARD", through="2999-10-31").status_code == 409
        assert post(chief, "api-book-unlocks", through=None, reason="late").status_code == 409
        assert post(chief, "api-book-unlock-drop", "unl_none").status_code == 404
        assert not PeriodLock.objects.exists()
        assert not PeriodUnlock.objects.exists()
