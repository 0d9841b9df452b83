"""A lessor whose machines are let by the part from February to the end of April 2026, worked out by hand."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.actions import billing_modes, disputes, invoices, metering, run_steps, runs
from billing.models import Invoice, InvoiceRun, RunItem
from devices.actions import devices
from leasing.models import Lease
from marketplace.actions import equipment, listings, parties
from marketplace.models import Organization, User
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.billing import world
from tests.factories import marketplace as factory

PLAN = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "800.00"},
        {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "20.00"},
        {"id": "service", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"},
    ],
    "minimum": None,
    "cap": None,
}
FEBRUARY, MARCH, APRIL = (world.midnight(f"2026-0{month}-01") for month in (2, 3, 4))
IN_MARCH = Period(MARCH, APRIL)
BILLED = MARCH + timedelta(days=1, hours=12)
NOON = APRIL + timedelta(days=1, hours=12)  # 2 April: the grace of March is over since midnight


@dataclass
class Fleet:
    """Who lets, who looks over the bills, and the leases by what is to be said of them."""

    lessor: Organization
    lessee: Organization
    platform: Organization
    owner: User
    buyer: User
    anna: User
    bo: User
    clock: User
    scenes: dict[str, world.Scene] = field(default_factory=dict)

    def let(self, name: str, *counts: int, since: datetime = FEBRUARY) -> world.Scene:
        """Let one more machine; ``counts`` are parts of each month, all counted on its 20th."""
        made = self.scenes[name] = _let(self, name, since)
        total = 0
        made.say((1, since + timedelta(minutes=1), "Part_Count", 0))
        for number, count in enumerate(counts):
            total += count
            day = world.midnight(f"2026-0{since.astimezone(world.ZONE).month + number}-20")
            made.say((number + 2, day + timedelta(hours=9), "Part_Count", total))
        return made

    def bill(self, name: str, at: datetime = BILLED) -> list[Invoice]:
        """Let the clock bill what one lease owes."""
        return invoices.bill(lease=self.now(name), at=at, by=self.clock)

    def now(self, name: str) -> Lease:
        """Return a lease as a request of its own would load it."""
        return Lease.objects.select_related("lessor", "lessee").get(pk=self.scenes[name].lease.pk)

    def dispute(self, name: str) -> None:
        """Let the lessee say that the parts of February are too many."""
        rent = Invoice.objects.get(lease=self.scenes[name].lease, seller=self.lessor, period_start=FEBRUARY)
        line = rent.lines.get(component="parts")
        at = BILLED + timedelta(days=2)
        disputes.dispute(line=line, reason="数量不对", within=self.lessee, by=self.buyer, at=at)

    def review(self) -> None:
        """Let the lessor choose to see what is billed before."""
        billing_modes.choose(organization=self.lessor, mode="REVIEWED", at=BILLED, by=self.owner)

    def preview(self, at: datetime = NOON, by: User | None = None, **more: Any) -> InvoiceRun:
        """Order a preview of all that ended by 1 April, and let the machine make it."""
        given = {"organization": self.lessor, "cut_off": APRIL} | more
        run = runs.start(at=at, by=by or self.anna, **given)
        return self.work(run, at)

    def approve(self, run: InvoiceRun, at: datetime = NOON, by: User | None = None) -> InvoiceRun:
        """Approve what the preview says."""
        return runs.approve(run=run, digest=run.digest, at=at, by=by or self.bo)

    def work(self, run: InvoiceRun, at: datetime = NOON, most: int = 50) -> InvoiceRun:
        """Let the machine do what waits for it."""
        while run_steps.step(run=run, at=at, by=self.clock, most=most):
            continue
        return InvoiceRun.objects.get(pk=run.pk)

    def item(self, run: InvoiceRun, name: str) -> RunItem:
        """Return what stands of a lease in a run, the newest period."""
        return run.items.filter(lease=self.scenes[name].lease).latest("period_start")

    def states(self, run: InvoiceRun) -> dict[str, str]:
        """Return the state of every lease that stands in a run."""
        names = {scene.lease.pk: name for name, scene in self.scenes.items()}
        return {names[item.lease_id]: item.state for item in run.items.all()}


def build() -> Fleet:
    """Build the lessor, a lessee, the platform and two accountants; no machine yet."""
    lessor, lessee = world.organization("yuanlan"), world.organization("xiaotiejiang")
    return Fleet(
        lessor=lessor,
        lessee=lessee,
        platform=factory.platform(),
        owner=world.member(lessor),
        buyer=world.member(lessee),
        anna=world.member(lessor, Role.FINANCE),
        bo=world.member(lessor, Role.FINANCE),
        clock=parties.robot(name="clock"),
    )


def _let(fleet: Fleet, name: str, since: datetime) -> world.Scene:
    given = deepcopy(world.entry("hurco01"))
    given["equipment"]["serial_number"] += f"-{name}"
    given["device"] |= {"code": f"hurco-{name}", "name": name}
    given["period"] = {"from": f"{since.astimezone(world.ZONE):%Y-%m-%d}", "to": "2026-05-01"}
    asked = since - timedelta(days=10)
    given |= {"requested_at": asked.isoformat(), "accepted_at": asked.isoformat()}
    given["active_from"] = since.isoformat()
    who: dict[str, Any] = {"by": fleet.owner, "at": asked}
    machine = equipment.register(
        owner=fleet.lessor,
        category=factory.category(given["equipment"]["category"]),
        site=factory.site(fleet.lessor),
        **{field: given["equipment"][field] for field in world.NAMEPLATE},
        **who,
    )
    offer = given["listing"] | {"price_plan": PLAN}
    listing = listings.create(owner=fleet.lessor, equipment=[machine], **offer, **who)
    listings.publish(listing=listing, **who)
    channels = world.dictionary(given["recording"]["dictionary"])
    device = devices.register(
        owner=fleet.lessor,
        channels=channels,
        commissioned_at=world.COMMISSIONED,
        **given["device"],
        **who,
    )
    devices.bind(device=device, equipment=machine, period=Period(world.COMMISSIONED, None), **who)
    lease = world.run(given, listing, fleet.lessee, fleet.owner, fleet.buyer)
    return world.Scene(
        entry=given,
        lease=lease,
        unit=lease.units.get(),
        device=device,
        lessor=fleet.lessor,
        lessee=fleet.lessee,
        owner=fleet.owner,
        buyer=fleet.buyer,
        platform=fleet.platform,
        finance=fleet.anna,
        clock=fleet.clock,
    )


def metered(fleet: Fleet, name: str, at: datetime = NOON) -> None:
    """Meter the machine of a lease."""
    metering.meter_unit(unit=fleet.scenes[name].unit, at=at, by=fleet.clock)
