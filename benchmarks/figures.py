"""The measurements. Each is repeated; the median is printed, with the least and the greatest."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from benchmarks import calendar, metering, rating, reads, rights
from devices import queries
from devices.actions import archiving, deliveries, devices, sealing
from devices.models import Block, Channel, Device
from devices.rules import blocks
from devices.rules.admission import Item
from devices.rules.quantities import Fold, Terms
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.factories import marketplace as make

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=20)
START = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000_000
ROUNDS = 5


def run(over_http: Callable[[], list[tuple[str, str, str, str]]]) -> None:
    """Measure everything and print one table; bytes first, while no table has pages to spare."""
    storage = [*stored("nist-sms/Mazak01", 14), *stored("nist-sms/Mazak01", 1000)]
    rows = [
        *over_http(),
        dense(),
        sparse(),
        *storage,
        folded(1000),
        folded(14),
        *metering.rows(),
        *rating.rows(),
        *rights.rows(),
        *reads.rows(),
        *calendar.rows(),
    ]
    table(rows)


def table(rows: list[tuple[str, str, str, str]]) -> None:
    """Print rows of (what, figure, limit, ratio)."""
    print(f"{'what':58} {'figure (median, min–max)':72} {'limit in the same run':44} ratio")
    for what, figure, limit, ratio in rows:
        print(f"{what:58} {figure:72} {limit:44} {ratio}")


def timed(work: Callable[[int], int], rounds: int = ROUNDS) -> list[float]:
    """Return how much was done a second in each round."""
    rates = []
    for turn in range(rounds):
        began = time.perf_counter()
        done = work(turn)
        rates.append(done / (time.perf_counter() - began))
    return rates


def words_of(rates: list[float], unit: str) -> str:
    return f"{statistics.median(rates):,.0f} {unit} ({min(rates):,.0f}–{max(rates):,.0f})"


def device(code: str, count: int) -> Device:
    channels = [
        {"key": f"c{n}", "name": f"c{n}", "kind": "GAUGE", "category": "machine_condition", "retention": kind}
        for n, kind in ((n, ("EVIDENCE", "ORDINARY", "PRIVATE")[n % 3]) for n in range(count))
    ]
    by = robot(name="bench")
    return devices.register(
        owner=make.organization(),
        code=code,
        name=code,
        channels=channels,
        commissioned_at=AT.replace(year=2000),
        by=by,
        at=AT,
    )


def items(first: int, count: int, channels: int) -> list[Item]:
    return [
        Item(n, START + n * 100_000, f"c{n % channels}", 1000 + n % 97) for n in range(first, first + count)
    ]


def dense() -> tuple[str, str, str, str]:
    """1,000 readings over 12 channels a delivery, beside binary COPY of the same as plain rows."""
    by, box = robot(name="bench"), device("dense", 12)
    batches = [items(n * 1000, 1000, 12) for n in range(20 * ROUNDS)]

    def take(turn: int) -> int:
        for batch in batches[turn * 20 : turn * 20 + 20]:
            deliveries.take(device=box, delivery=deliveries.Delivery("e", batch), by=by, at=AT)
        return 20_000

    def copy(turn: int) -> int:
        with connection.cursor() as cursor:
            for batch in batches[turn * 20 : turn * 20 + 20]:
                with cursor.copy(
                    "COPY bench (device, seq, at, channel, value) FROM STDIN (FORMAT BINARY)"
                ) as out:
                    out.set_types(["int8", "int8", "int8", "int4", "int8"])
                    for item in batch:
                        out.write_row((box.pk, item.sequence, item.at, int(item.channel[1:]), item.value))
        return 20_000

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench (device int8, seq int8, at int8, channel int4, value int8)")
    mine, limit = timed(take), timed(copy)
    ratio = statistics.median(mine) / statistics.median(limit)
    return (
        "take(), 1,000 readings over 12 channels",
        words_of(mine, "readings/s"),
        "COPY " + words_of(limit, "rows/s"),
        f"{ratio:.2f}",
    )


def sparse() -> tuple[str, str, str, str]:
    """30 readings over 15 channels a delivery, beside an empty durable commit."""
    by = robot(name="bench")
    boxes = [device(f"sparse-{n}", 15) for n in range(20)]

    def take(turn: int) -> int:
        for place in range(200):
            batch = items(turn * 300 + place // 20 * 30, 30, 15)
            deliveries.take(device=boxes[place % 20], delivery=deliveries.Delivery("e", batch), by=by, at=AT)
        return 200

    def commit(turn: int) -> int:
        with connection.cursor() as cursor:
            for number in range(500):
                cursor.execute("INSERT INTO bench (seq) VALUES (%s)", [number])
        return 500

    mine, limit = timed(take), timed(commit)
    ratio = statistics.median(mine) / statistics.median(limit)
    return (
        "take(), 30 readings over 15 channels",
        words_of(mine, "deliveries/s"),
        "commit " + words_of(limit, "rows/s"),
        f"{ratio:.2f}",
    )


def stored(name: str, size: int) -> list[tuple[str, str, str, str]]:
    """Bytes a reading of a recording with rows and indexes, hot and archived, without and with the log."""
    by, recording = robot(name="bench"), recordings.load(name)
    of = f"{name.split('/')[1].removesuffix('.txt')}, {size}"
    box = recorded(name, of.lower().replace(", ", "-").replace(" ", "-"))
    hot, log = table_bytes("devices_block"), log_bytes()
    readings = recording.readings[: 10_000 * size if size < 100 else 200_000]
    for turn, start in enumerate(range(0, len(readings), size)):
        batch = [Item(one.sequence, one.at, one.channel, one.value) for one in readings[start : start + size]]
        received = LONG_AGO + turn * timedelta(seconds=10)
        deliveries.take(device=box, delivery=deliveries.Delivery("e", batch), by=by, at=received)
    sealing.seal(by=by, at=LONG_AGO)
    hot, log = table_bytes("devices_block") - hot, log_bytes() - log
    cold, paged, began = table_bytes("devices_archive"), log_bytes(), time.perf_counter()
    archiving.fold(by=by, at=AT)
    seconds = time.perf_counter() - began
    archiving.fold_log(by=by, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL devices_logentry")  # its rows are gone, its pages are not
    cold, paged = table_bytes("devices_archive") - cold, log + log_bytes() - paged
    rows = [
        (f"hot, {of} a delivery", hot, hot + log),
        (f"archived, {of} a delivery", cold, cold + paged),
    ]
    rate = len(readings) / seconds
    return [
        (
            f"bytes a reading {what}",
            f"{alone / len(readings):.1f} B, with its entry in the log {both / len(readings):.1f} B",
            "row a reading with key: 134 B",
            f"{both / len(readings) / 134:.2f}",
        )
        for what, alone, both in rows
    ] + [(f"archiving, {of} a delivery", f"{rate:,.0f} readings/s", "–", "–")]


def recorded(name: str, code: str) -> Device:
    dictionary: list[dict[str, Any]] = [
        {"key": key, **about} for key, about in recordings.load(name).dictionary.items()
    ]
    by = robot(name="bench")
    return devices.register(
        owner=make.organization(),
        code=code,
        name=code,
        channels=dictionary,
        commissioned_at=AT.replace(year=2000),
        by=by,
        at=AT,
    )


def table_bytes(parent: str) -> int:
    """Return the bytes of all partitions of a table, with keys, indexes and what lies beside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = %s::regclass",
            [parent],
        )
        return int(cursor.fetchone()[0])


