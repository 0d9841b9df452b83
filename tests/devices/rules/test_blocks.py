from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.blocks import decode, decode_trace, encode, encode_trace
from devices.rules.life import Life, trace
from devices.rules.readings import LARGEST, Reading, Refused, exact
from tests.devices import recordings

STATES = {1}
WORDS = {1: "ACTIVE", 2: "READY", 300: "INTERRUPTED"}
CODES = {word: code for code, word in WORDS.items()}
NUMBERS = st.one_of(
    st.integers(-LARGEST + 1, LARGEST - 1),
    st.integers(-300, 300),
    st.decimals(-1000, 1000, places=4).map(exact),
    st.builds(
        lambda digits, scale: exact(Decimal(digits).scaleb(-scale)),
        st.integers(-(10**17), 10**17),
        st.integers(0, 18),
    ),
)
KINDS = {
    1: st.sampled_from(sorted(CODES)),
    2: NUMBERS,
    3: st.text(max_size=20),
    70_000: NUMBERS,
    5: st.nothing(),
}


@st.composite
def deliveries(draw):
    readings = []
    sequence = draw(st.integers(0, 10**17))
    for _ in range(draw(st.integers(0, 30))):
        sequence += draw(st.integers(1, 1000))
        channel = draw(st.sampled_from(sorted(KINDS)))
        value = draw(st.one_of(st.none(), KINDS[channel]))
        at = draw(st.one_of(st.integers(-(10**9), 10**9), st.integers(0, 4 * 10**15)))
        readings.append(Reading(sequence, at, channel, value))
    return readings


def written(readings):
    return encode(readings, states=STATES, codes=CODES)


class TestBlocks:
    @given(deliveries())
    def test_come_back_as_they_were(self, readings):
        found = decode(written(readings), words=WORDS)

        assert found == readings
        assert [type(one.value) for one in found] == [type(one.value) for one in readings]

    @given(deliveries(), st.sets(st.sampled_from(sorted(KINDS))))
    def test_give_only_the_channels_asked_for(self, readings, channels):
        found = decode(written(readings), words=WORDS, channels=channels)

        assert found == [one for one in readings if one.channel in channels]

    def test_hold_numbers_of_very_different_scale_exactly(self):
        readings = [Reading(1, 0, 2, LARGEST - 1), Reading(2, 0, 2, Decimal("1e-18")), Reading(3, 0, 2, None)]

        assert decode(written(readings), words=WORDS) == readings

    def test_refuse_numbers_and_texts_in_one_channel(self):
        with pytest.raises(ValueError, match="numbers and texts"):
            written([Reading(1, 0, 2, 5), Reading(2, 0, 2, "five")])

    def test_refuse_a_state_without_a_code(self):
        with pytest.raises(KeyError):
            written([Reading(1, 0, 1, "WAIT")])

    @given(deliveries(), st.data())
    def test_are_refused_when_damaged_or_read_as_far_as_they_say(self, readings, data):
        block = written(readings)
        place = data.draw(st.integers(0, len(block)))
        damaged = block[:place] + data.draw(st.binary(max_size=3)) + block[place + 1 :]

        try:
            decode(damaged, words=WORDS)
        except Refused as refused:
            assert refused.reason == "block_unreadable"

    @pytest.mark.parametrize(
        "block",
        [
            b"",
            b"\x00\x00\x00",
            b"\x01\x05",
            b"\x01" + b"\xff" * 20,
            b"\x01\x01\x01\x02\x02\x00\x00\x00\x00\x07",
        ],
    )
    def test_are_refused_when_they_are_none(self, block):
        with pytest.raises(Refused) as caught:
            decode(block, words=WORDS)

        assert caught.value.reason == "block_unreadable"


class TestTraceBlocks:
    @given(
        st.dictionaries(
            st.integers(0, 10**17), st.tuples(st.integers(0, 4 * 10**15), st.booleans()), max_size=20
        )
    )
    def test_come_back_as_they_were(self, entries):
        lives = [Life(sequence, at, quiet) for sequence, (at, quiet) in sorted(entries.items())]

        assert decode_trace(encode_trace(lives)) == lives

    def test_are_refused_when_they_are_none(self):
        with pytest.raises(Refused):
            decode_trace(b"\x02")


def classes(recording, size):
    """Encode a recording in deliveries of a size, as ingest does: a block a class, and the trace."""
    numbers = recording.numbers
    states = {numbers[key] for key, channel in recording.dictionary.items() if channel["kind"] == "STATE"}
    words = sorted(
        {
            one.value
            for one in recording.readings
            if isinstance(one.value, str) and numbers[one.channel] in states
        }
    )
    codes = {word: code for code, word in enumerate(words, start=1)}
    for start in range(0, len(recording.readings), size):
        delivery = recording.readings[start : start + size]
        blocks = []
        for retention in ("EVIDENCE", "ORDINARY", "PRIVATE"):
            keys = recording.keys(retention)
            part = [one._replace(channel=numbers[one.channel]) for one in delivery if one.channel in keys]
            blocks.append((part, encode(part, states=states, codes=codes)))
        yield codes, blocks, encode_trace(trace(delivery, closers=recording.evidence))


class TestRecordings:
    # bytes a reading, all classes and the life trace together; a row a reading takes 134
    @pytest.mark.parametrize(("size", "budget"), [(14, 14), (1000, 16)])
    def test_stay_within_their_budget_and_come_back(self, size, budget):
        recording = recordings.load("nist-sms/Hurco01")
        length = 0
        for codes, blocks, lives in classes(recording, size):
            words = {code: word for word, code in codes.items()}
            for part, block in blocks:
                assert decode(block, words=words) == part
            length += len(lives) + sum(len(block) for part, block in blocks if part)

        assert length <= budget * len(recording.readings)
