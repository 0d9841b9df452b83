"""Damage claims over REST: each side finds them and its verbs, nobody else finds anything."""

import pytest
from django.utils import timezone

from leasing.models import DamageClaim
from tests.leasing.damage import DAY, LATE, REPLY, SEEN, Damage
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db


class Rest(Damage):
    """Everybody with a client, at the moment of the claim."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.clients, self.now = {}, SEEN
        for organization, person in self.people.items():
            self.clients[organization] = SeeingClient(raise_request_exception=False)
            self.clients[organization].force_login(person)
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        self.url = f"/api/v1/leases/{self.lease.public_id}/damage-claims/"

    def post(self, who, path="", body=None):
        return self.clients[who].post(self.url + path, body or {}, format="json")

    def body(self, **changes):
        item = {"cause": "BROKEN", "text": "防护门凹陷", "amount_minor": 400_000, "percent": 75}
        shown = {"items": [item | {"photos": [self.photo.public_id]}], "reply_until": REPLY.isoformat()}
        return shown | changes


@pytest.fixture
def rest(world, monkeypatch):
    return Rest(world, monkeypatch)


class TestTheWay:
    def test_from_the_claim_to_the_decision(self, rest, world):
        made = rest.post(world.lessor, "", rest.body(unit=rest.unit.public_id))
        assert made.status_code == 201, made.json()
        found = made.json()
        assert (found["state"], found["claimed_minor"], found["owed_minor"]) == ("RAISED", 300_000, 0)
        path = f"{found['id']}/"

        said = {"digest": found["digest"], "amount_minor": 100_000, "text": "旧伤"}
        found = rest.post(world.lessee, f"{path}contest/", said).json()
        assert (found["state"], found["disputed_minor"]) == ("CONTESTED", 200_000)
        lease = rest.clients[world.lessee].get(f"/api/v1/leases/{rest.lease.public_id}/").json()
        assert lease["disputed_minor"] == 200_000
        found = rest.post(world.lessor, f"{path}offer/", {"amount_minor": 250_000, "text": "让一点"}).json()
        assert found["asked_minor"] == 250_000
        assert rest.post(world.lessor, f"{path}refer/", {"text": "请裁定"}).json()["referred_at"]
        given = {"amount_minor": 180_000, "text": "凹陷是新的"}
        found = rest.post(rest.platform, f"{path}decide/", given).json()
        assert (found["state"], found["awarded_minor"]) == ("DECIDED", 180_000)
        assert [one["act"] for one in found["words"]] == ["raise", "contest", "offer", "refer", "decide"]

    def test_accepted_or_withdrawn(self, rest, world):
        first, second = (rest.post(world.lessor, "", rest.body()).json() for _ in range(2))
        said = {"digest": first["digest"], "amount_minor": 300_000}
        assert rest.post(world.lessee, f"{first['id']}/accept/", said).json()["owed_minor"] == 300_000
        assert rest.post(world.lessor, f"{second['id']}/withdraw/").json()["state"] == "WITHDRAWN"
        listed = rest.clients[world.lessee].get(rest.url).json()["data"]
        assert [(one["number"], one["state"]) for one in listed] == [(1, "ACCEPTED"), (2, "WITHDRAWN")]


class TestRefusals:
    def test_wear_is_named_at_its_item(self, rest, world):
        body = rest.body()
        body["items"][0]["cause"] = "WEAR"
        answer = rest.post(world.lessor, "", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "damage_invalid")
        assert answer.json()["errors"][0]["pointer"] == "/items/0/cause"
        assert not DamageClaim.objects.exists()

    def test_what_is_not_possible_now_says_what_is(self, rest, world):
        made = rest.claimed()
        rest.now = SEEN + DAY
        answer = rest.post(world.lessor, f"{made.public_id}/refer/", {"text": "x"})
        assert (answer.status_code, answer.json()["allowed"]) == (409, ["withdraw"])
        rest.now = LATE
        assert rest.post(world.lessor, f"{made.public_id}/refer/", {"text": "x"}).status_code == 200

    def test_of_several_machines_one_is_named(self, rest, world):
        claim = rest.unit.claim
        claim.pk, claim.public_id, claim.equipment = None, "clm_x", world.machines[1]
        claim.save(force_insert=True)
        rest.lease.units.create(claim=claim, equipment=claim.equipment)

        answer = rest.post(world.lessor, "", rest.body())

        assert (answer.status_code, answer.json()["code"]) == (400, "no_such_unit")
        assert not DamageClaim.objects.exists()

    def test_a_stranger_finds_nothing(self, rest, world):
        made = rest.claimed()
        assert rest.clients[world.stranger].get(rest.url).status_code == 404
        assert rest.post(world.stranger, f"{made.public_id}/withdraw/").status_code == 404
        assert rest.post(world.lessee, f"{made.public_id}/withdraw/").status_code == 403
        assert rest.post(world.lessee, "", rest.body()).status_code == 403
        made.refresh_from_db()
        assert made.state == "RAISED"
