"""Two dozen listings over all families, read from ``data/catalogue.json``."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from config.demo import searches
from config.demo.parties import People
from marketplace.actions import equipment, listings
from marketplace.models import Category, Equipment, Listing, Site

DATA = Path(__file__).parent / "data"


def read(name: str) -> dict[str, Any]:
    """Return one of the demonstration's data files."""
    document: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return document


def load(people: People, at: datetime) -> list[Listing]:
    """Register owners, sites, machines, and publish their listings."""
    document = read("catalogue.json")
    sites: dict[str, Site] = {}
    for entry in document["organizations"]:
        place = entry["site"]
        where = {"region_code": place["region_code"], "address": place["address"]}
        owner = people.organization(entry | where)
        sites[entry["key"]] = equipment.add_site(
            organization=owner,
            by=people.admins[entry["key"]],
            at=at,
            **(place | {axis: Decimal(place[axis]) for axis in ("latitude", "longitude")}),
        )
    for entry in document["lessees"]:
        people.organization(entry)
    searches.begin(people, at)
    return [
        publish(people, entry, sites[entry["owner"]], number, at)
        for number, entry in enumerate(document["listings"], start=1)
    ]


def publish(people: People, entry: Mapping[str, Any], site: Site, number: int, at: datetime) -> Listing:
    """Register the machines of one entry and publish their listing."""
    owner, by = people.organizations[entry["owner"]], people.admins[entry["owner"]]
    machines = [
        register(people, entry, site, f"JJ-{number:02d}{unit:02d}", at)
        for unit in range(1, entry["machines"] + 1)
    ]
    listing = listings.create(
        owner=owner,
        equipment=machines,
        title=entry["title"],
        summary=entry["summary"],
        price_plan=entry["price_plan"],
        count_rules=entry["count_rules"],
        deposit_minor=entry["deposit_minor"],
        minimum_days=entry["minimum_days"],
        by=by,
        at=at,
    )
    return listings.publish(listing=listing, by=by, at=at)


def register(people: People, entry: Mapping[str, Any], site: Site, serial: str, at: datetime) -> Equipment:
    """Register one machine of an entry."""
    return equipment.register(
        owner=people.organizations[entry["owner"]],
        category=Category.objects.get(code=entry["category"]),
        site=site,
        name=f"{entry['title'].split('(')[0]} {serial[-2:]} 号",
        maker_name=entry["maker"],
        model_name=entry["model"],
        serial_number=serial,
        specs=entry["specs"],
        by=people.admins[entry["owner"]],
        at=at,
    )
