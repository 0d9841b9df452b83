"""Two set up webhooks of one organization at once: a form sent twice sets one up, and none is too many."""

from unittest.mock import patch

import pytest

from marketplace.actions import webhooks
from marketplace.models import WebhookEndpoint
from tests.concurrency.test_leases import fresh, outcome
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"url": "https://example.com/h", "types": [], "at": make.NOON}


@pytest.fixture
def owner():
    return make.organization()


def set_up(owner, **seen):
    """Return what two do who set up the same at once."""
    admin = make.member(owner)
    return [lambda: webhooks.create(organization=owner, by=fresh(admin), **GIVEN, **seen)] * 2


def counted():
    """Hold both where they have looked what is there, until both have or cannot."""
    meeting, audit = Meeting(), webhooks._new_secret

    def held(*given):
        meeting.wait()
        return audit(*given)

    return patch.object(webhooks, "_new_secret", held)


def unlocked():
    return patch.object(webhooks, "_lock", lambda organization: None)


class TestAFormSentTwice:
    def test_sets_one_up(self, owner):
        with counted():
            results = at_once(*set_up(owner, newest=""))

        assert outcome(results) == ["WebhookSetUp", "tuple"]
        assert WebhookEndpoint.objects.count() == 1

    def test_without_the_lock_it_sets_up_two(self, owner):
        with unlocked(), counted():
            at_once(*set_up(owner, newest=""))

        assert WebhookEndpoint.objects.count() == 2


class TestTheMost:
    def test_is_not_passed(self, owner, monkeypatch):
        monkeypatch.setattr(webhooks, "MOST", 1)
        with counted():
            results = at_once(*set_up(owner))

        assert outcome(results) == ["TooManyWebhooks", "tuple"]

    def test_without_the_lock_it_is(self, owner, monkeypatch):
        monkeypatch.setattr(webhooks, "MOST", 1)
        with unlocked(), counted():
            at_once(*set_up(owner))

        assert WebhookEndpoint.objects.count() == 2
