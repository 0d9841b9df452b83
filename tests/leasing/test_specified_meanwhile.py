"""A machine is specified anew while a signed contract stands: the contract keeps what was signed."""

from datetime import timedelta

import pytest
from django.core import serializers

from leasing.actions import batch_records
from leasing.actions.batch_records import HandoverRecordsMissing
from leasing.models import Lease
from marketplace.actions import categories, dictionaries, specifications
from marketplace.models import Equipment
from marketplace.models.parties import Role
from marketplace.queries.dictionaries import newest
from marketplace.rules.categories import BOOL, Field
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


@pytest.mark.parametrize("signed", [True, False])
def test_whether_records_are_needed_follows_what_was_stated_when_it_was_signed(world, signed):
    categories.load()
    lease = world.ready()
    unit = lease.units.select_related("equipment__category", "claim").first()
    given = make.equipment(world.lessor).specs | {"gmp": signed}
    Equipment.objects.filter(pk=unit.equipment_id).update(category=_with_gmp(world), specs=given)
    machine = Equipment.objects.get(pk=unit.equipment_id)
    said = {"specs": {"gmp": "false" if signed else "true"}, "sources": {}, "by": world.owner}
    made = specifications.specify(equipment=machine, at=unit.claim.created_at + timedelta(hours=1), **said)
    assert made.specs["gmp"] is not signed
    unit = lease.units.get(pk=unit.pk)
    if signed:
        with pytest.raises(HandoverRecordsMissing):
            batch_records.required_before_hand_over(unit=unit, at=HANDOVER)
    else:
        batch_records.required_before_hand_over(unit=unit, at=HANDOVER)


def _with_gmp(world):
    """Return the category of machining centres, to whose dictionary the platform added the GMP flag."""
    category, platform = make.category(), make.platform()
    flag = Field("gmp", "GMP", "GMP", BOOL, None, None, None, (), "equal", False, False, 1)
    dictionaries.make(
        category=category,
        fields=[*newest(category).fields, flag],
        renamed={},
        reason="GMP",
        expected=None,
        within=platform,
        by=make.member(platform, Role.OPERATOR),
        at=HANDOVER,
    )
    return category


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
