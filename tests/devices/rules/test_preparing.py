"""What is stored of a delivery: the exact rules, and the quick twin that gives the same bytes."""

import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import blocks, bulk, digests, few, preparing
from devices.rules.admission import Entry
from devices.rules.life import QUARTER, SILENCE, trace
from devices.rules.readings import LARGEST, Reading
from devices.rules.vocabularies import Vocabulary

SALT = bytes(range(16))
ENTRIES = {
    "exec": Entry(1, False, "exec", True, "EVIDENCE"),
    "parts": Entry(2, True, "parts", False, "EVIDENCE"),
    "load": Entry(3, True, "load", False, "ORDINARY"),
    "door": Entry(4, False, "door", True, "ORDINARY"),
    "program": Entry(300, False, "program", False, "PRIVATE"),
    "x": Entry(70_000, True, "x", False, "PRIVATE"),
}
VOCABULARY = Vocabulary(7, "dev_7", 1, 0, ENTRIES, {"ACTIVE": 1, "READY": 2, "OPEN": 300})
NUMBERS = st.one_of(
    st.integers(-300, 300),
    st.integers(-LARGEST + 1, LARGEST - 1),
    st.decimals(-1000, 1000, places=3).map(lambda value: value.normalize()).filter(lambda v: v != int(v)),
)
VALUES = {
    1: st.sampled_from(["ACTIVE", "READY"]),
    2: st.integers(0, 10**6),
    3: NUMBERS,
    4: st.sampled_from(["OPEN", "READY"]),
    300: st.text(max_size=5),
    70_000: NUMBERS,
}
STEPS = st.sampled_from([0, 1, 1000, 999_983, 1_000_000, SILENCE - 1, SILENCE, QUARTER, -1_000_000])


@st.composite
def deliveries(draw, gaps=False, silent=False):
    sequence, at, found = draw(st.integers(0, 2**48 - 1000)), draw(st.integers(0, 2 * 10**15)), []
    channels = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, unique=True))
    for _ in range(draw(st.integers(1, 40))):
        channel = draw(st.sampled_from(channels))
        value = None if silent and draw(st.booleans()) else draw(VALUES[channel])
        found.append(Reading(sequence, at, channel, value))
        sequence += draw(st.integers(1, 3)) if gaps else 1
        at += draw(STEPS)
    return found


def exactly(readings):
    return preparing.prepare(readings, VOCABULARY, epoch="e", salt=SALT)


def quickly(twin, readings):
    """Prepare by a twin, with whole numbers known to be such and not; the same comes out."""
    series = bulk.grouped(readings)
    known = [one._replace(whole={type(value) for value in one.values} == {int}) for one in series]
    found = [twin.prepare(given, VOCABULARY, epoch="e", salt=SALT) for given in (series, known)]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("twin", [bulk, few])
class TestTheQuickTwins:
    @given(deliveries())
    def test_give_the_same_bytes(self, twin, readings):
        assert quickly(twin, readings) == exactly(readings)

    @given(deliveries(gaps=True, silent=True))
    def test_give_the_same_bytes_or_leave_the_delivery_to_the_exact_rules(self, twin, readings):
        assert quickly(twin, readings) in (None, exactly(readings))

    def test_leave_what_is_missing_silent_or_new_to_the_exact_rules(self, twin):
        row = [Reading(1, 10, 2, 5), Reading(2, 20, 2, 6)]

        assert quickly(twin, row) is not None
        assert quickly(twin, [row[0], Reading(3, 20, 2, 6)]) is None
        assert quickly(twin, [row[0], Reading(2, 20, 2, None)]) is None
        assert quickly(twin, [row[0], Reading(2, 20, 1, "NEW WORD")]) is None
        assert quickly(twin, [row[0], Reading(1, 20, 2, 6)]) is None
        assert quickly(twin, [Reading(1, 10, 2, 5), Reading(1, 20, 3, 6)]) is None


class TestPrepare:
    def test_keeps_every_reading_in_its_class(self):
        readings = [
            Reading(5, 10, 1, "ACTIVE"),
            Reading(6, 20, 3, Decimal("0.5")),
            Reading(9, 15, 300, "O1"),
        ]

        found = exactly(readings)

        words = {1: "ACTIVE"}
        stored = [
            blocks.decode(block, words=words) for block in (found.evidence, found.ordinary, found.private)
        ]
        assert stored == [[reading] for reading in readings]
        assert blocks.decode_trace(found.life) == trace(readings, closers={1, 2})
        assert (found.first, found.last, found.size, found.earliest, found.latest) == (5, 9, 3, 10, 20)
        assert not found.unbroken

    def test_binds_numbers_to_keys_and_codes_to_words(self):
        found = exactly([Reading(5, 10, 1, "ACTIVE"), Reading(6, 10, 1, None)])

        meaning = json.dumps([[[1, "exec"]], [[1, "ACTIVE"]]], separators=(",", ":")).encode()
        content = len(found.evidence).to_bytes(4, "big") + found.evidence + meaning
        of_class = hashlib.sha256(SALT + b"EVIDENCE").digest()[:16]
        salt = hashlib.sha256(of_class + b"evidence:exec").digest()[:16]
        expected = b"evidence:exec\0" + hashlib.sha256(salt + content).digest()
        assert found.groups.startswith(expected)

    @given(deliveries())
    def test_recognises_the_same_readings_under_another_salt_but_not_in_another_epoch(self, readings):
        found = exactly(readings)
        again = preparing.prepare(readings, VOCABULARY, epoch="e", salt=bytes(16))
        other = preparing.prepare(readings, VOCABULARY, epoch="f", salt=SALT)

        assert (again.body, again.groups == found.groups) == (found.body, False)
        assert other.body != found.body


class TestLeaf:
    def test_changes_with_each_part(self):
        base = {"device": "dev_1", "arrival": 2, "previous": b"", "groups": b"life\0" + bytes(32)}
        changed = [{"device": "dev_2"}, {"arrival": 3}, {"previous": b"x"}, {"groups": b""}]

        leaves = {digests.leaf(**(base | change)) for change in [{}, *changed]}

        assert len(leaves) == 5
