"""
Tables in CSV, read by a stated mapping: nothing about separator, decimal sign, clock or numbering is guessed.

Every mapped cell of a row is one reading. Its sequence is *row number × stride + place of the column*, so it
does not depend on what other cells hold; ``stride`` is the number of mapped columns unless the mapping says
more, which leaves room for columns to be added at the end.
"""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.rules.admission import LARGEST_SEQUENCE, Item
from devices.rules.readings import UNAVAILABLE, Problem, Refused, instant, microseconds, number

LINE_LENGTH = 65_536
MOST_COLUMNS = 1000
ENCODINGS = ("utf-8", "gb18030", "cp1252", "latin-1")
SEPARATORS = (",", ";", "\t", "|")

_PARTS = frozenset({"separator", "decimal", "encoding", "time", "sequence", "stride", "empty", "channels"})
_NUMBER = {
    ".": re.compile(r"[+-]?\d+(\.\d*)?([Ee][+-]?\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?\d+(,\d*)?([Ee][+-]?\d+)?", re.ASCII),
}
_DIGITS_AND_SIGNS = re.compile(r"[+-]?[\d.,]*\d[\d.,]*([Ee][+-]?\d+)?", re.ASCII)


class Column(NamedTuple):
    """Where a channel stands: a column's name or, from 1 on, its number; ``text`` keeps cells as they are."""

    at: str | int
    channel: str
    text: bool


class Times(NamedTuple):
    """A column of stamps (with the zone of those that have none), or a start and a step in microseconds."""

    column: str | int | None
    form: str
    zone: ZoneInfo | None
    start: int
    step: int


class Mapping(NamedTuple):
    """How a table is to be read; ``sequence`` ``None`` numbers the rows as they stand."""

    separator: str
    decimal: str
    encoding: str
    times: Times
    sequence: str | int | None
    stride: int
    empty: str
    columns: tuple[Column, ...]


class Row(NamedTuple):
    """The readings of one row; ``covered`` are the half-open numbers it speaks for, blank cells included."""

    items: list[Item]
    covered: tuple[int, int]


def mapping(text: str) -> Mapping:
    """
    Read a mapping from JSON.

    :raises Refused: ``mapping_invalid``, saying which part is wrong and what belongs there
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"the mapping is no JSON: {error}") from None
    if not isinstance(told, dict) or set(told) - _PARTS:
        raise _wrong(f"a mapping is an object of {', '.join(sorted(_PARTS))}")
    columns = _columns(told.get("channels"))
    stride = told.get("stride", len(columns))
    if type(stride) is not int or not len(columns) <= stride <= MOST_COLUMNS:
        raise _wrong(f"stride is a whole number from the number of channels to {MOST_COLUMNS}")
    return Mapping(
        separator=_choice(told, "separator", SEPARATORS),
        decimal=_choice(told, "decimal", (".", ",")),
        encoding=_choice(told, "encoding", ENCODINGS),
        times=_times(told.get("time")),
        sequence=_sequence_column(told.get("sequence", "row")),
        stride=stride,
        empty=_choice(told, "empty", ("skip", "unavailable")),
        columns=columns,
    )


def read(file: BinaryIO, how: Mapping) -> Iterator[Row | Problem]:
    """
    Read a table row by row, its first line being the header, holding one line at a time.

    Rows that are the sequence themselves are counted from 0, blank and unreadable ones too.

    :raises Refused: ``header_invalid`` if a mapped column is missing or its name stands there twice
    """
    lines = _lines(file)
    header = _cells(next(lines, b""), how, first=True)
    reader = _Rows(how, header)
    for line, raw in enumerate(lines, start=2):
        try:
            if raw is None:
                raise Refused("line_too_long", f"a line may have {LINE_LENGTH} bytes")
            if raw.strip():
                yield reader.read(_cells(raw, how))
        except Refused as refused:
            yield Problem(line, refused.reason, str(refused))
        finally:
            reader.place += 1


class _Rows:
    """Reads rows under one header; ``place`` is the row's number from 0 on, unreadable rows included."""

    def __init__(self, how: Mapping, header: list[str]) -> None:
        self.how, self.place = how, 0
        self.columns = [(column, _index(header, column.at)) for column in how.columns]
        self.time = None if how.times.column is None else _index(header, how.times.column)
        self.sequence = None if how.sequence is None else _index(header, how.sequence)

    def read(self, cells: list[str]) -> Row:
        first = self._number(cells) * self.how.stride
        if first + self.how.stride > LARGEST_SEQUENCE:
            raise Refused("sequence_invalid", "the row's number is too large")
        at = self._time(cells)
        items = []
        for place, (column, index) in enumerate(self.columns):
            value = _value(_cell(cells, index), column, self.how)
            if value is not None:
                items.append(Item(first + place, at, column.channel, value))
        return Row(items, (first, first + self.how.stride))

    def _number(self, cells: list[str]) -> int:
        if self.sequence is None:
            return self.place
        told = _cell(cells, self.sequence).strip()
        if not (told.isascii() and told.isdigit() and len(told) <= 15):
            raise Refused("sequence_invalid", f"a row's number is a whole number from 0 on: {told[:60]!r}")
        return int(told)

    def _time(self, cells: list[str]) -> int:
        times = self.how.times
        if self.time is None:
            return times.start + self.place * times.step
        told = _cell(cells, self.time).strip()
        if not told:
            raise Refused("time_missing", "the row has no time")
        return _moment(told, times)


