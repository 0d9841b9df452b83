"""General terms on pages: everybody reads every version, the platform publishes the next."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import TermsTemplate
from marketplace.models import Notification, Organization
from marketplace.models.parties import Role
from tests import once
from tests.leasing import world as worlds

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@once.fixture
def admin(world):
    platform = Organization.objects.create(
        name="计件平台", kind="PLATFORM", credit_code=worlds.CODES[3], region_code="110000"
    )
    return worlds.person("platform", platform, Role.ADMIN)


def client(person=None, language="en"):
    found = Client(headers={"accept-language": language})
    if person is not None:
        found.force_login(person)
    return found


def typed(at, **changes):
    given = {"kind": "TERMS", "text_zh": "第一条", "text_en": "First"}
    return given | {"effective_at": f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"} | changes


def publish(person, code=200, **given):
    answer = client(person).post(reverse("general-terms-publish"), given, follow=True)
    assert answer.status_code == code
    return answer.content.decode()


def test_a_version_is_published_read_by_everybody_and_told(world, admin):
    assert "Nothing is published yet" in client().get(reverse("general-terms")).content.decode()
    now = timezone.now()
    page = publish(admin, **typed(now + 8 * DAY))
    made = TermsTemplate.objects.get()

    assert (made.version, made.text_zh) == (1, "第一条")
    assert "in force from" in page
    told = Notification.objects.filter(kind="template_published", organization=world.lessee).get()
    assert told.link == reverse("general-terms-version", args=[made.public_id])
    for person in (None, world.guest):
        listed = client(person).get(reverse("general-terms")).content.decode()
        assert "to come</span>" in listed
        assert reverse("general-terms-publish") not in listed
        shown = client(person, "zh-hans").get(told.link).content.decode()
        assert shown.index("第一条") < shown.index("First")
    english = client().get(told.link).content.decode()
    assert english.index("First") < english.index("第一条")
    assert reverse("general-terms-publish") in client(admin).get(reverse("general-terms")).content.decode()


def test_the_newest_in_effect_is_in_force(world, admin, monkeypatch):
    now = timezone.now()
    publish(admin, **typed(now + 8 * DAY))
    publish(admin, **typed(now + 9 * DAY, text_zh="第二版"))
    monkeypatch.setattr(timezone, "now", lambda: now + 10 * DAY)

    page = client().get(reverse("general-terms")).content.decode()
    assert (page.count("in force</span>"), page.count("replaced</span>")) == (1, 1)
    assert page.index("Version 2") < page.index("Version 1")


def test_too_soon_is_said_at_its_field_and_nothing_is_lost(world, admin):
    page = publish(admin, code=400, **typed(timezone.now() + 6 * DAY))

    assert 'href="#id_effective_at"' in page
    assert "7 days after it is published" in page
    assert "第一条" in page
    assert "required" in publish(admin, code=400, **typed(timezone.now() + 8 * DAY, text_en=""))
    assert not TermsTemplate.objects.exists()
    assert (
        "Publish and tell everybody" in client(admin).get(reverse("general-terms-publish")).content.decode()
    )


def test_only_the_platform_publishes(world, admin):
    for who in (world.owner, world.outsider, world.guest):
        publish(who, code=404, **typed(timezone.now() + 8 * DAY))
    viewer = worlds.person("viewer", Organization.objects.get(kind="PLATFORM"), Role.VIEWER)
    publish(viewer, code=403, **typed(timezone.now() + 8 * DAY))
    assert not TermsTemplate.objects.exists()
    nobody = type(world.owner).objects.create_user("lone@example.com", name="Lone")
    assert client(nobody).get(reverse("general-terms")).status_code == 200
