"""The catalogue that relevance is tried with: 67 listings as owners write them."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.actions import search_documents
from marketplace.models import Category, Equipment, Listing, ListingUnit, Site
from tests.factories import marketplace as make

HERE = Path(__file__).parent


@cache
def catalogue() -> dict[str, Any]:
    """Return the file of listings and cities."""
    return json.loads((HERE / "listings.json").read_text(encoding="utf-8"))


@cache
def questions() -> list[dict[str, Any]]:
    """Return the questions with what should be among the first ten; written before anything was tuned."""
    return json.loads((HERE / "queries.json").read_text(encoding="utf-8"))


def fill() -> dict[str, Listing]:
    """Publish the catalogue and return its listings by their names in the file."""
    make.category()
    categories = {one.code: one for one in Category.objects.all()}
    owners = {kind: make.organization(kind=kind) for kind in ("LEAD_ENTERPRISE", "LESSOR", "INSTITUTE")}
    sites = {
        (kind, city): _site(owner, city) for kind, owner in owners.items() for city in catalogue()["cities"]
    }
    made = {each["key"]: _listing(each, categories, owners, sites) for each in catalogue()["listings"]}
    search_documents.renew(listings=[one.pk for one in made.values()], at=make.NOON)
    search_documents.count()
    return made


def _site(owner: Any, city: str) -> Site:
    known = catalogue()["cities"][city]
    return make.site(
        owner,
        city=city,
        city_en=known["en"],
        region_code=known["region"],
        latitude=Decimal(known["latitude"]),
        longitude=Decimal(known["longitude"]),
    )


def _listing(each: dict[str, Any], categories: Any, owners: Any, sites: Any) -> Listing:
    owner, site = owners[each["owner"]], sites[each["owner"], each["city"]]
    machine = make.equipment(
        owner,
        site,
        category=categories[each["category"]],
        maker_name=each["maker"],
        model_name=each["model"],
        specs=each["specs"],
    )
    return offered(machine, title=each["title"])


def offered(machine: Equipment, **fields: Any) -> Listing:
    """Return a published listing of one machine."""
    values = {
        "owner_id": machine.owner_id,
        "category_id": machine.category_id,
        "site_id": machine.site_id,
        "specs": machine.specs,
        "price_plan": make.HOURLY,
        "count_rules": [make.RUN_RULE],
        "status": Listing.Status.PUBLISHED,
        "created_at": make.NOON,
        "published_at": make.NOON,
    }
    made = Listing.objects.create(**(values | fields))
    ListingUnit.objects.create(listing=made, equipment=machine)
    return made
