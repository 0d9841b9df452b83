"""The calendar of a machine on pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.models import Claim
from marketplace.models.parties import Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization(kind="LEAD_ENTERPRISE")


@pytest.fixture
def machine(owner):
    return make.equipment(owner)


@pytest.fixture
def client(owner):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(owner))
    return client


def text(answer):
    return answer.content.decode()


def days(first=3, last=5):
    today = timezone.localdate()
    return {
        "reason": "MAINTENANCE",
        "first_day": today + first * DAY,
        "last_day": today + last * DAY,
        "note": "Spindle",
    }


def test_an_owner_blocks_changes_and_gives_back(client, machine):
    form, page = f"/equipment/{machine.public_id}/block/", f"/equipment/{machine.public_id}/"
    assert f'href="{form}"' in text(client.get(page))

    done = client.post(form, days(), follow=True)
    assert "Nobody can lease the machine on these days" in text(done)
    assert "Spindle" in text(done)
    claim = Claim.objects.get()
    assert timezone.localdate(claim.core.upper - timedelta(seconds=1)) == days()["last_day"]

    entry = f"/calendar/{claim.public_id}/"
    assert f'href="{entry}"' in text(done)
    assert str(days()["last_day"]) in text(client.get(entry))
    open_end = {"first_day": days()["first_day"], "last_day": ""}
    assert "Changed." in text(client.post(entry, open_end, follow=True))
    claim.refresh_from_db()
    assert claim.core.upper is None

    assert "The machine is free again." in text(client.post(f"{entry}lift/", follow=True))
    claim.refresh_from_db()
    assert not claim.active
    assert "This time was given back." in text(client.get(entry))
    assert client.post(entry, open_end).status_code == 400


def test_what_is_wrong_is_said_and_what_was_typed_stays(client, machine):
    form = f"/equipment/{machine.public_id}/block/"
    client.post(form, days())

    taken = client.post(form, days(4, 8))
    assert (taken.status_code, "is taken from" in text(taken)) == (400, True)
    assert "Spindle" in text(taken)
    backwards = client.post(form, days(4, 2))
    assert "The last day must not lie before the first." in text(backwards)
    long_ago = client.post(form, days() | {"first_day": "1026-01-01"})
    assert "between the years 2000 and 2999" in text(long_ago)
    too_long = client.post(form, days() | {"last_day": "2099-01-01"})
    assert "twenty years at most" in text(too_long)
    assert Claim.objects.count() == 1


def test_a_role_that_may_not_change_it_is_told_so(owner, machine, client):
    client.post(f"/equipment/{machine.public_id}/block/", days())
    entry = f"/calendar/{Claim.objects.get().public_id}/"
    watcher = Client(headers={"accept-language": "en"})
    watcher.force_login(make.member(owner, role=Role.VIEWER))

    for page in (f"/equipment/{machine.public_id}/block/", entry):
        assert "Your role does not allow you to change the calendar" in text(watcher.get(page))
    assert watcher.post(f"{entry}lift/").status_code == 403
    assert Claim.objects.active().exists()


def test_strangers_find_nothing(machine, client):
    client.post(f"/equipment/{machine.public_id}/block/", days())
    stranger = Client()
    stranger.force_login(make.member(make.organization()))

    for page in (f"/equipment/{machine.public_id}/block/", f"/calendar/{Claim.objects.get().public_id}/"):
        assert stranger.get(page).status_code == 404
