"""The log over REST, checked from the outside: with hashes and signatures, and nothing else of ours."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils import timezone
from rest_framework.test import APIClient

from devices.actions import devices, sealing
from devices.models import Countersignature, DaySignature
from devices.ownership.actions import agreements
from marketplace.actions.parties import robot
from marketplace.models.parties import OrganizationKind, Role
from marketplace.shared import merkle
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, lathe, take
from tests.factories import marketplace as make

EVIDENCE = Path(__file__).parents[3] / "docs" / "evidence.md"
pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
NOON = datetime(2024, 11, 20, 4, tzinfo=UTC)


def base64_of(raw):
    return base64.b64encode(raw).decode()


def public(key):
    return base64_of(key.public_key().public_bytes_raw())


def signed(key, text):
    return base64_of(key.sign(text.encode()))


def say(device, *numbers, at=NOON):
    for number in numbers:
        moment = at + timedelta(seconds=number)
        take(device, [(number, moment.isoformat(), "parts", number)], at=moment)


def seal():
    return sealing.seal(by=robot(name="clock"), at=NOON)


@pytest.fixture
def owner():
    return make.organization("Owner")


@pytest.fixture
def lessee():
    return make.organization("Lessee")


@pytest.fixture
def device(owner, lessee):
    """A lathe that is the lessee's for a day: numbers 1 and 2 are before it, 3 and 4 in it."""
    device, machine, by = lathe(owner), make.equipment(owner), robot(name="tester")
    devices.bind(device=device, equipment=machine, period=Period(EARLY, None), by=by, at=NOON)
    agreements.open(
        equipment=machine,
        owner=owner,
        lessee=lessee,
        period=Period(NOON + timedelta(seconds=3), NOON + timedelta(days=1)),
        reference="lea_1",
        billing_channels=["parts"],
        by=by,
        at=NOON,
    )
    say(device, 1, 2, 3, 4)
    return device


@pytest.fixture
def client(keyed, owner):
    return keyed(make.member(owner), owner)


class TestHeads:
    def test_are_signed_by_a_key_that_anybody_may_have(self, client, device):
        seal()
        head = client.get("/api/v1/log/heads/latest/").json()
        keys = APIClient().get("/api/v1/log/keys/").json()["data"]

        key = next(one for one in keys if one["key_id"] == head["key_id"])
        pem = load_pem_public_key(key["pem"].encode())
        pem.verify(base64.b64decode(head["signature"]), head["text"].encode())
        assert pem.public_bytes_raw() == base64.b64decode(key["public_key"])
        origin, size, root, at = head["text"].splitlines()
        assert (origin, int(size), base64.b64decode(root).hex()) == (
            "jijian-deliveries-1",
            head["size"],
            head["root"],
        )
        assert datetime.fromisoformat(at) == datetime.fromisoformat(head["at"]) == NOON

    def test_are_found_by_size(self, client, device):
        first = seal()
        say(device, 5)
        seal()

        assert client.get("/api/v1/log/heads/latest/").json()["size"] == 5
        assert client.get(f"/api/v1/log/heads/{first.size}/").json()["root"] == bytes(first.root).hex()
        assert client.get("/api/v1/log/heads/3/").status_code == 404
        assert client.get(f"/api/v1/log/heads/{2**80}/").status_code == 404

    def test_are_not_there_before_the_first_delivery(self, client):
        answer = client.get("/api/v1/log/heads/latest/")

        assert (answer.status_code, answer.json()["code"]) == (409, "log_is_empty")
        assert client.get("/api/v1/log/keys/").json()["data"] == []

    def test_are_proved_to_continue_each_other(self, client, device):
        seal()
        say(device, 5, 6, 7)
        seal()

        proof = client.get("/api/v1/log/consistency/?first=4&second=7").json()

        assert merkle.verify_consistency(
            first=4,
            second=7,
            first_root=bytes.fromhex(proof["first"]["root"]),
            second_root=bytes.fromhex(proof["second"]["root"]),
            proof=[bytes.fromhex(part) for part in proof["path"]],
        )
        same = client.get("/api/v1/log/consistency/?first=4&second=4").json()
        assert same["path"] == []

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("first=4&second=3", 400),
            ("first=0&second=4", 400),
            ("first=x&second=4", 400),
            ("first=4", 400),
            ("first=2&second=4", 404),
            (f"first=4&second={2**70}", 400),
        ],
    )
    def test_are_asked_for_by_their_sizes(self, client, device, query, code):
        seal()

        assert client.get(f"/api/v1/log/consistency/?{query}").status_code == code


