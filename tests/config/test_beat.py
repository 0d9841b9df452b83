"""Beat is told to stop at any moment, and ends what it has begun to send."""

from unittest.mock import patch

import pytest
from celery.beat import PersistentScheduler

from config.celery import BeatScheduler, app


@pytest.fixture
def scheduler(settings, tmp_path):
    settings.HEARTBEAT_DIR = tmp_path
    return BeatScheduler(app=app, lazy=True)


def test_what_is_being_sent_is_sent_before_it_stops(scheduler):
    done = []

    def told_in_the_midst(self):
        self.stop()
        done.append("sent")
        return 0.0

    with patch.object(PersistentScheduler, "tick", told_in_the_midst), pytest.raises(SystemExit):
        scheduler.tick()

    assert done == ["sent"]


def test_while_it_waits_it_stops_at_once(scheduler):
    with patch.object(PersistentScheduler, "tick", lambda self: 3.0):
        assert scheduler.tick() == 3.0

    with pytest.raises(SystemExit):
        scheduler.stop()


def test_while_it_waits_for_the_broker_it_stops_at_once(scheduler):
    def away(self):
        self.stop()

    with (
        patch.object(PersistentScheduler, "_ensure_connected", away),
        patch.object(PersistentScheduler, "tick", lambda self: self._ensure_connected()),
        pytest.raises(SystemExit),
    ):
        scheduler.tick()
    assert scheduler.asked_to_stop
