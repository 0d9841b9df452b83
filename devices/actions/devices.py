"""Register devices, bind them to machines and end that, and give them keys."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from devices import queries
from devices.models import Binding, Channel, Device, DeviceKey, Head
from devices.ownership.actions import assets
from devices.ownership.queries import is_lent
from devices.ownership.rules.defaults import matrix
from devices.rules.registration import channel_flaws, count_flaws, device_flaws
from marketplace.actions import audit
from marketplace.models import Equipment, Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

CHANNEL_FIELDS = ("key", "name", "name_zh", "kind", "category", "retention", "unit", "counter_behaviour")


class BadDevice(Invalid):
    """A field of the device is wrong; ``flaws`` say which and what to send."""

    code = "bad_device"
    text = gettext_noop("The device has {count} faults.")


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


class EvidenceDoubled(NotPossible):
    """Another device speaks for the machine with the same evidence: its readings would be billed twice."""

    code = "evidence_doubled"
    text = gettext_noop(
        "{other} speaks for {machine} in that period with the same evidence: {channels}. It would be billed "
        "twice. End the binding of {other} first, or give the channels of {device} other keys."
    )


class BindingsChanged(NotPossible):
    """The device was bound at the same moment."""

    code = "bindings_changed"
    text = gettext_noop("{device} was bound at the same moment, and nothing was changed. Send it again.")


class BindingOver(NotPossible):
    """The binding has ended already."""

    code = "binding_over"
    text = gettext_noop("{device} stopped speaking for {machine} at {end}. There is nothing to end.")


class BindingNotBegun(NotPossible):
    """The binding begins later."""

    code = "binding_not_begun"
    text = gettext_noop("{device} speaks for {machine} from {start} on. End it after that.")


class BindingLent(NotPossible):
    """The machine was leased in the time that would be taken away."""

    code = "binding_lent"
    text = gettext_noop(
        "{machine} was leased after {end}: what {device} said since then belongs to that lease. End the "
        "binding now instead, without ends_at."
    )


class BadEnd(Invalid):
    """The end lies in the future, or not after the start."""

    code = "bad_binding_end"
    text = gettext_noop("The end must lie after {start} and not after {now}. Leave it out to end now.")


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
    :raises BadDevice: with one flaw per wrong field
    :raises CodeTaken: if the code is in use
    :raises BadDictionary: with one flaw per wrong entry
    """
    require(by, Permission.DEVICE_EDIT, within=owner)
    fields: dict[str, Any] = {
        "code": code,
        "name": name,
        "zone": zone,
        "silence_limit_seconds": silence_limit_seconds,
        "commissioned_at": commissioned_at,
    }
    flaws = device_flaws(at=at, **fields)
    if flaws:
        raise BadDevice(flaws=flaws, count=len(flaws))
    device = _create(owner=owner, created_at=at, **fields)
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
    :raises EvidenceDoubled: if another device speaks for the same machine with one of the evidence channels
    :raises BindingsChanged: if the device was bound while this waited
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    flaws = channel_flaws(channels, categories=matrix().categories)
    if flaws:
        raise BadDictionary(flaws=flaws, count=len(flaws))
    bindings = _locked_with_machines(device)
    known = set(device.channels.values_list("key", flat=True))
    new = {entry["key"]: entry for entry in channels if entry["key"] not in known}
    flaws = count_flaws(len(known) + len(new))
    if flaws:
        raise BadDictionary(flaws=flaws, count=len(flaws))
    places = {
        entry["key"]: f"/channels/{place}/key"
        for place, entry in enumerate(channels)
        if entry["key"] in new and entry["retention"] == Channel.Retention.EVIDENCE
    }
    for binding in bindings:
        _check_evidence(device, binding.equipment, binding.span, places)
    made = Channel.objects.bulk_create(
        Channel(
            device=device,
            number=len(known) + place,
            **{name: entry[name] for name in CHANNEL_FIELDS if name in entry},
        )
        for place, entry in enumerate(new.values(), start=1)
    )
    assets.keep_in_step(device=device, by=by, at=at)
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
    :raises EvidenceDoubled: if another device speaks for the machine with one of its evidence channels
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    if equipment.owner_id != device.owner_id:
        raise foreign_machine(device=device)
    Equipment.objects.locked().get(pk=equipment.pk)
    Head.objects.locked().get(device=device)
    busy = device.bindings.overlapping(period.start, period.end).select_related("equipment").first()
    if busy is not None:
        told: dict[str, Any] = {"device": device.name, "machine": busy.equipment.name}
        raise DeviceBusy(flaws=[Flaw("/starts_at", DeviceBusy.code, DeviceBusy.text, told)], **told)
    evidence = device.channels.filter(retention=Channel.Retention.EVIDENCE).values_list("key", flat=True)
    _check_evidence(device, equipment, period, dict.fromkeys(evidence, "/equipment"))
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
def unbind(*, binding: Binding, by: User, at: datetime, ends_at: datetime | None = None) -> Binding:
    """
    Let a device stop speaking for its machine, at ``ends_at`` (not included) or at once.

    What it said before stays the machine's; what it says from then on counts for no machine.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises BindingOver: if it has ended already
    :raises BindingNotBegun: if it begins later
    :raises BadEnd: if the end lies in the future, or not after the start
    :raises BindingLent: if the machine was leased between the end and now
    """
    require(by, Permission.DEVICE_EDIT, within=binding.device.owner)
    Equipment.objects.locked().get(pk=binding.equipment_id)
    Head.objects.locked().get(device=binding.device_id)
    found = Binding.objects.select_related("device__owner", "equipment").get(pk=binding.pk)
    end = _checked_end(found, at if ends_at is None else ends_at, at)
    found.period = (found.period.lower, end)
    found.save(update_fields=["period"])
    found.refresh_from_db(fields=["period"])
    audit.record(
        by=by,
        action="device.unbind",
        subject=found.device.public_id,
        at=at,
        within=found.device.owner,
        binding=found.public_id,
        equipment=found.equipment.public_id,
        ends_at=end.isoformat(),
    )
    return found


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


