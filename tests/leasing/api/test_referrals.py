"""An objected return before the platform over REST; strange input is a refusal, never an error of ours."""

import pytest

from leasing.models import ConditionRecord, ReferralWord
from leasing.rules.condition import Kind
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.leasing import world as worlds
from tests.leasing.api.test_returns import BODY, client, url  # noqa: F401
from tests.leasing.web.test_returns import lease, over  # noqa: F401


@pytest.fixture
def record(world, url):  # noqa: F811
    """Return the address of a return that the lessee wrote and the lessor objected to."""
    client(world.buyer).post(f"{url}return/", BODY, format="json")
    made = client(world.owner).get(f"{url}records/").json()["data"][-1]
    given = {"digest": made["digest"], "reason": "Nothing came"}
    client(world.owner).post(f"{url}records/{made['id']}/object/", given, format="json")
    return f"{url}records/{made['id']}/"


@once.fixture
def judge(world):
    return worlds.person("judge", make.platform(), Role.ADMIN)


def test_is_asked_taken_back_asked_by_the_other_and_decided(world, record, judge):
    mine, theirs, platform = client(world.owner), client(world.buyer), client(judge)
    handed = ConditionRecord.objects.get(kind=Kind.HANDOVER)
    given = {"text": "The slip is signed", "evidence": [handed.public_id]}

    asked = theirs.post(f"{record}refer/", given, format="json")
    assert asked.status_code == 200, asked.json()
    assert asked.json()["referral"] == "REFERRED"
    (word,) = asked.json()["referral_words"]
    assert (word["act"], word["side"], word["stands"]) == ("refer", "lessee", None)
    assert word["evidence"] == [{"id": handed.public_id, "sha256": handed.digest}]
    assert theirs.post(f"{record}withdraw/", {}, format="json").json()["referral"] == "NONE"
    assert mine.post(f"{record}refer/", {"text": "It is not here"}, format="json").status_code == 200

    decision = {"stands": True, "text": "The slip says so"}
    decided = platform.post(f"{record}decide/", decision, format="json")
    assert (decided.status_code, decided.json()["referral"]) == (200, "STANDS")
    again = platform.post(f"{record}decide/", decision, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "referral_refused")
    unit = mine.get(record.split("records/")[0]).json()["units"][0]
    assert (unit["state"], unit["inspect_by"] is None, unit["ready_by"]) == ("RETURNED", False, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": None},
        {"text": ["x"]},
        {"text": "x" * 1001},
        {"text": "x", "evidence": "pho_1"},
        {"text": "x", "evidence": [{"id": 1}]},
        {"text": "x", "evidence": ["pho_unknown"]},
        {"text": "x", "evidence": ["x" * 31]},
        {"text": "x", "evidence": ["pho_1"] * 41},
        [],
        "x",
    ],
)
def test_takes_no_strange_body(world, record, body):
    answer = client(world.buyer).post(f"{record}refer/", body, format="json")
    assert answer.status_code == 400, answer.json()
    assert not ReferralWord.objects.exists()


@pytest.mark.parametrize("stands", [None, "perhaps", 2, {}])
def test_a_decision_is_yes_or_no(world, record, judge, stands):
    client(world.buyer).post(f"{record}refer/", {"text": "x"}, format="json")
    answer = client(judge).post(f"{record}decide/", {"stands": stands, "text": "x"}, format="json")
    assert answer.status_code == 400, answer.json()
    assert ReferralWord.objects.count() == 1


def test_others_are_refused_and_nothing_happens(world, record, judge):
    given, decision = {"text": "x"}, {"text": "x", "stands": False}
    for person, code in ((world.outsider, 404), (judge, 403)):
        for verb in ("refer", "withdraw"):
            assert client(person).post(f"{record}{verb}/", given, format="json").status_code == code
    for person, code in ((world.outsider, 404), (world.owner, 403), (world.buyer, 403)):
        assert client(person).post(f"{record}decide/", decision, format="json").status_code == code
    unknown = record.replace("rec_", "rec_x")
    assert client(world.buyer).post(f"{unknown}refer/", given, format="json").status_code == 404
    assert not ReferralWord.objects.exists()
