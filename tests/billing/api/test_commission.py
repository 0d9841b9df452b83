"""The commission of a lease over REST: what applies, what its contract holds, and what is booked."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from rest_framework.test import APIClient

from billing.actions import books
from billing.models import BookingTerms
from leasing.actions import commission, offers
from leasing.models import LeaseCommission
from leasing.rules.commission import local_day
from tests.leasing import tariff
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, HANDOVER

pytestmark = pytest.mark.django_db
LONG_AGO = DECIDED - timedelta(days=60)


@pytest.fixture
def world():
    return worlds.make(machines=1)


@pytest.fixture
def desk():
    return tariff.desk()


def told(person, lease, code=200):
    api = APIClient()
    api.force_login(person)
    answer = api.get(f"/api/v1/leases/{lease.public_id}/commission/")
    assert answer.status_code == code, answer.content
    return answer.json()


def test_is_told_before_it_is_agreed_and_is_the_same_after(world, desk):
    desk.set("0.12345", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
    lease = world.ask()

    before = told(world.owner, lease)
    assert (before["basis"], before["rate"]) == ("IN_FORCE", "0.12345")
    assert before["cost"] == {
        "net_minor": 1_000_000,
        "commission_minor": 123_450,
        "vat_minor": 7_407,
        "gross_minor": 130_857,
    }
    offers.accept(lease=lease, by=world.owner, at=DECIDED)
    after = told(world.owner, lease)
    assert after == before | {"basis": "CONTRACT"}
    assert told(desk.clerk, lease) == after


def test_is_what_was_agreed_for_the_lease_alone_where_no_rate_was_set(world, desk):
    lease = world.accepted()
    assert told(world.owner, lease)["basis"] == "NONE"
    books.agree(lease=lease, commission_rate=Decimal("0.10"), at=HANDOVER, by=desk.chief)

    assert [told(world.owner, lease)[name] for name in ("basis", "rate")] == ["BOOKED", "0.10000"]


def test_nothing_is_agreed_before_the_contract_takes_the_rate_in_force(world, desk):
    desk.set("0.08", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
    lease = world.ask()

    with pytest.raises(books.CommissionUncontracted):
        books.agree(lease=lease, commission_rate=Decimal("0.03"), at=DECIDED, by=desk.chief)

    assert not BookingTerms.objects.exists()
    offers.accept(lease=lease, by=world.owner, at=DECIDED)
    assert [told(world.owner, lease)[name] for name in ("basis", "rate")] == ["CONTRACT", "0.08000"]


def test_the_database_books_no_other_than_the_contract_took(world, desk):
    desk.set("0.08", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
    lease, waiting = world.accepted(), world.ask()
    row = {"settlement_model": "AGENT", "commission_rate": "0.03"}

    with pytest.raises(DatabaseError, match="its contract took"), transaction.atomic():
        BookingTerms.objects.create(lease=lease, **row)
    BookingTerms.objects.create(lease=waiting, **row)
    with pytest.raises(DatabaseError, match="its contract took"), transaction.atomic():
        commission.take(lease=waiting, at=DECIDED)
    assert not LeaseCommission.objects.filter(lease=waiting).exists()


def test_is_no_matter_of_the_lessee(world, desk):
    lease = world.ask()
    told(world.buyer, lease, 403)
    told(world.watcher, lease, 403)
    told(world.outsider, lease, 404)
