"""Load the demonstration, once; an interrupted load goes on where it stopped."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from billing.actions import metering
from billing.models import Invoice
from config.demo import (
    catalogue,
    finance,
    imports,
    joining,
    leases,
    needs,
    news,
    quality,
    region,
    rights,
    second_life,
    slots,
    states,
)
from config.demo.live import CODE
from config.demo.parties import PASSWORD, PLATFORM, People, join, person
from devices.models import Block, Device
from leasing.models import Lease, LeaseUnit
from marketplace.actions import api_keys, categories
from marketplace.actions.parties import robot
from marketplace.models import Equipment, Listing, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role

DEMO_MAIL = ".demo"
# Whose key stands in which file: an owner's and a workshop's (docs/first-hour.md).
KEYS = {"yuanlan": "demo-key", "hengli": "demo-lessee-key"}


class OtherData(Exception):
    """The database holds organizations that are not the demonstration's."""


def load(now: datetime) -> str:
    """
    Load organizations, listings, leases, telemetry and invoices; return one line that says what is there.

    :raises OtherData: if other organizations are registered
    """
    people = known_people(now)
    if not people.organizations:
        begin(people, now)
    region.begin(people)  # once, also in a demonstration that was loaded before there was one
    for whose, file in KEYS.items():
        if not (path := Path(settings.VAR_DIR) / file).exists():
            write_key(people, whose, path, now)
    scenario = catalogue.read("scenario.json")
    for entry in scenario["leases"]:
        leases.finish(entry)
    rights.finish(people, now)
    device = Device.objects.get(code=CODE)
    states.catch_up(device, now)
    for unit in LeaseUnit.objects.filter(equipment__bindings__device=device):
        metering.meter_unit(unit=unit, at=now, by=robot(name="clock"))
    finance.finish(people, now)
    write_logins()
    return summary()


@transaction.atomic
def begin(people: People, now: datetime) -> None:
    """Everything that needs no telemetry, in one transaction."""
    categories.load()
    people.organization(PLATFORM)
    listings = catalogue.load(people, now)
    slots.begin(people, {listing.title: listing for listing in listings}, now)
    needs.begin(people, {listing.title: listing for listing in listings}, now)
    quality.begin(people, {listing.title: listing for listing in listings}, now)
    second_life.begin(people, now)
    imports.begin(people, now)
    scenario = catalogue.read("scenario.json")
    for entry in scenario["leases"]:
        leases.begin(people, entry, scenario["zone"])
    rights.begin(people, states.live(people, now), now)
    states.pending(people, {listing.title: listing for listing in listings}, now)
    joining.begin(people, now)
    news.begin(people, now)
    region.begin(people)
    owner = people.organizations["yuanlan"]
    join(person("finance@yuanlan.demo", "远澜财务"), owner, Role.FINANCE)


def write_key(people: People, whose: str, file: Path, now: datetime) -> None:
    """Make a key of an organization that opens everything, and write it into a file for its program."""
    _, text = api_keys.create(
        organization=people.organizations[whose],
        name="demo",
        scopes=Scope.values,
        by=people.admins[whose],
        at=now,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")
    file.chmod(0o600)


def known_people(now: datetime) -> People:
    """Return the organizations of an earlier, perhaps interrupted, load."""
    people = People(now)
    for admin in User.objects.filter(email__startswith="admin@", email__endswith=DEMO_MAIL):
        key = admin.email.removeprefix("admin@").removesuffix(DEMO_MAIL)
        people.admins[key] = admin
        people.organizations[key] = Organization.objects.get(memberships__user=admin)
    if Organization.objects.filter(is_synthetic=False).count() > len(people.organizations):
        raise OtherData
    return people


def write_logins() -> None:
    """Write what the parent process prints: addresses and logins."""
    rows = [
        ("找设备 Catalogue", "/", "", ""),
        ("承租方 Lessee", "/leases/", "admin@hengli.demo", PASSWORD),
        ("出租方 Owner", "/equipment/", "admin@yuanlan.demo", PASSWORD),
        ("财务 Finance", "/invoices/", "finance@yuanlan.demo", PASSWORD),
        ("数据权属 Data rights", "/data/", "admin@hengli.demo", PASSWORD),
        ("平台 Platform", "/home/", "admin@platform.demo", PASSWORD),
        ("企业认证 Verification", "/verifications/", "admin@platform.demo", PASSWORD),
        ("待认证企业 Waiting", "/verification/", "admin@yongrui.demo", PASSWORD),
        ("财务台 Finance desk", "/finance/", "admin@platform.demo", PASSWORD),
        ("政策指标 Indicators", "/indicators/", "admin@platform.demo", PASSWORD),
        ("地区枢纽 Hub", "/indicators/", "admin@sushu.demo", PASSWORD),
        ("风险基金 Risk fund", "/funds/", "finance@platform.demo", PASSWORD),
        ("贷款机构 Lender", "/loans/", "admin@huigong.demo", PASSWORD),
        ("API 说明 API docs", "/api/docs/", f"Bearer $(cat {settings.VAR_DIR.name}/demo-key)", ""),
        ("组件 Components", "/design/", "", ""),
    ]
    names = ("label", "url_path", "login", "password")
    document = [dict(zip(names, row, strict=True)) for row in rows]
    Path(settings.VAR_DIR, "demo.json").write_text(json.dumps(document, ensure_ascii=False, indent=1))


def summary() -> str:
    """Return one line with what is there."""
    counts = {
        "organizations": Organization.objects.count(),
        "machines": Equipment.objects.count(),
        "listings": Listing.objects.count(),
        "leases": Lease.objects.count(),
        "deliveries": Block.objects.count(),
        "invoices": Invoice.objects.count(),
    }
    return "demo: " + ", ".join(f"{count} {name}" for name, count in counts.items())
