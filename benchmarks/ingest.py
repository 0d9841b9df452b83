"""The telemetry door over HTTP, beside the database taking the same readings as plain rows."""

import functools
import itertools
import statistics
import struct
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from benchmarks import http
from devices.actions import devices
from devices.models import Device
from marketplace.actions import api_keys
from marketplace.actions.parties import robot
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from tests.factories import marketplace as make

AT = datetime(2026, 11, 1, tzinfo=UTC)
STAMP = "2026-11-01T00:00:00Z"
DOOR = "/api/v1/telemetry"
ROUNDS = 3
Row = tuple[str, str, str, str]


def measure(environment: dict[str, str]) -> list[Row]:
    """Measure every kind of post against one server, and its memory against another."""
    with http.server(environment) as server:
        rows_of_one_device = [
            dense(server.port, "compact", compact),
            dense(server.port, "rows", rows),
            dense(server.port, "compact, 10 % again, 10 % overlap", compact, mixed=True),
        ]
        fleet = [speaker(f"fleet-{n}", 15) for n in range(1000)]
        rows_of_many = [
            sparse(server.port, fleet),
            sparse(server.port, fleet, mixed=True),
            together(server.port, fleet, 10),
            together(server.port, fleet, 100),
        ]
    return [*rows_of_one_device, *rows_of_many, *memory(environment)]


def speaker(code: str, count: int) -> tuple[Device, str]:
    """Register a device with ``count`` channels over three classes, and give it a key."""
    channels = [
        {
            "key": f"c{n}",
            "name": f"c{n}",
            "kind": "GAUGE",
            "category": "machine_condition",
            "retention": ("EVIDENCE", "ORDINARY", "PRIVATE")[n % 3],
        }
        for n in range(count)
    ]
    by = robot(name="bench")
    device = devices.register(
        owner=_owner(),
        code=code,
        name=code,
        channels=channels,
        commissioned_at=AT - timedelta(days=9000),
        by=by,
        at=AT,
    )
    return device, devices.issue_key(device=device, by=by, at=AT)[1]


@functools.cache
def _owner() -> Organization:
    return make.organization()


def value(n: int) -> int:
    return 1000 + n * 7919 % 97


def compact(first: int, count: int, channels: int) -> bytes:
    """Readings interleaved over the channels, in the compact form."""
    grouped: dict[str, dict[str, list[int]]] = {}
    for n in range(first, first + count):
        column = grouped.setdefault(f"c{n % channels}", {"sequence": [], "at": [], "value": []})
        column["sequence"].append(n)
        column["at"].append(n * 100)
        column["value"].append(value(n))
    return msgspec.json.encode({"epoch": "e", "start": STAMP, "channels": grouped})


def rows(first: int, count: int, channels: int) -> bytes:
    """The same readings, one object each."""
    listed = [
        {
            "sequence": n,
            "at": (AT + timedelta(milliseconds=n * 100)).isoformat().replace("+00:00", "Z"),
            "channel": f"c{n % channels}",
            "value": value(n),
        }
        for n in range(first, first + count)
    ]
    return msgspec.json.encode({"epoch": "e", "readings": listed})


