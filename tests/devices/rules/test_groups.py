"""A stored delivery falls into the groups that were hashed; what is handed out of it is all or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from devices.rules import blocks, digests, disclosure, preparing
from devices.rules.groups import Stored, groups_of
from devices.rules.readings import Reading
from tests.devices.rules.test_preparing import SALT, VOCABULARY, deliveries

WORDS = {code: word for word, code in VOCABULARY.codes.items()}


def stored(readings, leaf=b""):
    made = preparing.prepare(readings, VOCABULARY, epoch="e", salt=SALT)
    columns = (made.evidence, made.ordinary, made.private, made.life, made.salt, leaf)
    return made, Stored(1, 0, 1, *columns)


@given(deliveries(gaps=True, silent=True))
def test_the_groups_of_a_stored_delivery_are_those_that_its_leaf_hashes(readings):
    made, kept = stored(readings)

    groups = groups_of(kept, VOCABULARY, WORDS)

    assert digests.joined({group.name: group.digest for group in groups}) == made.groups


@given(deliveries(silent=True), st.integers(0, 10), st.integers(0, 40))
def test_a_group_is_open_whole_or_stated_or_neither(readings, first, length):
    start = min(reading.at for reading in readings) + first * 1000
    times = [(start, start + length * 1_000_000)]
    wanted = {digests.LIFE, digests.evidence("parts"), digests.evidence("exec")}
    _, kept = stored(readings)
    keys = {1: "exec", 2: "parts"}

    shown = disclosure.shown(
        kept, groups_of(kept, VOCABULARY, WORDS), wanted=wanted, times=times, words=WORDS
    )

    told = list(shown.readings)
    for group in shown.open:
        if group.name != digests.LIFE:
            rows = blocks.decode(group.block, words=WORDS)
            told += [one._replace(channel=keys[one.channel]) for one in rows]
    inside = [
        one._replace(channel=keys[one.channel])
        for one in readings
        if one.channel in keys and times[0][0] <= one.at < times[0][1]
    ]
    assert sorted(told) == sorted(inside)
    assert {"private", "ordinary"}.isdisjoint(group.name for group in shown.open)


def test_a_group_without_an_entry_stays_closed():
    _, kept = stored([Reading(1, 5, 2, None)])  # nothing alive, so the life trace is empty

    shown = disclosure.shown(
        kept, groups_of(kept, VOCABULARY, WORDS), wanted={digests.LIFE}, times=[(0, None)], words=WORDS
    )

    assert (shown.open, shown.trace) == ([], [])
    assert digests.LIFE in shown.digests
