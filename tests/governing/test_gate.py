"""The gate of business is kept by the database as well: no SQL goes round it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from leasing.models import Lease
from marketplace.models import Listing, Organization
from tests.factories import marketplace as make
from tests.governing.test_closing import asked_for
from tests.joining.world import AT

pytestmark = pytest.mark.django_db
SHUT = [{"awaits_verification": True}, {"closing_at": AT}]


def refused(sql, *values):
    wrong = pytest.raises(IntegrityError, match="not verified")
    with wrong, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return True


@pytest.mark.parametrize("why", SHUT)
def test_a_listing_is_not_published_by_sql(why):
    offered = make.listing(make.organization(**why), status="DRAFT", published_at=None)

    assert refused("UPDATE marketplace_listing SET status = 'PUBLISHED' WHERE id = %s", offered.pk)

    offered.refresh_from_db()
    assert offered.status == "DRAFT"


def test_what_is_published_stays_when_its_owner_is_to_be_checked_and_may_be_paused():
    offered = make.listing(make.organization())
    Organization.objects.update(awaits_verification=True)

    Listing.objects.update(status="PAUSED")

    assert refused("UPDATE marketplace_listing SET status = 'PUBLISHED' WHERE id = %s", offered.pk)


@pytest.mark.parametrize("why", SHUT)
@pytest.mark.parametrize("side", ["lessor", "lessee"])
@pytest.mark.parametrize("status", ["ACCEPTED", "CONTRACTED"])
def test_a_lease_is_not_agreed_by_sql(why, side, status):
    lease = asked_for(make.listing(make.organization()), make.organization())
    Organization.objects.filter(pk=getattr(lease, f"{side}_id")).update(**why)

    assert refused("UPDATE leasing_lease SET status = %s WHERE id = %s", status, lease.pk)

    lease.refresh_from_db()
    assert lease.status == "REQUESTED"


def test_a_lease_is_not_asked_for_by_sql():
    lease = asked_for(make.listing(make.organization()), make.organization())
    Organization.objects.filter(pk=lease.lessee_id).update(awaits_verification=True)

    with pytest.raises(IntegrityError, match="not verified"), transaction.atomic():
        Lease.objects.create(
            number="L-9",
            listing=lease.listing,
            lessor=lease.lessor,
            lessee=lease.lessee,
            status="REQUESTED",
            starts_at=AT,
            ends_at=AT + timedelta(days=1),
            terms=lease.terms,
            terms_digest=lease.terms_digest,
            requested_at=AT,
        )

    assert Lease.objects.count() == 1
