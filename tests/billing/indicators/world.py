"""The small world of docs/indicators.md, whose figures are worked out there by hand."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.models import IndicatorBaseline, WindowSet
from devices.models import Device
from leasing.models import Lease, LeaseUnit, Transition
from marketplace.models import AuditEntry, Claim, Equipment, Listing, Organization, User
from marketplace.models.parties import Role
from tests.factories import marketplace as make

PLACES = {"A": ("320500", "C34"), "B": ("320594", "33"), "C": ("320100", "C3421"), "G": ("320200", "35")}
PLACES |= {"D": ("330206", "34"), "E": ("330206", "C33"), "F": ("320500", "C34")}
PLACES |= {"L": ("320594", "C34"), "N": ("330206", "L71")}
KINDS = {"L": "LEAD_ENTERPRISE", "N": "LESSOR"}


def local(month: int, day: int) -> datetime:
    """Return a local midnight of 2026."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T00:00:00+08:00")


@dataclass
class World:
    """Companies by letter, machines by name, and the readers of indicators."""

    companies: dict[str, Organization] = field(default_factory=dict)
    machines: dict[str, Equipment] = field(default_factory=dict)
    units: dict[str, LeaseUnit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)


def company(
    name: str, kind: str, region: str, industry: str = "", since: datetime | None = None
) -> Organization:
    """Register a company in a region, since a moment."""
    made = make.organization(name, kind, industry_code=industry)
    Organization.objects.filter(pk=made.pk).update(region_code=region, created_at=since or local(8, 1))
    made.refresh_from_db()
    return made


def build() -> World:
    """Build it: companies, offers, uses, counts, baselines."""
    world = World()
    for name, (region, industry) in PLACES.items():
        since = local(11, 5) if name == "F" else None
        world.companies[name] = company(f"公司{name}", KINDS.get(name, "SME"), region, industry, since)
    _offers(world)
    used(world, "M1", "A", local(10, 6), local(10, 16), known=local(10, 16))
    used(world, "M2", "B", local(10, 26))
    used(world, "M3", "D", local(10, 18), local(10, 25), known=local(11, 10))
    _counts(world)
    for industry, value in (("", 25), ("34", 32)):
        about = {"indicator": "penetration", "industry": industry, "value": value, "source": "调查 2025"}
        IndicatorBaseline.objects.create(
            **about, valid_from=date(2026, 1, 1), made_by_name="W", made_at=local(9, 1)
        )
    return world


def _offers(world: World) -> None:
    for owner, names, since in (("L", ("M1", "M2", "M4"), local(10, 1)), ("N", ("M3",), local(10, 11))):
        of = world.companies[owner]
        made = make.listing(of, len(names), published_at=since, created_at=since)
        made.site.region_code = of.region_code
        made.site.save(update_fields=["region_code"])
        found = Equipment.objects.filter(listing_unit__listing=made).order_by("pk")
        world.machines |= dict(zip(names, found, strict=True))
    Equipment.objects.update(created_at=local(9, 1))
    said(made, "published", local(10, 11))
    said(made, "paused", local(10, 21))


def said(listing: Listing, word: str, at: datetime) -> None:
    """Let the trail say what became of a listing."""
    about = {"subject": listing.public_id, "actor": "usr", "actor_name": "W"}
    AuditEntry.objects.create(action=f"listing.{word}", at=at, **about)


def used(
    world: World,
    machine: str,
    by: str,
    since: datetime,
    until: datetime | None = None,
    known: datetime | None = None,
    began_known: datetime | None = None,
) -> LeaseUnit:
    """Let a company have a machine from a moment on; its end is written down when it is ``known``."""
    equipment = world.machines[machine]
    times = {"active_from": since, "active_to": until}
    lease = Lease.objects.create(
        number=f"I-{machine}-{by}-{since:%m%d}",
        listing=Listing.objects.filter(owner=equipment.owner).earliest("pk"),
        lessor=equipment.owner,
        lessee=world.companies[by],
        status="ENDED" if until else "ACTIVE",
        billing="STOPPED" if until else "RUNNING",
        starts_at=since,
        ends_at=until or local(12, 31),
        terms={},
        terms_digest="0",
        requested_at=since,
        **times,
    )
    span = (since, until or local(12, 31))
    claim = Claim.objects.create(
        equipment=equipment,
        reason="LEASE",
        core=span,
        period=span,
        reference=lease.public_id,
        created_at=since,
    )
    state = "STOPPED" if until else "RUNNING"
    unit = LeaseUnit.objects.create(lease=lease, equipment=equipment, claim=claim, state=state, **times)
    step(lease, 1, "activate", since, began_known or since, {"active_from": since.isoformat()})
    if until is not None:
        step(lease, 2, "end", until, known or until, {"active_to": until.isoformat()})
    world.units[machine] = unit
    return unit


def step(
    lease: Lease, position: int, move: str, occurred: datetime, recorded: datetime, facts: dict[str, Any]
) -> None:
    """Write a step of a lease down, at a moment."""
    about = {"actor": "usr", "actor_name": "W", "hash": f"{lease.pk}-{position}", "facts": facts}
    Transition.objects.create(
        lease=lease,
        position=position,
        move=move,
        status_after=lease.status,
        occurred_at=occurred,
        recorded_at=recorded,
        **about,
    )


def counted(
    unit: LeaseUnit, meter: str, day: date, quantity: object, at: datetime, version: int = 1
) -> WindowSet:
    """Count a day of a meter, at a moment."""
    device, _ = Device.objects.get_or_create(
        code=f"I-{unit.pk}",
        defaults={
            "owner": unit.lease.lessor,
            "name": "Gateway",
            "created_at": local(9, 1),
            "commissioned_at": local(9, 1),
        },
    )
    about = {"device": device, "unit": unit, "meter": meter, "local_day": day, "version": version}
    return WindowSet.objects.create(
        **about, quantity=Decimal(str(quantity)), arrival_hi=1, rule_version=1, digest="0", created_at=at
    )


def _counts(world: World) -> None:
    first, second, third = (world.units[name] for name in ("M1", "M2", "M3"))
    counted(first, "run_time", date(2026, 10, 6), 8 * 3600, local(10, 7))
    counted(first, "run_time", date(2026, 10, 6), 9 * 3600, local(11, 5), version=2)
    counted(second, "run_time", date(2026, 10, 27), 12 * 3600, local(10, 28))
    counted(first, "energy", date(2026, 10, 6), 60, local(10, 7))
    counted(first, "good_parts", date(2026, 10, 6), 120, local(10, 7))
    counted(first, "energy", date(2026, 10, 7), 40, local(10, 8))
    counted(third, "energy", date(2026, 10, 19), 30, local(10, 20))
    counted(third, "parts", date(2026, 10, 19), 30, local(10, 20))


def staffed() -> World:
    """Build it with the platform, a hub of Jiangsu, a regulator of Suzhou, and people everywhere."""
    world = build()
    platform = make.platform()
    hub, park = company("枢纽", "HUB", "320000"), company("监管", "REGULATOR", "320500")
    world.companies |= {"P": platform, "H": hub, "R": park}
    for name in ("P", "H", "R", "A", "L"):
        world.people[name] = make.member(world.companies[name])
    world.people["viewer"] = make.member(platform, Role.VIEWER)
    return world
