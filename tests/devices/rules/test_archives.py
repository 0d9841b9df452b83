"""An hour of deliveries in one row, and back again byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import archives, blocks, columns, life
from devices.rules.archives import About, Kept, Waiting, abouts, facts, fold, readings, unfold
from devices.rules.readings import Reading, Refused
from tests.devices.rules.test_blocks import CODES, STATES, WORDS
from tests.devices.rules.test_blocks import deliveries as of_readings

CLASS = {1: "evidence", 2: "evidence", 3: "private", 5: "private", 70_000: "ordinary"}


def kept(arrival, rows, received=0, position=0):
    parts = {"evidence": [], "ordinary": [], "private": []}
    for row in rows:
        parts[CLASS[row.channel]].append(row)
    written = {name: blocks.encode(part, states=STATES, codes=CODES) for name, part in parts.items()}
    times = [row.at for row in rows]
    edges = (rows[0].sequence, rows[-1].sequence, len(rows), min(times), max(times))
    return Kept(
        About(arrival, received, *edges, position),
        **written,
        life=blocks.encode_trace(life.trace(rows, closers={1, 2})),
        salt=bytes([arrival % 256]) * 16,
    )


@st.composite
def hours(draw):
    """Readings of one epoch, given to deliveries at random."""
    rows = draw(of_readings())
    owners = draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    found = []
    for number in range(4):
        mine = [row for row, owner in zip(rows, owners, strict=True) if owner == number]
        places = (draw(st.integers(0, 10**15)), draw(st.integers(0, 10**12)))
        found += [kept(7 + len(found), mine, *places)] if mine else []
    return rows, found


class TestFold:
    @given(hours())
    def test_loses_nothing(self, hour):
        rows, deliveries = hour
        if deliveries:
            archive = fold(deliveries, words=WORDS, states=STATES)

            assert unfold(archive, first=7, words=WORDS, states=STATES) == deliveries
            evidence = [row for row in rows if CLASS[row.channel] == "evidence"]
            assert [reading for reading, _ in readings(archive.evidence, words=WORDS)] == evidence

    @given(hours())
    def test_says_in_which_delivery_a_reading_came_and_gives_only_the_channels_asked_for(self, hour):
        _, deliveries = hour
        if deliveries:
            archive = fold(deliveries, words=WORDS, states=STATES)

            found = readings(archive.evidence, words=WORDS, channels={2})
            apart = [
                (reading, place)
                for place, one in enumerate(deliveries)
                for reading in blocks.decode(one.evidence, words=WORDS, channels={2})
            ]
            assert found == sorted(apart, key=lambda pair: pair[0].sequence)

    @given(hours())
    def test_tells_what_is_known_of_each_delivery_without_its_readings(self, hour):
        _, deliveries = hour
        if deliveries:
            archive = fold(deliveries, words=WORDS, states=STATES)

            assert abouts(archive.facts, first=7) == [one.about for one in deliveries]
            assert [(about, salt) for about, _, salt in facts(archive.facts, first=7)] == [
                (one.about, one.salt) for one in deliveries
            ]
            traces = [blocks.encode_trace(trace) for _, trace, _ in facts(archive.facts, first=7)]
            assert traces == [one.life for one in deliveries]


class TestWhatIsKnown:
    @pytest.mark.parametrize("edge", ["sequence_lo", "sequence_hi", "size", "at_lo", "at_hi"])
    def test_must_be_what_the_contents_say(self, edge):
        one = kept(1, [Reading(5, 10, 2, 7), Reading(6, 30, 1, "READY")])

        wrong = one.about._replace(**{edge: getattr(one.about, edge) + 1})

        assert unfold(fold([one], words=WORDS, states=STATES), first=1, words=WORDS, states=STATES) == [one]
        with pytest.raises(Refused, match="delivery 1 has"):
            fold([one._replace(about=wrong)], words=WORDS, states=STATES)

    def test_is_not_said_of_nothing(self):
        one = kept(1, [Reading(5, 10, 2, 7)])
        empty = one._replace(evidence=blocks.encode([], states=STATES, codes=CODES))

        with pytest.raises(Refused, match="0 readings"):
            fold([empty._replace(about=one.about._replace(size=0))], words=WORDS, states=STATES)


class TestDamage:
    ARCHIVE = fold([kept(1, [Reading(5, 10, 2, 7), Reading(6, 10, 2, 8)])], words=WORDS, states=STATES)

    @pytest.mark.parametrize("column", [b"", b"\x02", b"\x01", ARCHIVE.evidence[:-1], ARCHIVE.facts[:9]])
    def test_is_named(self, column):
        for read in (
            lambda: readings(column, words=WORDS),
            lambda: facts(column, first=1),
            lambda: unfold(self.ARCHIVE._replace(evidence=column), first=1, words=WORDS, states=STATES),
        ):
            with pytest.raises(Refused) as caught:
                read()
            assert caught.value.reason == "block_unreadable"

    def test_of_places_and_lives_that_are_not_there_is_named(self):
        block = blocks.encode([Reading(5, 10, 2, 7)], states=STATES, codes=CODES)
        elsewhere = b"\x01" + columns.varints([1]) + columns.walk([3]) + block
        alive = blocks.encode_trace(
            [life.Life(5, 10, False), life.Life(6, 10, False), life.Life(7, 10, False)]
        )
        lives = self.ARCHIVE.facts.removesuffix(facts_trace(self.ARCHIVE)) + alive

        with pytest.raises(Refused, match="no delivery 3"):
            unfold(self.ARCHIVE._replace(evidence=elsewhere), first=1, words=WORDS, states=STATES)
        with pytest.raises(Refused, match="entries of life"):
            facts(lives, first=1)


def facts_trace(archive):
    return blocks.encode_trace([entry for fact in facts(archive.facts, first=1) for entry in fact.trace])


class TestRuns:
    def found(self, waiting, *, before=100, readings=100, deliveries=100):
        rows = [Waiting(arrival, received, epoch, 5) for arrival, received, epoch in waiting]
        return archives.runs(rows, length=10, before=before, readings=readings, deliveries=deliveries)

    def test_are_of_one_hour_that_is_over(self):
        hours = [(1, 1, 1), (2, 5, 1), (3, 12, 1), (4, 13, 1), (5, 25, 1)]

        assert self.found([]) == []
        assert self.found(hours, before=9) == []
        assert self.found(hours, before=20) == [(1, 2), (3, 4)]
        assert self.found(hours, before=29) == [(1, 2), (3, 4)]
        assert self.found(hours, before=30) == [(1, 2), (3, 4), (5, 5)]

    def test_are_without_a_hole_and_of_one_epoch(self):
        assert self.found([(1, 1, 1), (3, 2, 1), (4, 3, 2), (5, 4, 2)]) == [(1, 1), (3, 3), (4, 5)]

    def test_do_not_close_over_a_delivery_whose_hour_is_not_over(self):
        assert self.found([(1, 9, 1), (2, 11, 1), (3, 9, 1)], before=10) == [(1, 1), (3, 3)]

    def test_end_where_they_would_be_too_large(self):
        five = [(n, 1, 1) for n in range(1, 6)]

        assert self.found(five, readings=10) == [(1, 2), (3, 4), (5, 5)]
        assert self.found(five, deliveries=3) == [(1, 3), (4, 5)]
        assert self.found(five, readings=1) == [(n, n) for n in range(1, 6)]
