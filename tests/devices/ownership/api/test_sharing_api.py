"""Sharing requests over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from devices.ownership import tasks
from devices.ownership.models import AccessEvent, GatekeeperEntry, SharingObjection, SharingRequest
from devices.ownership.rules.sharing import Reason
from marketplace.models.apikeys import Scope
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.shared import TOLD, Sharing

pytestmark = pytest.mark.django_db
URL = "/api/v1/data-sharing/"
LISTED = "/api/v1/data-gatekeepers/"


world = once.fixture(Sharing)


@pytest.fixture
def as_(world, keyed):
    return lambda who, *scopes: keyed(world.people[who], who, *scopes)


def body(world, **more):
    now = timezone.now()
    given = {
        "agreement": world.of_a.public_id,
        "recipient": world.bank.public_id,
        "categories": ["machine_condition"],
        "right": "read",
        "purpose": "insurance",
        "generated_from": (START + DAY).isoformat(),
        "generated_to": (START + 3 * DAY).isoformat(),
        "readable_from": (now - DAY).isoformat(),
        "readable_to": (now + 30 * DAY).isoformat(),
        "price_cap": 50_000,
        "reason": "Cheaper cover",
    }
    return {name: value for name, value in (given | more).items() if value is not None}


def post(client, path="", **given):
    return client.post(f"{URL}{path}", given, format="json")


def lasting():
    return Period(timezone.now() - DAY, timezone.now() + 30 * DAY)


def readings(client, world, what="readings", **more):
    given = {"from": (START + DAY).isoformat(), "to": (START + 3 * DAY).isoformat(), "purpose": "insurance"}
    return client.get(f"/api/v1/devices/{world.device.public_id}/{what}/", given | more)


def test_the_whole_way_from_the_request_to_the_erasure(world, as_):
    lessee, owner, bank = as_(world.a), as_(world.owner), as_(world.bank)
    asked = post(lessee, **body(world, recipient=world.bank.credit_code))
    assert (asked.status_code, asked.json()["state"]) == (201, "ASKED")
    at = asked.json()["id"] + "/"
    assert readings(bank, world).status_code == 404

    priced = post(owner, f"{at}price/", amount=30_000, basis="an engineer's morning").json()
    assert (priced["state"], priced["price"], priced["currency"]) == ("OFFERED", 30_000, "CNY")
    assert "no_onward_sharing" in priced["clauses"]
    wrong = post(bank, f"{at}agree/", digest="0" * 64)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "other_offer_shown")
    agreed = post(bank, f"{at}agree/", digest=bank.get(URL + at).json()["digest"])
    assert (agreed.status_code, agreed.json()["state"]) == (200, "IN_FORCE")

    read = readings(bank, world, channel="load")
    assert [len(one["points"]) for one in read.json()["series"]] == [4]
    copy = b"".join(readings(bank, world, "export", channel="load", format="csv").streaming_content)
    assert copy.count(b"reading") == 4
    rules = {
        one["rule"]
        for one in AccessEvent.objects.filter(outcome="PERMIT", kind="DECISION").latest("pk").decisions
    }
    assert rules == {f"grant:{asked.json()['id']}"}

    effect = lessee.get(f"{URL}{at}effect/").json()
    assert (effect["reads"], effect["delivered"]) == (2, 8)
    assert post(lessee, f"{at}withdraw/").json()["state"] == "WITHDRAWN"
    refused = readings(bank, world, channel="load").json()
    assert (refused["series"], [one["code"] for one in refused["refused"]]) == ([], ["consent_withdrawn"])
    assert readings(bank, world, "export", channel="load").status_code == 403

    assert [one["id"] for one in bank.get(URL, {"erase_due": "true"}).json()["data"]] == [asked.json()["id"]]
    done = post(bank, f"{at}confirm-erasure/", statement="Erased, backups included.").json()
    assert (done["erasure"], done["erasure_statement"]) == ("FULFILLED", "Erased, backups included.")
    assert bank.get(URL, {"erase_due": "true"}).json()["data"] == []


def test_the_screening_is_told_before_anything_is_sent(world, as_):
    clean = post(as_(world.a), "screening/", **body(world)).json()
    assert (clean["passed"], [one["outcome"] for one in clean["findings"]]) == (True, ["PASSED"] * 10)

    told = post(as_(world.a), "screening/", **body(world, purpose="insight_user_economics")).json()

    refused = [one for one in told["findings"] if one["outcome"] == "REFUSED"]
    assert [one["step"] for one in refused] == ["PURPOSE"]
    assert refused[0]["errors"][0]["pointer"] == "/purpose"
    assert "da_4_13" in refused[0]["errors"][0]["detail"]
    assert not SharingRequest.objects.exists()


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"right": "write"}, "/right"),
        ({"categories": []}, "/categories"),
        ({"generated_from": "2026-03-02T00:00:00"}, "/generated_from"),
        ({"readable_to": START.isoformat()}, "/readable_to"),
        ({"purpose": "curiosity"}, "/purpose"),
        ({"price_cap": -1}, "/price_cap"),
        ({"destination": "Germany"}, "/destination"),
        ({"destination": "DE"}, "/destination"),
        ({"currency": "rmb"}, "/currency"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_named_at_its_field(world, as_, more, pointer):
    answer = post(as_(world.a), **body(world, **more))

    assert answer.status_code == 400
    assert [one for one in answer.json()["errors"] if one["pointer"].startswith(pointer)], answer.json()
    assert not SharingRequest.objects.exists()


def test_an_organization_or_agreement_that_is_none_is_not_found(world, as_):
    for more in ({"recipient": "org_0"}, {"agreement": "agr_0"}, {"agreement": world.of_b.public_id}):
        assert post(as_(world.a), **body(world, **more)).status_code == 404


def test_an_owner_objects_and_the_platform_overrules(world, as_):
    request = world.priced(readable=lasting())
    at = f"{request.public_id}/"
    told = TOLD | {"noticed_on": TOLD["noticed_on"].isoformat()}
    bad = post(as_(world.owner), f"{at}object/", reason="DAMAGE", text="Secret")
    assert [one["pointer"] for one in bad.json()["errors"]] == ["/authority"]
    assert as_(world.platform).get(f"{URL}{at}").status_code == 404

    held = post(as_(world.owner), f"{at}object/", reason="DAMAGE", text="Secret", **told).json()
    assert (held["state"], held["objections"][0]["notice"]) == ("WITHHELD", "No. 12")
    again = post(as_(world.platform), f"{at}overrule/", why="Decision 9")

    assert (again.status_code, again.json()["state"]) == (200, "OFFERED")
    assert post(as_(world.bank), f"{at}decline/", why="Too late").json()["state"] == "DECLINED"


def test_others_see_and_do_nothing(world, as_):
    request = world.priced(readable=lasting())
    for who in (world.b, world.institute, world.platform):
        client = as_(who)
        assert client.get(URL).json()["data"] == []
        for path in ("", "effect/"):
            assert client.get(f"{URL}{request.public_id}/{path}").status_code == 404
        for path in ("price/", "object/", "agree/", "decline/", "withdraw/", "confirm-erasure/", "overrule/"):
            assert post(client, f"{request.public_id}/{path}").status_code == 404
    assert as_(world.a).get(f"{URL}{request.public_id}/effect/").status_code == 404
    assert post(as_(world.a, Scope.TELEMETRY_READ), **body(world)).status_code == 403


def test_the_list_of_gatekeepers_is_read_by_all_and_written_by_the_platform(world, as_):
    shared = world.shared(readable=lasting())
    entry = {
        "organization": world.bank.public_id,
        "designated": True,
        "on": "2026-03-01",
        "source": "Journal",
    }
    assert as_(world.owner).post(LISTED, entry, format="json").status_code == 403
    assert (
        as_(world.platform).post(LISTED, entry | {"organization": "org_0"}, format="json").status_code == 404
    )

    made = as_(world.platform).post(LISTED, entry, format="json")

    assert (made.status_code, made.json()["name"]) == (201, "Bank")
    assert [one["source"] for one in as_(world.b).get(LISTED).json()["data"]] == ["Journal"]
    assert as_(world.a).get(f"{URL}{shared.public_id}/").json()["stop"] == "GATEKEEPER"
    assert GatekeeperEntry.objects.count() == 1


def test_the_clock_notes_what_was_not_erased_in_time(world):
    request = world.shared()
    tasks.note_overdue_sharing()

    assert world.fresh(request).noted_overdue_at is not None
    assert timezone.now() - world.fresh(request).noted_overdue_at < timedelta(minutes=1)
    assert [one.pk for one in SharingRequest.objects.visible_in(world.platform)] == [request.pk]


def test_reasons_of_the_model_are_those_of_the_rules():
    assert SharingObjection.Reason.values == [str(one) for one in Reason]
