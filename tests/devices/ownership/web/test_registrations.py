"""The pages of registration certificates, in both languages, for holder, recipient and registrar."""

import pytest
from django.test import Client

from devices.ownership.actions import registrar
from devices.ownership.rules.registrations import State
from marketplace.models.parties import Role
from tests.devices.ownership.registered import AT, Registered
from tests.factories.marketplace import member

pytestmark = pytest.mark.django_db
LIST = "/data/registrations/"


@pytest.fixture
def world():
    return Registered()


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def page(world, who, registration=None, language="en"):
    at = LIST if registration is None else f"{LIST}{registration.public_id}/"
    answer = client(world.people[who], language).get(at)
    assert answer.status_code == 200
    return answer.content.decode()


def do(world, who, registration, verb, **facts):
    at = f"{LIST}{registration.public_id}/{verb}/"
    answer = client(world.people[who]).post(at, facts, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def state(registration):
    registration.refresh_from_db()
    return registration.state(AT)


@pytest.mark.parametrize(
    ("language", "title", "right", "in_force"),
    [
        ("en", "Registration certificate of data property", "Right to hold", "in force"),
        ("zh-hans", "数据产权登记证书", "数据持有权", "有效"),
    ],
)
def test_a_certificate_is_ready_to_be_printed(world, language, title, right, in_force):
    registration = world.granted()
    registrar.sign(by=world.clock, at=AT)
    text = page(world, world.a, registration, language)

    for said in (title, right, in_force, registration.number, "data-print", "jijian-registration-1"):
        assert said in text
    assert registration.number in page(world, world.a, language=language)


def test_lists_say_what_there_is(world):
    assert "No certificates yet" in page(world, world.b)
    waiting = world.apply().registration
    world.granted("parts")
    text = page(world, world.platform)
    assert text.index(waiting.public_id) < text.index("DPR-")
    assert "First registration" in text


def test_the_registrar_grants_and_refuses_on_the_page(world):
    one, other = world.apply("load"), world.apply("program")
    assert "This is no certificate" in page(world, world.platform, one.registration)
    do(world, world.platform, one.registration, "grant", digest=one.digest)
    assert state(one.registration) is State.IN_FORCE
    stale = do(world, world.platform, other.registration, "grant", digest="0")
    assert "Something has happened" in stale
    nothing = do(world, world.platform, other.registration, "refuse", digest=other.digest)
    assert "nothing was found" in nothing
    given = {"digest": other.digest, "pointer": "/assets/0", "ground": "dispute_open", "reason": "file 7"}
    said = do(world, world.platform, other.registration, "refuse", **given)
    assert "A dispute about it is open" in said
    assert "file 7" in said
    assert state(other.registration) is State.REFUSED


def test_grounds_are_said_before_and_after(world):
    entry = world.apply("load", who=world.owner)
    assert "somebody else" in page(world, world.owner, entry.registration)
    assert "somebody else" in do(world, world.platform, entry.registration, "grant", digest=entry.digest)
    assert state(entry.registration) is State.APPLIED


def test_a_transfer_is_agreed_to_and_declined_on_the_page(world):
    registration = world.granted()
    offer = world.offer(registration, world.b)
    assert "Agree to the transfer" in page(world, world.b, registration)
    assert "Agree to the transfer" not in page(world, world.a, registration)
    do(world, world.b, registration, "agree", digest=offer.digest)
    assert "Agree to the transfer" not in page(world, world.b, registration)
    do(world, world.b, registration, "withdraw")
    assert registration.entries.last().step == "WITHDRAWN"


def test_the_holder_renews_and_cancels_on_the_page(world):
    registration = world.granted()
    assert "1 to 5 years" in do(world, world.a, registration, "renew", years="x")
    do(world, world.a, registration, "renew", years="3")
    assert registration.entries.last().kind == "RENEWAL"
    do(world, world.a, registration, "cancel", reason="done")
    assert state(registration) is State.CANCELLED


def test_whoever_only_looks_is_offered_nothing(world):
    registration = world.granted()
    looking = client(member(world.a, Role.VIEWER))
    assert "What you can do" not in looking.get(f"{LIST}{registration.public_id}/").content.decode()
    assert looking.post(f"{LIST}{registration.public_id}/cancel/").status_code == 403
    assert client(world.people[world.b]).get(f"{LIST}{registration.public_id}/").status_code == 404
