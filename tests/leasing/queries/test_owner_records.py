"""What counts as a finished lease of an owner."""

import pytest
from django.db.models import F

from leasing.models import Lease
from leasing.queries.owner_records import finished_leases
from leasing.rules.leases import Move, Status
from marketplace.actions import owner_records
from tests import once
from tests.leasing import world as worlds

pytestmark = pytest.mark.django_db


@once.fixture
def lease():
    return worlds.make(machines=1).active()


def test_one_that_came_to_its_end_counts(lease):
    owner = lease.lessor_id
    assert finished_leases({owner}) == {}
    Lease.objects.filter(pk=lease.pk).update(status=Status.SETTLED, active_to=F("ends_at"))
    assert owner_records.finished(owners={owner}) == {owner: 1}
    assert finished_leases({lease.lessee_id}) == {}


def test_one_that_was_broken_off_does_not(lease):
    Lease.objects.filter(pk=lease.pk).update(status=Status.SETTLED, active_to=F("ends_at"))
    last = lease.transitions.latest("pk")
    last.pk, last.position, last.move = None, last.position + 1, Move.TERMINATE
    last.save(force_insert=True)
    assert finished_leases({lease.lessor_id}) == {}
