"""
Several deliveries in one body: ``{"deliveries": [{"device": …, "epoch": …, …}, …]}``.

Each is a delivery as :mod:`devices.rules.envelopes` reads it, and names the device it is of. Here the body is
only taken apart; each part is read by itself, so one that is spoiled spoils no other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from devices.rules import doubled
from devices.rules.envelopes import BROKEN, Malformed
from marketplace.rules.msgids import gettext_noop

MOST_DELIVERIES = 500


class Part(NamedTuple):
    """One delivery of a body: the device it names, if it names one, and its own text, unread."""

    device: str | None
    body: bytes


class _Post(msgspec.Struct):
    deliveries: list[msgspec.Raw]


class _Named(msgspec.Struct):
    device: Any = None


_POST = msgspec.json.Decoder(_Post)
_NAMED = msgspec.json.Decoder(_Named)


def read(body: bytes) -> list[Part]:
    """
    Take a body apart.

    :raises Malformed: if it is no JSON object with a list of 1 to ``MOST_DELIVERIES`` deliveries
    """
    try:
        found = _POST.decode(body).deliveries
    except msgspec.ValidationError:
        text = gettext_noop("Send an object with a list of deliveries.")
        raise Malformed("/deliveries", "wrong_shape", text) from None
    except BROKEN:
        text = gettext_noop("The body is not JSON in UTF-8.")
        raise Malformed("", "malformed_json", text) from None
    if _twice(body):
        text = gettext_noop("A name stands twice in one object, and nobody knows which value was meant.")
        raise Malformed("", "name_twice", text)
    if not found:
        raise Malformed("/deliveries", "required", gettext_noop("Send at least one delivery."))
    if len(found) > MOST_DELIVERIES:
        text = gettext_noop("A post may have 500 deliveries. Send the rest in another.")
        raise Malformed("/deliveries", "too_many", text)
    return [_part(bytes(raw)) for raw in found]


def _twice(body: bytes) -> bool:
    """Say whether a name stands twice around the deliveries; most bodies need one look for that."""
    if body.count(b'"deliveries"') == 1 and b"\\u" not in body:
        return False
    names = [name for name, _ in doubled.pairs(body)]
    return len(set(names)) < len(names)


def check_size(sizes: Sequence[int], *, most: int) -> None:
    """
    Hold a post to as many readings as a single delivery may have.

    :raises Malformed: if all its deliveries together have more
    """
    if sum(sizes) > most:
        text = gettext_noop("A post may have 5,000 readings, all its deliveries together. Send it in parts.")
        raise Malformed("/deliveries", "too_many", text)


def _part(raw: bytes) -> Part:
    """Take what is no object, or names its device by no text, as a delivery that names none."""
    try:
        device = _NAMED.decode(raw).device
    except BROKEN:
        device = None
    return Part(device if isinstance(device, str) else None, raw)
