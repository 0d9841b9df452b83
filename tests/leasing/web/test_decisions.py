"""The mediator's list: what waits for the platform, for people of the platform alone."""

import csv
import io

import pytest
from django.urls import reverse

from leasing.models import Lease, Settlement
from leasing.queries.mediation import waiting_for_platform
from marketplace.models import Organization
from marketplace.models.parties import Role
from tests.leasing import world as worlds
from tests.leasing.actions.test_referrals import ASKED, Scene
from tests.leasing.damage import Damage
from tests.leasing.settling import READY, Settling
from tests.leasing.tickets import DAY, FIXED, Desk

URL = "/decisions/"


def sign_in(client, person):
    client.force_login(person)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_names_an_objected_return_until_it_is_taken_back(world, client):
    scene = Scene(world)
    record = scene.written(world.lessee)
    mine = sign_in(client, scene.judge)
    assert "Nothing waits for a decision" in mine.get(URL).content.decode()
    scene.does("refer", record, world.lessor)

    page = mine.get(URL).content.decode()

    assert f'href="/records/{record.public_id}/"' in page
    assert "Objected return" in page
    assert reverse("decisions") in mine.get(reverse("today")).content.decode()
    file = mine.get(URL, {"format": "csv"})
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")))
    assert (row["kind"], row["lease"], row["id"]) == ("RETURN", scene.way.lease.number, record.public_id)
    assert row["since"] == ASKED.isoformat()
    Lease.objects.filter(pk=scene.way.pk).update(status="SETTLED")
    assert waiting_for_platform() == []
    Lease.objects.filter(pk=scene.way.pk).update(status="ENDED")
    scene.does("withdraw", record, world.lessor)
    assert waiting_for_platform() == []


def test_names_damage_claims_and_settlements(world):
    scene = Settling(world)
    scene.back()
    made = scene.propose(world.lessor)
    scene.does("refer", made, world.lessee, text="Too much")

    (one,) = waiting_for_platform()
    assert (one.kind, one.lease, one.name, one.since) == ("SETTLEMENT", scene.now(), made.public_id, READY)
    Settlement.objects.filter(pk=made.pk).update(state="REPLACED", decided_at=READY)
    assert waiting_for_platform() == []


def test_names_what_is_contested_of_damage_and_not_where_the_platform_is_a_side(world):
    scene = Damage(world)
    claim = scene.contested()
    scene.act("refer", claim, world.lessor, text="Decide")

    (one,) = waiting_for_platform()
    assert (one.kind, one.name, one.machine) == ("DAMAGE", claim.public_id, "VMC-1")
    Organization.objects.filter(pk=scene.platform.pk).update(kind="SME")
    Organization.objects.filter(pk=world.lessor.pk).update(kind="PLATFORM")
    assert waiting_for_platform() == []  # it is a side


@pytest.mark.parametrize("who", ["owner", "buyer", "outsider"])
def test_is_the_platforms(world, client, who):
    scene = Scene(world)
    scene.does("refer", scene.written(world.lessee), world.lessor)
    mine = sign_in(client, getattr(world, who))
    assert mine.get(URL).status_code == 404
    assert mine.get(URL, {"format": "csv"}).status_code == 404
    assert URL not in mine.get(reverse("today")).content.decode()


def test_asks_for_the_right_to_decide(world, client):
    scene = Scene(world)
    viewer = worlds.person("viewer", scene.platform, Role.VIEWER)
    assert sign_in(client, viewer).get(URL).status_code == 403


def test_names_a_standstill_that_is_contested(world):
    desk = Desk(world)
    proposed = desk.proposed()
    assert waiting_for_platform() == []
    at = FIXED + 3 * DAY
    contested = desk.act("contest", proposed, world.lessor, at, text="It ran")

    (one,) = waiting_for_platform()
    assert (one.kind, one.name, one.since) == ("STANDSTILL", contested.public_id, at)