class TestProofs:
    def door(self, device, arrival, query=""):
        return f"/api/v1/devices/{device.public_id}/arrivals/{arrival}/proof/{query}"

    def test_lead_from_a_delivery_to_a_signed_head(self, client, device):
        other = lathe()
        say(other, *range(1, 30))
        seal()
        say(device, 5)
        seal()

        for query, size in (("", 34), ("?size=33", 33)):
            proof = client.get(self.door(device, 3, query)).json()
            text = f"jijian-entry-1\n{device.public_id}\n3\n{proof['leaf']}\n"
            assert proof["entry"] == text
            assert proof["head"]["size"] == size
            assert proof["leaf_hash"] == hashlib.sha256(b"\0" + text.encode()).hexdigest()
            assert merkle.verify_inclusion(
                leaf=bytes.fromhex(proof["leaf_hash"]),
                index=proof["position"],
                size=size,
                proof=[bytes.fromhex(part) for part in proof["path"]],
                root=bytes.fromhex(proof["head"]["root"]),
            )

    def test_are_checked_by_the_program_in_the_documentation(self, client, device, tmp_path):
        say(lathe(), *range(1, 12))
        seal()
        program = re.search(r"```python\n(.*?)```", EVIDENCE.read_text(), re.DOTALL)[1]
        proof = client.get(self.door(device, 3)).json()

        def check(proof):
            (tmp_path / "proof.json").write_text(json.dumps(proof))
            command = [sys.executable, "-I", "-c", program, str(tmp_path / "proof.json")]
            return subprocess.run(command, capture_output=True, text=True)

        assert check(proof).stdout.startswith(f"OK: delivery 3 of {device.public_id}")
        for wrong in ({"arrival": 4}, {"leaf": "0" * 64}, {"position": 0}, {"path": proof["path"][:-1]}):
            assert "not in this head" in check(proof | wrong).stderr
        assert "the path is too long" in check(proof | {"path": proof["path"] * 2}).stderr

    def test_are_given_to_the_lessee_for_its_own_time_only(self, keyed, device, lessee):
        seal()
        tenant = keyed(make.member(lessee), lessee)

        codes = [tenant.get(self.door(device, arrival)).status_code for arrival in (1, 2, 3, 4)]

        assert codes == [404, 404, 200, 200]

    def test_are_not_there_for_strangers_nor_for_deliveries_that_are_not(self, keyed, client, device):
        seal()
        other = make.organization()
        stranger = keyed(make.member(other), other)

        assert stranger.get(self.door(device, 1)).status_code == 404
        assert client.get(self.door(device, 5)).status_code == 404
        assert client.get(self.door(device, 2**80)).status_code == 404
        assert client.get("/api/v1/devices/dev_x/arrivals/1/proof/").status_code == 404
        assert client.get(self.door(device, 1, "?size=3")).status_code == 404
        assert client.get(self.door(device, 1, "?size=x")).status_code == 400

    def test_wait_for_the_sealer(self, client, device):
        assert client.get(self.door(device, 1)).json()["code"] == "log_is_empty"
        seal()
        say(device, 5)
        answer = client.get(self.door(device, 5))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed_yet")
        seal()
        assert client.get(self.door(device, 5, "?size=4")).json()["code"] == "not_sealed_yet"
        assert client.get(self.door(device, 5)).status_code == 200


