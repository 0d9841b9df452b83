from datetime import UTC, datetime, timedelta

import pytest

from devices.rules.life import trace
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading
from devices.rules.silence import Presence, limit, presence

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "limit_seconds", "expected"),
    [
        (0, None, Presence.ON),
        (300, None, Presence.ON),
        (301, None, Presence.SILENT),
        (3600, None, Presence.SILENT),
        (3601, None, Presence.OFFLINE),
        (60, 60, Presence.ON),
        (61, 60, Presence.SILENT),
        (721, 60, Presence.OFFLINE),
        (-5, 60, Presence.ON),
    ],
)
def test_presence(seconds, limit_seconds, expected):
    assert presence(NOW - timedelta(seconds=seconds), limit_seconds, at=NOW) is expected


def test_a_device_that_was_never_heard_is_not_silent_but_new():
    assert presence(None, 60, at=NOW) is Presence.NEVER


def test_five_minutes_if_nothing_was_agreed():
    assert limit(None) == timedelta(minutes=5)


@pytest.mark.parametrize(("with_heartbeat", "minutes"), [(True, 60), (False, 0)])
def test_a_heartbeat_keeps_run_time_open_because_it_is_a_reading(with_heartbeat, minutes):
    minute = 60_000_000
    said = [Reading(0, 0, "execution", "ACTIVE"), Reading(100, 60 * minute, "execution", "READY")]
    if with_heartbeat:
        said += [Reading(n, n * minute, "heartbeat", "OK") for n in range(1, 60)]
    lives = trace(sorted(said), closers={"execution"}, covered=[(0, 101)])
    evidence = [one for one in sorted(said) if one.channel == "execution"]

    found = Fold(Terms("execution", silence=5 * minute)).feed(evidence, lives)

    run = sum(one.quantity for one in found.increments if one.meter == "run")
    assert run == minutes * minute
