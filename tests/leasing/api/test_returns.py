"""The way back over REST, as the lessor's and the lessee's systems do it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.models import ConditionRecord
from leasing.rules.checklists import checklist
from leasing.rules.condition import Kind
from tests.leasing.web.test_returns import lease, over  # noqa: F401
from tests.seeing import SeeingClient

CHECKLIST = [{"item": item.code} for item in checklist("M1")]
BODY = {
    "checklist": CHECKLIST,
    "serials": ["VMC-1"],
    "accessories": {"vice": 1},
    "readings": [{"meter": "run_time", "value": "480"}],
    "data_wipe": {"state": "NO_MEMORY"},
}


def client(person):
    found = SeeingClient()
    found.force_authenticate(person)
    return found


@pytest.fixture
def url(over):  # noqa: F811
    return f"/api/v1/leases/{over.public_id}/"


def returned():
    return ConditionRecord.objects.filter(kind=Kind.RETURN)


def test_a_machine_is_taken_back_and_its_record_confirmed(world, url):
    mine, theirs = client(world.owner), client(world.buyer)

    answer = mine.post(f"{url}return/", BODY, format="json")

    assert answer.status_code == 200, answer.json()
    assert (answer.json()["status"], answer.json()["units"][0]["state"]) == ("ENDED", "RETURNED")
    record = theirs.get(f"{url}records/").json()["data"][-1]
    assert (record["kind"], record["document"]["data_wipe"]["state"]) == ("RETURN", "NO_MEMORY")
    confirmed = theirs.post(
        f"{url}records/{record['id']}/confirm/", {"digest": record["digest"]}, format="json"
    )
    assert confirmed.json()["answer"]["word"] == "CONFIRMED"
    again = mine.post(f"{url}return/", BODY, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "record_answered")


def test_of_a_version_that_was_seen(world, url):
    mine = client(world.owner)

    stale = mine.post(f"{url}return/", BODY, format="json", headers={"If-Match": '"1"'})

    assert (stale.status_code, stale.json()["code"]) == (412, "lease_changed")
    assert not returned().exists()
    tag = mine.get(url)["ETag"]
    assert mine.post(f"{url}return/", BODY, format="json", headers={"If-Match": tag}).status_code == 200


def test_the_same_request_again_is_one_return(world, url):
    mine, key = client(world.owner), {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    first = mine.post(f"{url}return/", BODY, format="json", headers=key)
    second = mine.post(f"{url}return/", BODY, format="json", headers=key)

    assert (first.status_code, second.status_code) == (200, 200)
    assert returned().count() == 1


def test_what_is_wrong_is_said_at_its_field(world, url):
    mine = client(world.owner)

    bad = mine.post(f"{url}return/", BODY | {"data_wipe": {"state": "NOT_WIPED"}}, format="json")
    assert (bad.status_code, bad.json()["code"]) == (400, "condition_invalid")
    assert [one["pointer"] for one in bad.json()["errors"]] == ["/data_wipe/reason"]
    assert mine.post(f"{url}return/", BODY | {"data_wipe": {}}, format="json").status_code == 400
    assert client(world.guest).post(f"{url}return/", BODY, format="json").status_code == 403
    assert client(world.outsider).post(f"{url}return/", BODY, format="json").status_code == 404
    assert not returned().exists()


def test_a_machine_in_use_says_what_to_do(world, lease):  # noqa: F811
    answer = client(world.owner).post(f"/api/v1/leases/{lease.public_id}/return/", BODY, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "machine_in_use")
    assert not returned().exists()


class TestInspection:
    @pytest.fixture
    def back(self, world, url):
        assert client(world.owner).post(f"{url}return/", BODY, format="json").status_code == 200
        return url

    def seen(self, **changes):
        fault = {"item": "housing", "result": "FAULT", "text": "Cracked"}
        return {
            "checklist": [fault if one["item"] == "housing" else one for one in CHECKLIST],
            "serials": ["VMC-1"],
            "findings": [
                {
                    "item": "housing",
                    "kind": "DAMAGE",
                    "text": "Window cracked",
                    "estimate_minor": 1001,
                    "lessee_percent": 50,
                }
            ],
        } | changes

    def test_goes_from_findings_to_ready(self, world, back):
        mine, theirs = client(world.owner), client(world.buyer)
        answer = mine.post(f"{back}inspect/", self.seen(), format="json")
        assert answer.status_code == 200, answer.json()
        assert answer.json()["units"][0]["state"] == "IN_INSPECTION"
        record = theirs.get(f"{back}records/").json()["data"][-1]
        assert (record["kind"], record["document"]["findings"][0]["lessor_percent"]) == ("INSPECTION", 50)
        waits = mine.post(f"{back}repair/", {"work": "New window"}, format="json")
        assert (waits.status_code, waits.json()["code"]) == (409, "findings_unanswered")

        theirs.post(f"{back}records/{record['id']}/confirm/", {"digest": record["digest"]}, format="json")
        until = (timezone.now() + timedelta(hours=5)).isoformat()
        repaired = mine.post(f"{back}repair/", {"work": "New window", "until": until}, format="json")
        assert (repaired.status_code, repaired.json()["units"][0]["state"]) == (200, "IN_REPAIR")
        ready = mine.post(f"{back}ready/", {}, format="json")

        assert (ready.status_code, ready.json()["units"][0]["state"]) == (200, "READY")
        moves = [step["move"] for step in mine.get(f"{back}history/").json()["data"]]
        assert moves[-4:] == ["return", "inspect", "repair", "ready"]

    def test_without_findings_is_the_end_of_it(self, world, back):
        body = {"checklist": CHECKLIST, "serials": ["VMC-1"]}
        answer = client(world.owner).post(f"{back}inspect/", body, format="json")

        assert (answer.status_code, answer.json()["units"][0]["state"]) == (200, "READY")

    def test_says_at_its_field_what_is_wrong(self, world, back):
        mine = client(world.owner)
        soon = (timezone.now() + timedelta(days=1)).isoformat()
        bad = mine.post(f"{back}inspect/", self.seen(findings=[], reply_until=soon), format="json")

        assert (bad.status_code, bad.json()["code"]) == (400, "condition_invalid")
        assert [one["pointer"] for one in bad.json()["errors"]] == ["/findings/housing", "/reply_until"]
        assert mine.post(f"{back}repair/", {"work": ""}, format="json").status_code == 400
        for verb, body in (("inspect", self.seen()), ("repair", {"work": "x"}), ("ready", {})):
            assert client(world.buyer).post(f"{back}{verb}/", body, format="json").status_code == 403
            assert client(world.outsider).post(f"{back}{verb}/", body, format="json").status_code == 404
        assert not ConditionRecord.objects.filter(kind=Kind.INSPECTION).exists()


def test_the_lessee_gives_it_back_and_the_lessor_confirms(world, url):
    mine, theirs = client(world.owner), client(world.buyer)

    answer = theirs.post(f"{url}return/", BODY, format="json")

    assert answer.status_code == 200, answer.json()
    unit = answer.json()["units"][0]
    assert (unit["state"], unit["inspect_by"] is None) == ("RETURNED", False)
    record = mine.get(f"{url}records/").json()["data"][-1]
    assert (record["side"], record["made_by_name"]) == ("lessee", world.buyer.name)
    given = {"digest": record["digest"]}
    own = theirs.post(f"{url}records/{record['id']}/confirm/", given, format="json")
    assert (own.status_code, own.json()["code"]) == (403, "missing_right")
    confirmed = mine.post(f"{url}records/{record['id']}/confirm/", given, format="json")
    assert confirmed.json()["answer"]["organization"] == world.lessor.public_id


def test_the_lessee_writes_nothing_over_the_lessors(world, url):
    client(world.owner).post(f"{url}return/", BODY, format="json")
    answer = client(world.buyer).post(f"{url}return/", BODY, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "return_written")
    assert returned().count() == 1
