"""Late machines, time at risk and substitutes over REST and on pages."""

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.models import LeaseUnit
from marketplace.actions import api_keys
from marketplace.models import Membership, User
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests import once
from tests.leasing import world as worlds
from tests.leasing.lateness import DUE, LATE, Late

pytestmark = pytest.mark.django_db


@once.fixture
def world():
    return worlds.make(machines=3)


@pytest.fixture
def late(world, monkeypatch):
    made = Late(world)
    made.tick()
    monkeypatch.setattr(timezone, "now", lambda: LATE)
    return made


def rest(user):
    made = APIClient()
    made.force_login(user)
    return made


def pages(user):
    made = Client(headers={"accept-language": "zh-hans"})
    made.force_login(user)
    return made


def test_the_late_lease_says_which_machine_is_late(late, world):
    url = f"/api/v1/leases/{late.first.public_id}/risks/"
    answer = rest(world.buyer).get(url).json()
    assert answer["at_risk"] == []
    (row,) = answer["overdue"]
    assert (row["machine"], row["since"], row["until"]) == ("VMC-1", "2026-05-02T00:00:00+08:00", None)
    assert DUE.isoformat() == "2026-05-01T16:00:00+00:00"
    assert rest(world.outsider).get(url).status_code == 404


def test_the_next_lessee_reads_what_is_free_and_takes_it(late, world):
    url = f"/api/v1/leases/{late.next.public_id}/risks/"
    mine = rest(world.outsider)
    (risk,) = mine.get(url).json()["at_risk"]
    assert (risk["cause"], risk["machine"]) == ("LATE", "VMC-1")
    (own,) = risk["substitutes"]
    assert (own["own"], own["difference_minor"], own["distance_km"]) == (True, 0, 0)

    assert rest(world.buyer).post(f"{url}{risk['id']}/substitute/").status_code == 404
    taken = mine.post(f"{url}{risk['id']}/substitute/")

    assert (taken.status_code, taken.json()["status"]) == (200, "CONTRACTED")
    assert mine.get(url).json()["at_risk"] == []
    again = mine.post(f"{url}{risk['id']}/substitute/")
    assert (again.status_code, again.json()["code"]) == (409, "risk_over")


def test_a_key_acts_for_its_own_organization_alone(late, world):
    Membership.objects.create(user=world.outsider, organization=world.lessee, role=Role.ADMIN)
    maker = User.objects.get(pk=world.outsider.pk)
    _key, text = api_keys.create(
        organization=world.lessee, name="MES", scopes=Scope.values, by=maker, at=LATE
    )
    risk = late.risk()
    url = f"/api/v1/leases/{late.next.public_id}/risks/{risk.public_id}/substitute/"
    answer = APIClient().post(url, headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 404
    assert LeaseUnit.objects.get(lease=late.next).equipment == world.machines[0]


def test_the_lease_pages_show_the_overlays_and_lead_to_what_can_be_done(late, world):
    buyer, outsider = pages(world.buyer), pages(world.outsider)
    assert "逾期" in buyer.get(f"/leases/{late.first.public_id}/").content.decode()
    shown = outsider.get(f"/leases/{late.next.public_id}/").content.decode()
    assert "有风险" in shown
    assert f"/leases/{late.next.public_id}/risks/" in shown

    first = buyer.get(f"/leases/{late.first.public_id}/risks/").content.decode()
    assert "VMC-1" in first
    page = outsider.get(f"/leases/{late.next.public_id}/risks/").content.decode()
    assert "同一挂牌" in page
    assert f"/risks/{late.risk().public_id}/substitute/" in page
    assert pages(world.guest).get(f"/leases/{late.next.public_id}/risks/").status_code == 404


def test_the_page_takes_the_substitute_and_says_so(late, world):
    risk = late.risk()
    mine = pages(world.outsider)
    done = mine.post(f"/risks/{risk.public_id}/substitute/", follow=True)
    assert done.redirect_chain == [(f"/leases/{late.next.public_id}/", 302)]
    assert "换用" in done.content.decode()
    assert LeaseUnit.objects.get(lease=late.next).equipment != world.machines[0]

    again = mine.post(f"/risks/{risk.public_id}/substitute/", follow=True)
    assert "不再有风险" in again.content.decode()
    assert pages(world.buyer).post(f"/risks/{risk.public_id}/substitute/").status_code == 404


def test_a_viewer_sees_the_page_without_the_button(late, world):
    page = pages(world.watcher).get(f"/leases/{late.next.public_id}/risks/").content.decode()
    assert "VMC-1" in page
    assert "/substitute/" not in page


def test_a_page_without_anything_says_so(late, world):
    late.gives_back()
    late.tick()
    page = pages(world.buyer).get(f"/leases/{late.first.public_id}/risks/").content.decode()
    assert "没有逾期" in page
