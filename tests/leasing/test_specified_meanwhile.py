"""A machine is specified anew while a signed contract stands: the contract keeps what was signed."""

import pytest
from django.core import serializers

from leasing.models import Lease
from marketplace.actions import categories, specifications
from marketplace.models import Equipment
from tests.factories import marketplace as make
from tests.leasing.world import HANDOVER

pytestmark = pytest.mark.django_db


def test_a_contract_and_its_papers_stay_as_they_were_signed(world):
    categories.load()
    lease = world.ready()
    machine = lease.units.first().equipment
    Equipment.objects.filter(pk=machine.pk).update(
        category=make.category(), specs=make.equipment(world.lessor).specs
    )
    machine = Equipment.objects.get(pk=machine.pk)
    kept = _frozen(lease)
    made = specifications.specify(
        equipment=machine, specs={"travel_x": "701"}, sources={}, by=world.owner, at=HANDOVER
    )
    assert made.specs["travel_x"] == "701"
    assert _frozen(lease) == kept


def _frozen(lease):
    """Return every row of the lease and of what hangs on it."""
    below = [
        list(relation.related_model.objects.filter(**{relation.field.name: lease.pk}).order_by("pk"))
        for relation in Lease._meta.related_objects
        if relation.related_model._meta.app_label == "leasing"
    ]
    rows = [Lease.objects.get(pk=lease.pk), *(one for some in below for one in some)]
    assert len(rows) > 2
    return serializers.serialize("json", rows)
