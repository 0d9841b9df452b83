"""The pages of transfers abroad: what is asked, what is answered, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from devices.ownership.models import BorderCheck, DataAsset
from marketplace.models.parties import Role
from tests import once
from tests.devices.ownership.registered import Registered
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
LIST, ASK = "/data/borders/", "/data/borders/ask/"


world = once.fixture(Registered)


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def asked(world, *keys, **more):
    given = {"assets": world.ids(*keys), "destination": "de", "recipient": "Mutterhaus GmbH"}
    return client(world.people[world.owner]).post(ASK, given | {"for_foreign_authority": "false"} | more)


def answered(answer, world):
    assert answer.status_code == 302
    return client(world.people[world.owner]).get(answer.url).content.decode()


def test_machine_data_may_go_and_the_step_is_named(world):
    page = answered(asked(world, "load", personal="false"), world)

    assert "The data may go." in page
    assert "Step 5" in page
    assert "Provisions on Cross-border Data Flows (2024), Article 3" in page
    made = BorderCheck.objects.get()
    assert (made.destination, made.recipient, made.may_go) == ("DE", "Mutterhaus GmbH", True)


def test_a_missing_fact_is_named_and_the_question_can_be_asked_again(world):
    page = answered(asked(world, "load"), world)

    assert "To get further, find out:" in page
    assert "They say something about persons" in page
    assert f"{ASK}?asset={world.ids('load')[0]}" in page


def test_core_data_never_leave(world):
    DataAsset.objects.filter(public_id__in=world.ids("load")).update(grade="L6")

    page = answered(asked(world, "load", personal="false"), world)

    assert "No: these data must not be sent." in page
    assert "Data Security Law, Article 31" in page
    assert "Ask again" in page


def test_persons_are_counted_since_the_first_of_january(world):
    facts = {"personal": "true", "exemption": "none", "critical_operator": "false", "sensitive_persons": "0"}
    answered(asked(world, "load", persons="40000", **facts), world)
    page = answered(asked(world, "load", persons="70000", **facts), world)

    assert "70000 in this transfer, 110000 since 1 January" in page
    assert "standard contract or certification first" in page
    listed = client(world.people[world.owner]).get(LIST).content.decode()
    assert "40,000" in listed
    assert "110,000" not in listed


def test_an_assessment_that_was_passed_lets_important_data_go(world):
    DataAsset.objects.filter(public_id__in=world.ids("load")).update(grade="L5")
    until = (timezone.localdate() + timedelta(days=30)).isoformat()

    assert "security assessment first" in answered(asked(world, "load", personal="false"), world)
    page = answered(asked(world, "load", personal="false", assessed_until=until), world)

    assert "The data may go." in page


def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(world):
    answer = asked(world, "load", destination="1!", persons="12", exemption="staff")

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Give the country by its two letters" in page
    assert 'href="#id_destination"' in page
    for kept in ('value="Mutterhaus GmbH"', 'value="12"', 'value="staff" selected', "checked"):
        assert kept in page
    assert not BorderCheck.objects.exists()


def test_nothing_chosen_is_said_at_the_choice(world):
    answer = asked(world)

    assert answer.status_code == 400
    assert 'href="#id_assets_0"' in answer.content.decode()


def test_another_machine_is_looked_at_and_what_is_chosen_stays(world):
    other = make.equipment(world.owner)
    given = {"assets": world.ids("load"), "machine": other.public_id, "recipient": "X", "show": "1"}

    page = client(world.people[world.owner]).post(ASK, given).content.decode()

    assert f'value="{world.ids("load")[0]}"' in page
    assert f'value="{world.ids("program")[0]}"' not in page
    assert "checked" in page
    assert 'value="X"' in page
    assert "things to mend" not in page


def test_what_one_may_not_know_of_cannot_be_asked_about(world):
    stranger = make.member(make.organization("Stranger"))
    given = {"assets": [*world.ids("load"), "x"], "destination": "DE", "recipient": "X"}

    answer = client(stranger).post(ASK, given)

    assert answer.status_code == 400
    assert "load" not in answer.content.decode()
    assert client(stranger).post(ASK, given | {"assets": ["\x00"]}).status_code == 400
    assert not BorderCheck.objects.exists()


def test_whoever_only_looks_is_told_so_and_others_do_not_see_it(world):
    found = asked(world, "load").url
    viewer = client(make.member(world.owner, Role.VIEWER))

    assert "Your role may look here" in viewer.get(ASK).content.decode()
    assert (
        viewer.post(ASK, {"assets": world.ids("load"), "destination": "DE", "recipient": "X"}).status_code
        == 403
    )
    assert viewer.get(found).status_code == 200
    assert client(world.people[world.a]).get(found).status_code == 404
    assert BorderCheck.objects.count() == 1
