"""
A delivery that begins with readings which are known, and goes on where the source stopped, or ends there.

A gateway that got no answer sends again, often cut otherwise. Such a delivery is no matter for reading by
reading, if all that is known in it is word for word what is stored: stored readings never change, so they are
compared before anything is locked. What is new is then stored as a delivery of its own, by the statement that
looks whether it still goes on where the source stopped.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from devices.actions import quick
from devices.actions.readying import prepared_of
from devices.rules import blocks
from devices.rules.bulk import Series
from devices.rules.pace import Pace
from devices.rules.readings import Reading, Refused
from devices.rules.spoken import Spoken
from devices.rules.vocabularies import Vocabulary
from marketplace.shared import prepared

MOST_BLOCKS = 50  # a delivery that meets more is looked at in the long way
KNOWN = """
SELECT upper(e.covered), b.evidence, b.ordinary, b.private
FROM devices_epoch AS e JOIN devices_block AS b ON b.device_id = e.device_id AND b.epoch_number = e.number
WHERE e.device_id = %b AND e.label = %b AND b.sequence_hi >= %b AND b.sequence_lo <= %b
ORDER BY b.sequence_hi LIMIT %b
"""


class Overlap(NamedTuple):
    """What became of a delivery, and how many readings of it were known."""

    outcome: quick.Outcome
    known: int


def store(
    *, vocabulary: Vocabulary, spoken: Spoken, key: int | None, pace: Pace | None, at: datetime
) -> Overlap | None:
    """
    Store what is new of a delivery whose beginning is known; ``None`` if it must be looked at closely.

    The caller has asked for permission; with ``key`` the database asks once more. The whole delivery is paid.
    """
    fresh = _fresh(vocabulary, spoken)
    if fresh is None:
        return None
    left = sum(len(one.sequences) for one in fresh)
    if not left:
        outcome = quick.hear(vocabulary=vocabulary, readings=spoken.size, key=key, pace=pace, at=at)
        return Overlap(outcome, spoken.size)
    prepared = prepared_of(spoken=Spoken(spoken.epoch, fresh), vocabulary=vocabulary)
    if prepared is None:
        return None
    outcome = quick.store(
        vocabulary=vocabulary,
        epoch=spoken.epoch,
        prepared=prepared,
        key=key,
        pace=pace,
        at=at,
        paid_for=spoken.size,
    )
    return Overlap(outcome, spoken.size - left)


def _fresh(vocabulary: Vocabulary, spoken: Spoken) -> list[Series] | None:
    """Return what is new; ``None`` if anything before it is not known word for word."""
    first = min(min(one.sequences) for one in spoken.series)
    last = max(max(one.sequences) for one in spoken.series)
    asked = (vocabulary.device, spoken.epoch, first, last, MOST_BLOCKS + 1)
    rows = prepared.rows(statement=KNOWN, given=asked)
    if not rows or len(rows) > MOST_BLOCKS:
        return None
    words = {code: word for word, code in vocabulary.codes.items()}
    try:
        stored = [
            reading for row in rows for column in row[1:] for reading in blocks.decode(column, words=words)
        ]
    except Refused:  # a word that came a moment ago
        return None
    return _cut(spoken.series, {reading.sequence: reading for reading in stored}, rows[0][0])


def _cut(series: Sequence[Series], stored: dict[int, Reading], end: int) -> list[Series] | None:
    fresh = []
    for one in series:
        left = Series(one.number, [], [], [])
        for reading in one.readings():
            if reading.sequence >= end:
                left.sequences.append(reading.sequence)
                left.times.append(reading.at)
                left.values.append(reading.value)
            elif stored.get(reading.sequence) != reading:
                return None
        if left.sequences:
            fresh.append(left)
    return fresh
