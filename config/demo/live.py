"""
A machine that runs now: a recorded working day, its wall clock laid over today's, reading by reading.

The numbering of a day is its own epoch, so a restart or a second replayer sends nothing twice.
"""

import gzip
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

from config.demo.leases import RECORDINGS
from devices.actions import deliveries
from devices.models import Device
from devices.rules import shdr
from devices.rules.admission import Item
from devices.rules.portions import portions
from devices.rules.readings import Observation, instant
from marketplace.models import User
from marketplace.shared.period import local_midnight

CODE = "mazak03-live"
ZONE = ZoneInfo("Asia/Shanghai")
FOLDER = RECORDINGS / "nist-sms" / "Mazak03"
DAYS = ("20160502", "20160503", "20160504", "20160505", "20160506")
DELIVERY = 2000


def send_until(device: Device, *, day: date, now: datetime, sent: int, by: User) -> int:
    """Deliver what the machine said on ``day`` after its first ``sent`` readings and up to ``now``."""
    limit = instant(now)
    items = list(takewhile(lambda item: item.at <= limit, _items(day, sent)))
    for batch in portions(items, DELIVERY):
        deliveries.take(
            device=device, delivery=deliveries.Delivery(f"live-{day.isoformat()}", batch), by=by, at=now
        )
    return sent + len(items)


def _items(day: date, sent: int) -> Iterator[Item]:
    """Yield the readings of a day from number ``sent`` on; the source's order, not the clock's."""
    readings, label = _recorded(DAYS[day.toordinal() % len(DAYS)])
    shift = instant(local_midnight(day, ZONE)) - instant(local_midnight(label, ZoneInfo("UTC")))
    for number in range(sent, len(readings)):
        said = readings[number]
        yield Item(number + 1, said.at + shift, said.key, said.text)


@cache
def _recorded(day: str) -> tuple[list[Observation], date]:
    path = next(Path(FOLDER).glob(f"Mazak03-{day}-*.txt.gz"))
    content = gzip.decompress(path.read_bytes())
    said = [found for found in shdr.read(BytesIO(content)) if isinstance(found, Observation)]
    return said, datetime.strptime(day, "%Y%m%d").replace(tzinfo=ZONE).date()
