"""Devices for tests: one of a recording with its dictionary, or a small lathe."""

import itertools
import json
from datetime import UTC, datetime

from devices.actions import deliveries, devices
from devices.actions.deliveries import Delivery
from devices.rules.admission import Item
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.factories import marketplace as make

NUMBERS = itertools.count(1)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
EARLY = datetime(2001, 1, 1, tzinfo=UTC)
LATHE = [
    {
        "key": "execution",
        "name": "Execution",
        "kind": "STATE",
        "category": "billing_counters",
        "retention": "EVIDENCE",
    },
    {
        "key": "parts",
        "name": "Parts",
        "kind": "COUNTER",
        "category": "billing_counters",
        "retention": "EVIDENCE",
    },
    {
        "key": "load",
        "name": "Load",
        "kind": "GAUGE",
        "category": "machine_condition",
        "retention": "ORDINARY",
    },
    {
        "key": "program",
        "name": "Program",
        "kind": "TEXT",
        "category": "process_parameters",
        "retention": "PRIVATE",
    },
]


def lathe(owner=None, **fields):
    """Return a new device with four channels, one of each kind of value."""
    owner = owner or make.organization()
    values = {"code": f"lathe-{next(NUMBERS)}", "name": "Lathe", "channels": LATHE, "commissioned_at": EARLY}
    return devices.register(owner=owner, by=robot(name="tester"), at=NOON, **(values | fields))


def recorded(name):
    """Return a new device with the dictionary of a recording."""
    file = recordings.DICTIONARIES / f"{recordings.CHANNELS[name]['dictionary']}.json"
    return lathe(channels=json.loads(file.read_text()))


def take(device, items, *, epoch="e1", at=NOON, covered=()):
    """Deliver items given as (sequence, at, channel, value)."""
    delivery = Delivery(epoch, [Item(*item) for item in items], covered)
    return deliveries.take(device=device, delivery=delivery, by=robot(name="tester"), at=at)
