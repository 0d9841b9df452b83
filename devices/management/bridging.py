"""Bridge Sparkplug edge nodes to devices: each message becomes one delivery a device."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from devices import queries
from devices.actions import deliveries, unnumbered
from devices.actions.deliveries import Delivery
from devices.gateway.broker import DOWN, MESSAGE, UP, Event
from devices.management import channels
from devices.models import Channel, Device
from devices.rules import ranges, sparkplug
from devices.rules.admission import Item, Refusal, Unreadable
from devices.rules.nodes import PREFIX, Heard, Node
from devices.rules.ranges import Span
from devices.rules.readings import Refused, instant
from marketplace.models import User

PATIENCE = 5  # seconds between two requests for the births of one node
COMMAND = "{namespace}/{group}/NCMD/{node}"


class Source(NamedTuple):
    """An edge node, and the device behind it or nothing for the node itself."""

    group: str
    node: str
    device: str

    @classmethod
    def read(cls, text: str) -> "Source":
        """:raises ValueError: if the text is not ``group/node`` or ``group/node/device``"""
        parts = text.split("/")
        if len(parts) not in (2, 3) or not all(parts) or any(sign in text for sign in "+#"):
            raise ValueError("a source is group/node or group/node/device")
        return cls(parts[0], parts[1], parts[2] if len(parts) == 3 else "")


class Bridge:
    """Devices by the sources that speak for them; ``send`` publishes a command."""

    def __init__(
        self,
        *,
        devices: dict[Source, Device],
        by: User,
        send: Callable[[str, bytes], None],
        create_channels: bool = False,
    ) -> None:
        self.devices, self.by, self.send, self.create_channels = devices, by, send, create_channels
        self.nodes = {(source.group, source.node): Node() for source in devices}
        self.covered: dict[Source, dict[str, list[Span]]] = {source: {} for source in devices}
        self.asked: dict[tuple[str, str], datetime] = {}

    @property
    def topics(self) -> list[str]:
        """What to subscribe to: everything that the nodes say."""
        return [f"{sparkplug.NAMESPACE}/{group}/+/{node}/#" for group, node in self.nodes]

    def hear(self, event: Event, at: datetime) -> None:
        """
        Store what an event says; hearing it again changes nothing.

        :raises Refused: if a payload cannot be read; nothing of it is stored
        """
        if event.kind == DOWN:
            self.lose(at)
        elif event.kind == UP:
            self.asked.clear()
            self.lose(at)
            for key in self.nodes:
                self._ask(key, at)
        elif event.kind == MESSAGE:
            self._message(event, at)

    def lose(self, at: datetime) -> None:
        """Note for every device that its node is not heard any more, if it was; births begin anew."""
        for source, device in self.devices.items():
            self.nodes[source.group, source.node].forget()
            self._end(device, "", at)

    def _message(self, event: Event, at: datetime) -> None:
        said = sparkplug.topic(event.text)
        key = (said.group, said.node) if said else ("", "")
        node = self.nodes.get(key)
        if said is None or node is None:
            return
        try:
            heard = node.take(said, sparkplug.read(event.payload))
        except Refused:
            self._ask(key, at)
            raise
        for source, device in self._of(key):
            if said.kind in ("NBIRTH", "NDEATH"):
                self._end(device, node.epoch, at)
            if heard.epoch and not heard.over:
                known = self.covered[source].get(heard.epoch, [])
                self.covered[source] = {heard.epoch: ranges.union(known, heard.covered)}
                if source.device == heard.device and not self._take(source, device, heard, at):
                    self._ask(key, at)
        if heard.rebirth:
            self._ask(key, at)

    def _of(self, key: tuple[str, str]) -> list[tuple[Source, Device]]:
        return [one for one in self.devices.items() if (one[0].group, one[0].node) == key]

    def _take(self, source: Source, device: Device, heard: Heard, at: datetime) -> bool:
        """Store a message; a conflict means that we lost count, and the answer is False."""
        items = list(heard.items) if heard.died is None else self._died(device, heard)
        if not items:
            return True
        if self.create_channels:
            channels.add_unknown(device=device, items=items, by=self.by, at=at)
        delivery = Delivery(heard.epoch, items, self.covered[source][heard.epoch])
        receipt = deliveries.take(device=device, delivery=delivery, by=self.by, at=at)
        self.covered[source] = {}
        return not receipt.conflicts

    def _died(self, device: Device, heard: Heard) -> list[Item]:
        """Say at the message's own place that the device is gone."""
        evidence = Channel.objects.filter(device=device, retention=Channel.Retention.EVIDENCE)
        keys = evidence.order_by("number").values_list("key", flat=True)
        start = heard.covered[0][0]
        return [Item(start + place, heard.died, key, None) for place, key in enumerate(keys)]

    def _end(self, device: Device, going_on: str, at: datetime) -> None:
        """Note that the epoch heard of last is over, unless it goes on or that is noted already."""
        latest = queries.latest_epoch(device)
        if latest.startswith(PREFIX) and latest != going_on and not latest.endswith(unnumbered.LOST):
            unnumbered.end(device=device, epoch=latest, by=self.by, at=at)

    def _ask(self, key: tuple[str, str], at: datetime) -> None:
        """Ask a node for its births, not too often."""
        before = self.asked.get(key)
        if before is None or (at - before).total_seconds() >= PATIENCE:
            self.asked[key] = at
            topic = COMMAND.format(namespace=sparkplug.NAMESPACE, group=key[0], node=key[1])
            self.send(topic, sparkplug.rebirth(instant(at) // 1000))


def unreadable(event: Event, refused: Refused) -> Refusal:
    """Return what the quarantine keeps of a payload that cannot be read."""
    value = Unreadable(refused.reason, str(refused), event.payload[:1000].hex())
    return Refusal(0, Item(None, None, event.text[:200], value), refused.reason, str(refused))
