"""The leases of the demonstration's scenario, built through the same actions that people use."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devices.actions import deliveries, devices
from devices.actions.deliveries import Delivery
from devices.models import Device
from devices.rules import shdr
from devices.rules.admission import Item
from devices.rules.portions import portions
from devices.rules.readings import Observation
from leasing.actions import leases, offers
from leasing.models import Lease, LeaseUnit
from marketplace.actions import equipment, listings, parties
from marketplace.models import Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.rules.identifiers import make_credit_code
from marketplace.shared.period import Period, local_midnight
from tests.factories import marketplace as factory
from tests.factories.leasing import hand_over

ROOT = Path(__file__).parents[2]
SCENARIO: dict[str, Any] = json.loads((ROOT / "config/demo/data/scenario.json").read_text())
DATA = ROOT / "tests" / "data" / "telemetry"
ZONE = ZoneInfo(SCENARIO["zone"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMEPLATE = ("name", "maker_name", "model_name", "serial_number", "specs")
COMMISSIONED = datetime(2002, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 4, tzinfo=UTC)


@dataclass
class Scene:
    """One lease of the scenario, running, and everybody around it."""

    entry: dict[str, Any]
    lease: Lease
    unit: LeaseUnit
    device: Device
    lessor: Organization
    lessee: Organization
    owner: User
    buyer: User
    platform: Organization
    finance: User
    clock: User

    def deliver(self, items: list[Item], epoch: str = "recording") -> deliveries.Receipt:
        """Take items as one delivery."""
        return deliveries.take(device=self.device, delivery=Delivery(epoch, items), by=self.clock, at=LATER)

    def say(self, *readings: tuple[int, datetime, str, object], epoch: str = "live") -> deliveries.Receipt:
        """Deliver (sequence, moment, channel, value) readings."""
        items = [
            Item(sequence, (moment - EPOCH) // timedelta(microseconds=1), key, value)
            for sequence, moment, key, value in readings
        ]
        return self.deliver(items, epoch)

    def replay(self) -> None:
        """Deliver the whole recording with the scenario's shift, cut as ``manage.py replay`` cuts it."""
        for piece in portions(list(self.recording()), 20_000):
            self.deliver(list(piece))

    def recording(self) -> Iterator[Item]:
        """Yield the recording's readings, numbered in file and line order, at shifted times."""
        recording = self.entry["recording"]
        shift = recording["shift_seconds"] * 1_000_000
        observations = observed(recording["set"], recording["files"])
        for sequence, (at, key, text) in enumerate(observations, start=1):
            yield Item(sequence, at + shift, key, text)


@cache
def observed(folder: str, files: str) -> list[Observation]:
    """Read a recording once."""
    found: list[Observation] = []
    for path in sorted((DATA / folder).glob(files)):
        with gzip.open(path) as file:
            found += [item for item in shdr.read(file) if isinstance(item, Observation)]
    return found


def entry(key: str) -> dict[str, Any]:
    """Return one lease of the scenario."""
    return next(found for found in SCENARIO["leases"] if found["key"] == key)


def build(key: str, **changes: Any) -> Scene:
    """Build a lease of the scenario up to its handover; ``changes`` override the listing's entry."""
    given = entry(key)
    lessor, lessee = organization(given["lessor"]), organization(given["lessee"])
    platform = factory.platform()
    owner, buyer = member(lessor), member(lessee)
    requested = datetime.fromisoformat(given["requested_at"])
    machine = equipment.register(
        owner=lessor,
        category=factory.category(given["equipment"]["category"]),
        site=factory.site(lessor),
        by=owner,
        at=requested,
        **{name: given["equipment"][name] for name in NAMEPLATE},
    )
    offer = given["listing"] | changes
    listing = listings.create(owner=lessor, equipment=[machine], by=owner, at=requested, **offer)
    listings.publish(listing=listing, by=owner, at=requested)
    device = devices.register(
        owner=lessor,
        channels=dictionary(given["recording"]["dictionary"]),
        commissioned_at=COMMISSIONED,
        by=owner,
        at=requested,
        **given["device"],
    )
    devices.bind(device=device, equipment=machine, period=Period(COMMISSIONED, None), by=owner, at=requested)
    lease = run(given, listing, lessee, owner, buyer)
    return Scene(
        entry=given,
        lease=lease,
        unit=lease.units.get(),
        device=device,
        lessor=lessor,
        lessee=lessee,
        owner=owner,
        buyer=buyer,
        platform=platform,
        finance=member(platform, Role.FINANCE),
        clock=parties.robot(name="clock"),
    )


def run(given: dict[str, Any], listing: Any, lessee: Organization, owner: User, buyer: User) -> Lease:
    """Request, accept and hand over."""
    lease = leases.request(
        listing=listing,
        lessee=lessee,
        period=Period(*(midnight(given["period"][edge]) for edge in ("from", "to"))),
        expected_usage={meter: Decimal(total) for meter, total in given["expected_usage"].items()},
        note="",
        by=buyer,
        at=datetime.fromisoformat(given["requested_at"]),
    )
    offers.accept(lease=lease, by=owner, at=datetime.fromisoformat(given["accepted_at"]))
    return hand_over(lease, owner=owner, buyer=buyer, at=datetime.fromisoformat(given["active_from"]))


def midnight(day: str) -> datetime:
    """Return the local midnight that begins a day."""
    return local_midnight(datetime.fromisoformat(day).date(), ZONE)


def dictionary(name: str) -> list[dict[str, Any]]:
    """Return the channels of a published dictionary."""
    found: list[dict[str, Any]] = json.loads((ROOT / "devices/dictionaries" / f"{name}.json").read_text())
    return found


def organization(key: str) -> Organization:
    """Return an organization of the scenario, made at first use."""
    about = next(found for found in SCENARIO["organizations"] if found["key"] == key)
    code = make_credit_code(about["head"], about["body"])
    made, _ = Organization.objects.get_or_create(
        credit_code=code,
        defaults={"name": about["name"], "name_en": about["name_en"], "kind": about["kind"]},
    )
    return made


def member(of: Organization, role: str = Role.ADMIN) -> User:
    """Return a new person with a role."""
    person = factory.user()
    Membership.objects.create(user=person, organization=of, role=role)
    return person
