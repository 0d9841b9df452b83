"""
Follow an MTConnect agent: one request and one delivery at a time, from where the database ends.

An agent shares its numbers between its machines, so each delivery says which stretch of numbers it covers.
What the buffer lost before we came is left out of it, and the door records the gap.
"""

from collections.abc import Sequence
from datetime import datetime

from devices import queries
from devices.actions import deliveries, replays
from devices.actions.deliveries import Delivery
from devices.gateway.agents import Agent, Unanswered
from devices.management import channels
from devices.models import Device
from devices.rules.admission import LARGEST_SEQUENCE, Item, Refusal
from devices.rules.mtconnect import Document, Stream
from devices.rules.portions import portions, shares
from devices.rules.ranges import Span
from devices.rules.readings import Refused
from marketplace.models import User

AGENT = "Agent"  # agents from version 2.0 on report about themselves under this name


class Follower:
    """What one device of an agent has said up to ``next``; ``since`` is the first number not yet recorded."""

    def __init__(
        self,
        *,
        agent: Agent,
        device: Device,
        by: User,
        stream: str = "",
        count: int = 1000,
        create_channels: bool = False,
    ) -> None:
        self.agent, self.device, self.by = agent, device, by
        self.stream, self.count, self.create_channels = stream, count, create_channels
        self.epoch = ""
        self.next = self.since = 0

    def step(self, at: datetime) -> bool:
        """
        Read on once and store what came; return whether more is waiting.

        :raises Unanswered: if the agent gives no usable answer, or none about this device
        :raises Refused: if its answer cannot be read
        """
        if not self.epoch:
            self._begin(self.agent.current(), at)
        try:
            found = self.agent.sample(self.next, self.count)
        except Refused as refused:
            return self._recover(refused, at)
        if found.header.instance != self.epoch:
            self._begin(self.agent.current(), at)
            return True
        return self._take(found, at)

    def _take(self, found: Document, at: datetime) -> bool:
        header = found.header
        if header.next > LARGEST_SEQUENCE:
            raise Refused("sequence_invalid", f"the agent goes on at {header.next}")
        if header.next < self.next:
            self.epoch = ""
            raise Unanswered(f"the agent went back from {self.next} to {header.next} in the same instance")
        whole = [(self.since, header.next)]
        if header.first > self.next:
            whole = [(self.since, self.next), (header.first, header.next)]
        covered = [(low, high) for low, high in whole if low < high]
        taken = self._deliver(_stream(found, self.stream, needed=False), covered, at)
        more = header.next - self.next >= self.count
        self.next = header.next
        self.since = header.next if taken else self.since
        return more

    def _recover(self, refused: Refused, at: datetime) -> bool:
        """Ask for less where an answer was too large; where the agent forgot our place, go to a new one."""
        if refused.reason == "document_too_large" and self.count > 1:
            self.count //= 2
            return True
        if refused.reason != "agent_error":
            raise refused
        epoch, place = self.epoch, self.next
        self._begin(self.agent.current(), at)
        if (self.epoch, self.next) == (epoch, place):
            raise refused
        return True

    def _begin(self, current: Document, at: datetime) -> None:
        """Find the place to read on from: what the database holds, else the buffer, else now."""
        header = current.header
        stream = _stream(current, self.stream, needed=True)
        known = queries.next_sequence(self.device, epoch=header.instance)
        if known is not None:
            place = min(max(known, header.first), header.next)
        elif queries.was_heard(self.device):
            place = header.first
        else:
            place = header.next
        self.epoch, self.next, self.since = header.instance, place, place
        if known is None and stream is not None:
            older = Stream(
                stream.uuid, stream.name, [one for one in stream.items if one.sequence < place], []
            )
            first_ever = place == header.next and older.items
            covered = [(older.items[0].sequence, place)] if first_ever else []
            self._deliver(older, covered, at)

    def _deliver(self, stream: Stream | None, covered: Sequence[Span], at: datetime) -> bool:
        """Deliver a stretch; return whether it is recorded, which needs at least one reading in it."""
        told = stream or Stream("", "", [], [])
        items = [Item(one.sequence, one.at, one.key, one.text) for one in told.items]
        refusals = [
            Refusal(place, Item(None, None, f"{covered or self.next}:{place}", None), one.reason, str(one))
            for place, one in enumerate(told.problems, start=1)
        ]
        if refusals:
            replays.keep_unreadable(
                device=self.device, epoch=self.epoch, refusals=refusals, by=self.by, at=at
            )
        if self.create_channels:
            channels.add_unknown(device=self.device, items=items, by=self.by, at=at)
        pieces = portions(sorted(items), max(1, len(items))) or [[]]
        recorded = False
        for piece, part in zip(pieces, shares(pieces, covered), strict=True):
            delivery = Delivery(self.epoch, piece, part)
            receipt = deliveries.take(device=self.device, delivery=delivery, by=self.by, at=at)
            recorded |= receipt.ack is not None
        return recorded


def _stream(document: Document, wanted: str, *, needed: bool) -> Stream | None:
    """Return the device's own stream by name or uuid; with no name the only one that is not the agent's."""
    known = [one for one in document.streams if wanted in (one.uuid, one.name) or not wanted]
    if not wanted:
        known = [one for one in known if one.name != AGENT]
    if len(known) > 1:
        names = ", ".join(sorted(one.name or one.uuid for one in known))[:200]
        raise Unanswered(f"the agent speaks for several machines ({names}); say which with --stream")
    if not known and needed:
        raise Unanswered(f"the agent does not speak for {wanted or 'any machine'}")
    return known[0] if known else None
