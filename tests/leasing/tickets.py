"""A lease that runs, with a machine that tells its states, and the steps of a ticket, each as one call."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from devices.actions import devices
from devices.models import Device
from leasing.actions import downtime, offers, tickets
from leasing.models import LeaseUnit, Ticket
from leasing.rules.downtime import Remedy
from leasing.rules.tickets import Cause, Severity
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, lathe, take
from tests.factories import marketplace as make
from tests.factories.leasing import hand_over
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, HANDOVER

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(text: str) -> datetime:
    """Return a moment of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


BROKE = local("2026-03-10T08:00")
TOLD = local("2026-03-10T09:00")
FIXED = local("2026-03-11T20:00")
AGREED = FIXED + 2 * DAY


class Desk:
    """Lessor and lessee of a lease of March and April, the platform, and what each does with a ticket."""

    def __init__(
        self, world: worlds.World, *, sla: dict[str, Any] | None = None, tells: bool = False
    ) -> None:
        self.world, self.clock = world, world.clock
        self.platform = make.platform()
        self.judge = worlds.person("judge", self.platform, Role.ADMIN)
        self.people = {world.lessor: world.owner, world.lessee: world.buyer, self.platform: self.judge}
        self.people |= {world.stranger: world.outsider}
        self.device = self._device() if tells else None
        self.lease = self._lease(sla)
        self.unit = LeaseUnit.objects.select_related("equipment", "lease").get(lease=self.lease)

    def _device(self) -> Device:
        device = lathe(self.world.lessor)
        machine = self.world.machines[0]
        devices.bind(
            device=device, equipment=machine, period=Period(EARLY, None), by=self.world.owner, at=DECIDED
        )
        return device

    def _lease(self, sla: dict[str, Any] | None) -> Any:
        if sla is None:
            return self.world.active()
        made = self.world.quoted(terms={"sla": sla})
        digest = made.offers.latest("version").digest
        given = {"digest": digest, "mandate": "OFFICE", "by": self.world.buyer, "at": DECIDED}
        accepted = offers.accept(lease=made, **given)
        return hand_over(accepted, owner=self.world.owner, buyer=self.world.buyer, at=HANDOVER)

    def said(self, *states: tuple[str, str]) -> None:
        """Let the machine tell its states at local moments."""
        items = [
            (number, int(local(at).timestamp()) * 1_000_000, "execution", state)
            for number, (at, state) in enumerate(states, start=1)
        ]
        take(self.device, items, at=AGREED)

    def report(self, who: Any = None, **changes: Any) -> Ticket:
        within = who or self.world.lessee
        given = {"unit": self.unit, "severity": Severity.DOWN, "text": "主轴不转", "since": BROKE}
        given |= {"within": within, "by": self.people[within], "at": changes.pop("at_report", TOLD)}
        return tickets.report(**(given | changes))

    def act(self, verb: str, ticket: Ticket, who: Any, at: datetime, **more: Any) -> Ticket:
        place = downtime if verb in ("propose", "agree", "contest", "decide") else tickets
        found = Ticket.objects.with_sides().get(pk=ticket.pk)
        return getattr(place, verb)(ticket=found, within=who, by=self.people[who], at=at, **more)

    def solved(self, at: datetime = FIXED, **changes: Any) -> Ticket:
        return self.act("solve", self.report(**changes), self.world.lessor, at, text="换了驱动器")

    def confirmed(self, at: datetime = FIXED, **changes: Any) -> Ticket:
        return self.act("confirm", self.solved(at, **changes), self.world.lessee, at)

    def measured(self, at: datetime = FIXED, **changes: Any) -> Ticket:
        made = Ticket.objects.with_sides().get(pk=self.confirmed(at, **changes).pk)
        return downtime.measure(ticket=made, by=self.clock, at=at + DAY)

    def proposed(self, cause: Cause = Cause.LESSOR, at: datetime = FIXED, **changes: Any) -> Ticket:
        """Let the lessee propose who bears a standstill."""
        remedy = changes.pop("remedy", Remedy.CREDIT)
        given = {"cause": cause, "text": "驱动器老化", "remedy": remedy}
        return self.act("propose", self.measured(at, **changes), self.world.lessee, at + DAY, **given)

    def settled(self, at: datetime = FIXED, **changes: Any) -> Ticket:
        """Let the lessor agree that it bears a standstill."""
        return self.act("agree", self.proposed(at=at, **changes), self.world.lessor, at + DAY)
