"""Late interest and reminders over REST: who sees what, and what is answered to odd input."""

from datetime import date, timedelta

import pytest
from rest_framework.test import APIClient

from billing.actions import dunning
from billing.api import dunning as api
from billing.api import late_interest as interest_api
from billing.models import DunningLetter, Invoice
from marketplace.models.parties import Role
from tests import once
from tests.billing import world
from tests.billing.actions.test_dunning import THIRD, build, run
from tests.billing.late import DECEMBER, overdue_times, rent
from tests.factories import marketplace as factory

pytestmark = pytest.mark.django_db
scene = once.fixture(build)
LEVEL = {"days": 3, "zh": "请付款", "en": "Please pay"}


@pytest.fixture(autouse=True)
def december(monkeypatch):
    for module in (api, interest_api):
        monkeypatch.setattr(module.clock, "now", lambda: DECEMBER + timedelta(hours=9))


def client(person):
    made = APIClient()
    made.default_format = "json"
    made.force_login(person)
    return made


def at(scene, tail=""):
    return f"/api/v1/invoices/{rent(scene).public_id}/{tail}"


class TestInterest:
    def test_is_explained_to_both_and_claimed_by_the_seller(self, scene):
        told = client(scene.buyer).get(at(scene, "interest/")).json()
        assert (told["total_minor"], told["to_claim_minor"]) == (1723, 1723)
        assert told["stretches"][0]["days"] == 14

        assert client(scene.buyer).post(at(scene, "interest/claim/")).status_code == 403
        answer = client(scene.owner).post(at(scene, "interest/claim/"), {"through": "2026-11-24"})
        assert (answer.status_code, answer.json()["to_claim_minor"]) == (200, 0)
        [paper] = answer.json()["documents"]
        assert Invoice.objects.get(public_id=paper).gross_minor == 861
        pdf = client(scene.buyer).get(f"/api/v1/invoices/{paper}/pdf/")
        assert pdf.content.startswith(b"%PDF")
        assert client(scene.buyer).get(f"/api/v1/invoices/{paper}/").json()["kind"] == "INTEREST"
        assert client(scene.buyer).get(f"/api/v1/invoices/{paper}/interest/").json()["terms"] is None

    @pytest.mark.parametrize("through", ["2027-01-01", "0001-01-01", "9999-12-31", "x", "\x00"])
    def test_refuses_days_that_cannot_be(self, scene, through):
        answer = client(scene.owner).post(at(scene, "interest/claim/"), {"through": through})

        assert answer.status_code in (400, 409) or answer.json()["total_minor"] == 0
        assert not Invoice.objects.filter(kind="INTEREST").exists()

    def test_is_waived_by_two(self, scene):
        given = {"amount_minor": 1000, "reason": "Holiday"}
        made = client(scene.owner).post(at(scene, "interest/waive/"), given)
        assert (made.status_code, made.json()["state"]) == (201, "WAITING")
        grant = at(scene, f"interest/waivers/{made.json()['id']}/grant/")
        assert client(scene.owner).post(grant).status_code == 403
        assert client(scene.buyer).post(grant).status_code == 404
        assert client(world.member(scene.lessor)).post(grant).json()["state"] == "GRANTED"

    def test_terms_are_told_to_those_who_buy(self, scene):
        path = "/api/v1/late-terms/"
        assert [len(client(who).get(path).json()["data"]) for who in (scene.owner, scene.buyer)] == [1, 1]
        stranger = factory.member(factory.organization("Other"))
        assert client(stranger).get(path).json()["data"] == []
        good = {"valid_from": "2026-12-20", "rate": "0.0006"}
        assert client(scene.owner).post(path, good).status_code == 201
        for bad in ({}, {"valid_from": "2026-12-02"}, {"valid_from": "2026-12-21", "rate": "NaN"}):
            assert client(scene.owner).post(path, bad).status_code == 400

    def test_promises_are_noted_by_the_seller(self, scene):
        given = {"promised_on": "2026-12-10"}
        assert client(scene.buyer).post(at(scene, "promise/"), given).status_code == 403
        assert client(scene.owner).post(at(scene, "promise/"), given).status_code == 201
        [row] = client(scene.owner).get("/api/v1/overdue/").json()["data"]
        assert (row["promised_on"], row["open_minor"], row["late_days"]) == ("2026-12-10", 246121, 14)


class TestReminders:
    def test_letters_are_read_by_both_sides_and_nobody_else(self, scene):
        [made] = run(scene)
        path = f"/api/v1/dunning-letters/{made.public_id}/"
        for who in (scene.owner, scene.buyer, scene.finance):
            assert client(who).get(path).json()["digest"] == made.digest
        stranger = client(factory.member(factory.organization("Other")))
        viewer = client(world.member(scene.lessee, Role.VIEWER))
        for who in (stranger, viewer):
            assert who.get(path).status_code == who.get(f"{path}pdf/").status_code == 404
            assert who.get("/api/v1/dunning-letters/").json()["data"] == []
            assert who.get("/api/v1/overdue/").json()["data"] == []
        first, second = (client(scene.buyer).get(f"{path}pdf/").content for _ in range(2))
        assert first == second
        assert first.startswith(b"%PDF")

    def test_what_is_overdue_comes_by_pages_with_totals_over_all(self, scene, monkeypatch):
        overdue_times(monkeypatch, api, 5)
        walked, url = [], "/api/v1/overdue/?limit=2"
        while url:
            page = client(scene.owner).get(url).json()
            walked += [one["number"] for one in page["data"]]
            assert len(page["data"]) <= 2
            minor = {"open_minor": 5 * 246121, "asked_minor": 5 * 246121}
            assert page["totals"] == [{"currency": "CNY", "count": 5} | minor]
            assert page["has_more"] is bool(page["next"])
            url = page["next"]

        assert walked == [f"{rent(scene).number}-{number}" for number in range(5)]

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=%00", "cursor=2026-11-17"]
    )
    def test_odd_pages_are_refused(self, scene, query):
        assert client(scene.owner).get(f"/api/v1/overdue/?{query}").status_code == 400

    def test_policies_are_versions(self, scene):
        path = "/api/v1/dunning-policies/"
        made = client(scene.owner).post(path, {"levels": [LEVEL]}, format="json")
        assert (made.status_code, made.json()["version"]) == (201, 2)
        bad = {"levels": [LEVEL, LEVEL]}
        answer = client(scene.owner).post(path, bad, format="json")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/levels/1/days"]
        assert client(scene.buyer).get(path).json()["data"] == []

    def test_finance_pauses_and_ends_pauses(self, scene):
        path = "/api/v1/dunning-holds/"
        finance = client(world.member(scene.lessor, Role.FINANCE))
        given = {"buyer": scene.lessee.public_id, "through": "2026-12-20", "reason": "Talks"}
        made = finance.post(path, given)
        assert made.status_code == 201
        assert finance.post(path, given).status_code == 409
        assert finance.post(path, given | {"buyer": "org_none"}).status_code == 400
        end = f"{path}{made.json()['id']}/end/"
        assert client(scene.buyer).post(end).status_code == 404
        assert finance.post(end).json()["ended_at"]
        assert dunning.run(seller=scene.lessor, at=THIRD, by=scene.clock)
        assert DunningLetter.objects.get().on == date(2026, 11, 20)
