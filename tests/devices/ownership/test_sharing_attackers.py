"""What a recipient tries with what a lessee shared with it, and others without it: denied, and on record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from devices.ownership.actions import gradings, sharing
from devices.ownership.models import AccessEvent, SharingRequest
from devices.ownership.rules.decisions import Question, decide
from devices.ownership.rules.grants import HOUR, Granted, Kind
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.lent import latest
from tests.devices.ownership.shared import Sharing

pytestmark = pytest.mark.django_db
OF_A = {"from": (START + DAY).isoformat(), "to": (START + 3 * DAY).isoformat()}
OF_B = {"from": (START + 4 * DAY).isoformat(), "to": (START + 6 * DAY).isoformat()}
FREE = {"from": START.isoformat(), "to": (START + DAY).isoformat()}


world = once.fixture(Sharing)


@pytest.fixture
def as_(world, keyed):
    return lambda who: keyed(world.people[who], who)


def lasting(**more):
    return {"readable": Period(timezone.now() - DAY, timezone.now() + 30 * DAY)} | more


def read(client, world, what="readings", **more):
    given = OF_A | {"purpose": "insurance"} | more
    return client.get(f"/api/v1/devices/{world.device.public_id}/{what}/", given)


def told(answer):
    """Return what was handed out, and the codes of what was refused."""
    assert answer.status_code == 200, answer.content
    found = answer.json()
    points = sum(len(one["points"]) + len(one["buckets"]) for one in found["series"])
    return points, sorted({one["code"] for one in found["refused"]})


def test_the_recipient_gets_its_channels_of_its_time_for_its_purpose(world, as_):
    world.shared(**lasting(channels=("load",)))

    answer = read(as_(world.bank), world)

    assert told(answer) == (4, ["not_a_party"])
    assert {one["channel"] for one in answer.json()["series"]} == {"load"}


@pytest.mark.parametrize("purpose", ["research", "operation", "billing", "maintenance"])
def test_another_purpose(world, as_, purpose):
    world.shared(**lasting())

    assert told(read(as_(world.bank), world, purpose=purpose, channel="load")) == (0, ["other_purpose"])
    assert latest().outcome == "DENY"


@pytest.mark.parametrize("purpose", ["insight_user_economics", "developing_competing_product", "no-such"])
def test_a_purpose_that_nobody_may_have(world, as_, purpose):
    world.shared(**lasting())

    assert told(read(as_(world.bank), world, purpose=purpose)) == (0, ["unknown_purpose"])


@pytest.mark.parametrize("wish", [{}, {"interval": "PT1M"}, {"interval": "PT14M59S"}, {"interval": "PT15M"}])
def test_finer_than_was_shared(world, as_, wish):
    world.shared(**lasting(right="read_aggregate", interval="PT15M"))

    answer = read(as_(world.bank), world, channel="load", **wish)

    assert {one["interval"] for one in answer.json()["series"]} == {"PT15M"}
    assert not any(one["points"] for one in answer.json()["series"])
    assert read(as_(world.bank), world, "export", channel="load").status_code == 403


@pytest.mark.parametrize("time", [OF_B, FREE], ids=["another lessee's", "the owner's"])
def test_another_time(world, as_, time):
    world.shared(**lasting())

    assert read(as_(world.bank), world, channel="load", **time).status_code == 404
    assert latest().outcome == "DENY"


def test_beside_its_own_time(world, as_):
    world.shared(**lasting())
    whole = {"from": FREE["from"], "to": OF_B["to"]}

    answer = read(as_(world.bank), world, channel="load", **whole)

    assert told(answer)[0] == 4
    assert all(OF_A["from"] <= one["points"][0]["at"] for one in answer.json()["series"])


def test_after_the_withdrawal(world, as_):
    request = world.shared(**lasting())
    assert told(read(as_(world.bank), world, channel="load"))[0] == 4

    world.does(sharing.withdraw, request, world.a, at=timezone.now())

    assert told(read(as_(world.bank), world, channel="load")) == (0, ["consent_withdrawn"])
    assert read(as_(world.bank), world, "export", channel="load").status_code == 403
    assert latest().outcome == "DENY"


def test_after_the_end_and_before_the_beginning(world, as_):
    now = timezone.now()
    world.shared()  # in March
    assert told(read(as_(world.bank), world, channel="load")) == (0, ["consent_ended"])

    world.shared(recipient=world.institute, readable=Period(now + DAY, now + 2 * DAY))
    assert told(read(as_(world.institute), world, channel="load")) == (0, ["outside_time_box"])


def test_before_it_was_accepted(world, as_):
    world.priced(**lasting())

    assert read(as_(world.bank), world).status_code == 404


def test_somebody_elses_share(world, as_):
    request = world.shared(**lasting())

    for side in (world.institute, world.rival, world.maker, world.repair, world.b):
        assert read(as_(side), world, channel="load").status_code == 404
        assert as_(side).get(f"/api/v1/data-sharing/{request.public_id}/").status_code == 404


def test_designated_after_the_fact(world, as_):
    world.shared(**lasting())
    assert told(read(as_(world.bank), world, channel="load"))[0] == 4

    world.designate(world.bank, at=timezone.now())

    assert told(read(as_(world.bank), world, channel="load")) == (0, ["consent_withdrawn"])


def test_graded_higher_after_the_fact(world, as_):
    world.shared(**lasting())
    asset = world.device.assets.get(channel__key="load")

    gradings.regrade(
        asset=asset, grade="L5", reason="Listed", reference="Notice 3",
        by=world.people[world.platform], within=world.platform, at=timezone.now(),
    )  # fmt: skip

    assert told(read(as_(world.bank), world, channel="load")) == (0, ["important_data"])


def test_while_the_lessee_suspends_its_agreement(world, as_):
    world.shared(**lasting())
    type(world.of_a).objects.filter(pk=world.of_a.pk).update(suspended_at=timezone.now())

    assert told(read(as_(world.bank), world, channel="load")) == (0, ["agreement_suspended"])


def test_a_rival_whose_grant_says_more_than_a_rival_may_get():
    """Past the screening: the door itself keeps single readings of condition from a competitor."""
    ever = Period(START, START + DAY)
    for competitor, expected in ((False, ("RAW", None)), (True, ("AGGREGATE", HOUR))):
        one = Granted(
            "g",
            Kind.SHARING,
            frozenset({"energy"}),
            "read",
            "insurance",
            None,
            ever,
            ever,
            competitor=competitor,
        )
        asked = Question(Party.STRANGER, "energy", "insurance", grants=(one,), at=START, generated=START)
        found = decide(asked)
        assert (found.effect, found.interval) == expected


def test_a_clock_that_went_back(world, as_):
    """Withdrawn stays withdrawn, whatever the clock says."""
    request = world.shared(**lasting())
    world.does(sharing.withdraw, request, world.a, at=timezone.now())

    assert world.told(world.bank, at=timezone.now() - timedelta(hours=2)) == ["consent_withdrawn"]


def test_every_try_is_in_the_log_of_both_sides_under_the_request(world, as_):
    request = world.shared(**lasting())
    read(as_(world.bank), world, channel="load", purpose="research")

    (event,) = AccessEvent.objects.filter(kind="DECISION", organization=world.bank.public_id)

    assert {one["rule"] for one in event.decisions} == {f"grant:{request.public_id}"}
    assert {world.owner.public_id, world.a.public_id} <= set(event.concerns)
    for side in (world.a, world.owner):
        assert AccessEvent.objects.visible_in(side).filter(pk=event.pk).exists()
    assert SharingRequest.objects.count() == 1
