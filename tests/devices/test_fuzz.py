"""Whatever a parser is given, it reads or refuses with a reason: no crash, no hang, bounded memory."""

import csv
import gzip
import io
import json
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.rules import (
    archives,
    blocks,
    cloudevents,
    columns,
    envelopes,
    mtconnect,
    shdr,
    sparkplug,
    spoken,
    tables,
)
from devices.rules.admission import LARGEST_SEQUENCE, Entry, Item, admit
from devices.rules.envelopes import Malformed
from devices.rules.life import trace
from devices.rules.nodes import Node
from devices.rules.readings import Problem, Refused, moment
from devices.rules.refusals import SENTENCES
from devices.rules.sparkplug import Topic
from tests.config.test_edge import edge
from tests.devices import recordings
from tests.devices.bad_input import streams
from tests.fakes.sparkplug import birth, metric
from tests.rounds import tries

OKUMA, UR3 = "cppagent-demo/okuma.txt.gz", "ur3-cobotops/dataset_02052023.session1.csv.gz"
MAZAK = "mtconnect-rest/mazak_sample_chunk1.xml.gz"
CODES = {"ACTIVE": 1, "READY": 2, "STOPPED": 3}
WORDS = {code: word for word, code in CODES.items()}
ENTRIES = {
    "parts": Entry(1, True, "parts", False, "EVIDENCE"),
    "execution": Entry(2, False, "execution", True, "EVIDENCE"),
}
LIMITS = {"not_before": 0, "not_after": 2**62}
COBOT = {
    "separator": ";",
    "decimal": ",",
    "time": {"column": "Timestamp", "zone": "UTC"},
    "channels": {"cycle": "parts"},
}


def recorded(name):
    return gzip.decompress((recordings.DATA / name).read_bytes())


def said():
    """A few seconds of a real machine, as observations."""
    return recordings.observations("nist-sms/Hurco01")[:40]


def rows():
    readings = [
        {"sequence": n, "at": moment(one.at).isoformat(), "channel": one.key, "value": one.text}
        for n, one in enumerate(said())
    ]
    return json.dumps({"epoch": "e", "readings": readings}).encode()


def compact():
    column = {"sequence": [1, 2, 3], "at": [0, 10, 20], "value": [1, "2.50", None]}
    states = {"sequence": [4, 5], "at": [5, 25], "value": ["ACTIVE", "READY"]}
    channels = {"parts": column, "execution": states}
    return json.dumps({"epoch": "e", "start": "2026-03-02T09:14:58Z", "channels": channels}).encode()


def events():
    told = [
        {
            "specversion": "1.0",
            "id": f"i{n}",
            "source": "s",
            "type": "t",
            "subject": one.key,
            "time": moment(one.at).isoformat(),
            "sequence": str(n),
            "data": one.text,
        }
        for n, one in enumerate(said())
    ]
    return json.dumps(told).encode()


def block():
    rows = [
        recordings.Reading(n, 1_772_442_898_000_000 + n * 1000, n % 3, value)
        for n, value in enumerate([1, "ACTIVE", "O1234", 2, "READY", None, 3, None, "x"] * 6)
    ]
    return rows, blocks.encode(rows, states={1}, codes=CODES)


def archive():
    rows, written = block()
    life = blocks.encode_trace(trace(rows, closers={1}))
    empty = blocks.encode([], states={1}, codes=CODES)
    times = [row.at for row in rows]
    edges = (rows[0].sequence, rows[-1].sequence, len(rows), min(times), max(times))
    about = archives.About(1, 10**6, *edges, 0)
    kept = archives.Kept(about, written, empty, empty, life, bytes(16))
    return archives.fold([kept], words=WORDS, states={1})


def judged(items):
    admitted = admit(items, dictionary=ENTRIES, **LIMITS)
    assert len(admitted.readings) + len(admitted.refusals) == len(items)
    for refusal in admitted.refusals:
        assert refusal.reason in SENTENCES
    for reading in admitted.readings:
        assert 0 <= reading.sequence <= LARGEST_SEQUENCE
        blocks.encode([reading], states={2}, codes={reading.value: 1})


