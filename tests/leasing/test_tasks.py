"""The clock."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from devices.ownership.actions import agreements as ownership_agreements
from leasing import tasks
from leasing.models import Lease
from leasing.rules.leases import Status
from tests.leasing.world import END, HANDOVER, START


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


class TestRunClock:
    def test_queues_what_is_due_and_only_that(self, world):
        running, asked = world.active(), world.ask()
        sent = patch.object(tasks.close_due, "delay")

        with sent as delay, patch.object(timezone, "now", return_value=HANDOVER):
            assert tasks.run_clock() == 0
            delay.assert_not_called()
        with sent as delay, patch.object(timezone, "now", return_value=START + timedelta(days=1)):
            assert tasks.run_clock() == 1
            delay.assert_called_once_with(lease_id=asked.pk)
        with sent as delay, patch.object(timezone, "now", return_value=END):
            assert tasks.run_clock() == 2
            assert delay.call_args_list[0].kwargs == {"lease_id": running.pk}


class TestLapseHold:
    def test_gives_the_machine_back_when_the_time_of_its_quote_is_over(self, world):
        claim = world.quoted(hold=True).offers.last().claim
        sent, later = patch.object(tasks.lapse_hold, "delay"), patch.object(tasks.close_due, "delay")

        with sent as delay, later, patch.object(timezone, "now", return_value=claim.held_until):
            tasks.run_clock()
            delay.assert_called_once_with(claim_id=claim.pk)
            tasks.lapse_hold(claim_id=claim.pk)

        claim.refresh_from_db()
        assert (claim.active, claim.released_at) == (False, claim.held_until)


class TestCloseDue:
    def test_ends_the_lease_as_the_clock_and_changes_nothing_the_second_time(self, world):
        lease = world.active()

        with patch.object(timezone, "now", return_value=END + timedelta(minutes=1)):
            tasks.close_due(lease_id=lease.pk, later_argument=1)
            tasks.close_due(lease_id=lease.pk)

        lease = Lease.objects.get(pk=lease.pk)
        assert (lease.status, lease.active_to) == (Status.ENDED, END)
        assert lease.transitions.last().actor == world.clock.public_id
        assert lease.transitions.count() == 8
