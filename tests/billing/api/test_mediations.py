"""A disputed line is mediated over REST, and what is open is listed for both sides and the platform."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from billing.models import LineMediation
from marketplace.models.parties import Role
from tests import once
from tests.billing.mediated import ASKED, PROPOSED, Mediated
from tests.factories import marketplace as factory

pytestmark = pytest.mark.django_db
URL = "/api/v1/mediations/"


@once.fixture
def scene():
    return Mediated()


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: PROPOSED)


@pytest.fixture
def clients(scene, keyed):
    return {
        "buyer": keyed(scene.buyer, scene.lessee),
        "seller": keyed(scene.fleet.owner, scene.lessor),
        "platform": keyed(factory.member(scene.platform), scene.platform),
    }


def signed_in(person):
    client = APIClient()
    client.force_login(person)
    return client


def post(client, address, body=None):
    return client.post(address, body or {}, format="json")


def test_from_the_question_to_what_both_accept(scene, clients):
    asked = post(clients["buyer"], URL, {"dispute": scene.dispute.public_id, "text": "十二件是废品"})
    case = asked.json()["id"]
    assert (asked.status_code, asked.json()["state"], asked.json()["allowed"]) == (
        201,
        "ASKED",
        ["write", "withdraw"],
    )
    assert (
        post(clients["seller"], f"{URL}{case}/write/", {"text": "Counted by the machine"}).status_code == 200
    )

    given = {"amount_minor": 32000, "answer_on": "2026-03-12", "text": "十六件没有记录"}
    made = post(clients["platform"], f"{URL}{case}/propose/", given)
    assert (made.json()["state"], made.json()["due_at"]) == ("PROPOSED", "2026-03-13T00:00:00+08:00")

    first = post(clients["buyer"], f"{URL}{case}/accept/")
    assert (first.json()["state"], first.json()["allowed"]) == ("PROPOSED", ["write"])
    second = post(clients["seller"], f"{URL}{case}/accept/")
    assert (second.json()["state"], [one["act"] for one in second.json()["steps"]]) == (
        "AGREED",
        ["ask", "write", "propose", "accept", "accept"],
    )
    assert clients["buyer"].get(f"{URL}?state=AGREED").json()["data"][0]["id"] == case
    assert clients["buyer"].get(f"{URL}?state=ASKED").json()["data"] == []


def test_a_refusal_and_a_question_taken_back(scene, clients):
    case = scene.ask().public_id
    taken = post(clients["buyer"], f"{URL}{case}/withdraw/", {"text": "Settled"})
    assert taken.json()["state"] == "WITHDRAWN"

    refused = post(clients["buyer"], f"{URL}{case}/refuse/", {"text": "No"})
    assert (refused.status_code, refused.json()["code"]) == (409, "mediation_refused")


def test_refuses_a_proposal(scene, clients):
    scene.ask()
    scene.propose(at=PROPOSED - timedelta(hours=1))
    case = scene.case.public_id
    assert post(clients["seller"], f"{URL}{case}/refuse/", {"text": "Too much"}).json()["state"] == "REFUSED"


def test_says_what_is_wrong_at_its_field_and_changes_nothing(scene, clients):
    case = scene.ask().public_id
    given = {"amount_minor": 100_001, "answer_on": "2026-03-08", "text": "x"}
    answer = post(clients["platform"], f"{URL}{case}/propose/", given)

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/amount_minor", "/answer_on"]
    again = post(clients["seller"], URL, {"dispute": scene.dispute.public_id, "text": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "already_mediated")
    assert (LineMediation.objects.get().state, scene.case.steps.count()) == ("ASKED", 1)


def test_allowed_is_what_the_readers_role_may(scene):
    scene.ask()
    scene.propose(at=PROPOSED - timedelta(hours=1))
    address = f"{URL}{scene.case.public_id}/"
    said = {}
    for name, organization in (("buyer", scene.lessee), ("seller", scene.lessor)):
        client = signed_in(factory.member(organization, Role.OPERATOR))
        said[name] = client.get(address).json()["allowed"]
        assert post(client, f"{address}accept/").status_code == 403

    assert said == {"buyer": ["write"], "seller": []}
    assert scene.case.accepted == frozenset()


def test_is_nobody_elses(scene, keyed):
    case = scene.ask().public_id
    stranger = factory.organization()
    outside = keyed(factory.member(stranger), stranger)
    viewer = signed_in(factory.member(scene.lessee, Role.VIEWER))
    body = {"dispute": scene.dispute.public_id, "text": "x"}

    assert (outside.get(f"{URL}{case}/").status_code, post(outside, URL, body).status_code) == (404, 404)
    assert (viewer.get(f"{URL}{case}/").status_code, post(viewer, URL, body).status_code) == (403, 403)
    assert outside.get(URL).json()["data"] == []


class TestOpenCases:
    def listed(self, client, query=""):
        found = client.get(f"/api/v1/open-cases/{query}").json()["data"]
        return [(one["kind"], one["waits"], one["id"], one["until"]) for one in found]

    def test_say_whose_turn_it_is_and_until_when(self, scene, clients):
        invoice = scene.rent.public_id
        until = "2026-03-14T12:00:00+08:00"
        assert self.listed(clients["seller"]) == [("DISPUTE", "YOU", invoice, until)]
        assert self.listed(clients["buyer"]) == [("DISPUTE", "OTHER", invoice, until)]

        case = scene.ask(at=ASKED).public_id
        for side in ("buyer", "seller"):
            assert self.listed(clients[side]) == [("LINE", "PLATFORM", case, "2026-03-26T00:00:00+08:00")]
        waiting = clients["platform"].get("/api/v1/waiting-cases/?kind=LINE").json()["data"]
        assert [(one["kind"], one["id"], one["number"]) for one in waiting] == [
            ("LINE", case, scene.rent.number)
        ]

        scene.propose(at=PROPOSED - timedelta(hours=1))
        scene.act("accept", "buyer", at=PROPOSED)
        until = "2026-03-13T00:00:00+08:00"
        assert self.listed(clients["buyer"]) == [("LINE", "OTHER", case, until)]
        assert self.listed(clients["seller"], "?kind=LINE") == [("LINE", "YOU", case, until)]
        assert self.listed(clients["seller"], "?kind=DAMAGE") == []
        assert clients["platform"].get("/api/v1/waiting-cases/").json()["data"] == []

        scene.act("refuse", "seller", at=PROPOSED, text="No")
        assert self.listed(clients["seller"])[0][:3] == ("DISPUTE", "YOU", invoice)

    def test_hide_lines_from_roles_that_read_no_invoices(self, scene, keyed):
        viewer = signed_in(factory.member(scene.lessee, Role.VIEWER))
        assert self.listed(viewer) == []

    def test_of_the_platform_are_nobody_elses(self, scene, clients):
        assert clients["buyer"].get("/api/v1/waiting-cases/").status_code == 404
        assert clients["buyer"].get("/api/v1/open-cases/?kind=NOTHING").status_code == 400
