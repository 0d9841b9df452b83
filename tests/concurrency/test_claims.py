"""Two gateways with one claim code, on real transactions: one gets the key."""

import threading
from contextlib import suppress
from unittest.mock import patch

import pytest

from devices.actions import claims, devices
from devices.models import DeviceKey
from devices.models.claims import ClaimCodeQuerySet
from marketplace.actions.parties import robot
from tests.concurrency.test_leases import at_once, outcome
from tests.devices.machines import NOON, lathe

pytestmark = pytest.mark.django_db(transaction=True)


def issue_together():
    """Hold both between finding the code and making a key, until both have found it or cannot."""
    meeting, issue = threading.Barrier(2, timeout=2), devices.issue_key

    def issued(**given):
        with suppress(threading.BrokenBarrierError):  # the other waits at the lock: that is what it is for
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
