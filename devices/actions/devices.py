"""Register devices, bind them to machines, and give them keys."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import Binding, Channel, Device, DeviceKey, Head
from marketplace.actions import audit
from marketplace.models import Equipment, Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

CHANNEL_FIELDS = ("key", "name", "name_zh", "kind", "category", "retention", "unit", "counter_behaviour")
MOST_CHANNELS = 2000
PRIVATE_CATEGORIES = frozenset({"process_parameters", "operator_data"})


class CodeTaken(NotPossible):
    """Another device has this code."""

    code = "device_code_taken"
    text = gettext_noop("A device with the code {device_code} exists. Choose another code.")


class BadDictionary(Invalid):
    """The channel dictionary is wrong; ``flaws`` say where."""

    code = "bad_channel_dictionary"
    text = gettext_noop("The channel dictionary has {count} faults.")


class DeviceBusy(NotPossible):
    """The device speaks for another machine in that period."""

    code = "device_busy"
    text = gettext_noop("{device} speaks for {machine} in that period. End that binding first.")


class ForeignMachine(Invalid):
    """Device and machine belong to different owners."""

    code = "foreign_machine"
    text = gettext_noop("The machine does not belong to {organization}. Choose one of your own machines.")


@transaction.atomic
def register(
    *,
    owner: Organization,
    code: str,
    name: str,
    channels: Sequence[Mapping[str, Any]],
    commissioned_at: datetime,
    by: User,
    at: datetime,
    zone: str = "Asia/Shanghai",
    silence_limit_seconds: int | None = None,
) -> Device:
    """
    Register a device with its channel dictionary; readings before ``commissioned_at`` go to the quarantine.

    :raises MissingRight: if ``by`` may not edit devices of ``owner``
    :raises CodeTaken: if the code is in use
    :raises BadDictionary: with one flaw per wrong entry
    """
    require(by, Permission.DEVICE_EDIT, within=owner)
    if Device.objects.filter(code=code).exists():
        raise CodeTaken(device_code=code)
    device = Device.objects.create(
        owner=owner,
        code=code,
        name=name,
        zone=zone,
        silence_limit_seconds=silence_limit_seconds,
        commissioned_at=commissioned_at,
        created_at=at,
    )
    Head.objects.create(device=device)
    audit.record(by=by, action="device.register", subject=device.public_id, at=at, within=owner, code=code)
    add_channels(device=device, channels=channels, by=by, at=at)
    return device


@transaction.atomic
def add_channels(
    *, device: Device, channels: Sequence[Mapping[str, Any]], by: User, at: datetime
) -> list[Channel]:
    """
    Add channels to a device's dictionary; entries already there with the same key are left as they are.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises BadDictionary: with one flaw per wrong entry
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    flaws = [flaw for place, entry in enumerate(channels) for flaw in _channel_flaws(place, entry)]
    if len(channels) > MOST_CHANNELS:
        flaws.append(
            Flaw("/channels", "too_many", gettext_noop("At most {most} channels."), {"most": MOST_CHANNELS})
        )
    if flaws:
        raise BadDictionary(flaws=flaws, count=len(flaws))
    Head.objects.locked().get(device=device)
    known = set(device.channels.values_list("key", flat=True))
    new = {entry["key"]: entry for entry in channels if entry["key"] not in known}
    made = Channel.objects.bulk_create(
        Channel(
            device=device,
            number=len(known) + place,
            **{name: entry[name] for name in CHANNEL_FIELDS if name in entry},
        )
        for place, entry in enumerate(new.values(), start=1)
    )
    audit.record(
        by=by,
        action="device.add_channels",
        subject=device.public_id,
        at=at,
        within=device.owner,
        keys=sorted(new)[:100],
    )
    return made


@transaction.atomic
def bind(*, device: Device, equipment: Equipment, period: Period, by: User, at: datetime) -> Binding:
    """
    Let a device speak for a machine during a period (``period.end`` ``None``: until it is unbound).

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises ForeignMachine: if the machine belongs to another organization
    :raises DeviceBusy: if the device is bound to a machine within the period
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    if equipment.owner_id != device.owner_id:
        raise ForeignMachine(organization=device.owner.name)
    Head.objects.locked().get(device=device)
    busy = device.bindings.overlapping(period.start, period.end).select_related("equipment").first()
    if busy is not None:
        raise DeviceBusy(device=device.name, machine=busy.equipment.name)
    binding = Binding.objects.create(device=device, equipment=equipment, period=(period.start, period.end))
    audit.record(
        by=by,
        action="device.bind",
        subject=device.public_id,
        at=at,
        within=device.owner,
        equipment=equipment.public_id,
    )
    return binding


@transaction.atomic
def issue_key(*, device: Device, by: User, at: datetime) -> tuple[DeviceKey, str]:
    """
    Make a key for the device and return it with its text, which is shown once and stored nowhere.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = DeviceKey.objects.create(
        device=device, identifier=identifier, secret_hash=hashed(secret=secret), created_at=at
    )
    audit.record(by=by, action="device.issue_key", subject=device.public_id, at=at, within=device.owner)
    return key, f"jjd_{identifier}.{secret}"


@transaction.atomic
def revoke_key(*, key: DeviceKey, by: User, at: datetime) -> DeviceKey:
    """
    Revoke a device's key at once; doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    require(by, Permission.DEVICE_EDIT, within=key.device.owner)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(
            by=by, action="device.revoke_key", subject=key.device.public_id, at=at, within=key.device.owner
        )
    return key


def find_key(*, secret: str, at: datetime) -> DeviceKey | None:
    """Return the usable key with this text, or ``None``."""
    identifier, _, rest = secret.removeprefix("jjd_").partition(".")
    usable = DeviceKey.objects.usable(at).select_related("device__owner")
    key = usable.filter(identifier=identifier).first()
    if key is None or not hmac.compare_digest(key.secret_hash, hashed(secret=rest)):
        return None
    return key


def hashed(*, secret: str) -> str:
    """Return the peppered hash under which a secret of 256 random bits is stored."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


def _channel_flaws(place: int, entry: Mapping[str, Any]) -> list[Flaw]:
    pointer, flaws = f"/channels/{place}", []
    for name in ("key", "name", "kind", "category", "retention"):
        if not entry.get(name):
            flaws.append(Flaw(f"{pointer}/{name}", "required", gettext_noop("This field is required.")))
    for name, choices in (("kind", Channel.Kind.values), ("retention", Channel.Retention.values)):
        if entry.get(name) and entry[name] not in choices:
            facts = {"choices": ", ".join(choices)}
            flaws.append(
                Flaw(f"{pointer}/{name}", "not_a_choice", gettext_noop("Choose one of: {choices}."), facts)
            )
    if entry.get("category") in PRIVATE_CATEGORIES and entry.get("retention") != "PRIVATE":
        text = gettext_noop("Process parameters and operator data are kept as PRIVATE.")
        flaws.append(Flaw(f"{pointer}/retention", "must_be_private", text))
    return flaws
