"""People, organizations, machines and listings for tests."""

import itertools
from datetime import UTC, datetime
from typing import Any

from marketplace.actions import categories, search_documents
from marketplace.models import Category, Equipment, Listing, ListingUnit, Membership, Organization, Site, User
from marketplace.models.parties import Role
from marketplace.rules.identifiers import make_credit_code

NUMBERS = itertools.count(1)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Shanghai

HOURLY = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "3000.00", "prorate": "day"},
        {
            "id": "run",
            "kind": "per_unit",
            "meter": "run_time",
            "unit": "h",
            "round_to": "0.01",
            "price": "86.00",
        },
        {"id": "fee", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"},
    ],
    "minimum": None,
    "cap": None,
}
RUN_RULE = {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]}
CENTRE = {
    "axes": "5",
    "travel_x": "650 mm",
    "travel_y": "520",
    "travel_z": "475",
    "spindle_speed": "18000",
    "controller": "Heidenhain",
}


def user(name: str = "", **fields: Any) -> User:
    """Return a new person whose password is ``secret-pass``."""
    number = next(NUMBERS)
    name = name or f"Person {number}"
    return User.objects.create_user(f"person{number}@example.test", "secret-pass", name=name, **fields)


def organization(name: str = "", kind: str = "SME", **fields: Any) -> Organization:
    """Return a new organization with a valid credit code."""
    number = next(NUMBERS)
    code = make_credit_code("91320594", f"MA{number:06d}")
    return Organization.objects.create(
        name=name or f"Organization {number}", kind=kind, credit_code=code, region_code="320594", **fields
    )


def member(of: Organization, role: str = Role.ADMIN, name: str = "") -> User:
    """Return a new person with a role in an organization."""
    person = user(name)
    Membership.objects.create(user=person, organization=of, role=role)
    return person


def platform() -> Organization:
    """Return the platform, made at first use."""
    found = Organization.objects.filter(kind="PLATFORM").first()
    return found or organization("Jijian Platform", kind="PLATFORM")


def category(code: str = "M1-MC") -> Category:
    """Return a category of the published tree, loaded at first use."""
    if not Category.objects.exists():
        categories.load()
    return Category.objects.get(code=code)


def site(of: Organization, **fields: Any) -> Site:
    """Return a new site in Suzhou."""
    values = {"name": f"Hall {next(NUMBERS)}", "region_code": "320594", "city": "苏州"}
    return Site.objects.create(organization=of, **(values | fields))


def equipment(of: Organization, at: Site | None = None, **fields: Any) -> Equipment:
    """Return a new five-axis machining centre."""
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "category": fields.pop("category", None) or category(),
        "site": at or site(of),
        "name": f"Machine {number}",
        "maker_name": "DMG MORI",
        "model_name": "DMU 50",
        "serial_number": f"SN-{number:05d}",
        "specs": {name: value.removesuffix(" mm") for name, value in CENTRE.items()},
        "created_at": NOON,
    }
    return Equipment.objects.create(owner=of, **(values | fields))


def listing(of: Organization, machines: int = 1, **fields: Any) -> Listing:
    """Return a published listing of ``machines`` new equal machines, billed by the hour."""
    place = site(of)
    units = [equipment(of, place) for _ in range(machines)]
    values: dict[str, Any] = {
        "category": units[0].category,
        "site": place,
        "title": "Five-axis machining centre DMU 50",
        "specs": units[0].specs,
        "price_plan": HOURLY,
        "count_rules": [RUN_RULE],
        "deposit_minor": 5_000_000,
        "status": Listing.Status.PUBLISHED,
        "created_at": NOON,
        "published_at": NOON,
    }
    made = Listing.objects.create(owner=of, **(values | fields))
    ListingUnit.objects.bulk_create(ListingUnit(listing=made, equipment=machine) for machine in units)
    return made


def searchable() -> None:
    """Make what every published listing is found by, as publishing by its action does."""
    search_documents.renew(listings=list(Listing.objects.values_list("pk", flat=True)), at=NOON)