def read_json(body):
    at_once = spoken.read(body, ENTRIES, **LIMITS)
    found = envelopes.read(body)
    judged(found.items)
    if at_once is not None:
        assert at_once.size == len(found.items)


def read_table(content):
    for row in tables.read(io.BytesIO(content), tables.mapping(json.dumps(COBOT))):
        if not isinstance(row, Problem):
            judged(row.items)


def read_shdr(content):
    for one in shdr.read(io.BytesIO(content)):
        if not isinstance(one, Problem):
            judged([Item(1, one.at, one.key, one.text)])


def read_document(content):
    for stream in mtconnect.read(content).streams:
        judged([Item(*one) for one in stream.items])


def read_payload(content):
    heard = Node().take(Topic("g", "NBIRTH", "n", ""), sparkplug.read(content))
    judged(heard.items)


def read_block(content):
    for reading in blocks.decode(content, words=WORDS):
        assert isinstance(reading.sequence, int)


def read_spool(content):
    for line in content.splitlines(keepends=True):
        found = edge.content(line)
        assert found is None or isinstance(found, dict)
        try:
            edge.readings(line, "csv")
            edge.readings(line, "shdr")
        except (ValueError, csv.Error):
            pass


PARSERS = {
    "rows": (read_json, rows),
    "compact": (read_json, compact),
    "events": (lambda body: judged([one.item for one in cloudevents.read(body)]), events),
    "event": (
        lambda body: judged([one.item for one in cloudevents.read(body, batch=False)]),
        lambda: events()[1:300],
    ),
    "mtconnect": (read_document, lambda: recorded(MAZAK)[:6000] + b"</MTConnectStreams>"),
    "mtconnect-whole": (read_document, lambda: recorded(MAZAK)),
    "shdr": (read_shdr, lambda: recorded(OKUMA)[:5000]),
    "table": (read_table, lambda: recorded(UR3)[:5000]),
    "sparkplug": (
        read_payload,
        lambda: birth(
            *(metric(one.key, alias=n, string_value=one.text) for n, one in enumerate(said()[:12]))
        ),
    ),
    "block": (read_block, lambda: block()[1]),
    "trace": (blocks.decode_trace, lambda: blocks.encode_trace(trace(block()[0], closers={1}))),
    "archive": (lambda column: archives.readings(column, words=WORDS), lambda: archive().evidence),
    "archive-facts": (lambda column: archives.facts(column, first=1), lambda: archive().facts),
    "spool": (
        read_spool,
        lambda: b"".join(edge.record({"n": n, "r": [["t", "c", "v"]], "p": ""}) for n in range(9)),
    ),
}


@st.composite
def spoiled(draw, whole):
    """Bytes cut, doubled, moved, turned and added to, a few times."""
    body = bytearray(whole)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 200)))
        part = body[start:end]
        how = draw(st.sampled_from(["cut", "end", "double", "move", "turn", "add"]))
        if how == "cut":
            del body[start:end]
        elif how == "end":
            del body[end:]
        elif how == "double":
            body[start:start] = part
        elif how == "move":
            del body[start:end]
            to = draw(st.integers(0, len(body)))
            body[to:to] = part
        elif how == "turn" and part:
            body[start] = draw(st.integers(0, 255))
        else:
            body[start:start] = draw(
                st.binary(max_size=6) | st.sampled_from([b'"', b"{", b"\\u0000", b"<!", b"|"])
            )
    return bytes(body)


def read_or_refuse(parse, content):
    try:
        parse(content)
    except (Refused, Malformed) as refused:
        assert str(refused)


