"""The automatic lathes of Yuanlan: leases of some days that are over, so that there is money to deal with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions import invoices
from billing.models import Invoice
from billing.queries.periods import periods_of
from config.demo.leases import CLOCK_DEAD_SINCE, dictionary, hand_over
from config.demo.live import ZONE
from config.demo.parties import People
from devices.actions import deliveries, devices
from devices.models import Device
from devices.rules.admission import Item
from devices.rules.readings import instant
from leasing.actions import inspections, leases, offers, records, returns
from leasing.models import Lease
from leasing.rules.checklists import checklist
from leasing.rules.condition import Condition, Seen
from leasing.rules.leases import BACK
from leasing.rules.returns import DataWipe, Wipe
from marketplace.actions import equipment, listings
from marketplace.actions.parties import robot
from marketplace.models import Category, Equipment, Listing, Site
from marketplace.shared.period import Period, local_midnight

TITLE = "精密自动车床 SR-20RIV(按件)"
MACHINES = 6
CHANNELS = ("Program_Status", "Part_Count")
LISTING: dict[str, Any] = {
    "title": TITLE,
    "summary": "棒料直径 20 mm 以内的轴类小件，主轴箱移动式。基本费加每件单价，免押金。",
    "deposit_minor": 0,
    "minimum_days": 3,
    "price_plan": {
        "version": 1,
        "currency": "CNY",
        "components": [
            {"id": "base", "kind": "base_fee", "amount": "1500.00", "prorate": "day"},
            {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "2.80"},
            {"id": "service", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"},
        ],
        "minimum": None,
        "cap": None,
    },
    "count_rules": [
        {
            "version": 1,
            "meter": "parts",
            "channel": "Program_Status",
            "counter": "Part_Count",
            "behaviour": {"kind": "DEFAULT"},
        }
    ],
}
MACHINE: dict[str, Any] = {
    "maker_name": "Star",
    "model_name": "SR-20RIV",
    "specs": {
        "turning_diameter": "20",
        "turning_length": "205",
        "spindle_speed": "10000",
        "controller": "FANUC",
    },
}
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
OPEN_SINCE = 120 * A_DAY
BILLED_AFTER = A_DAY + timedelta(minutes=5)  # the grace of the contract, and the round of the clock


@dataclass(frozen=True)
class Shop:
    """The lathes, and the midnight from which their stories count days."""

    people: People
    listing: Listing
    now: datetime

    @property
    def today(self) -> datetime:
        """The local midnight with which today began."""
        return local_midnight(self.now.astimezone(ZONE).date(), ZONE)

    def day(self, number: int, hour: int = 0) -> datetime:
        """Return an hour of the day that is ``number`` days from today."""
        return self.today + number * A_DAY + hour * AN_HOUR

    def on(self, number: int) -> date:
        """Return the local day that is ``number`` days from today."""
        return self.today.astimezone(ZONE).date() + number * A_DAY

    def let(self, lessee: str, first: int, last: int) -> Lease:
        """Let one lathe from a day to a day, up to its hand-over; the days are counted from today."""
        people, asked = self.people, self.day(first - 4, 10)
        known = self.listing.leases.filter(lessee=people.organizations[lessee], starts_at=self.day(first))
        if found := known.first():
            return found
        with transaction.atomic():
            return self._agreed(lessee, first, last, asked)

    def _agreed(self, lessee: str, first: int, last: int, asked: datetime) -> Lease:
        people = self.people
        owner, buyer = people.admins["yuanlan"], people.admins[lessee]
        lease = leases.request(
            listing=self.listing,
            lessee=people.organizations[lessee],
            period=Period(self.day(first), self.day(last)),
            expected_usage={"parts": Decimal(400 * (last - first))},
            note="",
            by=buyer,
            at=asked,
        )
        offers.accept(lease=lease, by=owner, at=asked + 5 * AN_HOUR)
        return hand_over(lease, owner=owner, buyer=buyer, at=self.day(first))

    def made(self, lease: Lease, parts: Sequence[int], *, first: int = 0, counted: int = 0) -> None:
        """Let the lathe of a lease say its count twice a day, from day ``first`` of the lease on."""
        device = Device.objects.get(bindings__equipment__lease_units__lease=lease)
        start = at = lease.period.start
        items = [] if first else [Item(1, instant(start), "Part_Count", 0)]
        for number, count in enumerate(parts, start=first):
            for half, hour in enumerate((12, 18)):
                counted += (count + half) // 2
                at = start + number * A_DAY + hour * AN_HOUR
                items.append(Item(2 + 2 * number + half, instant(at), "Part_Count", counted))
        sent = deliveries.Delivery(lease.number, items)
        deliveries.take(device=device, delivery=sent, by=robot(name="replayer"), at=at + timedelta(minutes=1))

    def over(self, lease: Lease) -> None:
        """Let the use of a lease end, and the lathe come back as it went."""
        leases.close_due(lease=lease, by=robot(name="clock"), at=lease.ends_at)
        by, at = self.people.admins["yuanlan"], lease.ends_at + 9 * AN_HOUR
        for unit in lease.units.exclude(state__in=BACK).select_related("equipment__category"):
            seen = _whole(unit, lease, at)
            given: dict[str, Any] = {"unit": unit.public_id, "by": by, "at": at}
            with transaction.atomic():
                returns.take_back(lease=lease, given=seen, wipe=DataWipe(Wipe.WIPED), **given)
                inspections.inspect(lease=lease, given=seen, findings=(), **given)

    def bill(self, lease: Lease) -> Invoice:
        """Bill a lease that is over, as the clock would have; return the largest invoice of the lessor."""
        at = lease.ends_at + BILLED_AFTER
        invoices.bill(lease=Lease.objects.get(pk=lease.pk), at=at, by=robot(name="clock"))
        return Invoice.objects.filter(lease=lease, seller=lease.lessor).latest("gross_minor")

    def goes_on(self, lease: Lease, a_day: int) -> None:
        """Let the lathe of a lease that runs make as much each day until yesterday, billed as periods end."""
        days = (self.today - lease.period.start) // A_DAY
        known = 0
        for period in periods_of(lease, until=self.now):
            assert period.end is not None, "a billed period is closed"
            last = min(days, (period.end - lease.period.start) // A_DAY)
            if last > known:
                self.made(lease, [a_day] * (last - known), first=known, counted=a_day * known)
            known, due = last, period.end + BILLED_AFTER
            if due <= self.now:
                invoices.bill(lease=lease, at=due, by=robot(name="clock"))

    def story(self, lessee: str, first: int, last: int, parts: Sequence[int]) -> Lease:
        """Let a lathe, have it used, and take it back."""
        lease = self.let(lessee, first, last)
        self.made(lease, parts)
        self.over(lease)
        return Lease.objects.get(pk=lease.pk)


def open_shop(people: People, now: datetime) -> Shop:
    """Return the shop as it was opened first, with its lathes; their days count from that start on."""
    found = Listing.objects.filter(title=TITLE).first()
    return Shop(people, found, found.created_at + OPEN_SINCE) if found else _opened(people, now)


@transaction.atomic
def _opened(people: People, now: datetime) -> Shop:
    at = now - OPEN_SINCE
    owner, by = people.organizations["yuanlan"], people.admins["yuanlan"]
    machines = [_lathe(people, number, at) for number in range(1, MACHINES + 1)]
    listing = listings.create(owner=owner, equipment=machines, by=by, at=at, **LISTING)
    return Shop(people, listings.publish(listing=listing, by=by, at=at), now)


def _lathe(people: People, number: int, at: datetime) -> Equipment:
    owner, by = people.organizations["yuanlan"], people.admins["yuanlan"]
    machine = equipment.register(
        owner=owner,
        category=Category.objects.get(code="M1-LATHE"),
        site=Site.objects.filter(organization=owner).earliest("pk"),
        name=f"精密自动车床 SR-20RIV {number:02d} 号",
        serial_number=f"SR20-2403{number:02d}",
        by=by,
        at=at,
        **MACHINE,
    )
    device = devices.register(
        owner=owner,
        code=f"sr20-{number:02d}",
        name=f"SR-20RIV {number:02d} 号计数网关",
        channels=[one for one in dictionary("Hurco01") if one["key"] in CHANNELS],
        commissioned_at=CLOCK_DEAD_SINCE,
        by=by,
        at=at,
    )
    devices.bind(device=device, equipment=machine, period=Period(at, None), by=by, at=at)
    return machine


def _whole(unit: Any, lease: Lease, at: datetime) -> Condition:
    known: Mapping[str, Any] = records.measured(unit=unit, lease=lease, at=at)
    assert known, "the counter of the lathe is read by the platform"
    items = tuple(Seen(item.code) for item in checklist(unit.equipment.category.family))
    return Condition(happened_at=at, checklist=items, serials=(unit.equipment.serial_number,), readings=())
