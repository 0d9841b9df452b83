"""What the read door costs: a decision with its committed line in the log, lines a second, their sealing."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from devices.actions import devices
from devices.models import Device
from devices.ownership.actions import access, agreements, deciding, log, sealing
from devices.ownership.actions.deciding import Asked
from devices.ownership.models import AccessEvent
from devices.ownership.rules.decisions import Question, decide
from devices.ownership.rules.parties import Party
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.segments import Segment
from marketplace.actions.parties import robot
from marketplace.models import Organization, User
from marketplace.shared.period import Period
from tests.factories import marketplace as make

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROCESSES, THREADS, EACH = 2, 4, 400
ROUNDS = 5
SET_UP = "import django; django.setup(); from benchmarks import reads; "
Row = tuple[str, str, str, str]


def rows() -> list[Row]:
    """Return the rows of the table."""
    device, reader = leased()
    return [*door(device, reader), lines(device, reader), sealed()]


def committed(count: int) -> float:
    """Single durable inserts a second through one connection, of nothing but a number."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_lines (number bigint)")
        began = time.perf_counter()
        for number in range(count):
            cursor.execute("INSERT INTO bench_lines (number) VALUES (%s)", [number])
        return count / (time.perf_counter() - began)


def leased() -> tuple[Device, User]:
    """A machine of twelve channels that is leased, and a person of its lessee."""
    owner, lessee = make.organization("Bench owner"), make.organization("Bench lessee")
    channels = [
        {
            "key": f"c{n}",
            "name": f"c{n}",
            "kind": "GAUGE",
            "category": "machine_condition",
            "retention": "ORDINARY",
        }
        for n in range(12)
    ]
    by = robot(name="bench")
    machine = make.equipment(owner)
    device = devices.register(
        owner=owner,
        code="reads",
        name="reads",
        channels=channels,
        commissioned_at=AT.replace(year=2000),
        by=by,
        at=AT,
    )
    devices.bind(device=device, equipment=machine, period=Period(AT - 30 * 24 * HOUR, None), by=by, at=AT)
    agreements.open(
        equipment=machine,
        owner=owner,
        lessee=lessee,
        period=Period(AT - 24 * HOUR, AT + 24 * HOUR),
        reference="bench",
        billing_channels=["c0"],
        by=make.member(owner),
        at=AT - 24 * HOUR,
    )
    return device, make.member(lessee)


def door(device: Device, reader: User) -> list[Row]:
    """One reader after the other: the decision with its line in the log, and a whole read of nothing."""
    lessee = Organization.objects.of(reader).get()
    asked = Asked(device, Period(AT - HOUR, AT), "operation", lessee, reader, AT)

    def decided() -> None:
        wanted = deciding.channels(device=device, keys=["c1"])
        rulings = deciding.rule(asked=asked, wanted=wanted)
        deciding.write_down(asked=asked, channels=["c1"], rulings=rulings)
        assert not deciding.changed(device=device, times=[asked.period], rulings=rulings)

    def read() -> None:
        access.read(
            device=device,
            channels=["c1"],
            period=asked.period,
            purpose=asked.purpose,
            by=reader,
            within=lessee,
            at=AT,
        )

    return [
        told("a decision: committed line, versions compared (goal p95 ≤ 3 ms)", decided, 1),
        told("a read through the door, nothing to hand out, with its closing line", read, 2),
    ]


def told(what: str, work: Callable[[], None], commits: int) -> Row:
    """Return a row of how long some work takes, beside its durable commits alone."""
    times: list[float] = []
    for turn in range(600):
        began = time.perf_counter()
        work()
        if turn >= 100:
            times.append((time.perf_counter() - began) * 1000)
    times.sort()
    limit = commits * 1000 / committed(300)
    return (
        what,
        f"p50 {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms",
        f"durable commits alone {limit:.2f} ms",
        f"{statistics.median(times) / limit:.1f}",
    )


def lines(device: Device, reader: User) -> Row:
    """Lines of decisions, each committed by itself, from several processes and threads."""
    rates, commits = [], []
    names = [device.public_id, reader.public_id]
    command = [sys.executable, "-c", f"{SET_UP}reads.main({names})"]
    for _ in range(ROUNDS):
        before = AccessEvent.objects.count()
        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(PROCESSES)
        ]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()  # it is ready
        began = time.perf_counter()
        for worker in workers:
            worker.communicate(b"go\n")
        seconds = time.perf_counter() - began
        rates.append((AccessEvent.objects.count() - before) / seconds)
        commits.append(committed(300))
    limit = statistics.median(commits)
    return (
        f"lines of the log committed one by one, {PROCESSES} × {THREADS} writers",
        f"{statistics.median(rates):,.0f} lines/s ({min(rates):,.0f}–{max(rates):,.0f})",
        f"single durable commits {limit:,.0f}/s (goal 2,000)",
        f"{statistics.median(rates) / limit:.2f}",
    )


def sealed() -> Row:
    """Lines a second that the sealer appends to the tree."""
    waiting, by, began = AccessEvent.objects.count(), robot(name="bench"), time.perf_counter()
    while sealing.seal(by=by, at=AT) is not None:
        pass
    seconds = time.perf_counter() - began
    return ("lines of the log sealed", f"{waiting / seconds:,.0f} lines/s", "–", "–")


def write(device: Device, reader: User, count: int) -> None:
    """Decide and commit the lines of one thread."""
    lessee = Organization.objects.of(reader).get()
    period = Period(AT - HOUR, AT)
    segment = Segment(period, device.owner.public_id, None)
    for _ in range(count):
        decision = decide(Question(Party.LESSEE, "machine_condition", "operation"))
        ruling = Ruling(segment, "c1", "machine_condition", Party.LESSEE, decision)
        log.decided(
            device=device,
            channels=["c1"],
            period=period,
            purpose="operation",
            rulings=[ruling],
            concerned=[(segment.owner, lessee.public_id)],
            within=lessee,
            by=reader,
            at=AT,
        )
    connection.close()


def main(names: Sequence[str]) -> None:
    """Be one of the processes: say that it is ready, wait for the word, write."""
    device = Device.objects.select_related("owner").get(public_id=names[0])
    reader = User.objects.get(public_id=names[1])
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=write, args=(device, reader, EACH)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
