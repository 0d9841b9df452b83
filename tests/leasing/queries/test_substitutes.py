"""What could take the place of a machine is looked for without reading every listing of its kind."""

from unittest.mock import patch

import pytest
from django.db.models.signals import post_init

from leasing.models import Lease
from leasing.queries import substitutes
from marketplace.models import Listing, Site
from tests import once
from tests.leasing import world as worlds
from tests.leasing.lateness import Late

pytestmark = pytest.mark.django_db


@once.fixture
def late():
    made = Late(worlds.make(machines=1))
    made.tick()
    return made


def offered(world, name, north):
    """Put a copy of the listing on offer at a place, with a machine."""
    site = Site.objects.create(
        organization=world.lessor,
        name=name,
        region_code="330100",
        city=name,
        latitude=north,
        longitude=None if north is None else "120.0",
    )
    listing = Listing.objects.get(pk=world.listing.pk)
    listing.pk, listing.public_id, listing.title, listing.site = None, f"lst_{name}", name, site
    listing.save()
    worlds.machine(listing, name)


def test_only_the_nearest_listings_are_loaded(late):
    Site.objects.update(latitude="30.0", longitude="120.0")
    for name, north in {"far": "45.0", "nowhere": None, "near": "31.0", "next": "33.0"}.items():
        offered(late.world, name, north)
    lease, claim, loaded = Lease.objects.with_parties().get(pk=late.next.pk), late.risk().claim, []
    assert lease.listing.site.latitude is not None

    def note(instance, **given):
        loaded.append(instance.title)

    with patch.object(substitutes, "COMPARED", 2):
        post_init.connect(note, sender=Listing)
        try:
            found = substitutes.substitutes_for(lease, claim)
        finally:
            post_init.disconnect(note, sender=Listing)

    assert [one.listing.title for one in found] == ["near", "next"]
    assert sorted(set(loaded)) == ["near", "next"]
