"""Let devices sign what they delivered, a UTC day at a time; nobody has to."""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from devices import queries
from devices.actions.countersigning import KeyRegistered, WrongSignature, readable_key
from devices.models import DaySignature, Device, DeviceSigningKey
from devices.models.signatures import utc_day
from devices.rules.log import day_text
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared import signing
from marketplace.shared.errors import NotPossible

SETTLED = timedelta(minutes=5)  # after a day's end: no delivery of it is still on its way to the disk


class NoDeviceSigningKey(NotPossible):
    """The device has no key to sign with."""

    code = "no_device_signing_key"
    text = gettext_noop("{device} has no signing key. Its owner registers one first.")


class DayNotOver(NotPossible):
    """More may arrive on that day."""

    code = "day_not_over"
    text = gettext_noop("{day} is not over yet (UTC, and five minutes). Sign it then.")


class NothingArrived(NotPossible):
    """There is nothing to sign."""

    code = "nothing_arrived"
    text = gettext_noop("Nothing arrived from {device} on {day} (UTC).")


@transaction.atomic
def register_key(*, device: Device, public_key: str, by: User, at: datetime) -> DeviceSigningKey:
    """
    Register the public key (base64) with which a device signs its days.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises NotAPublicKey: if it is not 32 bytes in base64
    :raises KeyRegistered: if it was registered for the device before
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    raw = readable_key(text=public_key)
    if device.signing_keys.filter(public_key=raw).exists():
        raise KeyRegistered(key=signing.key_id(raw))
    key = DeviceSigningKey.objects.create(device=device, public_key=raw, created_at=at)
    audit.record(
        by=by,
        action="device.register_signing_key",
        subject=device.public_id,
        at=at,
        within=device.owner,
        key=signing.key_id(raw),
    )
    return key


@transaction.atomic
def revoke_key(*, key: DeviceSigningKey, by: User, at: datetime) -> DeviceSigningKey:
    """
    Take no more signatures by a device's key; those it gave stay. Doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    require(by, Permission.DEVICE_EDIT, within=key.device.owner)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(
            by=by,
            action="device.revoke_signing_key",
            subject=key.device.public_id,
            at=at,
            within=key.device.owner,
            key=signing.key_id(bytes(key.public_key)),
        )
    return key


def check_over(*, day: date, at: datetime) -> None:
    """
    Let the caller go on if nothing more can arrive on a UTC day.

    :raises DayNotOver: until five minutes after it
    """
    end = utc_day(min(day, at.astimezone(UTC).date())).end
    if end is None or at < end + SETTLED:
        raise DayNotOver(day=day.isoformat())


@transaction.atomic
def sign(*, device: Device, day: date, signature: str, by: User, at: datetime) -> DaySignature:
    """
    Keep a device's signature (base64) over the root of a UTC day; sending it again changes nothing.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    :raises NoDeviceSigningKey: if no key is registered for the device
    :raises DayNotOver: until five minutes after the day
    :raises NothingArrived: if the device delivered nothing on that day
    :raises WrongSignature: if it is not one by a key of the device over that day
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    keys = list(device.signing_keys.usable())
    if not keys:
        raise NoDeviceSigningKey(device=device.name)
    check_over(day=day, at=at)
    found = queries.day_of(device, day)
    if found is None:
        raise NothingArrived(device=device.name, day=day.isoformat())
    text = day_text(device=device.public_id, day=day, first=found.first, last=found.last, root=found.root)
    raw = signing.read(signature, signing.SIGNATURE_BYTES)
    key = next((k for k in keys if raw is not None and signing.verify(bytes(k.public_key), text, raw)), None)
    if key is None:
        raise WrongSignature.over(text)
    made, _ = DaySignature.objects.get_or_create(
        device=device,
        day=day,
        key=key,
        defaults={
            "first": found.first,
            "last": found.last,
            "root": found.root,
            "signature": raw,
            "at": at,
        },
    )
    return made
