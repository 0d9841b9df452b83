"""Settlement over REST: statement, answer, decision, and the orders that move the deposit."""

import pytest
from django.utils import timezone

from leasing.models import Settlement
from tests.leasing.settling import READY, Settling
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db


class Rest(Settling):
    """Everybody with a client, when the machine is ready again."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.people |= {"finance": world.clerk}
        self.clients = {}
        for who, person in self.people.items():
            self.clients[who] = SeeingClient(raise_request_exception=False)
            self.clients[who].force_login(person)
        monkeypatch.setattr(timezone, "now", lambda: READY)
        self.url = f"/api/v1/leases/{self.lease.public_id}/"

    def post(self, who, path, body=None):
        return self.clients[who].post(self.url + path, body or {}, format="json")


@pytest.fixture
def rest(world, monkeypatch):
    return Rest(world, monkeypatch)


class TestTheWay:
    def test_from_the_statement_to_the_deposit(self, rest, world):
        rest.back()
        made = rest.post(world.lessor, "settlements/", {"text": "请核对"})
        assert made.status_code == 201, made.json()
        found = made.json()
        assert (found["state"], found["side"]) == ("PROPOSED", "lessor")
        assert found["lines"][1].endswith("防护门凹陷, 钥匙")
        path = f"settlements/{found['id']}/"

        assert rest.post(world.lessor, f"{path}agree/", {"digest": found["digest"]}).status_code == 409
        agreed = rest.post(world.lessee, f"{path}agree/", {"digest": found["digest"]}).json()
        assert agreed["state"] == "AGREED"
        lease = rest.clients[world.lessee].get(rest.url).json()
        assert (lease["status"], lease["billing"]) == ("SETTLED", "SETTLED")

        order = {"kind": "SET_OFF", "amount_minor": found["set_off_minor"], "reason": "结算"}
        ordered = rest.post(world.lessor, "deposit-orders/", order)
        assert ordered.status_code == 201, ordered.json()
        path = f"deposit-orders/{ordered.json()['id']}/"
        assert rest.post("finance", f"{path}approve/").json()["stage"] == "DONE"
        back = {"kind": "RELEASE", "amount_minor": 1, "reason": "退还"}
        path = f"deposit-orders/{rest.post(world.lessor, 'deposit-orders/', back).json()['id']}/"
        assert rest.post(world.lessor, f"{path}drop/").json()["stage"] == "DROPPED"
        assert rest.clients[world.lessee].get(f"{rest.url}deposit-orders/").status_code == 403
        listed = rest.clients[world.lessor].get(f"{rest.url}deposit-orders/").json()["data"]
        assert [(one["kind"], one["stage"]) for one in listed] == [
            ("SET_OFF", "DONE"),
            ("RELEASE", "DROPPED"),
        ]
        assert rest.clients[rest.platform].get(f"{rest.url}deposit-orders/").json()["data"] == listed

    def test_referred_and_decided(self, rest, world):
        rest.back()
        made = rest.propose()
        path = f"settlements/{made.public_id}/"
        assert rest.post(world.lessee, f"{path}refer/", {"text": "太高"}).json()["referred_at"]
        fee = made.document["lines"][0]["source"]
        decided = rest.post(rest.platform, f"{path}decide/", {"text": "减免", "settled_at": {fee: 0}}).json()
        assert (decided["state"], decided["document"]["owed_minor"]) == ("DECIDED", 320_000)
        listed = rest.clients[world.lessor].get(f"{rest.url}settlements/").json()["data"]
        assert [one["state"] for one in listed] == ["REPLACED", "DECIDED"]


class TestRefusals:
    def test_what_is_open_is_named_at_its_item(self, rest, world):
        answer = rest.post(world.lessor, "settlements/")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready_to_settle")
        assert answer.json()["errors"][0]["pointer"] == f"/units/{rest.unit.public_id}"
        assert not Settlement.objects.exists()

    def test_the_deposit_is_the_lessors(self, rest, world):
        order = {"kind": "RELEASE", "amount_minor": 1, "reason": "x"}
        assert rest.post(world.lessee, "deposit-orders/", order).status_code == 403
        assert rest.post(rest.platform, "deposit-orders/", order).status_code == 403
        assert rest.post(world.stranger, "deposit-orders/", order).status_code == 404
        assert rest.post(world.stranger, "settlements/").status_code == 404
        assert not rest.deposit().orders.exists()
