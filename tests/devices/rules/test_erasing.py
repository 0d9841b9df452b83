"""What is written down of erased groups comes back, and stands for the leaf; a damaged one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import archives, blocks, digests, erasing, salts
from devices.rules.admission import Item, admit
from devices.rules.archives import About, Kept
from devices.rules.erasing import Record, cut, entries, packed, unpacked
from devices.rules.readings import Reading, Refused
from tests.devices.rules.test_groups import WORDS, stored
from tests.devices.rules.test_preparing import VOCABULARY, deliveries

NAMES = st.sampled_from([digests.ORDINARY, digests.PRIVATE, digests.LIFE, "evidence:零件"])
GROUPS = st.dictionaries(NAMES, st.binary(min_size=32, max_size=32))
SINGLE = [Reading(1, 5_000_000, 2, 7)]
RECORDS = st.lists(st.builds(Record, st.integers(1, 2**40), GROUPS), unique_by=lambda one: one.arrival)


@given(RECORDS)
def test_records_come_back(records):
    assert unpacked(packed(records)) == records
    texts = entries("dev_1", records)
    assert len(texts) == len(set(texts)) == sum(len(one.groups) for one in records)
    assert all(text.startswith(b"jijian-erased-1\ndev_1\n") and text.count(b"\n") == 5 for text in texts)


def delivered(readings):
    made, one = stored(readings)
    leaf = digests.leaf(device="dev_7", arrival=1, previous=b"", groups=made.groups)
    about = About(1, 0, made.first, made.last, made.size, made.earliest, made.latest, 0)
    kept = Kept(about, made.evidence, made.ordinary, made.private, made.life, made.salt)
    return one._replace(leaf=leaf), kept


def erase(one, kept, retention, time, previous=b""):
    given = {"retention": retention, "time": time, "vocabulary": VOCABULARY, "words": WORDS}
    return cut(one, kept, device="dev_7", previous=previous, **given)


@given(deliveries(gaps=True, silent=True), st.sampled_from(["EVIDENCE", "ORDINARY", "PRIVATE"]), st.data())
def test_a_cut_takes_exactly_the_time_and_survives_an_archive(readings, retention, data):
    one, kept = delivered(readings)
    start = data.draw(st.integers(kept.about.at_lo, kept.about.at_hi + 1))
    end = data.draw(st.integers(start, kept.about.at_hi + 2))
    before = blocks.decode(kept.block(retention), words=WORDS)

    found = erase(one, kept, retention, (start, end))

    left = [row for row in before if not start <= row.at < end]
    if found is None:
        assert left == before
        return
    assert blocks.decode(found.kept.block(retention), words=WORDS) == left
    assert found.readings == len(before) - len(left)
    assert {erasing.class_of(name) for name in found.groups} == {retention}
    after = found.kept
    archive = archives.fold([after], words=WORDS, states=VOCABULARY.states)
    assert archives.unfold(archive, first=1, words=WORDS, states=VOCABULARY.states) == [after]
    assert salts.erased(after.salt) == (retention,)


def test_nothing_goes_that_does_not_make_its_leaf():
    one, kept = delivered(SINGLE)
    with pytest.raises(Refused, match="leaf"):
        erase(one, kept, "EVIDENCE", (0, 10**18), previous=b"another")


def test_what_is_left_must_lie_within_what_is_known():
    one, kept = delivered(SINGLE)
    gone = erase(one, kept, "PRIVATE", (0, 10**18))
    assert gone is None
    short = kept._replace(salt=salts.without(kept.salt, "PRIVATE"), about=kept.about._replace(at_hi=4))
    with pytest.raises(Refused, match="other numbers"):
        archives.fold([short], words=WORDS, states=VOCABULARY.states)


def test_an_erased_time_is_admitted_no_more():
    entry = {"parts": VOCABULARY.by_number[2]}
    items = [Item(number, at, "parts", 1) for number, at in enumerate((9, 10, 19, 20))]
    found = admit(items, dictionary=entry, not_before=0, not_after=100, erased={"parts": [(10, 20)]})
    assert found.places == [0, 3]
    assert [one.reason for one in found.refusals] == ["erased", "erased"]


@pytest.mark.parametrize("damage", [b"\x02", b"\x03", b""])
def test_damaged_facts_are_refused(damage):
    _, kept = delivered(SINGLE)
    archive = archives.fold([kept], words=WORDS, states=VOCABULARY.states)
    with pytest.raises(Refused):
        archives.facts(damage + archive.facts[1:] if damage else b"", first=1)
