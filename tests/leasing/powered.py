"""A lease whose machine tells its states, its parts and its energy, and what it told on two days of March."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices.actions import devices
from devices.models import Device
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, LATHE, lathe, take
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED

ZONE = ZoneInfo("Asia/Shanghai")
METER = {"key": "meter", "name": "Energy", "kind": "COUNTER", "category": "energy", "unit": "kWh"}
PIECES = {"id": "pieces", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "1.00"}
PARTS_RULE = {"version": 1, "meter": "parts", "channel": "execution", "counter": "parts"}
TOLD = (
    ("2026-03-10T08:00", "execution", "ACTIVE"),
    ("2026-03-10T08:00", "meter", "1000"),
    ("2026-03-10T08:00", "parts", "0"),
    ("2026-03-10T16:00", "meter", "1048"),  # 8 h of work: 48 kWh
    ("2026-03-10T16:00", "parts", "60"),
    ("2026-03-10T16:00", "execution", "READY"),
    ("2026-03-11T04:00", "meter", "1072"),  # 12 h of standing, 2 kWh an hour: 16 kWh today, 8 tomorrow
    ("2026-03-11T08:00", "meter", "1080"),  # 4 h more of it: 8 kWh
    ("2026-03-11T08:00", "execution", "ACTIVE"),
    ("2026-03-11T18:00", "meter", "1130"),  # 10 h of work: 50 kWh
    ("2026-03-11T18:00", "parts", "125"),
)


def local(text: str) -> datetime:
    """Return a moment of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def equip(world: worlds.World, **meter: Any) -> Device:
    """Give the first machine a device with an energy meter, and let its parts be billed as well."""
    listing = world.listing
    listing.price_plan = worlds.PLAN | {"components": [*worlds.PLAN["components"], PIECES]}
    listing.count_rules = [*worlds.RULES, PARTS_RULE]
    listing.save()
    channels = [*LATHE, METER | {"retention": "EVIDENCE"} | meter]
    device = lathe(world.lessor, channels=channels)
    devices.bind(
        device=device,
        equipment=world.machines[0],
        period=Period(EARLY, None),
        by=world.owner,
        at=DECIDED,
    )
    return device


def tell(device: Device, at: datetime, told: tuple[tuple[str, str, str], ...] = TOLD) -> None:
    """Let the device tell what it told."""
    items = [
        (number, int(local(when).timestamp()) * 1_000_000, key, value)
        for number, (when, key, value) in enumerate(told, start=1)
    ]
    assert take(device, items, at=at).refusals == []
