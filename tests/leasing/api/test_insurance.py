"""Policies over REST: the owner's of its machine, and those of a lease for both of its sides."""

import pytest
from rest_framework.test import APIClient

from leasing.models import InsurancePolicy
from marketplace.actions import api_keys
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests import once
from tests.leasing.damage import Damage
from tests.leasing.insured import FIRST_SET, TYPED, insured_by_lessee
from tests.leasing.world import DECIDED, START, person


def client(of=None):
    made = APIClient()
    made.force_login(of)
    return made


def sent(**changes):
    given = TYPED | changes
    return {name: str(value) if name in ("kind", "holder") else value for name, value in given.items()}


@once.fixture
def machine(world):
    return world.machines[0]


@once.fixture
def lease(world):
    return world.accepted()


class TestOfAMachine:
    @pytest.fixture
    def url(self, machine):
        return f"/api/v1/equipment/{machine.public_id}/insurance-policies/"

    def test_is_written_read_and_cancelled(self, world, url):
        api = client(world.owner)
        made = api.post(url, sent(**FIRST_SET), format="json")
        assert made.status_code == 201, made.json()
        assert (made.json()["catalogue_year"], made.json()["in_force"]) == (2024, True)
        given = sent(**FIRST_SET, replaces=made.json()["id"], cancelled_at=START, note="卖出")
        assert api.post(url, given, format="json").status_code == 201

        rows = api.get(url).json()["data"]
        assert [(one["in_force"], one["replaces"]) for one in rows] == [
            (True, made.json()["id"]),
            (False, None),
        ]
        assert rows[0]["sum_minor"] == 300_000_000
        again = api.post(url, given, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "insurance_policy_replaced")

    def test_says_what_is_wrong(self, world, url):
        answer = client(world.owner).post(url, sent(sum_minor=0, currency="XXX"), format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "insurance_policy_invalid")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/sum_minor", "/currency"]
        strange = client(world.owner).post(url, sent(replaces="ins_none"), format="json")
        assert (strange.status_code, strange.json()["code"]) == (400, "no_such_policy")
        assert not InsurancePolicy.objects.exists()

    def test_is_the_owners_alone(self, world, url):
        assert client(world.watcher).post(url, sent(), format="json").status_code == 403
        assert client(world.watcher).get(url).status_code == 200
        for who in (world.outsider, world.buyer):
            assert client(who).get(url).status_code == 404
            assert client(who).post(url, sent(), format="json").status_code == 404
        assert not InsurancePolicy.objects.exists()


class TestOfALease:
    @pytest.fixture
    def url(self, lease):
        return f"/api/v1/leases/{lease.public_id}/insurance-policies/"

    def test_both_sides_read_what_either_writes(self, world, lease, url):
        made = client(world.buyer).post(url, sent(holder="LESSEE"), format="json")

        assert made.status_code == 201, made.json()
        assert (made.json()["lease"], made.json()["organization"]) == (
            lease.public_id,
            world.lessee.public_id,
        )
        for who in (world.owner, world.guest):
            assert [one["id"] for one in client(who).get(url).json()["data"]] == [made.json()["id"]]

    def test_is_of_the_sides_alone(self, world, url):
        assert client(world.outsider).get(url).status_code == 404
        assert client(world.guest).post(url, sent(), format="json").status_code == 403
        unknown = client(world.buyer).post(url, sent(unit="lun_none"), format="json")
        assert (unknown.status_code, unknown.json()["code"]) == (400, "no_such_unit")
        assert not InsurancePolicy.objects.exists()

    def test_a_key_writes_for_its_own_side(self, world, lease, url):
        _key, text = api_keys.create(
            organization=world.lessor,
            name="ERP",
            scopes=[Scope.LEASES_READ, Scope.LEASES_WRITE],
            by=person("chief", world.lessor, Role.ADMIN),
            at=DECIDED,
        )
        robot = APIClient(headers={"authorization": f"Bearer {text}"})
        theirs = insured_by_lessee(world, lease)

        refused = robot.post(url, sent(replaces=theirs.public_id), format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "no_such_policy")
        made = robot.post(url, sent(), format="json")
        assert made.json()["organization"] == world.lessor.public_id
        assert InsurancePolicy.objects.count() == 2


class TestADamageClaim:
    def test_names_a_policy(self, world):
        scene = Damage(world)
        made = insured_by_lessee(world, scene.lease)
        url = f"/api/v1/leases/{scene.lease.public_id}/damage-claims/"
        item = {"cause": "BROKEN", "text": "防护门凹陷", "amount_minor": 400_000}
        item |= {"photos": [scene.photo.public_id]}
        given = {"items": [item], "reply_until": "2099-01-01T00:00:00Z"}
        wrong = client(world.owner).post(url, given | {"insurance_policy": made.public_id}, format="json")
        assert [one["pointer"] for one in wrong.json()["errors"]] == ["/reply_until"]

        claim = scene.claimed(insurance_policy=made.public_id)
        (row,) = client(world.buyer).get(url).json()["data"]
        assert row["document"]["insurance_policy"]["policy"] == made.public_id
        assert claim.digest == row["digest"]