def mix(bodies: list[bytes], form: Any, size: int, channels: int) -> list[bytes]:
    """Send every tenth body twice, and cut every tenth anew so that it overlaps the one before."""
    found: list[bytes] = []
    for place, body in enumerate(bodies):
        found.append(body)
        if place % 10 == 4:
            found.append(body)
        elif place % 10 == 9:
            found.append(form(place * size - size // 2, size, channels))
    return found


def dense(port: int, name: str, form: Any, *, mixed: bool = False) -> Row:
    """1,000 readings over 12 channels a post, four connections, a device each."""
    size, posts, rates, copies, loads = 1000, 200, [], [], []
    for turn in range(ROUNDS):
        queues = []
        for lane in range(4):
            _, key = speaker(f"dense-{name[:4]}-{int(mixed)}-{turn}-{lane}".replace(",", ""), 12)
            bodies = [form(n * size, size, 12) for n in range(posts)]
            bodies = mix(bodies, form, size, 12) if mixed else bodies
            queues.append([http.request(DOOR, key, body) for body in bodies])
        load = http.drive(port, queues)
        rates.append(sum(map(len, queues)) * size / load.seconds)
        loads.append(load)
        copies.append(copied(100))
    ratio = statistics.median(rates) / statistics.median(copies)
    return (
        f"POST 1,000 readings, {name}",
        told(rates, "readings/s", loads),
        "COPY " + words(copies, "rows/s"),
        f"{ratio:.2f}",
    )


LANES, SIZE = 8, 30
Fleet = list[tuple[Device, str]]
PLACES = itertools.count()  # each device of the fleet goes on from row to row


def sparse(port: int, fleet: Fleet, *, mixed: bool = False) -> Row:
    """30 readings over 15 channels a post, 1,000 devices, eight connections."""
    rates, loads, commits = [], [], []
    for turn in range(ROUNDS + 1):
        queues: list[list[bytes]] = [[] for _ in range(LANES)]
        for _ in range(2):
            place = next(PLACES)
            for lane, queue in enumerate(queues):
                for _, key in fleet[lane::LANES]:
                    queue.append(http.request(DOOR, key, compact(place * SIZE, SIZE, 15)))
                    if mixed and len(queue) % 10 == 4:
                        queue.append(queue[-1])
                    elif mixed and len(queue) % 10 == 9:
                        queue.append(http.request(DOOR, key, compact(place * SIZE - 15, SIZE, 15)))
        load = http.drive(port, queues)
        if turn:  # the first round opens the epochs
            rates.append(load.answers / load.seconds)
            loads.append(load)
            commits.append(committed(300))
    return (
        "POST 30 readings, 1,000 devices" + (", 10 % again, 10 % overlap" if mixed else ""),
        told(rates, "posts/s", loads),
        "commit " + words(commits, "rows/s"),
        f"{statistics.median(rates) / statistics.median(commits):.2f}",
    )


def together(port: int, fleet: Fleet, count: int) -> Row:
    """Deliveries of 30 readings over 15 channels, several machines a post, four connections."""
    by = make.member(_owner())
    _, key = api_keys.create(
        organization=_owner(), name=f"gateway-{count}", scopes=[Scope.TELEMETRY_WRITE], by=by, at=AT
    )
    rates, loads, commits = [], [], []
    for _ in range(ROUNDS):
        queues: list[list[bytes]] = [[] for _ in range(4)]
        for _ in range(2):
            place = next(PLACES)
            for number, start in enumerate(range(0, len(fleet), count)):
                body = gathered([device for device, _ in fleet[start : start + count]], place * SIZE)
                queues[number % 4].append(http.request(f"{DOOR}/deliveries/", key, body))
        load = http.drive(port, queues)
        rates.append(2 * len(fleet) / load.seconds)
        loads.append(load)
        commits.append(committed(300))
    return (
        f"POST {count} deliveries of 30 readings",
        told(rates, "deliveries/s", loads),
        "commit " + words(commits, "rows/s"),
        f"{statistics.median(rates) / statistics.median(commits):.2f}",
    )


def gathered(machines: list[Device], first: int) -> bytes:
    """The same delivery of several machines in one body."""
    one = compact(first, SIZE, 15)[1:]
    parts = [b'{"device":"' + machine.public_id.encode() + b'",' + one for machine in machines]
    return b'{"deliveries":[' + b",".join(parts) + b"]}"


MOST = 10_000_000
MARKS = (0.05, 0.25, 0.5, 1.0)


def memory(environment: dict[str, str]) -> list[Row]:
    """What the server's processes hold while 10 M readings come in, 100 devices, four connections."""
    size, lanes, machines = 5000, 4, 25
    keys = [[speaker(f"memory-{lane}-{n}", 12)[1] for n in range(machines)] for lane in range(lanes)]
    visits = MOST // size // lanes // machines
    with http.server(environment) as server:
        held: list[float] = []

        def stretch(since: float, until: float) -> None:
            places = range(round(visits * since), round(visits * until))
            queues = [
                (
                    http.request(DOOR, key, compact(place * size, size, 12))
                    for place in places
                    for key in keys[lane]
                )
                for lane in range(lanes)
            ]
            http.drive(server.port, queues)
            held.append(server.memory())

        began = time.perf_counter()
        for since, until in itertools.pairwise((0.0, *MARKS)):
            stretch(since, until)
        seconds = time.perf_counter() - began
    marks = ", ".join(f"{at:.0%} {size:,.0f}" for at, size in zip(MARKS, held, strict=True))
    return [
        (
            f"server memory over {MOST:,} readings ({seconds:.0f} s)",
            f"MiB of {http.PROCESSES} processes: {marks}",
            f"at {MARKS[1]:.0%} {held[1]:,.0f} MiB",
            f"{held[-1] / held[1]:.2f}",
        )
    ]


def copied(batches: int) -> float:
    """Rows a second of binary COPY into a plain table, committed per 1,000, through one connection."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_rows")
        cursor.execute("CREATE TABLE bench_rows (device int8, seq int8, at int8, channel int4, value int8)")
        began = time.perf_counter()
        for batch in range(batches):
            with cursor.copy("COPY bench_rows FROM STDIN (FORMAT BINARY)") as out:
                out.write(COPIES[batch % len(COPIES)])
        return batches * 1000 / (time.perf_counter() - began)


def committed(count: int) -> float:
    """Single durable inserts a second through one connection."""
    with connection.cursor() as cursor:
        began = time.perf_counter()
        for number in range(count):
            cursor.execute("INSERT INTO bench_rows (seq) VALUES (%s)", [number])
        return count / (time.perf_counter() - began)


def _binary(first: int) -> bytes:
    row = struct.Struct(">hiqiqiqiiiq")
    body = b"".join(
        row.pack(5, 8, 1, 8, n, 8, n * 100_000, 4, n % 12, 8, value(n)) for n in range(first, first + 1000)
    )
    return b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0) + body + struct.pack(">h", -1)


COPIES = [_binary(n * 1000) for n in range(10)]


def words(rates: list[float], unit: str) -> str:
    return f"{statistics.median(rates):,.0f} {unit} ({min(rates):,.0f}–{max(rates):,.0f})"


def told(rates: list[float], unit: str, loads: list[http.Load]) -> str:
    p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("p50", "p99"))
    failed = sum(load.failed for load in loads)
    return f"{words(rates, unit)} p50 {p50:.1f} p99 {p99:.1f} ms" + (f" FAILED {failed}" if failed else "")