@pytest.mark.parametrize("name", PARSERS)
class TestEveryParser:
    def test_reads_what_is_whole(self, name):
        parse, whole = PARSERS[name]

        if name not in ("event", "mtconnect"):
            parse(whole())

    @settings(
        max_examples=tries(30), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    @given(st.data())
    def test_reads_or_refuses_what_is_spoiled(self, name, data):
        parse, whole = PARSERS[name]

        read_or_refuse(parse, data.draw(spoiled(whole())))

    @settings(max_examples=tries(60))
    @given(st.binary(max_size=500))
    def test_reads_or_refuses_noise(self, name, noise):
        read_or_refuse(PARSERS[name][0], noise)


MIB = 1024 * 1024
BODY = 2 * MIB - 300
AROUND = b'{"epoch":"e","start":"2026-03-02T09:14:58Z","channels":{%s}}'


def message(number, content):
    return columns.varints([number << 3 | 2, len(content)]) + content


def many_channels(count):
    """A block that says of each of its readings that it is of a channel of its own."""
    head = bytes((blocks.VERSION,)) + columns.varints([count, count, *[1] * count])
    stamps = columns.walk(list(range(count))) + b"\x00" + columns.walk([0] * count)
    return head + stamps + columns.column(list(range(count))) + bytes(count)


LARGE = {  # the worst that fits into the limit of each door
    "rows of ones": ("rows", lambda: b'{"epoch":"e","readings":[' + b"1," * (BODY // 2) + b"1]}"),
    "rows in rows": ("rows", lambda: b'{"epoch":"e","readings":[' + b"[" * BODY),
    "a long decimal": (
        "rows",
        lambda: rows().replace(b'"value": "', b'"value": 1.' + b"9" * BODY + b', "x": "', 1),
    ),
    "columns of ones": ("compact", lambda: AROUND % (b'"parts":{"value":[' + b"1.5," * (BODY // 4) + b"1]}")),
    "channels of nothing": ("compact", lambda: AROUND % b",".join(b'"%d":1' % n for n in range(BODY // 9))),
    "one name again and again": ("compact", lambda: AROUND % (b'"a":1,' * (BODY // 6) + b'"a":1')),
    "events of ones": ("events", lambda: b"[" + b"1," * (BODY // 2) + b"1]"),
    "events of braces": ("events", lambda: b"[" + b"{}," * 4999 + b"{}]"),
    "tags": ("mtconnect", lambda: streams("<a/>" * 290_000)),
    "one long text": ("mtconnect", lambda: streams("<Execution>" + "a" * (15 * MIB) + "</Execution>")),
    "spaces": ("mtconnect", lambda: b" " * (16 * MIB)),
    "one line": ("shdr", lambda: b"|" * (16 * MIB)),
    "lines of pipes": ("shdr", lambda: (b"2026-03-02T09:14:58Z" + b"|" * 65_000 + b"\n") * 20),
    "one row": ("table", lambda: recorded(UR3).splitlines(keepends=True)[0] + b"1;" * (8 * MIB)),
    "a row of quotes": ("table", lambda: recorded(UR3).splitlines(keepends=True)[0] + b'"' * 65_000 + b"\n"),
    "fields": ("sparkplug", lambda: b"\x08\x01" * (2 * MIB)),
    "properties": ("sparkplug", lambda: message(2, message(9, b"\x0a\x00" * (2 * MIB - 100)))),
    "values of one metric": ("sparkplug", lambda: message(2, b"\x58\x01" * (2 * MIB - 100))),
    "channels of one reading": ("block", lambda: many_channels(60_000)),
    "a number that does not end": ("block", lambda: b"\x01" + b"\xff" * (4 * MIB)),
    "more readings than bytes": ("block", lambda: b"\x01" + columns.varints([2**60, 1, 0])),
    "a record": ("spool", lambda: edge.record({"n": 1, "r": [["t", "c", "v" * (4 * MIB)]], "p": ""})),
}


@pytest.mark.parametrize(("name", "make"), LARGE.values(), ids=LARGE)
def test_the_worst_that_fits_ends_within_bounds(name, make):
    """Bounds of processor time and memory that a square of the size would pass by far."""
    content = make()
    before = time.process_time()
    read_or_refuse(PARSERS[name][0], content)
    assert time.process_time() - before < 20

    tracemalloc.start()
    try:
        read_or_refuse(PARSERS[name][0], content[: len(content) // 4] if len(content) > 8 * MIB else content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 160 * MIB, f"{peak / MIB:.0f} MiB"
