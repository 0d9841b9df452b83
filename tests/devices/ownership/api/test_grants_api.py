"""Grants over REST."""

import pytest
from django.utils import timezone

from devices.ownership.actions import grants
from devices.ownership.models import Grant
from marketplace.models.apikeys import Scope
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.actions.test_grants import Granting

pytestmark = pytest.mark.django_db
URL = "/api/v1/data-grants/"


world = once.fixture(Granting)


@pytest.fixture
def as_(world, keyed):
    return lambda who, *scopes: keyed(world.people[who], who, *scopes)


def terms(world, **more):
    given = {
        "kind": "SERVICE_JOB",
        "equipment": world.machine.public_id,
        "categories": ["machine_condition"],
        "right": "read",
        "purpose": "maintenance",
        "generated_from": (START + DAY).isoformat(),
        "generated_to": (START + 3 * DAY).isoformat(),
        "readable_from": (timezone.now() - DAY).isoformat(),
        "readable_to": (timezone.now() + 300 * DAY).isoformat(),
        "reference": "JOB-7",
        "reason": "Spindle hums",
    }
    return {name: value for name, value in (given | more).items() if value is not None}


def lasting():
    """Return a time box around the clock's time, which REST goes by."""
    return Period(timezone.now() - DAY, timezone.now() + 300 * DAY)


def post(client, path="", **body):
    return client.post(f"{URL}{path}", body, format="json")


def test_a_provider_asks_and_the_lessee_gives_what_it_was_shown(world, as_):
    asked = post(as_(world.provider), **terms(world))
    assert (asked.status_code, asked.json()["state"]) == (201, "ASKED")
    assert asked.json()["agreement"] == world.of_a.public_id
    lessee = as_(world.a)
    (shown,) = lessee.get(URL).json()["data"]
    assert "Repair" in shown["sentence"]

    wrong = post(lessee, f"{shown['id']}/give/", digest="0" * 64)
    given = post(lessee, f"{shown['id']}/give/", digest=shown["digest"])

    assert (wrong.status_code, wrong.json()["code"]) == (409, "other_terms_shown")
    assert (given.status_code, given.json()["given_role"]) == (200, "lessee")
    assert as_(world.provider).get(f"{URL}{shown['id']}/").json()["given_at"] is not None


def test_a_lessee_gives_unasked_and_withdraws_with_the_effect_shown(world, as_):
    offered = {"reason": None, "recipient": world.provider.public_id}
    lessee = as_(world.a)
    given = post(lessee, "offer/", **terms(world, **offered)).json()
    world.read(world.provider, "maintenance", channels=["load"], at=timezone.now())

    effect = lessee.get(f"{URL}{given['id']}/effect/").json()
    withdrawn = post(lessee, f"{given['id']}/withdraw/")

    assert (effect["reads"], effect["delivered"]) == (1, 4)
    assert withdrawn.json()["state"] == "WITHDRAWN"
    assert post(lessee, f"{given['id']}/withdraw/").status_code == 409


def test_a_request_is_refused_with_a_reason_and_a_job_closed(world, as_):
    asked, given = world.asked(), world.given(world.job(readable=lasting()))

    refused = post(as_(world.a), f"{asked.public_id}/refuse/", reason="Not now")
    closed = post(as_(world.provider), f"{given.public_id}/close-job/")

    assert (refused.json()["state"], refused.json()["refused_why"]) == ("REFUSED", "Not now")
    assert closed.json()["job_closed_at"] is not None
    assert as_(world.a).get(f"{URL}{asked.public_id}/effect/").status_code == 404


