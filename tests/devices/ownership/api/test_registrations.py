"""Registration certificates over REST: applied for, decided, passed on, ended, and stated."""

import json
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from devices.ownership.actions import registrar
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests import once
from tests.devices.ownership.lent import keyed
from tests.devices.ownership.registered import AT, OF_A, Registered
from tests.factories.marketplace import member, organization

pytestmark = pytest.mark.django_db
URL = "/api/v1/data-registrations/"


world = once.fixture(Registered)


def client(person):
    found = APIClient()
    found.force_login(person)
    return found


def call(world, who, path="", **body):
    return client(world.people[who]).post(f"{URL}{path}", body, format="json")


def asked(world, **changes):
    given = {"assets": world.ids("load", "program"), "right": "hold", "years": 3}
    given |= {"starts_at": OF_A.start.isoformat(), "ends_at": OF_A.end.isoformat()}
    return given | changes


def listed(world, who, **query):
    answer = client(world.people[who]).get(URL, query)
    assert answer.status_code == 200
    return [one["id"] for one in answer.json()["data"]]


def test_a_certificate_from_application_to_cancellation(world):
    made = call(world, world.a, **asked(world))
    assert made.status_code == 201, made.content
    body = made.json()
    at = body["id"]
    assert (body["number"], body["state"], body["pending"]) == (None, "APPLIED", True)
    granted = call(world, world.platform, f"{at}/grant/", digest=body["last"]["digest"]).json()
    assert (granted["state"], granted["number"][:4], granted["pending"]) == ("IN_FORCE", "DPR-", False)
    assert [one["step"] for one in granted["entries"]] == ["APPLIED", "GRANTED"]

    offer = call(world, world.a, f"{at}/transfer/", to=world.b.public_id).json()
    assert call(world, world.b, f"{at}/agree/", digest=offer["last"]["digest"]).status_code == 200
    agreed = client(world.people[world.b]).get(f"{URL}{at}/").json()
    done = call(world, world.platform, f"{at}/grant/", digest=agreed["last"]["digest"]).json()
    assert done["current"]["holder"] == world.b.public_id
    asking = call(world, world.b, f"{at}/renew/", years=1)
    assert asking.json()["last"]["kind"] == "RENEWAL"
    assert call(world, world.b, f"{at}/withdraw/").json()["last"]["step"] == "WITHDRAWN"
    ended = call(world, world.b, f"{at}/cancel/", reason="no longer used").json()
    assert (ended["state"], ended["current"]["reason"]) == ("CANCELLED", "no longer used")


def test_what_stands_against_it_is_told_at_its_item(world):
    made = call(world, world.owner, **asked(world, assets=world.ids("load"))).json()
    path, seen = made["id"], made["last"]["digest"]
    missing = [{"pointer": "/assets/0", "ground": "missing_authorization"}]
    assert made["last"]["grounds"] == missing
    answer = call(world, world.platform, f"{path}/grant/", digest=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "grounds_stand")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/assets/0", "missing_authorization")
    ]
    named = [{"pointer": "/period", "ground": "dispute_open"}]
    refused = call(world, world.platform, f"{path}/refuse/", digest=seen, grounds=named, reason="file 7")
    assert refused.json()["last"]["grounds"] == [*missing, *named]
    assert (refused.json()["state"], refused.json()["last"]["reason"]) == ("REFUSED", "file 7")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"assets": ["dat_nobody"]}, "/assets/0"),
        ({"assets": []}, "/assets"),
        ({"right": "read"}, "/right"),
        ({"years": 6}, "/years"),
        ({"right": "process", "years": 5}, "/years"),
        ({"starts_at": "2026-03-02T00:00:00"}, "/starts_at"),
        ({"ends_at": OF_A.start.isoformat()}, "/ends_at"),
    ],
)
def test_bad_input_is_named(world, changes, pointer):
    answer = call(world, world.a, **asked(world, **changes))

    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


def test_a_change_is_asked_for(world):
    at = world.granted().public_id
    answer = call(world, world.a, f"{at}/change/", **asked(world, assets=world.ids("load"), years=1))

    assert (answer.status_code, answer.json()["last"]["kind"]) == (200, "CHANGE")


