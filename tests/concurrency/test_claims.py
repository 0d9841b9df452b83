"""Two gateways with one claim code, on real transactions: one gets the key."""

from unittest.mock import patch

import pytest

from devices.actions import claims, devices
from devices.models import DeviceKey
from devices.models.claims import ClaimCodeQuerySet
from marketplace.actions.parties import robot
from tests.concurrency.test_leases import outcome
from tests.devices.machines import NOON, lathe
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def issue_together():
    """Hold both between finding the code and making a key, until both have found it or cannot."""
    meeting, issue = Meeting(), devices.issue_key

    def issued(**given):
        meeting.wait()
        return issue(**given)

    return patch.object(devices, "issue_key", issued)


@pytest.fixture
def acts():
    by = robot(name="gateway")
    _, code = claims.offer(device=lathe(), by=by, at=NOON)
    return [lambda: claims.claim(code=code, by=by, at=NOON)] * 2


class TestTwoClaim:
    def test_one_gets_the_key(self, acts):
        with issue_together():
            results = at_once(*acts)

        assert outcome(results) == ["ClaimRefused", "tuple"]
        assert DeviceKey.objects.count() == 1

    def test_without_the_lock_both_get_one(self, acts):
        with patch.object(ClaimCodeQuerySet, "locked", lambda self: self.order_by("pk")), issue_together():
            results = at_once(*acts)

        assert outcome(results) == ["tuple", "tuple"]
