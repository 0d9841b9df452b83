"""A machine is specified anew while a lease stands: what it was asked for when it was promised holds."""

from datetime import timedelta

import pytest

from leasing.actions import batch_records
from leasing.actions.batch_records import HandoverRecordsMissing
from marketplace.actions import categories, dictionaries, specifications
from marketplace.models import Equipment
from marketplace.models.parties import Role
from marketplace.queries.dictionaries import newest
from marketplace.rules.categories import BOOL, Field
from tests.factories import marketplace as make
from tests.leasing.world import HANDOVER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("promised", [True, False])
def test_whether_records_are_needed_follows_what_was_stated_when_it_was_promised(world, promised):
    categories.load()
    lease = world.ready()
    unit = lease.units.select_related("equipment__category", "claim").first()
    given = make.equipment(world.lessor).specs | {"gmp": promised}
    Equipment.objects.filter(pk=unit.equipment_id).update(category=_with_gmp(world), specs=given)
    machine = Equipment.objects.get(pk=unit.equipment_id)
    said = {"specs": {"gmp": "false" if promised else "true"}, "sources": {}, "by": world.owner}
    made = specifications.specify(equipment=machine, at=unit.claim.created_at + timedelta(hours=1), **said)
    assert made.specs["gmp"] is not promised
    unit = lease.units.get(pk=unit.pk)
    if promised:
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