class TestCountersignatures:
    DOOR = "/api/v1/log/heads/4/countersignatures/"

    def register(self, client, key=KEY):
        body = {"name": "Archive", "public_key": public(key)}
        return client.post("/api/v1/signing-keys/", body, format="json")

    def sign(self, client, *, by=None, with_=KEY):
        by = by or self.register(client).json()["id"]
        text = client.get("/api/v1/log/heads/4/").json()["to_countersign"]
        return client.post(self.DOOR, {"key": by, "signature": signed(with_, text)}, format="json")

    def test_are_checked_and_kept_once(self, client, device, owner):
        head = seal()
        key = self.register(client).json()

        made = self.sign(client, by=key["id"])
        again = self.sign(client, by=key["id"])

        assert (made.status_code, again.status_code) == (201, 201)
        assert made.json() == again.json()
        found = client.get(self.DOOR).json()["data"]
        assert [one["organization"] for one in found] == [owner.public_id]
        digest = hashlib.sha256(head.text).hexdigest()
        assert found[0]["text"] == f"jijian-countersignature-1\n{owner.public_id}\n{digest}\n"
        KEY.public_key().verify(base64.b64decode(found[0]["signature"]), found[0]["text"].encode())
        assert Countersignature.objects.count() == 1

    @pytest.mark.parametrize("signature", ["", "x", base64_of(bytes(64)), base64_of(bytes(63))])
    def test_are_refused_when_wrong_and_it_is_said_what_to_sign(self, client, device, signature):
        seal()
        key = self.register(client).json()["id"]

        answer = client.post(self.DOOR, {"key": key, "signature": signature}, format="json")

        assert answer.status_code == 400
        assert not signature or (
            answer.json()["code"] == "wrong_signature"
            and "jijian-countersignature-1" in answer.json()["detail"]
        )
        assert not Countersignature.objects.exists()

    def test_are_refused_by_another_key_another_text_or_a_revoked_key(self, client, device):
        seal()
        key = self.register(client).json()["id"]
        text = client.get("/api/v1/log/heads/4/").json()["text"]
        body = {"key": key, "signature": signed(KEY, text)}

        assert self.sign(client, by=key, with_=OTHER).json()["code"] == "wrong_signature"
        assert client.post(self.DOOR, body, format="json").json()["code"] == "wrong_signature"
        assert client.post(f"/api/v1/signing-keys/{key}/revoke/").json()["revoked_at"]
        assert client.post(f"/api/v1/signing-keys/{key}/revoke/").status_code == 200
        assert self.sign(client, by=key).json()["code"] == "signing_key_revoked"
        assert not Countersignature.objects.exists()

    def test_are_not_made_with_keys_of_others(self, keyed, client, device, lessee):
        seal()
        key = self.register(client).json()["id"]
        tenant = keyed(make.member(lessee), lessee)

        assert self.sign(tenant, by=key).status_code == 404
        assert tenant.get(f"/api/v1/signing-keys/{key}/").status_code == 404
        assert tenant.post(f"/api/v1/signing-keys/{key}/revoke/").status_code == 404

    def test_are_seen_by_the_other_side_and_those_of_hubs_by_all(self, keyed, client, device, lessee):
        seal()
        tenant = keyed(make.member(lessee), lessee)
        hub = make.organization("Hub", kind=OrganizationKind.HUB)
        witness = keyed(make.member(hub), hub)
        other = make.organization()
        stranger = keyed(make.member(other), other)
        for one in (client, tenant, witness):
            assert self.sign(one).status_code == 201

        seen = [len(one.get(self.DOOR).json()["data"]) for one in (client, tenant, witness, stranger)]

        assert seen == [3, 3, 1, 1]

    def test_are_for_operators_and_keys_for_administrators(self, keyed, device, owner):
        seal()
        operator, viewer = APIClient(), APIClient()
        operator.force_login(make.member(owner, Role.OPERATOR))
        viewer.force_login(make.member(owner, Role.VIEWER))
        key = self.register(keyed(make.member(owner), owner)).json()["id"]

        assert self.register(operator, OTHER).json()["code"] == "missing_right"
        assert operator.post(f"/api/v1/signing-keys/{key}/revoke/").json()["code"] == "missing_right"
        assert self.sign(viewer, by=key).json()["code"] == "missing_right"
        assert self.sign(operator, by=key).status_code == 201

    def test_keys_are_registered_once_and_must_be_keys(self, client):
        assert self.register(client).status_code == 201
        assert self.register(client).json()["code"] == "signing_key_registered"
        for text in ("x", base64_of(bytes(31)), ""):
            body = {"name": "Archive", "public_key": text}
            assert client.post("/api/v1/signing-keys/", body, format="json").status_code == 400
        listed = client.get("/api/v1/signing-keys/").json()["data"]
        assert [one["public_key"] for one in listed] == [public(KEY)]


