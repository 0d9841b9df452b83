"""
The wire form of Protocol Buffers, as far as telemetry needs it: the fields of one message, in order.

Nothing is copied or opened that nobody asks for, so a message costs no more than its own size.
"""

from collections.abc import Iterator

from devices.rules.readings import Refused

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10
MOST_FIELDS = 500_000

Field = tuple[int, int, int | memoryview]


class Budget:
    """How many fields may still be read, in a message and all that lie in it."""

    def __init__(self, left: int = MOST_FIELDS) -> None:
        self.left = left

    def pay(self) -> None:
        """:raises Refused: ``payload_too_large`` where nothing is left"""
        self.left -= 1
        if self.left < 0:
            raise Refused("payload_too_large", f"a payload may have {MOST_FIELDS} fields")


def fields(message: memoryview, budget: Budget) -> Iterator[Field]:
    """
    Yield (field number, wire type, value): numbers as unsigned integers, everything else as it stands.

    :raises Refused: ``payload_invalid`` where the message is cut off or uses groups, which nobody does;
        ``payload_too_large`` where the budget is spent
    """
    at, end = 0, len(message)
    while at < end:
        budget.pay()
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = _varint(message, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise Refused("payload_invalid", f"wire type {kind} is not used in Sparkplug B")
        if number == 0 or size > end - at:
            raise Refused("payload_invalid", "the payload is cut off or damaged")
        part = message[at : at + size]
        at += size
        yield number, kind, part if kind == BYTES else int.from_bytes(part, "little")


def text(value: int | memoryview) -> str:
    """
    Read a text field.

    :raises Refused: ``payload_invalid`` if it is none, or not UTF-8
    """
    if isinstance(value, int):
        raise Refused("payload_invalid", "a number stands where a text belongs")
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        raise Refused("payload_invalid", "a text is not UTF-8") from None


def whole(value: int | memoryview) -> int:
    """
    Read a number field.

    :raises Refused: ``payload_invalid`` if it is none
    """
    if not isinstance(value, int):
        raise Refused("payload_invalid", "a text stands where a number belongs")
    return value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    found = 0
    for place, byte in enumerate(message[at : at + _VARINT_BYTES]):
        found |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return found & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise Refused("payload_invalid", "the payload is cut off or damaged")