def log_bytes() -> int:
    """Return the bytes of the log: entries, pages, stored hashes, with their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest("
            "ARRAY['devices_logentry', 'devices_logpage', 'devices_lognode']) AS of_log (name)"
        )
        return int(cursor.fetchone()[0])


def folded(size: int) -> tuple[str, str, str, str]:
    """Hot readings of a recording to quantities: read, decode, fold; beside reading and decoding alone."""
    recording, by = recordings.load("nist-sms/Mazak01"), robot(name="bench")
    box = recorded("nist-sms/Mazak01", f"passed-{size}")
    readings = recording.readings[: 3000 * size if size < 100 else 200_000]
    for start in range(0, len(readings), size):
        batch = [Item(one.sequence, one.at, one.channel, one.value) for one in readings[start : start + size]]
        deliveries.take(device=box, delivery=deliveries.Delivery("e", batch), by=by, at=AT)
    found = Block.objects.filter(device_id=box.pk)
    count = sum(found.values_list("count", flat=True))
    words = queries.words_of(box)
    numbers = set(
        Channel.objects.filter(device=box, key=recording.execution).values_list("number", flat=True)
    )

    def fold(turn: int) -> int:
        said = queries.evidence(box, channels=[recording.execution])
        Fold(Terms(execution=recording.execution)).feed(said.readings, said.trace)
        return count

    def scan(turn: int) -> int:
        list(found.values_list("evidence", "life"))
        return count

    columns = [(bytes(evidence), bytes(life)) for evidence, life in found.values_list("evidence", "life")]

    def decode(turn: int) -> int:
        for evidence, life in columns:
            blocks.decode(evidence, words=words, channels=numbers)
            blocks.decode_trace(life)
        return count

    mine, limit, decoded = timed(fold), timed(scan), timed(decode)
    ratio = statistics.median(mine) / statistics.median(limit)
    return (
        f"metering: stored readings passed over, {size} a delivery",
        words_of(mine, "readings/s"),
        f"scan {statistics.median(limit):,.0f}, decoding {statistics.median(decoded):,.0f} readings/s",
        f"{ratio:.3f}",
    )