def foreign_machine(*, device: Device) -> ForeignMachine:
    """Make the refusal of a machine that is not the owner's, at its field."""
    facts: dict[str, Any] = {"organization": device.owner.name}
    flaw = Flaw("/equipment", ForeignMachine.code, ForeignMachine.text, facts)
    return ForeignMachine(flaws=[flaw], **facts)


def _create(**fields: Any) -> Device:
    """Make the rows of a device; two that ask for one code at once are told apart by the database."""
    if Device.objects.filter(code=fields["code"]).exists():
        raise _code_taken(fields["code"])
    try:
        with transaction.atomic():
            device = Device.objects.create(**fields)
    except IntegrityError as error:
        raise _code_taken(fields["code"]) from error
    Head.objects.create(device=device)
    return device


def _code_taken(code: str) -> CodeTaken:
    return CodeTaken(
        device_code=code, flaws=[Flaw("/code", CodeTaken.code, CodeTaken.text, {"device_code": code})]
    )


def _locked_with_machines(device: Device) -> list[Binding]:
    """Lock the machines of a device, then its head, and return its bindings as they now stand."""
    machines = set(device.bindings.values_list("equipment", flat=True))
    list(Equipment.objects.locked().filter(pk__in=machines))
    Head.objects.locked().get(device=device)
    bindings = list(device.bindings.select_related("equipment"))
    if not {binding.equipment_id for binding in bindings} <= machines:
        raise BindingsChanged(device=device.name)
    return bindings


def _check_evidence(device: Device, equipment: Equipment, period: Period, places: Mapping[str, str]) -> None:
    """Refuse evidence that another device gives of the machine; ``places`` are keys and their pointers."""
    shared = queries.evidence_of_others(device, equipment, period, keys=places)
    if not shared:
        return
    other = shared[0].device
    keys = [channel.key for channel in shared if channel.device_id == other.pk]
    facts: dict[str, Any] = {"device": device.name, "other": other.name, "machine": equipment.name}
    facts["channels"] = ", ".join(keys)
    pointers = dict.fromkeys(places[key] for key in keys)
    flaws = [Flaw(pointer, EvidenceDoubled.code, EvidenceDoubled.text, facts) for pointer in pointers]
    raise EvidenceDoubled(flaws=flaws, **facts)


def _checked_end(binding: Binding, end: datetime, at: datetime) -> datetime:
    span, zone = binding.span, ZoneInfo(binding.device.zone)
    facts: dict[str, Any] = {"device": binding.device.name, "machine": binding.equipment.name}
    if span.end is not None and span.end <= at:
        raise BindingOver(end=_told(span.end, zone), **facts)
    if span.start >= at:
        raise BindingNotBegun(start=_told(span.start, zone), **facts)
    if not span.start < end <= at:
        told: dict[str, Any] = {"start": _told(span.start, zone), "now": _told(at, zone)}
        raise BadEnd(flaws=[Flaw("/ends_at", BadEnd.code, BadEnd.text, told)], **told)
    if end < at and is_lent(binding.equipment, Period(end, at)):
        raise BindingLent(end=_told(end, zone), **facts)
    return end


def _told(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
