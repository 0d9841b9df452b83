"""Fault tickets over REST: each side finds them and its verbs, nobody else finds anything."""

import pytest
from django.utils import timezone

from leasing.actions import downtime
from leasing.models import DowntimeCredit, Ticket
from marketplace.models.apikeys import Scope
from tests.devices.ownership.lent import keyed
from tests.factories import marketplace as make
from tests.leasing.tickets import AGREED, BROKE, DAY, FIXED, HOUR, TOLD, Desk
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/tickets/"


class Rest(Desk):
    """Everybody with a client, at the moment of the report."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.clients, self.now = {}, TOLD
        for organization, person in self.people.items():
            self.clients[organization] = SeeingClient(raise_request_exception=False)
            self.clients[organization].force_login(person)
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def post(self, who, path, body=None, **more):
        return self.clients[who].post(path, body or {}, format="json", **more)

    def given(self, **changes):
        equipment = self.unit.equipment.public_id
        given = {"equipment": equipment, "severity": "DOWN", "text": "主轴不转", "since": BROKE.isoformat()}
        return given | changes


@pytest.fixture
def rest(world, monkeypatch):
    return Rest(world, monkeypatch)


class TestTheWay:
    def test_from_the_report_to_the_credit(self, rest, world):
        made = rest.post(world.lessee, URL, rest.given())
        assert (made.status_code, made["ETag"]) == (201, '"1"'), made.json()
        assert made.json()["allowed"] == ["acknowledge", "start", "solve", "withdraw", "photos"]
        url = f"{URL}{made.json()['id']}/"

        assert rest.post(world.lessor, f"{url}acknowledge/").json()["status"] == "ACKNOWLEDGED"
        assert rest.post(world.lessor, f"{url}start/", {"text": "在路上"}).json()["status"] == "IN_WORK"
        rest.now = FIXED
        assert rest.post(world.lessor, f"{url}solve/", {"text": "换了驱动器"}).json()["status"] == "SOLVED"
        assert rest.post(world.lessee, f"{url}reopen/", {"text": "又停了"}).json()["status"] == "REOPENED"
        assert rest.post(world.lessor, f"{url}solve/", {"text": "换了电机"}).json()["down_to"]
        assert rest.post(world.lessee, f"{url}confirm/").json()["status"] == "CONFIRMED"
        early = rest.post(world.lessee, f"{url}propose/", {"cause": "LESSOR", "text": "老化"})
        assert early.json()["code"] == "standstill_not_measured"
        rest.now = AGREED
        self.measure(rest)
        body = {"cause": "LESSEE", "text": "老化"}
        assert rest.post(world.lessor, f"{url}propose/", body).json()["attribution"] == "PROPOSED"
        assert (
            rest.post(world.lessee, f"{url}contest/", {"text": "不是"}).json()["attribution"] == "CONTESTED"
        )
        decided = rest.post(rest.platform, f"{url}decide/", {"cause": "LESSOR", "text": "记录如此"})
        assert decided.json()["attribution"] == "DECIDED"

        found = (
            rest.clients[world.lessee].get(f"/api/v1/downtime-credits/?lease={rest.lease.public_id}").json()
        )
        assert [(one["share"], one["seconds"], one["ticket"]) for one in found["data"]] == [
            ("4.904632", 36 * 3600, made.json()["id"])
        ]
        steps = rest.clients[world.lessor].get(f"{url}history/").json()["data"]
        assert [one["move"] for one in steps][:2] == ["report", "acknowledge"]
        assert steps[-1]["previous_hash"] == steps[-2]["hash"]

    def measure(self, rest):
        downtime.measure(ticket=Ticket.objects.with_sides().get(), by=rest.clock, at=rest.now)

    def test_of_an_agreement(self, rest, world):
        made = rest.proposed()
        rest.now = AGREED

        answer = rest.post(world.lessor, f"{URL}{made.public_id}/agree/", {"text": "同意"}).json()

        assert (answer["attribution"], answer["remedy"]) == ("AGREED", "CREDIT")
        assert DowntimeCredit.objects.count() == 1

    def test_of_what_was_no_fault(self, rest, world):
        made = rest.post(world.lessee, URL, rest.given(since=None) | {"since": TOLD.isoformat()}).json()

        assert rest.post(world.lessor, f"{URL}{made['id']}/withdraw/").status_code == 403
        assert rest.post(world.lessee, f"{URL}{made['id']}/withdraw/").json()["status"] == "WITHDRAWN"


class TestRefusals:
    def test_name_what_is_wrong_with_a_report(self, rest, world):
        answer = rest.post(world.lessee, URL, rest.given(text="", since=(TOLD + DAY).isoformat()))
        assert (answer.status_code, answer.json()["code"]) == (400, "ticket_invalid")
        assert {one["pointer"] for one in answer.json()["errors"]} == {"/text", "/since"}
        assert rest.post(world.lessee, URL, rest.given(severity="BAD")).status_code == 400
        assert rest.post(world.stranger, URL, rest.given()).status_code == 400

        assert not Ticket.objects.exists()

    def test_say_what_can_be_done_instead(self, rest, world):
        made = rest.report()

        answer = rest.post(world.lessee, f"{URL}{made.public_id}/confirm/")

        assert (answer.status_code, answer.json()["code"]) == (409, "ticket_move_refused")
        assert answer.json()["allowed"] == ["acknowledge", "start", "solve", "withdraw", "photos"]

    def test_tell_who_saw_another_version(self, rest, world):
        made = rest.report()
        url = f"{URL}{made.public_id}/"
        rest.post(world.lessor, f"{url}acknowledge/", HTTP_IF_MATCH='"1"')

        for tag in ('"1"', "then"):
            assert rest.post(world.lessor, f"{url}start/", HTTP_IF_MATCH=tag).status_code == 412
        assert Ticket.objects.get().status == "ACKNOWLEDGED"

    def test_let_strangers_find_nothing(self, rest, world):
        made = rest.report()
        client = rest.clients[world.stranger]

        for path in ("", "history/"):
            assert client.get(f"{URL}{made.public_id}/{path}").status_code == 404
        assert rest.post(world.stranger, f"{URL}{made.public_id}/solve/", {"text": "x"}).status_code == 404
        assert client.get(URL).json()["data"] == []


class TestLists:
    def test_are_filtered(self, rest, world):
        made = rest.settled()
        rest.report(severity="MINOR", at=FIXED + HOUR, since=FIXED)
        client = rest.clients[world.lessor]

        for query in (
            "status=CONFIRMED",
            "attribution=AGREED",
            f"lease={rest.lease.public_id}&status=CONFIRMED",
        ):
            assert [one["id"] for one in client.get(f"{URL}?{query}").json()["data"]] == [made.public_id]
        assert client.get("/api/v1/downtime-credits/?remedy=EXTENSION").json()["data"] == []
        assert len(client.get("/api/v1/downtime-credits/?remedy=CREDIT").json()["data"]) == 1
        assert rest.clients[world.stranger].get("/api/v1/downtime-credits/").json()["data"] == []

    def test_need_the_scope_of_a_key(self, rest, world):
        rest.report()
        reader = keyed(make.member(world.lessor), world.lessor, Scope.LEASES_READ)
        other = keyed(make.member(world.lessor), world.lessor, Scope.LISTINGS_WRITE)

        assert len(reader.get(URL).json()["data"]) == 1
        assert reader.post(URL, rest.given(), format="json").status_code == 403
        assert other.get(URL).status_code == 403
