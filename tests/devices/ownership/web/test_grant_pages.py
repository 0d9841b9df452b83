"""Pages of grants."""

from datetime import timedelta

import pytest
from django.utils import timezone

from devices.ownership.models import Agreement, Grant
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.actions.test_grants import Granting
from tests.factories.marketplace import member

pytestmark = pytest.mark.django_db


@once.fixture
def world():
    found = Granting()
    # B leases the machine now
    Agreement.objects.filter(pk=found.of_b.pk).update(period=(START + 4 * DAY, None))
    return found


def now():
    """Return a time box around the clock's time, which pages go by."""
    return Period(timezone.now() - DAY, timezone.now() + 300 * DAY)


@pytest.fixture
def visit(world, client):
    def as_(who):
        client.force_login(world.people[who])
        return client

    return as_


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_agreements_page_says_who_may_use_what_until_when(world, visit):
    grant = world.given(world.job(readable=now()))

    for who in (world.a, world.owner):
        page = text(visit(who).get(f"/data/{world.of_a.public_id}/"))
        assert f"/data-grants/{grant.public_id}/" in page
        assert "Repair" in page
    assert "Repair" in text(visit(world.provider).get("/data/grants/"))
    assert "Repair" not in text(visit(world.b).get(f"/data/{world.of_b.public_id}/"))


def test_a_request_is_given_as_it_was_shown(world, visit):
    grant = world.asked(world.job(readable=now()))
    client = visit(world.a)
    url = f"/data-grants/{grant.public_id}/"
    assert grant.digest in text(client.get(url))

    client.post(f"{url}give/", {"digest": "0" * 64})
    assert Grant.objects.get().given_at is None
    client.post(f"{url}give/", {"digest": grant.digest})

    assert Grant.objects.get().given_role == "lessee"


def test_a_request_is_refused(world, visit):
    grant = world.asked(world.job(readable=now()))

    visit(world.a).post(f"/data-grants/{grant.public_id}/refuse/", {"reason": "Not now"})

    assert Grant.objects.get().refused_why == "Not now"


def test_what_stands_against_a_grant_is_said_in_words(world, visit):
    terms = {"right": "read_aggregate", "interval": "PT15M", "purpose": "warranty", "readable": now()}
    grant = world.asked(world.consent(recipient=world.maker, **terms))
    url = f"/data-grants/{grant.public_id}/"

    shown = visit(world.owner).post(f"{url}give/", {"digest": grant.digest}, follow=True)

    told = " ".join(str(one) for one in shown.context["messages"])
    assert told
    assert "machine_condition" not in told
    assert "maker" not in told
    assert Grant.objects.get().given_at is None


def test_the_effect_of_a_withdrawal_is_shown_before_it(world, visit):
    grant = world.given(world.job(readable=now()), at=timezone.now())
    world.read(world.provider, "maintenance", channels=["load"], at=timezone.now())
    client, url = visit(world.a), f"/data-grants/{grant.public_id}/"

    page = text(client.get(url))
    client.post(f"{url}withdraw/")

    assert "1 read" in page or "1 次" in page
    assert f"{url}withdraw/" in page
    assert Grant.objects.get().withdrawn_at is not None
    assert f"{url}withdraw/" not in text(client.get(url))


def test_a_job_is_closed(world, visit):
    grant = world.given(world.job(readable=now()))
    client, url = visit(world.provider), f"/data-grants/{grant.public_id}/"
    assert f"{url}close/" in text(client.get(url))

    client.post(f"{url}close/")

    assert Grant.objects.get().job_closed_at is not None


class TestDiagnosis:
    def test_the_lessee_opens_it_with_one_click_for_as_long_as_it_saw(self, world, visit):
        client, url = visit(world.b), f"/data/{world.of_b.public_id}/diagnosis/"
        assert url in text(client.get(f"/data/{world.of_b.public_id}/"))
        assert 'name="hours" value="4"' in text(client.get(url, {"hours": "4"}))

        client.post(url, {"hours": "4"})

        grant = Grant.objects.get()
        assert (grant.kind, grant.given_role, grant.recipient) == ("REMOTE_DIAGNOSIS", "lessee", world.owner)
        assert grant.readable.upper - grant.readable.lower == timedelta(hours=4)
        assert grant.state(timezone.now()) == "OPEN"

    @pytest.mark.parametrize("hours", ["", "x", "999", "-1"])
    def test_lasts_two_hours_where_nothing_else_was_said(self, world, visit, hours):
        visit(world.b).post(f"/data/{world.of_b.public_id}/diagnosis/", {"hours": hours})

        assert Grant.objects.get().lasts == 7200

    def test_the_owner_asks_for_it(self, world, visit):
        url = f"/data/{world.of_b.public_id}/diagnosis/"
        client = visit(world.owner)
        assert url in text(client.get(f"/data/{world.of_b.public_id}/"))

        client.post(url, {"reason": ""})
        assert not Grant.objects.exists()
        client.post(url, {"reason": "Spindle hums"})

        assert Grant.objects.get().given_at is None

    def test_is_not_offered_after_the_lease_or_to_who_may_not(self, world, visit, client):
        url = f"/data/{world.of_a.public_id}/"
        assert "diagnosis" not in text(visit(world.a).get(url))
        visit(world.a).post(f"{url}diagnosis/")
        client.force_login(member(world.b, Role.VIEWER))
        other = f"/data/{world.of_b.public_id}/"
        assert "diagnosis" not in text(client.get(other))

        assert client.post(f"{other}diagnosis/").status_code == 403
        assert not Grant.objects.exists()


def test_others_find_nothing(world, visit):
    grant = world.asked()
    for who in (world.b, world.maker, world.platform):
        client = visit(who)
        assert client.get(f"/data-grants/{grant.public_id}/").status_code == 404
        for verb in ("give", "refuse", "withdraw", "close"):
            assert client.post(f"/data-grants/{grant.public_id}/{verb}/").status_code == 404

    assert Grant.objects.get().given_at is None
