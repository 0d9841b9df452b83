"""Notes, corrections, statements and disputes over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.actions import invoices
from billing.models import Invoice, LineDispute
from tests.billing.actions.test_corrections import DUE, TIGHT, correct, say, scrap
from tests.factories import marketplace as factory


@pytest.fixture
def billed(by_part, monkeypatch):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    monkeypatch.setattr(timezone, "now", lambda: DUE + timedelta(days=1))
    return by_part


@pytest.fixture
def credited(billed):
    scrap(billed, 1, at=DUE + timedelta(hours=1))
    correct(billed)
    return billed


def rent(scene, version=1):
    return Invoice.objects.get(seller=scene.lessor, version=version)


class TestNotes:
    def test_are_listed_by_kind_with_signed_amounts(self, credited, keyed):
        client = keyed(credited.buyer, credited.lessee)

        found = client.get("/api/v1/invoices/?kind=CREDIT_NOTE").json()["data"]

        assert [one["gross"]["amount"] for one in found] == ["-12.08", "-429.40"]
        assert {one["corrects"] for one in found} == set(
            Invoice.objects.filter(version=1).values_list("public_id", flat=True)
        )
        assert len(client.get("/api/v1/invoices/?kind=INVOICE").json()["data"]) == 2
        assert client.get("/api/v1/invoices/?kind=GIFT").status_code == 400

    def test_show_the_change_the_reasons_and_what_stands(self, credited, keyed):
        client = keyed(credited.buyer, credited.lessee)

        note = client.get(f"/api/v1/invoices/{rent(credited, 2).public_id}/").json()
        paper = client.get(f"/api/v1/invoices/{rent(credited).public_id}/").json()

        assert note["reasons"] == ["REVIEW", "SCRAP"]
        assert note["lines"][0]["change"]["before"]["quantity"] == "4"
        assert note["lines"][0]["change"]["after"]["net_minor"] == 114000
        assert (note["notes"], [one["id"] for one in paper["notes"]]) == ([], [note["id"]])
        assert (paper["reasons"], paper["lines"][0]["change"]) == ([], None)
        assert paper["standing"]["billed"]["amount"] == paper["standing"]["due"]["amount"] == "2031.81"


class TestCorrections:
    def test_say_what_was_found(self, credited, keyed):
        address = f"/api/v1/leases/{credited.lease.public_id}/corrections/"

        (found,) = keyed(credited.buyer, credited.lessee).get(address).json()["data"]
        (mine,) = keyed(credited.owner, credited.lessor).get(address).json()["data"]

        assert (found["outcome"], len(found["notes"]), len(mine["notes"])) == ("NOTED", 2, 1)
        assert [(one["before"], one["after"]) for one in found["days"]] == [("4", "3")]
        assert found["arrivals"] == {credited.device.public_id: 1}
        assert [one["reason"] for one in found["days"][0]["reasons"]] == ["REVIEW", "SCRAP"]

    def test_show_a_day_that_was_not_billed_before(self, by_part, keyed):
        invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
        say(by_part, 0, 4)
        correct(by_part)

        address = f"/api/v1/leases/{by_part.lease.public_id}/corrections/"
        (found,) = keyed(by_part.buyer, by_part.lessee).get(address).json()["data"]

        assert [(one["before"], one["after"]) for one in found["days"]] == [("0", "4")]

    def test_are_approved_by_the_lessor(self, billed, keyed):
        say(billed, 5, start=3)
        made = correct(billed, brake=TIGHT)
        address = f"/api/v1/leases/{billed.lease.public_id}/corrections/{made.public_id}/approve/"

        assert keyed(billed.buyer, billed.lessee).post(address).status_code == 403
        assert keyed(billed.owner, billed.lessor, "invoices:read").post(address).status_code == 403
        assert not Invoice.objects.filter(version=2, status="ISSUED").exists()
        answer = keyed(billed.owner, billed.lessor).post(address)

        assert (answer.status_code, answer.json()["outcome"]) == (200, "NOTED")
        assert Invoice.objects.filter(version=2, status="ISSUED").count() == 2

    def test_are_nobody_elses(self, credited, keyed):
        stranger = factory.organization()
        client = keyed(factory.member(stranger), stranger)

        for what in ("corrections", "statement"):
            assert client.get(f"/api/v1/leases/{credited.lease.public_id}/{what}/").status_code == 404


class TestStatement:
    def test_adds_up_sellers(self, credited, keyed):
        address = f"/api/v1/leases/{credited.lease.public_id}/statement/"
        client = keyed(credited.buyer, credited.lessee)

        found = client.get(address).json()

        assert (found["period"], found["periods"]) == ("2026-10-15", ["2026-10-15"])
        assert found["sums"]["due"]["amount"] == "2088.99"
        assert [len(one["documents"]) for one in found["sellers"]] == [2, 2]
        assert client.get(f"{address}?period=2026-10-15").json() == found
        empty = client.get(f"{address}?period=2026-09-01").json()
        assert (empty["sums"], empty["sellers"]) == (None, [])
        assert client.get(f"{address}?period=soon").status_code == 400

    def test_is_for_a_person_what_all_of_its_organizations_read(self, credited, client):
        client.force_login(credited.buyer)

        found = client.get(f"/api/v1/leases/{credited.lease.public_id}/statement/").json()

        assert len(found["sellers"]) == 2


class TestDisputes:
    def test_go_to_and_fro(self, billed, keyed):
        buyer, owner = keyed(billed.buyer, billed.lessee), keyed(billed.owner, billed.lessor)
        address = f"/api/v1/invoices/{rent(billed).public_id}/lines/2/dispute/"
        assert buyer.post(f"{address}withdraw/").status_code == 404

        made = buyer.post(address, {"reason": "Counted twice"}, format="json")
        shown = buyer.get(f"/api/v1/invoices/{rent(billed).public_id}/").json()
        gone = buyer.post(f"{address}withdraw/")
        again = buyer.post(address, {"reason": "Counted twice"}, format="json")
        much = owner.post(f"{address}answer/", {"conceded_minor": 10**9, "reason": "x"}, format="json")
        given = owner.post(f"{address}answer/", {"conceded_minor": 38000, "reason": "x"}, format="json")

        assert [one.status_code for one in (made, gone, again, much, given)] == [201, 200, 201, 400, 200]
        assert shown["standing"]["disputed"]["minor"] == 171760
        assert [one["outcome"] for one in shown["disputes"]] == ["OPEN"]
        assert (gone.json()["outcome"], given.json()["outcome"]) == ("WITHDRAWN", "CONCEDED")
        assert much.json()["code"] == "dispute_invalid"

    def test_need_the_scope_to_write(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee, "invoices:read")
        address = f"/api/v1/invoices/{rent(billed).public_id}/lines/2/dispute/"

        assert client.post(address, {"reason": "x"}, format="json").status_code == 403
        assert LineDispute.objects.count() == 0
