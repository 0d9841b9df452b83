"""A machine on offer, whose owner states specifications, and a platform that makes versions."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.test import Client
from rest_framework.test import APIClient

from marketplace.actions import dictionaries, listings, specifications
from marketplace.models import Equipment, Listing, SpecStatement
from marketplace.models.parties import Role
from marketplace.queries.dictionaries import newest
from marketplace.rules.categories import NUMBER, Field
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

COOLANT = Field(
    "coolant", "Coolant", "冷却压力", NUMBER, "bar", None, Decimal(200), (), "higher", False, False, 1
)
LATER = NOON + timedelta(days=1)


class Shop:
    def __init__(self):
        self.platform = make.platform()
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.listing = make.listing(make.organization())
        self.machine = self.listing.units.get().equipment
        self.owner = make.member(self.listing.owner)
        self.viewer = make.member(self.listing.owner, Role.VIEWER)
        self.stranger = make.member(make.organization())
        listings.search_documents.renew(listings=[self.listing.pk], at=NOON)

    def state(self, who="owner", sources=None, **given):
        values = {"expected": None, "note": ""} | given
        specs = values.pop("specs", {"travel_x": "0.7 m"})
        return specifications.specify(
            equipment=self.machine,
            specs=specs,
            sources=sources or {},
            by=getattr(self, who),
            at=LATER,
            **values,
        )

    def next(self, *added, who="clerk", renamed=None, within=None, expected=None, **changes):
        """Make the next version; ``code=None`` retires a field, ``code={...}`` changes it."""
        category = self.machine.category
        fields = [
            replace(one, **changes.get(one.code, {}))
            for one in newest(category).fields
            if changes.get(one.code, {}) is not None
        ]
        return dictionaries.make(
            category=category,
            fields=[*fields, *added],
            renamed=renamed or {},
            reason="ISO",
            expected=expected,
            within=within or self.platform,
            by=getattr(self, who),
            at=LATER,
        )

    def now(self):
        return Equipment.objects.select_related("category", "owner").get(pk=self.machine.pk)

    def api(self, verb, address, data=None, who="owner", **headers):
        client = APIClient()
        if who:
            client.force_login(getattr(self, who))
        return getattr(client, verb)(f"/api/v1/{address}", data, format="json", headers=headers)

    def page(self, address=None, data=None, who="owner"):
        """Open a page, the machine's specifications without an address, or send its form."""
        client = Client()
        client.force_login(getattr(self, who))
        address = address or f"/equipment/{self.machine.public_id}/specs/"
        return client.post(address, data, follow=True) if data else client.get(address)

    def form(self):
        """Return what the owner's form sends when nothing is changed."""
        shown = self.page()
        sent = {field.html_name: field.value() or "" for field in shown.context["form"]}
        return sent | {"version": self.now().version, "dictionary": shown.context["newest"]}


def assert_untouched(shop):
    machine = shop.now()
    assert (machine.specs, machine.version) == (shop.machine.specs, shop.machine.version)
    assert not SpecStatement.objects.filter(equipment=machine).exists()
    assert Listing.objects.get(pk=shop.listing.pk).version == shop.listing.version
