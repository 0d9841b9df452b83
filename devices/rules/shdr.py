"""
SHDR, the line protocol between an MTConnect adapter and its agent, and the form of its recordings.

A line is ``time|key|value[|key|value...]``. A line ``time|key|LEVEL|code|severity|qualifier|text`` is one
condition. Assets (``@ASSET@ ... --multiline--TAG``) and heartbeats (``* PING``) carry no readings and are
passed over. A bad line becomes a :class:`Problem` and costs nothing but itself.
"""

import re
from collections.abc import Container, Iterator
from typing import BinaryIO

from devices.rules.readings import UNAVAILABLE, Observation, Problem, Refused, microseconds

LINE_LENGTH = 65_536
LEVELS = frozenset({"normal", "warning", "fault", "unavailable"})

_MULTILINE = "--multiline--"
_STAMPED = re.compile(r"\d{4}-\d\d-\d\dT[^|]{1,30}\|", re.ASCII)


class Reader:
    """
    Reads lines one by one, in their order, and knows what they need of the lines before them.

    ``conditions`` names the keys that are conditions; without it a line of the right shape is taken for one.
    """

    def __init__(self, conditions: Container[str] | None = None) -> None:
        self.line = 0
        self._conditions = conditions
        self._asset = _Asset()

    def take(self, raw: bytes | None, received_at: int | None = None) -> list[Observation | Problem]:
        """
        Read one line; ``None`` stands for one that was too long to be held.

        ``received_at`` stamps a line with an empty time; without it that is a problem.
        """
        self.line += 1
        if raw is None:
            return [Problem(self.line, "line_too_long", f"a line may have {LINE_LENGTH} bytes")]
        try:
            text = raw.decode().strip()
        except UnicodeDecodeError:
            return [Problem(self.line, "not_utf8", "the line is not UTF-8 text")]
        unfinished = self._asset.cut_by(text)
        found: list[Observation | Problem] = [unfinished] if unfinished else []
        if not text or self._asset.holds(text) or text.startswith("*"):
            return found
        try:
            parts = text.split("|")
            self._asset.open(parts, self.line)
            found += _observations(parts, self._conditions, received_at)
        except Refused as refused:
            found.append(Problem(self.line, refused.reason, str(refused)))
        return found

    def end(self) -> list[Problem]:
        """Say what the end of the lines leaves unfinished."""
        return [self._asset.unfinished()] if self._asset.tag else []


class Splitter:
    """Cuts what comes over a wire into lines, and never holds more than one line may have."""

    def __init__(self) -> None:
        self._held = b""
        self._skipping = False

    def feed(self, piece: bytes) -> list[bytes | None]:
        """Return the lines that ``piece`` completes, without their ends; ``None`` for one too long."""
        *whole, rest = piece.split(b"\n")
        found: list[bytes | None] = []
        for part in whole:
            line = self._held + part
            found.append(None if self._skipping or len(line) > LINE_LENGTH else line)
            self._held, self._skipping = b"", False
        self._held = b"" if self._skipping else self._held + rest
        if len(self._held) > LINE_LENGTH:
            self._held, self._skipping = b"", True
        return found


def read(
    file: BinaryIO,
    *,
    conditions: Container[str] | None = None,
    received_at: int | None = None,
) -> Iterator[Observation | Problem]:
    """
    Read observations line by line, in the order in which they stand, holding one line at a time.

    ``conditions`` and ``received_at`` are those of :class:`Reader`, the latter for all lines.
    """
    reader = Reader(conditions)
    for raw in _lines(file):
        yield from reader.take(raw, received_at)
    yield from reader.end()


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, ``None`` for what is too long without ever holding it."""
    while raw := file.readline(LINE_LENGTH + 1):
        if len(raw) > LINE_LENGTH and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_LENGTH)
            yield None
        else:
            yield raw


def _observations(
    parts: list[str], conditions: Container[str] | None, received_at: int | None
) -> list[Observation]:
    at = _time(parts[0], received_at)
    if len(parts) == 3:
        return _pair(at, parts[1], parts[2])
    if len(parts) >= 7 and _is_condition(parts, conditions):
        return [Observation(at, _key(parts[1]), _condition(parts[2:]))]
    if len(parts) > 1 and parts[1].startswith("@"):
        return []
    if len(parts) < 3 or len(parts) % 2 == 0:
        raise Refused("pair_incomplete", f"a line is time|key|value..., and this has {len(parts)} fields")
    return [
        Observation(at, _key(key), value.strip()) for key, value in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _condition(parts: list[str]) -> str:
    """Write a condition as one text, its level in capitals; one that is unavailable is no sign of life."""
    level, *rest = (part.strip() for part in parts)
    return UNAVAILABLE if level.upper() == UNAVAILABLE else "|".join((level.upper(), *rest))


def _pair(at: int, key: str, value: str) -> list[Observation]:
    return [] if key.startswith("@") else [Observation(at, _key(key), value.strip())]


def _time(text: str, received_at: int | None) -> int:
    stamp = text.partition("@")[0].strip()
    if stamp:
        return microseconds(stamp)
    if received_at is None:
        raise Refused("time_missing", "the line has no time stamp")
    return received_at


def _key(text: str) -> str:
    key = text.strip()
    if not key:
        raise Refused("key_missing", "a value stands without a key")
    return key


def _is_condition(parts: list[str], conditions: Container[str] | None) -> bool:
    """Tell a condition from three or more pairs; pairs that all became UNAVAILABLE look much like one."""
    level = parts[2].strip().lower()
    if level not in LEVELS:
        return False
    if conditions is not None:
        return parts[1].strip() in conditions
    return len(parts) == 7 and (level != "unavailable" or not any(part.strip() for part in parts[3:]))


class _Asset:
    """The asset block the reader stands in, if any."""

    def __init__(self) -> None:
        self.tag = ""
        self.line = 0

    def open(self, parts: list[str], line: int) -> None:
        if len(parts) > 2 and parts[1].startswith("@") and parts[-1].startswith(_MULTILINE):
            self.tag, self.line = parts[-1], line

    def holds(self, text: str) -> bool:
        """Say whether the line belongs to the block; its closing tag is the last that does."""
        if not self.tag:
            return False
        if text == self.tag:
            self.tag = ""
        return True

    def cut_by(self, text: str) -> Problem | None:
        """Leave a block that never ended as soon as a stamped line shows that readings go on."""
        if not self.tag or _STAMPED.match(text) is None:
            return None
        problem = self.unfinished()
        self.tag = ""
        return problem

    def unfinished(self) -> Problem:
        return Problem(self.line, "asset_unfinished", f"the asset has no closing line {self.tag}")
