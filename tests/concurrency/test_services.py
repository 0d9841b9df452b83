"""A provider answers an invitation twice at once, on real transactions: one answer counts."""

from unittest.mock import patch

import pytest

from marketplace.actions import services
from marketplace.models import Notification
from marketplace.models.listings import ListingQuerySet
from marketplace.models.services import ServiceQuerySet
from tests.concurrency.test_leases import outcome
from tests.factories.marketplace import NOON
from tests.marketplace.actions.test_services import Offered
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def answer_together():
    """Hold both between finding the invitation open and answering it, until both have found it or cannot."""
    meeting, found = Meeting(), services._as_provider

    def met(*given):
        service = found(*given)
        meeting.wait()
        return service

    return patch.object(services, "_as_provider", met)


@pytest.fixture
def acts():
    world = Offered()
    made = world.offer()
    who = {"service": made, "within": world.school, "by": world.bob, "at": NOON}
    return [lambda: services.agree(digest=made.digest, **who)] * 2


class TestTwoAnswers:
    def test_one_counts(self, acts):
        with answer_together():
            results = at_once(*acts)

        assert outcome(results) == ["ListingService", "ServiceAnswered"]
        assert Notification.objects.filter(kind="service_agreed").count() == 1

    def test_without_the_locks_the_owner_is_told_twice(self, acts):
        def unlocked(self):
            return self.order_by("pk")

        with (
            patch.object(ListingQuerySet, "locked", unlocked),
            patch.object(ServiceQuerySet, "locked", unlocked),
            answer_together(),
        ):
            results = at_once(*acts)

        assert outcome(results) == ["ListingService", "ListingService"]
        assert Notification.objects.filter(kind="service_agreed").count() == 2
