"""Rotate the keys of devices."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.actions import devices
from devices.models import DeviceKey
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible

OVERLAP = timedelta(hours=24)


class KeyOver(NotPossible):
    """The key is revoked, or was rotated more than 24 hours ago."""

    code = "device_key_over"
    text = gettext_noop("This key opens nothing any more, so it cannot be rotated. Make a new key.")


@transaction.atomic
def rotate(*, key: DeviceKey, by: User, at: datetime) -> tuple[DeviceKey, str]:
    """
    Make a key in the place of another, which goes on for 24 hours, and return it with its text, shown once.

    Asked again within these hours, the key before last stops: its text was never received. The 24 hours count
    from the first time.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises KeyOver: if the key is revoked or its 24 hours are over
    """
    require(by, Permission.DEVICE_EDIT, within=key.device.owner)
    found = DeviceKey.objects.locked().usable(at).select_related("device__owner").filter(pk=key.pk).first()
    if found is None:
        raise KeyOver
    for unheard in found.replacements.filter(revoked_at=None).select_related("device__owner"):
        devices.revoke_key(key=unheard, by=by, at=at)
    made, text = devices.issue_key(device=found.device, by=by, at=at)
    made.replaces = found
    made.save(update_fields=["replaces"])
    found.ends_at = found.ends_at or at + OVERLAP
    found.save(update_fields=["ends_at"])
    audit.record(
        by=by,
        action="device.rotate_key",
        subject=found.device.public_id,
        at=at,
        within=found.device.owner,
        old=found.public_id,
        new=made.public_id,
    )
    return made, text
