"""Claim codes: the owner offers one, the gateway exchanges it for its key."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from devices.actions import devices
from devices.models import ClaimCode, Device, DeviceKey, Head
from devices.rules.claim_codes import ALPHABET, BODY, PREFIX, complete, grouped, read
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid

LASTS = timedelta(hours=24)


class ClaimRefused(Invalid):
    """The code opens nothing; that it never existed, was used or has expired is answered alike."""

    code = "claim_refused"
    text = gettext_noop(
        "This code opens nothing: it is wrong, was used, or has expired. Ask the machine's owner for another."
    )


@transaction.atomic
def offer(*, device: Device, by: User, at: datetime) -> tuple[ClaimCode, str]:
    """
    Make a claim code for 24 hours and return it with its text, which is shown once and stored nowhere.

    A code of the device that was not used yet opens nothing from then on.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    Head.objects.locked().get(device=device)
    device.claim_codes.filter(used_at=None, replaced_at=None).update(replaced_at=at)
    text = complete([secrets.choice(ALPHABET) for _ in range(BODY)])
    code = ClaimCode.objects.create(
        device=device,
        prefix=text[:PREFIX],
        code_hash=devices.hashed(secret=text),
        created_at=at,
        expires_at=at + LASTS,
    )
    audit.record(by=by, action="device.offer_claim", subject=device.public_id, at=at, within=device.owner)
    return code, grouped(text)


def claim(*, code: str, by: User, at: datetime) -> tuple[DeviceKey, str]:
    """
    Exchange a claim code for a key of its device, once; of two that try at once, one gets it.

    A wrong code counts against every open code that begins with the same four characters; the tenth ends it.

    :raises ClaimRefused: if the code opens nothing
    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    found = read(code)
    key = None if found is None else _exchanged(found, by, at)
    if key is None:
        raise ClaimRefused
    return key


@transaction.atomic
def _exchanged(text: str, by: User, at: datetime) -> tuple[DeviceKey, str] | None:
    alike = ClaimCode.objects.locked().open(at).filter(prefix=text[:PREFIX])
    near, wanted = list(alike.select_related("device__owner")), devices.hashed(secret=text)
    found = next((one for one in near if hmac.compare_digest(one.code_hash, wanted)), None)
    if found is None:
        ClaimCode.objects.filter(pk__in=[one.pk for one in near]).update(wrong_tries=F("wrong_tries") + 1)
        return None
    key = devices.issue_key(device=found.device, by=by, at=at)
    found.used_at = at
    found.save(update_fields=["used_at"])
    audit.record(
        by=by,
        action="device.claim",
        subject=found.device.public_id,
        at=at,
        within=found.device.owner,
        claim=found.public_id,
        key=key[0].public_id,
    )
    return key
