"""An hour of deliveries in one row, and back again byte for byte."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import archives, blocks, life
from devices.rules.archives import Kept, facts, fold, readings, unfold
from devices.rules.readings import Reading, Refused
from tests.devices import recordings
from tests.devices.rules.test_blocks import CODES, STATES, WORDS
from tests.devices.rules.test_blocks import deliveries as of_readings

CLASS = {1: "evidence", 2: "evidence", 3: "private", 5: "private", 70_000: "ordinary"}


def kept(arrival, rows, received=0):
    parts = {"evidence": [], "ordinary": [], "private": []}
    for row in rows:
        parts[CLASS[row.channel]].append(row)
    written = {name: blocks.encode(part, states=STATES, codes=CODES) for name, part in parts.items()}
    trace = blocks.encode_trace(life.trace(rows, closers={1, 2}))
    return Kept(arrival, received, **written, life=trace, salt=bytes([arrival % 256]) * 16)


@st.composite
def hours(draw):
    """Readings of one epoch, given to deliveries at random."""
    rows = draw(of_readings())
    owners = draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    found = []
    for number in range(4):
        mine = [row for row, owner in zip(rows, owners, strict=True) if owner == number]
        found += [kept(7 + len(found), mine, draw(st.integers(0, 10**15)))] if mine else []
    return rows, found


class TestFold:
    @given(hours())
    def test_loses_nothing(self, hour):
        rows, deliveries = hour
        if deliveries:
            archive = fold(deliveries, words=WORDS, states=STATES)

            assert unfold(archive, words=WORDS, states=STATES) == deliveries
            evidence = [row for row in rows if CLASS[row.channel] == "evidence"]
            assert [reading for reading, _ in readings(archive.evidence, words=WORDS)] == evidence

    @given(hours())
    def test_says_in_which_delivery_a_reading_came_and_gives_only_the_channels_asked_for(self, hour):
        _, deliveries = hour
        if deliveries:
            archive = fold(deliveries, words=WORDS, states=STATES)

            for reading, place in readings(archive.evidence, words=WORDS, channels={2}):
                block = blocks.decode(deliveries[place].evidence, words=WORDS)
                assert reading in block
                assert reading.channel == 2
            assert facts(archive.facts).arrivals == [one.arrival for one in deliveries]

    @pytest.mark.parametrize("name", ["nist-sms/Hurco01", "cppagent-demo/okuma.txt"])
    def test_takes_at_most_eight_bytes_a_reading_of_a_real_machine(self, name):
        recording = recordings.load(name)
        numbers, dictionary = recording.numbers, recording.dictionary
        rows = [row._replace(channel=numbers[str(row.channel)]) for row in recording.readings[: 14 * 360]]
        states = {numbers[key] for key, about in dictionary.items() if about["kind"] == "STATE"}
        spoken = sorted({str(row.value) for row in rows if row.channel in states and row.live})
        codes = {word: code for code, word in enumerate(spoken, start=1)}
        retention = {numbers[key]: about["retention"].lower() for key, about in dictionary.items()}

        def delivery(number, part):
            split = {
                name: [row for row in part if retention[row.channel] == name] for name in set(CLASS.values())
            }
            written = {name: blocks.encode(one, states=states, codes=codes) for name, one in split.items()}
            return Kept(number, number * 10**7, **written, life=blocks.encode_trace([]), salt=bytes(16))

        hour = [delivery(n, rows[n * 14 : n * 14 + 14]) for n in range(len(rows) // 14)]

        archive = fold(hour, words={code: word for word, code in codes.items()}, states=states)

        assert sum(map(len, archive)) <= 8 * 14 * len(hour)


class TestDamage:
    def test_is_named(self):
        archive = fold([kept(1, [Reading(5, 10, 2, 7)])], words=WORDS, states=STATES)
        bomb = bytes((1,)) + zlib.compress(bytes(archives.LARGEST + 10))

        for broken in (b"", b"\x02", archive.evidence[:-2], b"\x01no zlib", bomb):
            with pytest.raises(Refused) as caught:
                readings(broken, words=WORDS)
            assert caught.value.reason == "block_unreadable"
            with pytest.raises(Refused):
                facts(broken)

    def test_of_what_is_packed_is_named_too(self):
        packed = bytes((1,)) + zlib.compress(b"\x02\x05\x05" + b"\x01\x00\x00")
        cut = bytes((1,)) + zlib.compress(b"\x01\x05")

        for broken in (packed, cut):
            with pytest.raises(Refused):
                readings(broken, words=WORDS)
            with pytest.raises(Refused):
                facts(broken)


class TestHours:
    def test_are_runs_of_deliveries_received_in_one_hour_that_is_over(self):
        assert archives.hours([], length=10, before=100) == []
        assert archives.hours([1, 5, 12, 13, 25], length=10, before=20) == [(0, 2), (2, 4)]
        assert archives.hours([1, 5, 12, 13, 25], length=10, before=29) == [(0, 2), (2, 4)]
        assert archives.hours([1, 5, 12, 13, 25], length=10, before=30) == [(0, 2), (2, 4), (4, 5)]
