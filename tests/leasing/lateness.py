"""A lease whose machine is not given back, and the lease that waits for it."""

from datetime import datetime, timedelta
from typing import Any

from leasing.actions import leases, offers, overdue
from leasing.models import AtRisk, Lease, LeaseUnit, Overdue
from marketplace.models import Equipment
from marketplace.shared.period import Period
from tests.factories.leasing import hand_over
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, END, HANDOVER

DAY = timedelta(days=1)
DUE = END + DAY  # the buffer of the listing behind the use
LATE = DUE + timedelta(hours=1)
NEXT = Period(END + 3 * DAY, END + 20 * DAY)


class Late:
    """The first machine is in the lessee's hands until the end; another lease on it follows three days on."""

    def __init__(self, world: worlds.World, *, following: Period = NEXT) -> None:
        self.world = world
        first = offers.accept(lease=world.ask(), by=world.owner, at=DECIDED, equipment=world.machines[0])
        self.first = hand_over(first, owner=world.owner, buyer=world.buyer, at=HANDOVER)
        self.next = self.wanted(following, equipment=world.machines[0])
        self.first = leases.close_due(lease=self.first, by=world.clock, at=END)

    def wanted(self, period: Period, *, equipment: Equipment | None = None) -> Lease:
        """Return an accepted lease of another company, on that machine if one is named."""
        lease = self.world.ask(period=period, lessee=self.world.stranger, by=self.world.outsider)
        return offers.accept(lease=lease, by=self.world.owner, at=DECIDED, equipment=equipment)

    @property
    def unit(self) -> LeaseUnit:
        """The machine that does not come back, as a task of its own would load it."""
        return LeaseUnit.objects.select_related("lease__lessor", "equipment").get(lease=self.first)

    def tick(self, at: datetime = LATE) -> Overdue | None:
        """Let the clock look at the machine."""
        return overdue.attend(unit=self.unit, by=self.world.clock, at=at)

    def gives_back(self) -> None:
        """Let the machine stand in any state that follows its return."""
        LeaseUnit.objects.filter(pk=self.unit.pk).update(state=LeaseUnit.State.GONE)

    def risk(self, **given: Any) -> AtRisk:
        """Return the one claim that is at risk."""
        return AtRisk.objects.open().select_related("claim__equipment").get(**given)
