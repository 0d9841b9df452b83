"""The clock."""

import subprocess
import sys
from datetime import timedelta
from inspect import signature
from unittest.mock import patch

import pytest
from celery import Task, current_app
from django.conf import settings
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
            assert {"lease_id": running.pk} in [one.kwargs for one in delay.call_args_list]

    def test_does_not_leave_the_same_things_for_last_each_time(self, world):
        for _number in range(2):
            world.ask()
        turned = patch.object(tasks, "shuffle", lambda due: due.reverse())
        sent, now = patch.object(tasks.close_due, "delay"), patch.object(timezone, "now", return_value=END)
        with sent as delay, now, turned:
            tasks.run_clock()
        found = [one.kwargs["lease_id"] for one in delay.call_args_list]
        assert found == sorted(found, reverse=True)
        assert len(found) == 2


class TestExpiry:
    """Whatever the clock queues again if it is still due is dropped before it does."""

    def everything(self):
        return {name: one for name, one in vars(tasks).items() if isinstance(one, Task)}

    def test_every_task_of_the_clock_has_one(self):
        hourly = {"close_settled_leases", "close_settled", "run_maintenance", "attend_maintenance"}
        nightly = {"run_health", "look_at_health"}
        for name, task in self.everything().items():
            expected = 3300 if name in hourly else 21_600 if name in nightly else 55
            assert (name, task.expires) == (name, expected)

    def test_is_sent_along_with_what_is_queued(self):
        for name, task in self.everything().items():
            with patch.object(current_app, "send_task") as sent:
                task.delay(**{key: 1 for key in signature(task.run).parameters if key != "kwargs"})
            assert (name, sent.call_args.kwargs["expires"]) == (name, task.expires)

    def test_is_over_before_the_clock_comes_again(self):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            room, _, name = entry["task"].rpartition(".")
            if room == "leasing.tasks" and isinstance(entry["schedule"], timedelta):
                assert getattr(tasks, name).expires < entry["schedule"].total_seconds()


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


class TestTheSchedule:
    def test_names_tasks_that_a_worker_knows(self):
        current_app.loader.import_default_modules()
        wanted = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

        assert wanted - set(current_app.tasks) == set()

    def test_says_of_a_task_what_the_task_says_of_itself(self):
        """Beat loads no tasks, and could not know."""
        current_app.loader.import_default_modules()
        told = ("expires", "priority", "time_limit", "soft_time_limit", "compression", "delivery_mode")

        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            task, options = current_app.tasks[entry["task"]], entry.get("options", {})
            own = {name: getattr(task, name, None) for name in told}
            assert {name: each for name, each in own.items() if each is not None}.items() <= options.items()

    def test_is_kept_by_a_beat_that_loads_no_room(self):
        looks = (
            "import sys; from config.celery import app; beat = app.Beat(quiet=True); beat.init_loader();"
            "print(len(beat.Service(app=app).get_scheduler(lazy=True).app.conf.beat_schedule),"
            " [name for name in sys.modules if name.startswith(('django.db.models', 'leasing.tasks'))])"
        )

        found = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)

        assert found.stdout.split(" ", 1) == [str(len(settings.CELERY_BEAT_SCHEDULE)), "[]\n"]
