"""A lease with services of other sellers, and the steps of their orders as one call each."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from leasing.actions import service_openings, service_orders
from leasing.models import Lease, ServiceOrder
from marketplace.actions import services
from marketplace.models import Organization
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.leasing import world as worlds
from tests.leasing.world import ASKED, HANDOVER

DAY = timedelta(days=1)
CARE = {
    "kind": "MAINTENANCE",
    "basis": "ORDER",
    "price_minor": 120_000,
    "description_zh": "主轴保养",
    "lead_hours": 48,
}
TRAINING = {"kind": "TRAINING", "basis": "HOUR", "price_minor": 30_000, "description_zh": "操作培训"}
ENERGY = {"kind": "ENERGY_MANAGEMENT", "basis": "MONTH", "price_minor": 60_000, "description_zh": "能耗管理"}
REPORT = "更换主轴润滑油, 跳动 3 µm"


class Yard:
    """Lessor and lessee, a workshop that maintains and an adviser on energy, and what each does."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.workshop = make.organization("维保公司", "SERVICE_PROVIDER")
        self.adviser = make.organization("节能顾问", "SERVICE_PROVIDER")
        self.people = {
            world.lessor: world.owner,
            world.lessee: world.buyer,
            world.stranger: world.outsider,
            self.workshop: worlds.person("fitter", self.workshop, Role.OPERATOR),
            self.adviser: worlds.person("adviser", self.adviser, Role.OPERATOR),
        }
        self.ids = [
            self.offered(self.workshop, **CARE),
            self.offered(self.workshop, **TRAINING),
            self.offered(self.adviser, **ENERGY),
        ]

    def offered(self, provider: Organization, **described: Any) -> str:
        given = {"listing": self.world.listing, "by": self.world.owner, "at": ASKED}
        made = services.offer(provider=provider, **given, **described)
        who = {"within": provider, "by": self.people[provider], "at": ASKED}
        return services.agree(service=made, digest=made.digest, **who).public_id

    def contracted(self) -> Lease:
        """Return a lease with all services whose machine was not handed over yet."""
        return self.world.ready(services=self.ids)

    def active(self) -> Lease:
        """Return one whose machine was handed over."""
        return self.world.active(services=self.ids)

    def order(self, lease: Lease, kind: str = "MAINTENANCE") -> ServiceOrder:
        """Return the first order of a kind."""
        return ServiceOrder.objects.with_sides().filter(lease=lease, kind=kind).earliest("pk")

    def act(self, verb: str, order: ServiceOrder, who: Organization, at: datetime, **more: Any) -> Any:
        found = ServiceOrder.objects.with_sides().get(pk=order.pk)
        act = getattr(service_orders, verb)
        return act(order=found, within=who, by=self.people[who], at=at, **more)

    def agreed(self, lease: Lease, at: datetime = HANDOVER) -> ServiceOrder:
        """Let the workshop propose a day for its maintenance, and the lessee agree."""
        day = {"starts_at": at + 3 * DAY}
        order = self.act("propose", self.order(lease), self.workshop, at, **day)
        return self.act("agree", order, self.world.lessee, at, contact="王工, 二号门")

    def done(self, lease: Lease, at: datetime = HANDOVER + 3 * DAY) -> ServiceOrder:
        """Let the workshop do its maintenance."""
        order = self.act("start", self.agreed(lease), self.workshop, at)
        return self.act("finish", order, self.workshop, at, text=REPORT)

    def trained(self, lease: Lease, hours: Decimal) -> ServiceOrder:
        """Let the workshop train for some hours, and the lessee accept."""
        order, at = self.order(lease, "TRAINING"), HANDOVER + DAY
        self.act("propose", order, self.world.lessee, HANDOVER, starts_at=at)
        self.act("agree", order, self.workshop, HANDOVER)
        self.act("start", order, self.workshop, at)
        self.act("finish", order, self.workshop, at, text="两名操作工", hours=hours)
        return self.act("accept", order, self.world.lessee, at)

    def clock(self, lease: Lease, at: datetime) -> list[ServiceOrder]:
        """Let the clock open what is missing."""
        return service_openings.open_due(lease=lease, by=self.world.clock, at=at)
