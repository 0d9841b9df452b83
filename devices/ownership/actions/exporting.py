"""
The second wing of the one door: what a party may take along, in portions, as long as it may.

The decision is in the log before the first reading leaves. Before each portion everything is decided again,
and the portion goes out only if the answer is still the same, so nothing leaves under rights that ended.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import DatabaseError
from django.utils.translation import gettext_noop

from devices import queries as telemetry
from devices.models import Channel, Device
from devices.ownership.actions import deciding, log, returning
from devices.ownership.actions.access import RightsChanged
from devices.ownership.actions.deciding import Asked
from devices.ownership.models import AccessEvent
from devices.ownership.rules.decisions import Effect
from devices.ownership.rules.explanations import REASONS
from devices.ownership.rules.porting import decide_port
from devices.ownership.rules.rulings import Ruling
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.shared.errors import Flaw, NotAllowed
from marketplace.shared.period import Period

AT_ONCE = 1000  # readings in a portion
PATIENCE = 500_000_000  # nanoseconds: a portion goes out earlier if it takes longer than this to fill
AT_ONCE_REASONS = 50  # flaws in a refusal
logger = logging.getLogger(__name__)


class ExportNotAllowed(NotAllowed):
    """Nothing of what was asked for may be taken along."""

    code = "export_not_allowed"
    text = gettext_noop(
        "You may take nothing of this along of {device}. The errors say why, channel by channel."
    )


def start(
    *,
    device: Device,
    channels: Sequence[str] | None,
    period: Period,
    purpose: str,
    by: User,
    within: Organization,
    at: datetime,
    still: Callable[[], bool] = lambda: True,
    clock: Callable[[], int] = lambda: 0,
) -> "Export":
    """
    Begin to hand out every reading that ``within`` may take along; the decision is in the log at return.

    ``still`` tells whether the caller's credentials go on to be good; ``clock`` counts nanoseconds, so that
    portions that fill slowly are looked at as often. Close the export, whatever happens.

    :raises MissingRight: if ``by`` may not read telemetry for ``within``; this is logged as well
    :raises UnknownChannel: if the device lacks one of the channels
    :raises ExportNotAllowed: if nothing may be taken along; this is logged as well
    """
    asked = Asked(device, period, purpose, within, by, at)
    try:
        require(by, Permission.TELEMETRY_READ, within=within)
    except MissingRight:
        deciding.write_down(asked=asked, channels=channels or [], rulings=[])
        raise
    wanted = deciding.channels(device=device, keys=channels)
    rulings = deciding.rule(asked=asked, wanted=wanted, by_rule=decide_port)
    event = deciding.write_down(asked=asked, channels=list(wanted), rulings=rulings)
    if not any(ruling.permits for ruling in rulings):
        log.close(event=event, delivered=0, at=at)
        raise ExportNotAllowed(flaws=list(_flaws(rulings)), device=device.name)
    same = _Same(asked, list(wanted), rulings, still, clock)
    export = Export(device, wanted, rulings, event, same.check, clock)
    if channels is None:
        export.whole_of = asked
    return export


class Export:
    """Portions of readings, segment by segment and in source order in each; ``delivered`` counts them."""

    def __init__(
        self,
        device: Device,
        channels: dict[str, Channel],
        rulings: Sequence[Ruling],
        event: AccessEvent,
        check: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        self.device, self.channels, self.rulings, self.event = device, channels, rulings, event
        self.delivered = 0
        self._check, self._clock = check, clock
        self._portions = self._read()
        self._closed = False
        self.whole_of: Asked | None = None  # what it is a whole copy of, once it has ended well

    def __iter__(self) -> "Export":
        return self

    def __next__(self) -> list[telemetry.Said]:
        """
        Return the next portion.

        :raises RightsChanged: if anything of what was decided is decided otherwise by now
        """
        try:
            portion = next(self._portions)
            self._check()
        except StopIteration:
            self._check()
            self._taken()
            raise
        except BaseException:
            self.close()
            raise
        self.delivered += len(portion)
        return portion

    def close(self) -> None:
        """Write down how much was handed out, once; nothing more is handed out afterwards."""
        if self._closed:
            return
        self._closed = True
        self._portions.close()
        try:
            log.close(event=self.event, delivered=self.delivered, at=self.event.at)
        except DatabaseError:
            logger.exception("no closing count of %s: %s readings", self.event.public_id, self.delivered)

    def _taken(self) -> None:
        """Nothing is left: whoever it was has a copy of its own time, and need not be given one."""
        asked, self.whole_of = self.whole_of, None
        self.close()
        if asked is not None:
            returning.taken(
                device=asked.device, period=asked.period, event=self.event, by=asked.by, at=asked.at
            )

    def _read(self) -> Generator[list[telemetry.Said]]:
        portion, since = list[telemetry.Said](), self._clock()
        for said in self._readings():
            portion.append(said)
            if len(portion) >= AT_ONCE or self._clock() - since >= PATIENCE:
                yield portion
                portion, since = [], self._clock()
        if portion:
            yield portion

    def _readings(self) -> Iterator[telemetry.Said]:
        for segment, ruled in groupby(self.rulings, key=attrgetter("segment")):
            permitted = [ruling.channel for ruling in ruled if ruling.permits]
            if permitted:
                yield from telemetry.readings(self.device, channels=permitted, period=segment.period)


class _Same:
    """What was decided, and the question that it answers, to be asked again and again."""

    def __init__(
        self,
        asked: Asked,
        channels: Sequence[str],
        rulings: Sequence[Ruling],
        still: Callable[[], bool],
        clock: Callable[[], int],
    ) -> None:
        self._asked, self._channels, self._rulings, self._still = asked, channels, rulings, still
        self._clock, self._since = clock, clock()

    def check(self) -> None:
        """Ask again: person, role, channels, machine, agreements and time boxes, each as it is now."""
        device = Device.objects.select_related("owner").get(pk=self._asked.device.pk)
        by, within = User.objects.get(pk=self._asked.by.pk), self._asked.within
        if not self._still() or not allowed(by, Permission.TELEMETRY_READ, within=within):
            raise RightsChanged(device=device.name)
        asked, wanted = (
            replace(self._asked, device=device, at=self._asked.at + self._gone()),
            deciding.channels(device=device, keys=self._channels),
        )
        if deciding.rule(asked=asked, wanted=wanted, by_rule=decide_port) != self._rulings:
            raise RightsChanged(device=device.name)

    def _gone(self) -> timedelta:
        """Return how long it has taken so far: a time box may end meanwhile."""
        return timedelta(microseconds=(self._clock() - self._since) // 1000)


def _flaws(rulings: Sequence[Ruling]) -> Iterator[Flaw]:
    reasons = {ruling.channel: ruling.decision.reason for ruling in rulings}
    assert all(ruling.decision.effect is Effect.DENY for ruling in rulings)
    for channel, reason in list(reasons.items())[:AT_ONCE_REASONS]:
        yield Flaw(f"/channel/{channel}", reason, REASONS[reason])
