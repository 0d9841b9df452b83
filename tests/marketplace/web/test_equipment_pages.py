"""The owner's machines as pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.actions import claims
from marketplace.models import Claim
from marketplace.shared.period import Period
from marketplace.web.equipment import PAGE
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make.organization(kind="LEAD_ENTERPRISE")


@pytest.fixture
def client(owner):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(owner))
    return client


def test_a_machine_that_is_taken_without_an_end_is_taken_on_every_day(owner, client):
    machine = make.equipment(owner)
    now = timezone.now()
    claims.claim(
        equipment=machine,
        reason=Claim.Reason.OWN_USE,
        core=Period(now - timedelta(days=1), None),
        before=timedelta(),
        after=timedelta(),
        reference="",
        by=make.member(owner),
        at=now,
    )

    shown = client.get(reverse("equipment")).content.decode()
    page = client.get(reverse("equipment-detail", args=[machine.public_id])).content.decode()

    for strip in (shown, page):
        drawn = strip.split('class="chart strip weeks"')[1].split("</svg>")[0]
        assert drawn.count('class="busy"') == 1
        assert 'class="free"' not in drawn


def test_many_machines_stand_on_several_pages(owner, client):
    place = make.site(owner)
    for _ in range(PAGE + 1):
        make.equipment(owner, place)

    first = client.get(reverse("equipment")).content.decode()
    second = client.get(reverse("equipment"), {"page": "2"}).content.decode()

    assert (first.count("machine-line"), second.count("machine-line")) == (PAGE, 1)
    assert "?page=2" in first
    assert f"{PAGE + 1} machines" in second