def test_a_remote_diagnosis_is_asked_for_by_its_length(world, as_):
    given = {"kind": "REMOTE_DIAGNOSIS", "lasts": "PT1H", "agreement": world.of_a.public_id, "reference": ""}
    times = dict.fromkeys(("generated_from", "generated_to", "readable_from", "readable_to"))

    asked = post(as_(world.owner), **terms(world, **given, **times))

    assert (asked.status_code, asked.json()["lasts"], asked.json()["readable_to"]) == (201, "PT1H", None)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"kind": "GIFT"}, "/kind"),
        ({"right": "write"}, "/right"),
        ({"categories": []}, "/categories"),
        ({"categories": ["operator_data"]}, "/right"),
        ({"generated_from": "2026-03-01T00:00:00"}, "/generated_from"),
        ({"readable_to": START.isoformat()}, "/readable_to"),
        ({"readable_from": None}, "/readable_to"),
        ({"lasts": "soon"}, "/lasts"),
        ({"reason": ""}, "/reason"),
        ({"reference": None}, "/reference"),
        ({"purpose": "curiosity"}, "/purpose"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_named_at_its_field(world, as_, more, pointer):
    answer = post(as_(world.provider), **terms(world, **more))

    assert answer.status_code == 400
    assert [one for one in answer.json()["errors"] if one["pointer"].startswith(pointer)], answer.json()
    assert not Grant.objects.exists()


def test_a_machine_or_agreement_that_is_none_is_not_found(world, as_):
    for more in ({"equipment": "eqp_0"}, {"agreement": "agr_0"}):
        assert post(as_(world.provider), **terms(world, **more)).status_code == 404
    offered = {"reason": None, "recipient": "org_0"}
    assert post(as_(world.a), "offer/", **terms(world, **offered)).status_code == 404


def test_others_see_and_do_nothing(world, as_):
    grant = world.asked()
    for who in (world.b, world.maker, world.platform):
        client = as_(who)
        assert client.get(URL).json()["data"] == []
        for path in ("", "effect/"):
            assert client.get(f"{URL}{grant.public_id}/{path}").status_code == 404
        for verb in ("give", "refuse", "withdraw", "close-job"):
            body = {"digest": grant.digest} if verb == "give" else {}
            assert post(client, f"{grant.public_id}/{verb}/", **body).status_code == 404
    offered = {"reason": None, "recipient": world.provider.public_id}
    assert post(as_(world.b), "offer/", **terms(world, **offered)).status_code == 403

    assert Grant.objects.get().given_at is None


def test_a_key_needs_its_scope(world, as_):
    grant = world.asked()
    reads, writes = as_(world.a, Scope.TELEMETRY_READ), as_(world.a, Scope.DATA_WRITE)

    assert reads.get(URL).status_code == 200
    assert writes.get(URL).status_code == 403
    assert post(reads, f"{grant.public_id}/give/", digest=grant.digest).status_code == 403
    assert post(reads, **terms(world)).status_code == 403
    assert post(writes, f"{grant.public_id}/refuse/").status_code == 200


def test_a_provider_reads_by_its_grant_over_rest_until_it_is_withdrawn(world, as_):
    url = f"/api/v1/devices/{world.device.public_id}/readings/"
    asked = {"from": (START + DAY).isoformat(), "to": (START + 3 * DAY).isoformat()}
    asked |= {"channel": "load", "purpose": "maintenance"}
    provider = as_(world.provider)
    assert provider.get(url, asked).status_code == 404
    grant = world.given(world.job(readable=lasting()))

    before = provider.get(url, asked).json()
    world.does(grants.withdraw, grant)
    after = provider.get(url, asked).json()

    assert [len(one["points"]) for one in before["series"]] == [4]
    assert after["series"] == []
    assert [one["code"] for one in after["refused"]] == ["consent_withdrawn"]
    assert after["refused"][0]["rule"] == f"grant:{grant.public_id}"


def test_a_competitor_is_declared_and_seen_by_who_declared_it(world, as_):
    url, b = "/api/v1/data-competitors/", as_(world.b)

    made = b.post(url, {"competitor": world.owner.public_id}, format="json")
    itself = b.post(url, {"competitor": world.b.public_id}, format="json")

    assert (made.status_code, itself.status_code) == (201, 400)
    assert b.post(url, {"competitor": "org_0"}, format="json").status_code == 404
    assert [one["name"] for one in b.get(url).json()["data"]] == ["Owner"]
    assert as_(world.owner).get(url).json()["data"] == []


def test_the_policy_of_an_agreement_names_the_grants_under_it(world, as_):
    grant = world.given()

    found = as_(world.a).get(f"/api/v1/data-agreements/{world.of_a.public_id}/policy/").json()

    assert [one for one in found["permission"] if grant.public_id in str(one)]
    world.does(grants.withdraw, grant)
    found = as_(world.a).get(f"/api/v1/data-agreements/{world.of_a.public_id}/policy/").json()
    assert grant.public_id not in str(found)
