"""A machine with a device that tells its states, and rules of maintenance, each step as one call."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from devices.actions import devices
from leasing.actions import maintenance, maintenance_meters, maintenance_times
from leasing.actions.maintenance import Wanted
from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.rules.maintenance import Basis, Rhythm
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, lathe, take
from tests.leasing import world as worlds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MADE = datetime(2026, 2, 1, 0, tzinfo=UTC)  # eight in the morning in Shanghai


class Workshop:
    """The lessor with one machine that speaks, before anybody leases it."""

    def __init__(self, world: worlds.World) -> None:
        self.world, self.machine = world, world.machines[0]
        self.device = lathe(world.lessor)
        period = Period(EARLY, None)
        devices.bind(device=self.device, equipment=self.machine, period=period, by=world.owner, at=MADE)
        self.sequence = 0

    def rule(
        self, basis: Basis = Basis.RUN_TIME, interval: int = 500, warn: int = 40, **more: Any
    ) -> MaintenanceRule:
        given = {"what": "换主轴油", "duration_minutes": 240, "equipment": self.machine} | more
        at = given.pop("at", MADE)
        wanted = Wanted(rhythm=Rhythm(basis, Decimal(interval), Decimal(warn)), **given)
        return maintenance.make_rule(wanted=wanted, within=self.world.lessor, by=self.world.owner, at=at)

    def ran(self, start: datetime, hours: int) -> None:
        """Let the machine run for some hours, and say that it stopped."""
        self.sequence += 2
        items = [
            (
                self.sequence - 1 + n,
                int((start + n * hours * HOUR).timestamp()) * 1_000_000,
                "execution",
                state,
            )
            for n, state in enumerate(("ACTIVE", "STOPPED"))
        ]
        take(self.device, items, at=start + hours * HOUR)

    def look(self, rule: MaintenanceRule, at: datetime) -> MaintenanceTicket | None:
        """Do what the clock does in an hour."""
        given: dict[str, Any] = {"by": self.world.clock, "at": at}
        maintenance_meters.measure(rule=rule, equipment=self.machine, **given)
        return maintenance.attend(rule=rule, equipment=self.machine, **given)

    def act(
        self, act: Any, ticket: MaintenanceTicket, who: Any, at: datetime, **more: Any
    ) -> MaintenanceTicket:
        people = {self.world.lessor: self.world.owner, self.world.lessee: self.world.buyer}
        by = more.pop("by", None) or people.get(who, self.world.outsider)
        found = MaintenanceTicket.objects.with_sides().get(pk=ticket.pk)
        return act(ticket=found, within=who, by=by, at=at, **more)

    def done(self, ticket: MaintenanceTicket, who: Any, at: datetime, **more: Any) -> MaintenanceTicket:
        return self.act(maintenance.done, ticket, who, at, **({"done_at": at} | more))

    def propose(self, ticket: MaintenanceTicket, who: Any, at: datetime, **more: Any) -> MaintenanceTicket:
        return self.act(maintenance_times.propose, ticket, who, at, **more)

    def agree(self, ticket: MaintenanceTicket, who: Any, at: datetime, **more: Any) -> MaintenanceTicket:
        return self.act(maintenance_times.agree, ticket, who, at, **more)
