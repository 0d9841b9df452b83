"""A lease that ended early with damage that was agreed on, its machine ready again; and who settles it."""

from datetime import datetime
from typing import Any

from leasing.actions import leases, settlements
from leasing.models import Deposit, Lease, Settlement
from tests.factories.leasing import bring_back
from tests.leasing import world as worlds
from tests.leasing.damage import DAY, SEEN, Damage

ENDED = SEEN + 2 * DAY
READY = ENDED + 3 * DAY


class Settling(Damage):
    """The lessee ends the lease 20 days after the hand-over, and owes a fee and 3,200.00 for damage."""

    def __init__(self, world: worlds.World) -> None:
        super().__init__(world)
        self.damage = self.settle(self.claimed())
        leases.end(lease=self.lease, by=world.buyer, at=ENDED)

    def back(self) -> None:
        """Let every machine be back and ready, as its inspection leaves it."""
        bring_back(self.now(), owner=self.world.owner, at=READY)

    def now(self) -> Lease:
        """Return the lease as a request of its own would load it."""
        return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=self.lease.pk)

    def deposit(self) -> Deposit:
        """Return its deposit, likewise."""
        return Deposit.objects.select_related("lease__lessor", "lease__lessee").get(lease=self.lease)

    def propose(self, who: Any = None, at: datetime = READY, **more: Any) -> Settlement:
        """Let a side propose the statement, the lessor where nobody is named."""
        within = who or self.world.lessor
        return settlements.propose(lease=self.now(), by=self.people[within], within=within, at=at, **more)

    def does(self, verb: str, settlement: Settlement, who: Any, at: datetime = READY, **more: Any) -> Any:
        """Let a person of ``who`` answer it."""
        found = Settlement.objects.select_related("lease__lessor", "lease__lessee").get(pk=settlement.pk)
        act = getattr(settlements, verb)
        return act(settlement=found, by=self.people[who], within=who, at=at, **more)

    def settled(self) -> Lease:
        """Let both agree."""
        self.back()
        made = self.propose()
        return self.does("agree", made, self.world.lessee, digest=made.digest)
