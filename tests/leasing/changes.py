"""A running lease in a listing of three machines, and the steps of a change of it, each as one call."""

from datetime import datetime, timedelta
from typing import Any

from devices.ownership.models import Agreement
from leasing.actions import annexes, handovers
from leasing.models import Annex, ConditionRecord, Lease
from marketplace.models import Equipment
from tests.factories.leasing import condition
from tests.leasing import world as worlds
from tests.leasing.world import END, HANDOVER

DAY = timedelta(days=1)
NOW = HANDOVER + 10 * DAY
LATER = NOW + 5 * DAY
NEW_END = END + 31 * DAY
EARLY_END = END - 20 * DAY


class Changes:
    """Lessor and lessee of a running lease."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.lease = world.active()
        self.first, self.second, self.third = world.machines

    def propose(self, kind: str, *, by: Any = None, at: datetime = NOW, **given: Any) -> Annex:
        """Propose a change, as the lessor where nobody else is named."""
        given = {"valid_until": at + 3 * DAY} | given
        return annexes.propose(lease=self.now(), kind=kind, by=by or self.world.owner, at=at, **given)

    def accept(self, annex: Annex, *, at: datetime = NOW, **given: Any) -> Annex:
        """Accept it as the side that answers."""
        by = self.world.buyer if annex.side == "lessor" else self.world.owner
        given = {"digest": annex.digest, "by": by} | given
        return annexes.accept(annex=self.loaded(annex), at=at, **given)

    def agreed(self, kind: str, **given: Any) -> Annex:
        """Propose as the lessor and accept as the lessee."""
        return self.accept(self.propose(kind, **given), at=given.get("at", NOW))

    def extended(self) -> Annex:
        """Agree on a month more."""
        return self.agreed("EXTEND", ends_at=NEW_END)

    def swapped(self, **given: Any) -> Annex:
        """Agree that the second machine takes the place of the first: handed over, if it comes at once."""
        pair = (self.first.public_id, self.second.public_id)
        annex = self.agreed("SWAP", swap=[pair], **given)
        if "effective_from" not in given:
            self.handed(self.second)
        return annex

    def added(self) -> Annex:
        """Agree that the second machine comes as well, and hand it over."""
        annex = self.agreed("ADD", add=[self.second.public_id])
        self.handed(self.second)
        return annex

    def recorded(self, machine: Equipment, at: datetime = NOW) -> ConditionRecord:
        """Hand a machine over that a change brought, with a record that nobody has answered."""
        unit = self.lease.units.coming().get(equipment=machine)
        given = condition(unit, at)
        handovers.hand_over(lease=self.now(), unit=unit.public_id, given=given, by=self.world.owner, at=at)
        return ConditionRecord.objects.filter(unit=unit).select_related("lease__lessee", "unit").latest("pk")

    def handed(self, machine: Equipment, at: datetime = NOW) -> Lease:
        """Hand it over, and let the lessee confirm that."""
        record = self.recorded(machine, at)
        return handovers.confirm(record=record, digest=record.digest, by=self.world.buyer, at=at)

    def tick(self, annex: Annex, at: datetime) -> Annex:
        """Let the clock do what it owes the annex."""
        return annexes.close_due(annex=self.loaded(annex), by=self.world.clock, at=at)

    def loaded(self, annex: Annex) -> Annex:
        """Return the annex as a request of its own would load it."""
        return Annex.objects.select_related("lease__lessor", "lease__lessee").get(pk=annex.pk)

    def now(self) -> Lease:
        """Return the lease as it is now."""
        return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=self.lease.pk)

    def times(self) -> dict[str, tuple[Any, Any]]:
        """Return from when to when each machine of the lease is used."""
        units = self.lease.units.select_related("equipment")
        return {unit.equipment.name: (unit.active_from, unit.active_to) for unit in units}

    def taken(self, machine: Equipment) -> list[tuple[Any, Any]]:
        """Return for which times the machine is taken, without buffers."""
        found = machine.claims.filter(active=True).order_by("core")
        return [(claim.core.lower, claim.core.upper) for claim in found]

    def data(self, machine: Equipment) -> list[tuple[Any, Any]]:
        """Return for which times what the machine says is the lessee's."""
        found = Agreement.objects.filter(equipment=machine).order_by("pk")
        return [(one.span.start, one.span.end) for one in found]