class TestDays:
    @pytest.fixture
    def gateway(self, device):
        _, text = devices.issue_key(device=device, by=robot(name="tester"), at=NOON)
        found = APIClient()
        found.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return found

    DOOR = "/api/v1/telemetry/days/2024-11-20/"

    def register(self, client, device, key=KEY):
        door = f"/api/v1/devices/{device.public_id}/signing-keys/"
        return client.post(door, {"public_key": public(key)}, format="json")

    def sign(self, gateway, key=KEY):
        text = gateway.get(self.DOOR).json()["text"]
        return gateway.post(self.DOOR, {"signature": signed(key, text)}, format="json")

    def test_are_signed_by_the_device_and_shown_to_both_sides(self, keyed, client, gateway, device, lessee):
        say(device, 5, at=NOON + timedelta(days=1))
        assert self.register(client, device).status_code == 201

        made = self.sign(gateway)

        assert made.status_code == 201
        assert (made.json()["first"], made.json()["last"]) == (1, 4)
        assert self.sign(gateway).json() == made.json()
        assert DaySignature.objects.count() == 1
        for one in (client, keyed(make.member(lessee), lessee)):
            shown = one.get(f"/api/v1/devices/{device.public_id}/days/2024-11-20/").json()
            assert shown["root"] == made.json()["root"]
            assert shown["text"] == made.json()["text"]
            found = shown["signatures"][0]
            KEY.public_key().verify(base64.b64decode(found["signature"]), shown["text"].encode())

    def test_hold_the_root_over_the_entries_of_their_arrivals(self, client, gateway, device):
        seal()
        proofs = [
            client.get(f"/api/v1/devices/{device.public_id}/arrivals/{arrival}/proof/").json()
            for arrival in (1, 2, 3, 4)
        ]
        a, b, c, d = (bytes.fromhex(proof["leaf_hash"]) for proof in proofs)

        root = merkle.node_hash(merkle.node_hash(a, b), merkle.node_hash(c, d)).hex()

        assert gateway.get(self.DOOR).json()["root"] == root

    def test_are_refused_without_key_with_a_wrong_or_a_revoked_one(self, client, gateway, device):
        assert self.sign(gateway).json()["code"] == "no_device_signing_key"
        key = self.register(client, device).json()["id"]
        assert self.sign(gateway, OTHER).json()["code"] == "wrong_signature"
        body = {"signature": "x"}
        assert gateway.post(self.DOOR, body, format="json").json()["code"] == "wrong_signature"
        revoke = f"/api/v1/devices/{device.public_id}/signing-keys/{key}/revoke/"
        assert client.post(revoke).json()["revoked_at"]
        assert client.post(revoke).status_code == 200
        assert self.sign(gateway).json()["code"] == "no_device_signing_key"
        assert not DaySignature.objects.exists()

    def test_are_signed_when_they_are_over_and_something_arrived(self, client, gateway, device):
        self.register(client, device)
        today = timezone.now().date().isoformat()
        for day, code in ((today, "day_not_over"), ("2024-11-19", "nothing_arrived")):
            door = f"/api/v1/telemetry/days/{day}/"
            assert gateway.get(door).json()["code"] == code
            assert (
                gateway.post(door, {"signature": base64_of(bytes(64))}, format="json").json()["code"] == code
            )
        for day in ("9999-12-31", "2026-02-30", "x"):
            assert gateway.get(f"/api/v1/telemetry/days/{day}/").status_code == 404

    def test_and_their_keys_are_not_there_for_others(self, keyed, client, device, lessee):
        self.register(client, device)
        tenant, other = keyed(make.member(lessee), lessee), make.organization()
        door = f"/api/v1/devices/{device.public_id}/"
        stranger = keyed(make.member(other), other)

        assert self.register(tenant, device, OTHER).status_code == 404
        assert tenant.get(f"{door}signing-keys/").status_code == 404
        assert tenant.get(f"{door}days/2024-11-19/").status_code == 404
        assert stranger.get(f"{door}days/2024-11-20/").status_code == 404
        assert [one["public_key"] for one in client.get(f"{door}signing-keys/").json()["data"]] == [
            public(KEY)
        ]
        assert self.register(client, device).json()["code"] == "signing_key_registered"

    def test_split_at_midnight_in_one_place_even_if_requests_overlap(self, gateway, device):
        late, early = NOON.replace(hour=23, minute=59), NOON.replace(day=21, hour=0)
        take(device, [(10, early.isoformat(), "parts", 9)], at=early)
        take(device, [(11, late.isoformat(), "parts", 9)], at=late)
        take(device, [(12, early.isoformat(), "parts", 9)], at=early)

        days = [gateway.get(f"/api/v1/telemetry/days/2024-11-{day}/").json() for day in (20, 21)]

        assert [(day["first"], day["last"]) for day in days] == [(1, 6), (7, 7)]
