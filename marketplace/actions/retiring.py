"""A machine leaves the fleet for good: it was lost, or sold (see :mod:`.second_life` for the rest)."""

from datetime import datetime

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, User
from marketplace.permissions import Permission, require


@atomic
def retire(*, equipment: Equipment, by: User, at: datetime) -> Equipment:
    """
    Take a machine out of service: no listing offers it any more. Again it changes nothing.

    Claims that others hold on it stay; whoever made them is told by the room that knows them.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    equipment = Equipment.objects.locked().select_related("owner").get(pk=equipment.pk)
    if equipment.retirement == Equipment.Retirement.GONE:
        return equipment
    equipment.status = Equipment.Status.RETIRED
    equipment.retirement = Equipment.Retirement.GONE
    equipment.save(update_fields=["status", "retirement"])
    audit.record(by=by, action="equipment.retire", subject=equipment.public_id, at=at, within=equipment.owner)
    return equipment
