"""A lease is requested of an organization while it closes, on real transactions: one of the two wins."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from leasing.models import Lease
from marketplace.actions import audit, closings, listings
from marketplace.models import Closing
from marketplace.models.parties import OrganizationQuerySet
from tests.concurrency.test_joining import together
from tests.concurrency.test_leases import fresh
from tests.factories import marketplace as make
from tests.governing.test_closing import asked_for
from tests.joining.world import AT
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acts():
    owner, lessee = make.organization("海州精工"), make.organization()
    admin, offered = make.member(owner), make.listing(owner)

    def request():
        return asked_for(offered, lessee, at=AT + timedelta(minutes=1))

    def close():
        return closings.ask(organization=owner, typed=owner.name, by=fresh(admin), at=AT)

    return request, close


def test_either_the_lease_is_there_or_the_owner_closes(acts):
    with together(audit, "record"):
        at_once(*acts)

    assert Lease.objects.exists() != Closing.objects.exists()


def test_without_the_lock_both_are_there(acts):
    def look(self, keys):
        return list(self.filter(pk__in=keys))

    request, close = acts
    interposed, results = in_between(listings, "pause_all", request)
    with patch.object(OrganizationQuerySet, "as_they_are", look), interposed:
        close()

    assert isinstance(results[0], Lease), results
    assert Closing.objects.exists()
