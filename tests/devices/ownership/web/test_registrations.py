"""The pages of registration certificates, in both languages, for holder, recipient and registrar."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from devices.ownership.actions import registrar
from devices.ownership.models import RegistrationEntry
from devices.ownership.rules.registrations import State
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.registered import AT, OF_A, Registered
from tests.factories.marketplace import member

pytestmark = pytest.mark.django_db
LIST = "/data/registrations/"


world = once.fixture(Registered)


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


def decide(world, registration, **facts):
    at = f"{LIST}{registration.public_id}/decide/"
    return client(world.people[world.platform]).post(at, facts)


def test_the_registrar_sees_what_is_found_and_grants(world):
    entry = world.apply("load")
    assert "This is no certificate" in page(world, world.platform, entry.registration)
    shown = client(world.people[world.platform]).get(f"{LIST}{entry.registration.public_id}/decide/")
    assert "It is looked for again" in shown.content.decode()
    assert decide(world, entry.registration, grant="1", digest=entry.digest).status_code == 302
    assert state(entry.registration) is State.IN_FORCE
    assert decide(world, entry.registration, grant="1", digest=entry.digest).status_code == 404


def test_the_registrar_refuses_on_grounds_at_items_and_nothing_typed_is_lost(world):
    entry = world.apply("program")
    stale = decide(world, entry.registration, grant="1", digest="0")
    assert (stale.status_code, "Something has happened" in stale.content.decode()) == (409, True)
    nothing = decide(world, entry.registration, digest=entry.digest, reason="file 7")
    assert nothing.status_code == 400
    assert "nothing was found" in nothing.content.decode()
    assert "file 7" in nothing.content.decode()
    given = {"digest": entry.digest, "items": ["/assets/0"], "grounds": ["dispute_open"], "reason": "file 7"}
    assert decide(world, entry.registration, **given).status_code == 302
    said = page(world, world.a, entry.registration)
    assert "A dispute about it is open" in said
    assert "file 7" in said
    assert state(entry.registration) is State.REFUSED


def test_grounds_are_said_before_and_after(world):
    entry = world.apply("load", who=world.owner)
    assert "somebody else" in page(world, world.owner, entry.registration)
    url = f"{LIST}{entry.registration.public_id}/decide/"
    shown = client(world.people[world.platform]).get(url).content.decode()
    assert "somebody else" in shown
    assert 'name="grant"' not in shown
    answer = decide(world, entry.registration, grant="1", digest=entry.digest)
    assert (answer.status_code, "somebody else" in answer.content.decode()) == (409, True)
    assert state(entry.registration) is State.APPLIED
    assert decide(world, entry.registration, digest=entry.digest).status_code == 302
    assert state(entry.registration) is State.REFUSED


def test_nobody_but_the_platform_decides(world):
    entry = world.apply("load")
    url = f"{LIST}{entry.registration.public_id}/decide/"
    assert client(world.people[world.a]).get(url).status_code == 404
    assert client(world.people[world.a]).post(url, {"grant": "1", "digest": entry.digest}).status_code == 404
    assert state(entry.registration) is State.APPLIED


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def wanted(world, *keys, **changes):
    given = {"assets": world.ids(*keys), "starts_at": local(OF_A.start), "ends_at": local(OF_A.end)}
    return given | {"right": "hold", "years": "3"} | changes


def test_a_lessee_applies_on_the_page(world):
    answer = client(world.people[world.a]).post(f"{LIST}apply/", wanted(world, "load", "program"))
    assert answer.status_code == 302
    entry = RegistrationEntry.objects.get()
    assert (entry.holder, entry.span, entry.right, entry.years) == (world.a, OF_A, "hold", 3)
    assert sorted(entry.assets) == sorted(world.ids("load", "program"))


def test_an_application_with_faults_shows_each_at_its_field_and_keeps_the_rest(world):
    asked = wanted(world, "load", right="process", years="5", ends_at=local(OF_A.start))
    answer = client(world.people[world.a]).post(f"{LIST}apply/", asked)
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "The end must lie after the start." in said
    for kept in ('value="process" selected', 'value="5"', f'value="{local(OF_A.start)}"', "checked"):
        assert kept in said
    asked |= {"ends_at": local(OF_A.end)}
    said = client(world.people[world.a]).post(f"{LIST}apply/", asked).content.decode()
    assert "1 to 3 years" in said
    assert 'href="#id_years"' in said
    assert not RegistrationEntry.objects.exists()


def test_the_form_begins_with_the_asset_that_one_comes_from(world):
    said = client(world.people[world.a]).get(f"{LIST}apply/?asset={world.ids('load')[0]}").content.decode()
    assert "checked" in said
    assert (
        f"?asset={world.ids('load')[0]}"
        in client(world.people[world.a]).get(f"/data/assets/{world.ids('load')[0]}/").content.decode()
    )


def test_a_change_begins_with_what_the_certificate_says_to_the_microsecond(world):
    odd = Period(OF_A.start + timedelta(microseconds=7), OF_A.end)
    registration = world.granted("load", period=odd)
    url = f"{LIST}{registration.public_id}/change/"
    said = client(world.people[world.a]).get(url).content.decode()
    assert local(OF_A.start) in said
    answer = client(world.people[world.a]).post(url, wanted(world, "load", years="5"))
    assert answer.status_code == 302
    last = registration.entries.last()
    assert (last.kind, last.years, last.span) == ("CHANGE", 5, odd)
    again = client(world.people[world.a]).post(url, wanted(world, "load"))
    assert (again.status_code, "Withdraw it first" in again.content.decode()) == (409, True)


def test_a_transfer_is_offered_by_name_or_credit_code(world):
    registration = world.granted()
    url = f"{LIST}{registration.public_id}/transfer/"
    holder = client(world.people[world.a])
    unknown = holder.post(url, {"to": "Nobody & Co"})
    assert (unknown.status_code, "Nobody &amp; Co" in unknown.content.decode()) == (400, True)
    own = holder.post(url, {"to": world.a.credit_code})
    assert "Choose another organization" in own.content.decode()
    assert holder.post(url, {"to": world.b.credit_code}).status_code == 302
    assert registration.entries.last().recipient == world.b


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
