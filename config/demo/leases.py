"""The leases of ``docs/worked-examples.md``: from the recording of a real machine to issued invoices."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command

from billing.actions import invoices
from config.demo.parties import People
from devices.actions import devices
from devices.models import Device
from devices.ownership.actions import notices
from devices.ownership.models import Notice
from leasing.actions import deposits, handovers, leases, offers, records
from leasing.models import ConditionRecord, Lease
from leasing.rules.checklists import checklist
from leasing.rules.condition import Condition, Reading, Seen, Source
from leasing.rules.leases import Status
from marketplace.actions import equipment, listings
from marketplace.actions.parties import robot
from marketplace.models import Category, Equipment, Listing, Site, User
from marketplace.shared.period import Period, local_midnight

RECORDINGS = Path(settings.BASE_DIR) / "tests" / "data" / "telemetry"
DICTIONARIES = Path(settings.BASE_DIR) / "devices" / "dictionaries"
CLOCK_DEAD_SINCE = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))  # a recording holds stamps of 2002


def begin(people: People, entry: Mapping[str, Any], zone: str) -> Lease:
    """Make one example up to its handover: machine, listing, device, lease, each at its own moment."""
    requested = datetime.fromisoformat(entry["requested_at"])
    listing, machine = offer(people, entry, requested - timedelta(days=30))
    connect(people, entry, machine, requested - timedelta(days=29))
    return agree(people, entry, listing, ZoneInfo(zone))


def finish(entry: Mapping[str, Any]) -> None:
    """Replay the recording, end the lease and issue its invoices; what is done already stays as it is."""
    device = Device.objects.get(code=entry["device"]["code"])
    # People may have leased the machine again since; the example is its first lease.
    lease = Lease.objects.filter(units__equipment__bindings__device=device).earliest("pk")
    recording = entry["recording"]
    if lease.status == Status.ACTIVE:
        call_command(
            "replay",
            *sorted((RECORDINGS / recording["set"]).glob(recording["files"])),
            format=recording["format"],
            device=device.code,
            shift=recording["shift_seconds"],
            stdout=StringIO(),
        )
    clock = robot(name="clock")
    leases.close_due(lease=lease, by=clock, at=lease.ends_at)
    for moment in entry["bill_at"]:
        invoices.bill(lease=Lease.objects.get(pk=lease.pk), at=datetime.fromisoformat(moment), by=clock)


def offer(people: People, entry: Mapping[str, Any], at: datetime) -> tuple[Listing, Equipment]:
    """Register the machine of an entry and publish its listing."""
    key, given = entry["lessor"], entry["listing"]
    owner, by = people.organizations[key], people.admins[key]
    named = entry["equipment"]
    machine = equipment.register(
        owner=owner,
        site=Site.objects.filter(organization=owner).earliest("pk"),
        by=by,
        at=at,
        **(named | {"category": Category.objects.get(code=named["category"])}),
    )
    listing = listings.create(owner=owner, equipment=[machine], by=by, at=at, **given)
    return listings.publish(listing=listing, by=by, at=at), machine


def connect(people: People, entry: Mapping[str, Any], machine: Equipment, at: datetime) -> Device:
    """Register the device of an entry with its dictionary and bind it to the machine."""
    by = people.admins[entry["lessor"]]
    device = devices.register(
        owner=machine.owner,
        channels=dictionary(entry["recording"]["dictionary"]),
        commissioned_at=CLOCK_DEAD_SINCE,
        by=by,
        at=at,
        **entry["device"],
    )
    devices.bind(device=device, equipment=machine, period=Period(at, None), by=by, at=at)
    return device


def agree(people: People, entry: Mapping[str, Any], listing: Listing, zone: ZoneInfo) -> Lease:
    """Request, accept and hand over, each at its moment."""
    first, last = (datetime.fromisoformat(entry["period"][end]).date() for end in ("from", "to"))
    lease = leases.request(
        listing=listing,
        lessee=people.organizations[entry["lessee"]],
        period=Period(local_midnight(first, zone), local_midnight(last, zone)),
        expected_usage={meter: Decimal(value) for meter, value in entry["expected_usage"].items()},
        note="",
        by=people.admins[entry["lessee"]],
        at=datetime.fromisoformat(entry["requested_at"]),
    )
    by = people.admins[entry["lessor"]]
    lease = offers.accept(lease=lease, by=by, at=datetime.fromisoformat(entry["accepted_at"]))
    handed = datetime.fromisoformat(entry["active_from"])
    return hand_over(lease, owner=by, buyer=people.admins[entry["lessee"]], at=handed)


def hand_over(lease: Lease, *, owner: User, buyer: User, at: datetime) -> Lease:
    """Notice read, deposit held, machine handed over with its record, and that confirmed, at one moment."""
    read_notice(lease, by=buyer, at=at)
    if lease.deposit:
        deposits.secure(lease=lease, reference=f"押金 {lease.number}", by=owner, at=at)
    for unit in lease.units.select_related("equipment__category"):
        known = records.measured(unit=unit, lease=lease, at=at)
        meters = [rule.meter for rule in lease.agreed.count_rules if rule.meter not in known]
        given = Condition(
            happened_at=at,
            checklist=tuple(Seen(item.code) for item in checklist(unit.equipment.category.family)),
            serials=(unit.equipment.serial_number or unit.equipment.name,),
            readings=tuple(Reading(meter, "0", Source.PANEL, at) for meter in meters),
        )
        handovers.hand_over(lease=lease, unit=unit.public_id, given=given, by=owner, at=at)
    for record in ConditionRecord.objects.filter(lease=lease).select_related("lease__lessee", "unit"):
        lease = handovers.confirm(record=record, digest=record.digest, by=buyer, at=at)
    return lease


def read_notice(lease: Lease, *, by: User, at: datetime) -> None:
    """Let the lessee accept the notice on the machine's data."""
    notice = Notice.objects.latest_for(lease.public_id)
    if notice is not None:
        notices.accept(notice=notice, digest=notice.digest, by=by, at=at)


def dictionary(name: str) -> list[dict[str, Any]]:
    """Return a channel dictionary of the project."""
    channels: list[dict[str, Any]] = json.loads((DICTIONARIES / f"{name}.json").read_text(encoding="utf-8"))
    return channels
