"""
A bad day: many processes send the same readings in overlapping random deliveries, one of them is killed, and
PostgreSQL crashes in between. What is stored must be what was sent, once.

    python -m tests.devices.storm [--processes 10] [--recording "nist-sms/Mazak03 Oct 2018"] [--seed 1]

says what it found and exits 1 if anything differs. ``make test`` runs a short round, ``make storm`` a long
one.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from config.up import postgres

CODE = "storm"
PATIENCE = 120  # seconds without a database before a sender gives up


def main() -> int:
    """Run one storm, or one of its senders."""
    ask = argparse.ArgumentParser(prog="python -m tests.devices.storm", description=__doc__)
    ask.add_argument("--processes", type=int, default=10)
    ask.add_argument("--recording", default="nist-sms/Mazak03 Oct 2018")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    asked = ask.parse_args()
    if asked.send:
        begin()
        send(asked.recording, random.Random(asked.seed))
        return 0
    with tempfile.TemporaryDirectory(prefix="jijian-storm-") as folder:
        return storm(Path(folder), asked.processes, asked.recording, random.Random(asked.seed))


def begin() -> None:
    """Let Django read the settings that name our database."""
    import django

    django.setup()


def storm(home: Path, processes: int, name: str, rng: random.Random) -> int:
    """Start a database with durable settings, let the senders loose, break things, and compare."""
    home.chmod(0o711)
    cluster = postgres.cluster_at(home / "pg", sockets=home)
    if cluster.isolation.owner != os.geteuid():
        os.chown(home, cluster.isolation.owner, -1)
    cluster.create()
    server = cluster.start(log=home / "postgres.log")
    os.environ |= {
        "DATABASE_URL": cluster.url(postgres.OWNER),
        "DATABASE_NO_POOL": "1",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "only-for-tests",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    begin()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    prepare(name)
    connection.close()  # ours would not outlive the crash
    senders = [sender(name, rng.randrange(2**31)) for _ in range(processes)]
    try:
        time.sleep(1.5)
        senders[0].send_signal(signal.SIGKILL)
        time.sleep(0.5)
        os.kill(server.pid, signal.SIGQUIT)  # PostgreSQL's immediate shutdown: it has to recover
        server.wait(30)
        server = cluster.start(log=home / "postgres.log")
        codes = [one.wait(1200) for one in senders]
        return compare(name, codes)
    finally:
        for one in senders:
            one.kill()
        connection.close()
        server.ask_to_stop()
        server.wait(30)


def sender(name: str, seed: int) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-m",
        "tests.devices.storm",
        "--send",
        "--recording",
        name,
        "--seed",
        str(seed),
    ]
    return subprocess.Popen(command, env=os.environ.copy())


def prepare(name: str) -> None:
    """Register the recording's machine."""
    from devices.models import Device
    from tests.devices.machines import recorded

    device = recorded(name)
    Device.objects.filter(pk=device.pk).update(code=CODE)


def deliveries(count: int, rng: random.Random) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges that cover everything, of random length, overlapping, in random order."""
    edges = [0, *sorted(rng.sample(range(1, count), min(60, count // 50))), count]
    ranges = [(max(0, start - rng.randrange(200)), end) for start, end in pairwise(edges)]
    rng.shuffle(ranges)
    yield from ranges


def send(name: str, rng: random.Random) -> None:
    """Send the whole recording; a delivery that fails is sent again until it is answered."""
    from django.db import DatabaseError, connection
    from django.utils import timezone

    from devices.actions.deliveries import Delivery, take
    from devices.models import Device
    from devices.rules.admission import Item
    from marketplace.actions.parties import robot
    from tests.devices import recordings

    recording = recordings.load(name)
    items = [Item(*reading) for reading in recording.readings]
    device = by = None
    for start, end in deliveries(len(items), rng):
        began = time.monotonic()
        while True:
            try:
                device = device or Device.objects.select_related("owner").get(code=CODE)
                by = by or robot(name="storm")
                delivery = Delivery(recording.epoch, items[start:end])
                receipt = take(device=device, delivery=delivery, by=by, at=timezone.now())
                break
            except DatabaseError:
                connection.close()
                if time.monotonic() - began > PATIENCE:
                    raise
                time.sleep(0.2)
        assert receipt.ack == items[end - 1].sequence
        assert (receipt.refusals, receipt.conflicts) == ([], [])


def compare(name: str, codes: list[int]) -> int:
    """Say what differs between what was sent and what is stored."""
    from devices import queries
    from devices.models import Block, Device, Gap
    from tests.devices import recordings, test_truth

    recording = recordings.load(name)
    device = Device.objects.get(code=CODE)
    said = [(one.sequence, one.at, one.channel, one.value) for one in queries.readings(device, channels=None)]
    found: dict[str, Any] = {
        "senders ended well, but for the one that was killed": codes[0] == -9 and set(codes[1:]) <= {0},
        "stored is what was sent": said == [tuple(reading) for reading in recording.readings],
        "every reading once": sum(Block.objects.values_list("count", flat=True)) == len(recording.readings),
        "no gap is open": not Gap.objects.open().exists(),
        "usage is that of one pass": test_truth.measured(device, recording) == test_truth.expected(name),
    }
    arrivals = list(Block.objects.order_by("arrival").values_list("arrival", flat=True))
    found["arrivals have no hole"] = arrivals == list(range(1, len(arrivals) + 1))
    for what, well in found.items():
        sys.stdout.write(f"{'ok     ' if well else 'WRONG  '}{what}\n")
    sys.stdout.write(f"{len(said)} readings in {len(arrivals)} deliveries\n")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