def test_lists_are_filtered(world):
    hold, use = world.granted("load"), world.granted("program", right="process")
    waiting = world.apply("parts").registration
    held, used, waits = (one.public_id for one in (hold, use, waiting))

    assert listed(world, world.a) == [waits, used, held]
    assert listed(world, world.a, in_force="true") == [used, held]
    assert listed(world, world.platform, pending="true") == [waits]
    assert listed(world, world.a, right="process") == [used]
    assert listed(world, world.a, asset=world.ids("load")[0]) == [held]
    assert listed(world, world.a, number=use.number) == [used]
    assert listed(world, world.a, number="DPR-1") == []
    assert listed(world, world.platform, holder=world.a.public_id) == [waits, used, held]
    assert listed(world, world.platform, holder=world.b.public_id) == []
    assert listed(world, world.owner) == []


def test_is_as_if_it_were_not_there_for_others(world):
    registration = world.granted()
    stranger = organization()
    world.people[stranger] = member(stranger)
    for who in (stranger, world.b, world.owner):
        at = f"{URL}{registration.public_id}/"
        found = client(world.people[who])
        codes = [found.get(at).status_code, found.get(f"{at}statement/").status_code]
        codes += [found.post(f"{at}{verb}/", {}, format="json").status_code for verb in ("cancel", "grant")]
        assert codes == [404] * 4
    assert call(world, world.a, f"{registration.public_id}/grant/", digest="0" * 64).status_code == 403


def test_needs_the_right_and_the_scope(world):
    body = asked(world)
    viewer = client(member(world.a, Role.VIEWER))
    assert viewer.post(URL, body, format="json").status_code == 403
    assert viewer.get(URL).status_code == 200
    reader = keyed(world.people[world.a], world.a, Scope.TELEMETRY_READ)
    assert reader.post(URL, body, format="json").status_code == 403
    writer = keyed(world.people[world.a], world.a, Scope.DATA_WRITE, Scope.TELEMETRY_READ)
    assert writer.post(URL, body, format="json").status_code == 201


def test_the_statement_comes_when_it_is_signed(world):
    registration = world.granted()
    at = f"{URL}{registration.public_id}/statement/"
    mine = client(world.people[world.a])
    assert mine.get(at).status_code == 404
    registrar.sign(by=world.clock, at=AT)
    said = mine.get(at).json()

    assert (said["number"], said["text"]) == (registration.number, registration.entries.last().text)


class TestTheStatement:
    @pytest.fixture
    def said(self, world):
        registration = world.granted()
        registrar.sign(by=world.clock, at=AT)
        return client(world.people[world.a]).get(f"{URL}{registration.public_id}/statement/").json()

    def check(self, tmp_path, said, *more):
        path = tmp_path / "statement.json"
        path.write_text(json.dumps(said), encoding="utf-8")
        out = StringIO()
        with suppress(CommandError):
            call_command("verify_certificate", str(path), *more, stdout=out)
        return out.getvalue()

    def test_is_checked_offline(self, tmp_path, said):
        told = self.check(tmp_path, said, "--key", said["key_id"])

        assert told == f"OK: signed by key {said['key_id']}.\n"

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"number": "DPR-2026-000009"}, "text"),
            ({"digest": "0" * 64}, "digest"),
            ({"key_id": "0" * 16}, "key"),
        ],
    )
    def test_beside_which_something_else_stands_differs(self, tmp_path, said, changes, named):
        assert self.check(tmp_path, said | changes).startswith(f"DIFFERS {named}: ")

    def test_that_was_forged_differs(self, tmp_path, said):
        forged = said["text"].replace('"years":3', '"years":9')
        assert forged != said["text"]
        told = self.check(tmp_path, said | {"text": forged})
        assert "DIFFERS signature" in told
        assert "DIFFERS digest" in told
        applied = said["text"].replace('"GRANTED"', '"APPLIED"')
        assert "it was not granted" in self.check(tmp_path, said | {"text": applied})