def _moment(told: str, times: Times) -> int:
    """Read a stamp in its own zone or else in the stated one, in which it must have happened exactly once."""
    if not times.form:
        try:
            return microseconds(told.replace(" ", "T", 1))
        except Refused as refused:
            if refused.reason != "time_without_zone" or times.zone is None:
                raise
        wall = _EPOCH + timedelta(microseconds=microseconds(told.replace(" ", "T", 1) + "Z"))
    else:
        try:
            wall = datetime.strptime(told, times.form)  # noqa: DTZ007 - the zone is looked at next
        except ValueError:
            raise Refused("time_invalid", f"not a time as in {times.form}: {told[:60]!r}") from None
        if wall.tzinfo is not None:
            return instant(wall)
        if times.zone is None:
            raise Refused("time_without_zone", "neither the time nor the mapping names a zone")
    return _once(wall.replace(tzinfo=None), times.zone)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _once(wall: datetime, zone: ZoneInfo | None) -> int:
    try:
        early, late = (instant(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    except (OverflowError, ValueError):
        raise Refused("time_invalid", "the time is out of range") from None
    if early == late:
        return early
    if early < late:
        raise Refused("time_ambiguous", f"the clock of {zone} showed {wall} twice")
    raise Refused("time_invalid", f"the clock of {zone} never showed {wall}")


def _value(cell: str, column: Column, how: Mapping) -> str | None:
    """Return the text of a value with a decimal point, or ``None`` for a blank cell that is passed over."""
    told = cell.strip()
    if not told:
        return UNAVAILABLE if how.empty == "unavailable" else None
    if column.text:
        return told
    if _NUMBER[how.decimal].fullmatch(told):
        return told.replace(",", ".")
    if _DIGITS_AND_SIGNS.fullmatch(told):
        raise Refused("number_invalid", f"the decimal sign is {how.decimal!r}: {told[:60]!r}")
    return told


def _lines(file: BinaryIO) -> Iterator[Any]:
    """Yield the lines as bytes; ``None`` for one that is too long, without ever holding it."""
    while raw := file.readline(LINE_LENGTH + 1):
        if len(raw) > LINE_LENGTH and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_LENGTH)
            yield None
        else:
            yield raw


def _cells(raw: bytes | None, how: Mapping, *, first: bool = False) -> list[str]:
    if raw is None:
        raise Refused("header_invalid", f"the header has more than {LINE_LENGTH} bytes")
    try:
        text = raw.decode(how.encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise Refused("not_in_encoding", f"the line is no {how.encoding} text") from None
    text = text.removeprefix("\ufeff") if first else text
    try:
        rows = list(csv.reader([text], delimiter=how.separator, strict=True))
    except csv.Error as error:
        raise Refused("row_invalid", f"the row cannot be cut into cells: {error}") from None
    return rows[0] if rows else []


def _cell(cells: list[str], index: int) -> str:
    if index >= len(cells):
        raise Refused("row_incomplete", f"the row has {len(cells)} cells and no number {index + 1}")
    return cells[index]


def _index(header: list[str], column: str | int) -> int:
    if isinstance(column, int):
        if column > len(header):
            raise Refused("header_invalid", f"the header has {len(header)} columns and no number {column}")
        return column - 1
    found = [place for place, name in enumerate(header) if name.strip() == column.strip()]
    if len(found) != 1:
        times = "no" if not found else f"{len(found)} times the"
        raise Refused("header_invalid", f"the header has {times} column {column!r}; name it by its number")
    return found[0]


def _columns(told: Any) -> tuple[Column, ...]:
    if not isinstance(told, dict) or not 1 <= len(told) <= MOST_COLUMNS:
        raise _wrong(f"channels is an object of 1 to {MOST_COLUMNS} columns, each with its channel")
    return tuple(_column(at, entry) for at, entry in told.items())


def _column(at: str, entry: Any) -> Column:
    """Read one column; a name such as ``#3`` is the third column."""
    if isinstance(entry, str) and entry:
        return Column(_place(at), entry, False)
    if isinstance(entry, dict) and set(entry) <= {"channel", "text"}:
        channel, text = entry.get("channel"), entry.get("text", False)
        if isinstance(channel, str) and channel and isinstance(text, bool):
            return Column(_place(at), channel, text)
    raise _wrong(f'column {at!r} is given a channel, or {{"channel": …, "text": true}}')


def _place(at: Any) -> str | int:
    if not isinstance(at, str):
        raise _wrong("a column is named by its header, or by its number such as #3")
    told = re.fullmatch(r"#([1-9]\d{0,3})", at, re.ASCII)
    return int(told[1]) if told else at


def _sequence_column(told: Any) -> str | int | None:
    if told == "row":
        return None
    if isinstance(told, dict) and set(told) == {"column"}:
        return _place(told["column"])
    raise _wrong('sequence is "row" or {"column": …}')


def _times(told: Any) -> Times:
    if isinstance(told, dict) and "column" in told and set(told) <= {"column", "zone", "format"}:
        return Times(_place(told["column"]), _form(told.get("format", "")), _zone(told.get("zone")), 0, 0)
    if isinstance(told, dict) and set(told) == {"start", "step"}:
        return Times(None, "", None, _start(told["start"]), _step(told["step"]))
    raise _wrong('time is {"column": …, "zone": …} or {"start": …, "step": seconds as text}')


def _form(told: Any) -> str:
    """Return a format of strptime that reads what it writes."""
    try:
        if isinstance(told, str) and len(told) <= 100:
            moment = datetime(2000, 12, 31, 23, 59, 58, tzinfo=UTC)
            if not told or datetime.strptime(moment.strftime(told), told).year == 2000:  # noqa: DTZ007
                return told
    except (ValueError, re.error):
        pass
    raise _wrong("the format of time is one such as %d.%m.%Y %H:%M:%S")


def _zone(told: Any) -> ZoneInfo | None:
    if told is None:
        return None
    try:
        return ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise _wrong(f"zone is one such as Asia/Shanghai or UTC, not {str(told)[:60]!r}") from None


def _start(told: Any) -> int:
    try:
        return microseconds(told if isinstance(told, str) else "")
    except Refused as refused:
        raise _wrong(f"start: {refused}") from None


def _step(told: Any) -> int:
    try:
        found = Decimal(number(told if isinstance(told, str) else "")) * 1_000_000
    except Refused as refused:
        raise _wrong(f'step is a number of seconds as text, such as "0.1": {refused}') from None
    if not 0 < found <= 86_400_000_000 or found != int(found):
        raise _wrong("step is at most a day and whole microseconds")
    return int(found)


def _choice(told: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    found = told.get(name, choices[0])
    if found not in choices:
        raise _wrong(f"{name} is one of {', '.join(map(repr, choices))}")
    return str(found)


def _wrong(text: str) -> Refused:
    return Refused("mapping_invalid", text)
