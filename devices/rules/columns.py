"""
Columns: how whole numbers become few bytes. All are little-endian.

A *column* is one byte for the width, then the numbers in the narrowest of 1, 2, 4, 8 bytes that holds them
all, so that one call reads it. A *walk* writes the first number in full and the rest as a column of zigzag
steps.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import sub
from sys import byteorder

_CODES = "BHIQ"
_LONGEST = 70  # bits


class Source:
    """Bytes, and how far they have been read."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        start = self.at
        self.at = end = start + length
        if end > len(self.data):
            raise EOFError("the block ends too early")
        return self.data[start:end]

    def byte(self) -> int:
        at = self.at
        self.at = at + 1
        try:
            return self.data[at]
        except IndexError:
            raise EOFError("the block ends too early") from None

    def varint(self) -> int:
        data, at, value, shift = self.data, self.at, 0, 0
        try:
            while (byte := data[at]) >= 0x80:
                value |= (byte & 0x7F) << shift
                shift += 7
                if shift > _LONGEST:
                    raise ValueError("a number is too long")
                at += 1
        except IndexError:
            raise EOFError("the block ends too early") from None
        self.at = at + 1
        return value | byte << shift

    def varints(self, count: int) -> list[int]:
        return [self.varint() for _ in range(count)]

    def narrow(self, count: int, width: int) -> Sequence[int]:
        packed = array(_CODES[width])
        packed.frombytes(self.take(count * packed.itemsize))
        if byteorder == "big":  # pragma: no cover - blocks are little-endian everywhere
            packed.byteswap()
        return packed

    def column(self, count: int) -> Sequence[int]:
        if not count:
            return b""
        width = self.byte()
        return self.narrow(count, width) if width else self.take(count)

    def skip_column(self, count: int) -> None:
        """Step over a column."""
        if count:
            self.take(count * array(_CODES[self.byte()]).itemsize)

    def bits(self, count: int) -> list[bool]:
        number = int.from_bytes(self.take((count + 7) // 8), "little")
        return [bool(number >> index & 1) for index in range(count)]


def walk(numbers: list[int]) -> bytes:
    """Write the first number in full and the steps to each next one as a column."""
    if not numbers:
        return b""
    first = numbers[0]
    head = varint(first << 1 if first >= 0 else (-first << 1) - 1)
    if len(numbers) == 1:
        return head
    found = list(map(sub, numbers[1:], numbers))
    if min(found) >= 0:
        return head + column([step << 1 for step in found])
    return head + column([step << 1 if step >= 0 else (-step << 1) - 1 for step in found])


def read_walk(source: Source, count: int) -> list[int]:
    """Read a walk of so many numbers."""
    if not count:
        return []
    first = source.varint()
    start = first >> 1 if not first & 1 else ~(first >> 1)
    if count == 1:
        return [start]
    steps = source.column(count - 1)
    if count == 2:
        step = steps[0]
        return [start, start + (step >> 1 if not step & 1 else ~(step >> 1))]
    turned = [step >> 1 if not step & 1 else ~(step >> 1) for step in steps]
    return list(accumulate(turned, initial=start))


def skip_walk(source: Source, count: int) -> None:
    """Step over a walk of so many numbers."""
    if count:
        source.varint()
        source.skip_column(count - 1)


def column(numbers: list[int]) -> bytes:
    """Write numbers from 0 on in the narrowest width that holds them all."""
    if not numbers:
        return b""
    largest = max(numbers)
    if largest < 0x100:
        return b"\0" + bytes(numbers)
    width = 1 if largest < 0x1_0000 else 2 if largest < 0x1_0000_0000 else 3
    packed = array(_CODES[width], numbers)
    if byteorder == "big":  # pragma: no cover - blocks are little-endian everywhere
        packed.byteswap()
    return bytes((width,)) + packed.tobytes()


def varint(rest: int) -> bytes:
    """Write a number from 0 on in as many bytes as it needs, seven bits a byte."""
    found = bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def varints(numbers: list[int]) -> bytes:
    """Write numbers from 0 on, each in as many bytes as it needs."""
    if max(numbers, default=0) <= 0x7F:
        return bytes(numbers)
    return b"".join(map(varint, numbers))


def bits(flags: list[bool]) -> bytes:
    """Write one bit a flag."""
    packed = sum(1 << index for index, flag in enumerate(flags) if flag)
    return packed.to_bytes((len(flags) + 7) // 8, "little")


def steps(numbers: list[int]) -> list[int]:
    """List the first number, then the difference of each to the one before."""
    return [numbers[0], *(after - before for before, after in pairwise(numbers))] if numbers else []


def summed(numbers: list[int]) -> list[int]:
    """Undo :func:`steps`."""
    return list(accumulate(numbers))
