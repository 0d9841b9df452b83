"""A lease with services, of which leasing records everything that is money beside use."""

from datetime import datetime, timedelta
from typing import Any

from billing.actions import invoices
from billing.models import Invoice
from billing.queries import whole_of
from leasing.actions import damage, leases, photos
from leasing.models import DamageClaim, Lease, ServiceOrder
from leasing.rules.damage import Cause, Item
from marketplace.actions import parties
from marketplace.shared.period import Period
from tests.factories.leasing import picture
from tests.leasing import world as worlds
from tests.leasing.jobs import Yard
from tests.leasing.tickets import Desk
from tests.leasing.world import HANDOVER, START

DAY = timedelta(days=1)
SEEN = HANDOVER + 20 * DAY  # 21 March, when the dent is seen
ENDED = HANDOVER + 22 * DAY  # 23 March 10:00, local time
APRIL = START + 31 * DAY  # 1 April, midnight
LATER = HANDOVER + 200 * DAY


class Books(Desk):
    """Lessor, lessee, platform, a workshop and an adviser on energy: 1 March to 1 May, 3,000.00 a month."""

    def __init__(self, world: worlds.World, yard: Yard | None = None) -> None:
        self.yard = yard or Yard(world)
        super().__init__(world)
        self.clerk = parties.robot(name="clock")

    def _lease(self, sla: dict[str, Any] | None) -> Lease:
        return self.yard.active()

    def now(self) -> Lease:
        """Return the lease as a request of its own would load it."""
        return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=self.lease.pk)

    def maintained(self, at: datetime = HANDOVER + 3 * DAY) -> ServiceOrder:
        """Let the workshop do its maintenance, and the lessee accept it."""
        done = self.yard.done(self.lease)
        return self.yard.act("accept", done, self.world.lessee, at)

    def adviser_worked(self, at: datetime = APRIL) -> ServiceOrder:
        """Let the adviser report its work of March, and the lessee accept it."""
        self.yard.clock(self.now(), HANDOVER)
        order = self.yard.order(self.lease, "ENERGY_MANAGEMENT")
        for verb, more in (("start", {}), ("finish", {"text": "三月能耗报告"})):
            self.yard.act(verb, order, self.yard.adviser, at, **more)
        return self.yard.act("accept", order, self.world.lessee, at)

    def awarded(self, at: datetime = SEEN) -> DamageClaim:
        """Let the lessor claim 3,200.00 for a dent, and the lessee accept a day later."""
        owner, lessee = self.world.owner, self.world.lessee
        shot = photos.take(lease=self.now(), data=picture(), by=owner, within=self.world.lessor, at=at)
        items = [Item(Cause.BROKEN, "防护门凹陷", 320_000, 100, (shot.public_id,))]
        given = {"items": items, "reply_until": at + 5 * DAY, "by": owner, "within": self.world.lessor}
        made = damage.claim(unit=self.unit, at=at, **given)
        found = DamageClaim.objects.with_sides().get(pk=made.pk)
        asked = {"digest": made.digest, "amount_minor": made.asked_minor}
        return damage.accept(claim=found, within=lessee, by=self.people[lessee], at=at + DAY, **asked)

    def ended(self, at: datetime = ENDED) -> Lease:
        """Let the lessee end the lease at once."""
        return leases.end(lease=self.now(), by=self.world.buyer, at=at)

    def periods(self) -> list[Period]:
        return whole_of(self.now())

    def bill(self, at: datetime = LATER) -> list[Invoice]:
        """Let the clock bill what is due."""
        return invoices.bill(lease=self.now(), at=at, by=self.clerk)

    def lines(self, seller: Any, start: datetime | None = None) -> list[tuple[str, int, int]]:
        """Return kind, net and tax of the lines of a seller's invoice, in their order."""
        found = Invoice.objects.get(lease=self.lease, seller=seller, period_start=start or HANDOVER)
        return list(found.lines.values_list("kind", "net_minor", "tax_minor"))
