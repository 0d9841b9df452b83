"""A laboratory whose slots are billed: 160.05 a slot as a service (6 % VAT), 5 % of it for the platform."""

from datetime import timedelta
from typing import Any

from billing.models import Invoice
from leasing.models import SlotBooking
from marketplace.actions import parties
from marketplace.models import Organization, User
from marketplace.models.parties import Role
from tests.factories.marketplace import platform
from tests.leasing import world as worlds
from tests.leasing.slot_world import MONDAY, Laboratory

A_DAY = timedelta(days=1)
LATER = MONDAY + 7 * A_DAY
PLAN: dict[str, Any] = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "1000.00"},
        {"id": "platform_fee", "kind": "percentage", "rate": "0.05"},
    ],
}


class BilledLaboratory(Laboratory):
    """The laboratory, the platform, and the people who read its bills."""

    platform: Organization
    clock: User

    def __init__(self, **changes: Any) -> None:
        self.platform = platform()
        world = worlds.make(machines=1)
        world.listing.price_plan = PLAN
        world.listing.count_rules = []
        world.listing.save()
        super().__init__(world, **changes)
        self.clock = parties.robot(name="clock")
        self.payer = worlds.person("payer", world.lessee, Role.FINANCE)
        self.seller = worlds.person("seller", world.lessor, Role.FINANCE)
        self.boss = worlds.person("boss", self.platform, Role.ADMIN)

    def fresh(self, booking: SlotBooking) -> SlotBooking:
        return SlotBooking.objects.with_sides().get(pk=booking.pk)

    def waive(self, booking: SlotBooking, at: Any = LATER) -> SlotBooking:
        return self.act("waive", booking, self.world.lessor, at, reason="测头损坏，数据无效")


def sums(booking: SlotBooking) -> dict[str, list[str]]:
    """Return by seller what was issued of a booking: kind, net, tax and gross, in yuan."""
    found: dict[str, list[str]] = {}
    for one in Invoice.objects.filter(booking=booking).select_related("seller").order_by("version", "pk"):
        said = f"{one.kind} {one.net.amount} + {one.tax.amount} = {one.gross.amount}"
        found.setdefault(one.seller.kind, []).append(said)
    return found
