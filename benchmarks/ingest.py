"""The telemetry door over HTTP, beside the database taking the same readings as plain rows."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from benchmarks import http
from devices.actions import devices
from devices.models import Block, Device
from marketplace.actions.parties import robot
from tests.factories import marketplace as make

AT = datetime(2026, 11, 1, tzinfo=UTC)
STAMP = "2026-11-01T00:00:00Z"
DOOR = "/api/v1/telemetry"
ROUNDS = 3
Row = tuple[str, str, str, str]


def measure(environment: dict[str, str]) -> list[Row]:
    """Measure every kind of post against one server."""
    with http.server(environment) as port:
        return [
            *dense(port, "compact", compact),
            *dense(port, "rows", rows),
            *dense(port, "compact, 10 % again, 10 % overlap", compact, mixed=True),
            *sparse(port),
            *sparse(port, mixed=True),
        ]


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
        owner=OWNER[0] if OWNER else _owner(),
        code=code,
        name=code,
        channels=channels,
        commissioned_at=AT - timedelta(days=9000),
        by=by,
        at=AT,
    )
    return device, devices.issue_key(device=device, by=by, at=AT)[1]


OWNER: list[Any] = []


def _owner() -> Any:
    OWNER.append(make.organization())
    return OWNER[0]


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


def dense(port: int, name: str, form: Any, *, mixed: bool = False) -> list[Row]:
    """1,000 readings over 12 channels a post, four connections, a device each."""
    size, posts, rates, copies, loads = 1000, 250, [], [], []
    stored = 0
    for turn in range(ROUNDS):
        queues = []
        for lane in range(4):
            _, key = speaker(f"dense-{name[:4]}-{int(mixed)}-{turn}-{lane}".replace(",", ""), 12)
            bodies = [form(n * size, size, 12) for n in range(posts)]
            bodies = mix(bodies, form, size, 12) if mixed else bodies
            queues.append([http.request(DOOR, key, body) for body in bodies])
        load = http.drive(port, queues)
        stored = sum(map(len, queues)) * size
        rates.append(stored / load.seconds)
        loads.append(load)
        copies.append(copied(100))
    ratio = statistics.median(rates) / statistics.median(copies)
    return [
        (
            f"POST 1,000 readings, {name}",
            f"{words(rates, 'readings/s')} p50 {med(loads, 'p50')} p99 {med(loads, 'p99')} ms",
            "COPY " + words(copies, "rows/s"),
            f"{ratio:.2f}",
        )
    ]


def sparse(port: int, *, mixed: bool = False) -> list[Row]:
    """30 readings over 15 channels a post, 1,000 devices, eight connections."""
    lanes, each, size = 8, 125, 30
    rates, loads = [], []
    keys = [[speaker(f"sparse-{int(mixed)}-{lane}-{n}", 15)[1] for n in range(each)] for lane in range(lanes)]
    for turn in range(ROUNDS + 1):
        queues = []
        for lane in range(lanes):
            queue = []
            for visit in range(2):
                place = turn * 2 + visit
                for key in keys[lane]:
                    queue.append(http.request(DOOR, key, compact(place * size, size, 15)))
                    if mixed and len(queue) % 10 == 4:
                        queue.append(queue[-1])
                    elif mixed and len(queue) % 10 == 9 and place:
                        queue.append(http.request(DOOR, key, compact(place * size - 15, size, 15)))
            queues.append(queue)
        load = http.drive(port, queues)
        if turn:  # the first round opens the epochs
            rates.append(load.answers / load.seconds)
            loads.append(load)
    return [
        (
            "POST 30 readings, 1,000 devices" + (", 10 % again, 10 % overlap" if mixed else ""),
            f"{words(rates, 'posts/s')} p50 {med(loads, 'p50')} p99 {med(loads, 'p99')} ms",
            "commit " + words([committed(1000) for _ in range(ROUNDS)], "rows/s"),
            "",
        )
    ]


def copied(batches: int) -> float:
    """Rows a second of binary COPY into a plain table, committed per 1,000, through one connection."""
    import time

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
    import time

    with connection.cursor() as cursor:
        began = time.perf_counter()
        for number in range(count):
            cursor.execute("INSERT INTO bench_rows (seq) VALUES (%s)", [number])
        return count / (time.perf_counter() - began)


def _binary(first: int) -> bytes:
    import struct

    row = struct.Struct(">hiqiqiqiiiq")
    body = b"".join(
        row.pack(5, 8, 1, 8, n, 8, n * 100_000, 4, n % 12, 8, value(n)) for n in range(first, first + 1000)
    )
    return b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0) + body + struct.pack(">h", -1)


COPIES = [_binary(n * 1000) for n in range(10)]


def words(rates: list[float], unit: str) -> str:
    return f"{statistics.median(rates):,.0f} {unit} ({min(rates):,.0f}–{max(rates):,.0f})"


def med(loads: list[http.Load], field: str) -> str:
    return f"{statistics.median(getattr(load, field) for load in loads):.1f}"


def bytes_a_reading() -> str:
    blocks = Block.objects.count()
    return str(blocks)
