"""
Which items of a delivery may be stored: each is a reading of a known channel, or refused with a reason.

An item has an identity (sequence), a time, a channel and a value. What fails is never guessed and never
turned into zero; the reason codes stand in ``docs/telemetry.md`` with what to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from devices.rules.readings import Reading, Refused, Value, exact, microseconds, value_of

LARGEST_SEQUENCE = 2**48 - 1
LONGEST_WORD = 200  # characters of a state word, which the device's dictionary keeps
FUTURE = 5 * 60 * 1_000_000  # a device clock may run this much ahead, in microseconds
ERASED = "erased"

Times = Mapping[str, Sequence[tuple[int, int]]]  # by channel, half-open, in µs since 1970 UTC


class Entry(NamedTuple):
    """
    What ingest needs of a channel: its number in blocks, and whether its values are numbers.

    ``state`` says that its values are words of the device's dictionary.
    """

    number: int
    numeric: bool
    key: str = ""
    state: bool = False
    retention: str = "ORDINARY"


class Item(NamedTuple):
    """One reading as a source delivers it; ``at`` is a time stamp or microseconds since 1970 UTC."""

    sequence: Any
    at: Any
    channel: Any
    value: Any


class Unreadable(NamedTuple):
    """Stands for the value of an item that is no reading at all: why not, and the item as it came."""

    reason: str
    text: str
    raw: str


class Refusal(NamedTuple):
    """One item that was not taken: its place in the delivery, the reason for programs, a text for people."""

    place: int
    item: Item
    reason: str
    text: str


class Admitted(NamedTuple):
    """
    The readings that may be stored, by channel number, in the order of the delivery; and the rest.

    ``places`` says, reading by reading, where in the delivery each stood.
    """

    places: list[int]
    readings: list[Reading]
    refusals: list[Refusal]


def admit(
    items: Iterable[Item],
    *,
    dictionary: Mapping[str, Entry],
    not_before: int,
    not_after: int,
    erased: Times | None = None,
) -> Admitted:
    """
    Sort the items of a delivery into readings and refusals; times in microseconds since 1970 UTC.

    What was said in a time whose readings were ``erased``, by channel, is not taken again.
    """
    found = Admitted([], [], [])
    for index, item in enumerate(items):
        try:
            reading = _reading(item, dictionary, not_before, not_after)
            _check_kept(reading, item.channel, erased or {})
            found.readings.append(reading)
            found.places.append(index)
        except Refused as error:
            found.refusals.append(Refusal(index, item, error.reason, str(error)))
    return found


def _check_kept(reading: Reading, channel: str, erased: Times) -> None:
    if any(start <= reading.at < end for start, end in erased.get(channel, ())):
        raise Refused(ERASED, "the readings of that time were erased at the end of a lease")


def numbered(item: Item) -> bool:
    """Say whether an item has a sequence that can be acknowledged, whatever else is wrong with it."""
    return type(item.sequence) is int and 0 <= item.sequence <= LARGEST_SEQUENCE


def _reading(item: Item, dictionary: Mapping[str, Entry], not_before: int, not_after: int) -> Reading:
    if isinstance(item.value, Unreadable):
        raise Refused(item.value.reason, item.value.text)
    sequence = item.sequence
    if type(sequence) is not int:
        reason = "sequence_missing" if sequence is None else "sequence_invalid"
        raise Refused(reason, "every reading needs the source's own whole number as its sequence")
    if not numbered(item):
        raise Refused("sequence_invalid", f"a sequence is between 0 and {LARGEST_SEQUENCE}")
    at = item.at if type(item.at) is int else _time(item.at)
    if at > not_after:
        raise Refused(
            "time_in_future", "the time is more than 5 minutes ahead of ours; check the device's clock"
        )
    if at < not_before:
        raise Refused("time_before_commissioning", "the time is before the device was put into service")
    entry = dictionary.get(item.channel) if isinstance(item.channel, str) else None
    if entry is None:
        raise Refused("unknown_channel", f"the device's dictionary has no channel {str(item.channel)[:80]!r}")
    return Reading(sequence, at, entry.number, _value(item.value, entry))


def _time(at: Any) -> int:
    if not isinstance(at, str):
        raise Refused("time_missing", "every reading needs its time, such as 2026-03-02T09:14:58.120Z")
    return microseconds(at)


def _value(value: Any, entry: Entry) -> Value:
    if value is None:
        return None
    if isinstance(value, str):
        return value_of(checked_word(value) if entry.state else value, numeric=entry.numeric)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused("value_invalid", "a value is a text, a number or null")
    return exact(value) if entry.numeric else value_of(str(value), numeric=False)


def checked_word(word: str) -> str:
    """
    Return a state word that the device's dictionary can keep.

    :raises Refused: ``text_too_long``
    """
    if len(word) > LONGEST_WORD:
        text = f"a state is a word of at most {LONGEST_WORD} characters, this one has {len(word)}"
        raise Refused("text_too_long", text)
    return word
