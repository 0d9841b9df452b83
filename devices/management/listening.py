"""Listen to an SHDR adapter: gather its lines, and commit them in deliveries."""

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime

from devices.actions import unnumbered
from devices.gateway.adapters import Adapter
from devices.gateway.agents import Unanswered
from devices.management import channels
from devices.models import Channel, Device
from devices.rules.admission import Item, Refusal, Unreadable
from devices.rules.readings import Observation, Problem, instant
from devices.rules.shdr import Reader
from marketplace.models import User

MOST = 2000
RAW_LENGTH = 2000


class Listener:
    """
    One device behind one adapter.

    ``every`` is the longest time in seconds that a line waits for its commit; ``clock`` gives the moment.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Adapter],
        device: Device,
        epoch: str,
        by: User,
        clock: Callable[[], datetime],
        stop: threading.Event,
        every: float = 0.5,
        create_channels: bool = False,
    ) -> None:
        self.connect, self.device, self.epoch, self.by = connect, device, epoch, by
        self.clock, self.stop, self.every = clock, stop, every
        self.create_channels = create_channels
        self.said: list[Observation] = []
        self.refusals: list[Refusal] = []
        self.began: datetime | None = None
        self.lost = False

    def step(self) -> bool:
        """
        Hold one connection until it ends; what was read is committed and the loss is on record after it.

        :raises Unanswered: when there is no adapter, or it says nothing before its link is lost
        """
        self._commit()
        self._lose()
        with contextlib.closing(self.connect()) as adapter:
            try:
                self._hold(adapter)
            except Unanswered:
                if self.lost and not self.said:
                    raise
            finally:
                self._commit()
                self._lose()
        return False

    def _hold(self, adapter: Adapter) -> None:
        reader = Reader(self._conditions())
        for lines in adapter.lines():
            for line in lines:
                self._take(reader, line)
            if self.began and (self.clock() - self.began).total_seconds() >= self.every:
                self._commit()
            if self.stop.is_set():
                return

    def _take(self, reader: Reader, line: bytes | None) -> None:
        now = self.clock()
        self.began = self.began or now
        for found in reader.take(line, instant(now)):
            if isinstance(found, Problem):
                raw = (line or b"").decode(errors="replace")[:RAW_LENGTH]
                where = f"{self.epoch}:{now.isoformat()}:{found.line}"
                value = Unreadable(found.reason, found.text, raw)
                item = Item(None, None, where, value)
                self.refusals.append(Refusal(found.line, item, found.reason, found.text))
            else:
                self.said.append(found)
        if len(self.said) + len(self.refusals) >= MOST:
            self._commit()

    def _commit(self) -> None:
        """Store what was gathered; what cannot be stored now stays gathered."""
        if not self.said and not self.refusals:
            self.began = None
            return
        at = self.clock()
        if self.create_channels:
            items = [Item(None, None, one.key, one.text) for one in self.said]
            channels.add_unknown(device=self.device, items=items, by=self.by, at=at)
        unnumbered.take(
            device=self.device, epoch=self.epoch, said=self.said, refusals=self.refusals, by=self.by, at=at
        )
        self.lost = self.lost and not self.said
        self.said, self.refusals, self.began = [], [], None

    def _lose(self) -> None:
        """Put the loss of the link on record, once for each."""
        if not self.lost:
            unnumbered.lose(device=self.device, epoch=self.epoch, by=self.by, at=self.clock())
            self.lost = True

    def _conditions(self) -> set[str] | None:
        known = Channel.objects.filter(device=self.device)
        if self.create_channels or not known.exists():
            return None
        return set(known.filter(kind=Channel.Kind.CONDITION).values_list("key", flat=True))
