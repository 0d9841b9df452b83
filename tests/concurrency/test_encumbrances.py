"""A listing is published while a right of others in its machine is written down, on real transactions."""

import threading
from datetime import timedelta
from unittest.mock import patch

import pytest

from marketplace.actions import encumbrances, listings
from marketplace.models import Listing
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.rules.encumbrances import Result, Search
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listing():
    return make.listing(make.organization(), status="PAUSED")


@pytest.fixture
def acts(listing):
    """Publish; and write the search down when publishing has looked, so that publishing goes on behind it."""
    who = {"by": make.member(listing.owner), "at": NOON}
    given = Search(NOON - timedelta(days=1), "Q-1", Result.ENCUMBERED, "R-9", "Bank")
    machine = listing.units.get().equipment
    looked, recorded, check = threading.Event(), threading.Event(), encumbrances.check_offered

    def record():
        looked.wait(10)
        made = encumbrances.record(equipment=machine, given=given, **who)
        recorded.set()
        return made

    def checked(**listed):
        check(**listed)
        looked.set()
        recorded.wait(2)  # in vain if the other waits at the lock: that is what it is for

    with patch.object(encumbrances, "check_offered", checked):
        yield [lambda: listings.publish(listing=listing, **who), record]


def test_it_is_not_offered_in_the_end(acts, listing):
    results = at_once(*acts)

    assert outcome(results) == ["EncumbranceSearch", "Listing"]
    assert Listing.objects.get(pk=listing.pk).status == "PAUSED"


def test_without_the_lock_of_the_machine_it_is(acts, listing):
    """Publishing saw no search, and the search nothing that is published: both are done."""
    with patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk")):
        results = at_once(*acts)

    assert outcome(results) == ["EncumbranceSearch", "Listing"]
    assert Listing.objects.get(pk=listing.pk).status == "PUBLISHED"
