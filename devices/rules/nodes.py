"""
The session of a Sparkplug edge node: which metric is meant, and the identity of each reading.

An epoch is one NBIRTH: its bdSeq and its own time, because a node repeats its bdSeq at a rebirth and begins
it again after a power cut. A message's number is its seq counted on beyond 255; a reading's sequence is that
number × 2^16 plus the metric's place in the message. So a message sent twice is a duplicate, and one that
never came leaves a hole.
"""

import hashlib
from typing import NamedTuple

from devices.rules.admission import Item, Unreadable
from devices.rules.ranges import Span
from devices.rules.readings import Refused
from devices.rules.sparkplug import Metric, Payload, Topic

STRIDE = 2**16
PREFIX = "spb "
NAME_LENGTH = 40
MILLISECOND = 1000
TURN = 256
MOST_ALIASES = 100_000
SKIPPED = ("bdSeq", "Node Control/", "Device Control/")
DATA = {"NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH"}
HISTORY = "the value is historical; sent after newer ones it cannot be ordered, and a person decides"


class Heard(NamedTuple):
    """
    What one message says.

    ``covered`` holds the numbers of the whole message, for every device of the node. ``died`` is when the
    device went away, in microseconds. ``over`` says that the epoch has ended, ``rebirth`` that the node must
    be asked for its births.
    """

    epoch: str = ""
    device: str = ""
    items: tuple[Item, ...] = ()
    covered: tuple[Span, ...] = ()
    died: int | None = None
    over: bool = False
    rebirth: bool = False


class Node:
    """One edge node, from its births on."""

    def __init__(self) -> None:
        self.epoch, self.birth, self.number = "", -1, 0
        self.names: dict[int, tuple[str, str]] = {}
        self.alive: set[str] = set()

    def take(self, said: Topic, payload: Payload) -> Heard:
        """
        Take the next message of the node.

        :raises Refused: ``payload_invalid`` where a part is missing that the message needs
        """
        if said.kind == "NDEATH":
            return self._over(payload)
        if said.kind not in DATA:
            return Heard()
        if payload.seq is None:
            raise Refused("payload_invalid", "the payload has no seq")
        if said.kind == "NBIRTH":
            self._begin(said, payload)
        number = self._number(payload.seq)
        if not self.epoch or number is None:
            return Heard(rebirth=True)
        base = number * STRIDE
        covered = ((base, base + STRIDE),)
        if said.kind == "DDEATH":
            self.alive.discard(said.device)
            if payload.at is None:
                raise Refused("payload_invalid", "the payload has no time")
            return Heard(self.epoch, said.device, covered=covered, died=payload.at * MILLISECOND)
        if said.kind in ("NBIRTH", "DBIRTH"):
            self.alive.add(said.device)
            self._learn(said.device, payload)
        items, unknown = self._items(said.device, payload, base)
        return Heard(
            self.epoch, said.device, items, covered, rebirth=unknown or said.device not in self.alive
        )

    def forget(self) -> str:
        """End the session, as when the way to the node is lost; return the epoch that is over."""
        epoch, self.epoch = self.epoch, ""
        self.names.clear()
        self.alive.clear()
        return epoch

    def _begin(self, said: Topic, payload: Payload) -> None:
        if payload.at is None:
            raise Refused("payload_invalid", "a birth has its time")
        birth = _birth(payload)
        label = _label(said, birth, payload.at)
        if label != self.epoch:
            self.forget()
            self.epoch, self.birth, self.number = label, birth, payload.seq or 0

    def _number(self, seq: int) -> int | None:
        """Count a seq on: up to half a turn ahead there is a loss, up to half a turn behind it is late."""
        step = (seq - self.number) % TURN
        found = self.number + step - (TURN if step >= TURN // 2 else 0)
        self.number = max(self.number, found)
        return found if found >= 0 else None

    def _learn(self, device: str, payload: Payload) -> None:
        for metric in payload.metrics:
            if metric.alias is not None and len(self.names) < MOST_ALIASES:
                self.names[metric.alias] = (device, metric.name)

    def _over(self, payload: Payload) -> Heard:
        """End the epoch whose bdSeq the death names; a death of another session is late and says nothing."""
        if not self.epoch or _birth(payload) != self.birth:
            return Heard()
        return Heard(self.forget(), over=True)

    def _items(self, device: str, payload: Payload, base: int) -> tuple[tuple[Item, ...], bool]:
        found, unknown = [], False
        for place, metric in enumerate(payload.metrics):
            name = metric.name or self._named(device, metric)
            if name and name.startswith(SKIPPED):
                continue
            unknown = unknown or not name
            found.append(_item(base + place, name, metric, payload))
        return tuple(found), unknown

    def _named(self, device: str, metric: Metric) -> str:
        owner, name = self.names.get(-1 if metric.alias is None else metric.alias, (device, ""))
        return name if owner == device else ""


def _item(sequence: int, name: str, metric: Metric, payload: Payload) -> Item:
    at = metric.at if metric.at is not None else payload.at
    stamp = at * MILLISECOND if at is not None else None
    raw = f"{name or metric.alias}={metric.value}"[:2000]
    if not name:
        return Item(sequence, stamp, None, Unreadable("alias_unknown", "no birth names this alias", raw))
    if metric.problem is not None:
        return Item(sequence, stamp, name, Unreadable(metric.problem.reason, str(metric.problem), raw))
    if metric.historical:
        return Item(sequence, stamp, name, Unreadable("historical", HISTORY, raw))
    return Item(sequence, stamp, name, metric.value)


def _birth(payload: Payload) -> int:
    """Return the bdSeq of a birth or death, −1 where it has none."""
    told = next((metric.value for metric in payload.metrics if metric.name == "bdSeq"), None)
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 20 else -1


def _label(said: Topic, birth: int, at: int) -> str:
    name = f"{said.group}/{said.node}"
    if len(name) > NAME_LENGTH or not name.isprintable():
        name = hashlib.sha256(name.encode()).hexdigest()[:20]
    return f"{PREFIX}{name} {birth % TURN if birth >= 0 else '-'} {at % 10**16}"
