"""A small world to lease in: two companies and their people, a stranger, and a listing with two machines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from leasing.actions import leases, offers
from leasing.models import Lease
from marketplace.actions import parties
from marketplace.models import (
    Category,
    Equipment,
    Listing,
    ListingUnit,
    Membership,
    Organization,
    Site,
    User,
)
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.factories.leasing import hand_over, read_notice

CODES = ["91330200MA2AGHT41X", "91440300MA5EYUP83J", "91510100MA6CH7J38R", "91110108MA01ABCD2Y"]
ASKED = datetime(2026, 2, 20, 8, tzinfo=UTC)
DECIDED = datetime(2026, 2, 21, 8, tzinfo=UTC)
START = datetime(2026, 2, 28, 16, tzinfo=UTC)  # 1 March, midnight in Shanghai
END = datetime(2026, 4, 30, 16, tzinfo=UTC)  # 1 May, midnight in Shanghai
HANDOVER = START + timedelta(hours=10)
PERIOD = Period(START, END)

PLAN: dict[str, Any] = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "3000.00"},
        {"id": "hours", "kind": "per_unit", "meter": "run_time", "unit": "h", "price": "86.00"},
        {"id": "fee", "kind": "percentage", "rate": "0.05"},
    ],
}
CHEAPER = PLAN | {"components": [PLAN["components"][0] | {"amount": "2500.00"}, *PLAN["components"][1:]]}
RULES: list[dict[str, Any]] = [
    {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]},
]


@dataclass
class World:
    """Who and what there is."""

    lessor: Organization
    lessee: Organization
    stranger: Organization
    owner: User
    buyer: User
    clerk: User
    watcher: User
    guest: User
    outsider: User
    clock: User
    listing: Listing
    machines: list[Equipment]

    def ask(self, **changes: Any) -> Lease:
        """Request the listing for March and April."""
        given = {
            "listing": self.listing,
            "lessee": self.lessee,
            "period": PERIOD,
            "expected_usage": {"run_time": Decimal(300)},
            "note": "Housings of aluminium",
            "by": self.buyer,
            "at": ASKED,
        }
        return leases.request(**(given | changes))

    def quoted(self, **changes: Any) -> Lease:
        """Return a lease for which the lessor asks less base fee, until three days after its decision."""
        given = {
            "terms": {"price_plan": CHEAPER},
            "valid_until": DECIDED + timedelta(days=3),
            "by": self.owner,
            "at": DECIDED,
        }
        return offers.quote(lease=self.ask(), **(given | changes))

    def countered(self, **changes: Any) -> Lease:
        """Return a lease whose lessee answers the quote: it wants to leave less deposit."""
        given = {"terms": {"deposit_minor": 1_000_000}, "by": self.buyer, "at": DECIDED}
        return offers.counter(lease=self.quoted(), **(given | changes))

    def accepted(self, **changes: Any) -> Lease:
        """Return a lease that was asked for and accepted."""
        return offers.accept(lease=self.ask(**changes), by=self.owner, at=DECIDED)

    def active(self, **changes: Any) -> Lease:
        """Return a lease whose machine was handed over."""
        return hand_over(self.accepted(**changes), owner=self.owner, buyer=self.buyer, at=HANDOVER)

    def ready(self, **changes: Any) -> Lease:
        """Return an accepted lease whose lessee has accepted the data notice."""
        lease = self.accepted(**changes)
        read_notice(lease, by=self.buyer, at=DECIDED)
        return lease


def make(machines: int = 2) -> World:
    """Build the world."""
    names = ("宁波精工", "深圳小厂", "成都路人")
    kinds = ("LESSOR", "SME", "SME")
    organizations = [
        Organization.objects.create(name=name, kind=kind, credit_code=code, region_code="330200")
        for name, kind, code in zip(names, kinds, CODES, strict=False)
    ]
    lessor, lessee, stranger = organizations
    category = Category.objects.create(code="T-VMC", name="Machining centre", name_zh="加工中心", family="M1")
    site = Site.objects.create(organization=lessor, name="一号车间", region_code="330200", city="宁波")
    listing = Listing.objects.create(
        owner=lessor,
        category=category,
        site=site,
        title="立式加工中心 VMC-850",
        price_plan=PLAN,
        count_rules=RULES,
        deposit_minor=2_000_000,
        minimum_days=7,
        status=Listing.Status.PUBLISHED,
        created_at=ASKED,
    )
    made = [machine(listing, f"VMC-{number}") for number in range(1, machines + 1)]
    return World(
        lessor=lessor,
        lessee=lessee,
        stranger=stranger,
        owner=person("owner", lessor, Role.OPERATOR),
        buyer=person("buyer", lessee, Role.OPERATOR),
        clerk=person("clerk", lessor, Role.FINANCE),
        watcher=person("watcher", lessor, Role.VIEWER),
        guest=person("guest", lessee, Role.VIEWER),
        outsider=person("outsider", stranger, Role.ADMIN),
        clock=parties.robot(name="clock"),
        listing=listing,
        machines=made,
    )


def machine(listing: Listing, name: str) -> Equipment:
    """Add a machine to a listing."""
    equipment = Equipment.objects.create(
        owner=listing.owner,
        category=listing.category,
        site=listing.site,
        name=name,
        maker_name="Mazak",
        model_name="VMC-850",
        serial_number=name,
        created_at=ASKED,
    )
    ListingUnit.objects.create(listing=listing, equipment=equipment)
    return equipment


def person(name: str, organization: Organization, role: str) -> User:
    """Add somebody with a role."""
    user = User.objects.create_user(f"{name}@example.com", name=name)
    Membership.objects.create(user=user, organization=organization, role=role)
    return user
