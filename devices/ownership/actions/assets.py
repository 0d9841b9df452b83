"""Keep the register of data in step with the channels of devices, and measure how often they speak."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from devices import queries as telemetry
from devices.models import Channel, Device, Head
from devices.ownership.models import DataAsset, Grading
from devices.ownership.rules import register
from devices.ownership.rules.defaults import BILLING_COUNTERS
from devices.ownership.rules.grading import Grade, Graded
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, allowed, require
from marketplace.shared.errors import NotAllowed

LEAST_SPAN = 60_000_000  # microseconds: of less, nobody can say how much an hour it would be
MEASURED_EVERY = timedelta(days=1)
AT_ONCE = 200  # devices a run
QUARTERS = 4  # usage is counted by the quarter-hour


class RegisterKeptByClock(NotAllowed):
    """The register is looked through by the platform's own clock."""

    code = "register_kept_by_clock"
    text = gettext_noop("The register of data is kept by the platform itself. Nobody else needs to.")


@transaction.atomic
def keep_in_step(*, device: Device, by: User, at: datetime) -> list[DataAsset]:
    """
    Register every channel of a device that is not registered yet, and the usage counted from its evidence.

    Each gets the grade of its category. Running it again changes nothing. Returns what is new.

    :raises MissingRight: if ``by`` may neither operate leases nor edit devices of the owner
    """
    if not allowed(by, Permission.LEASE_OPERATE, within=device.owner):
        require(by, Permission.DEVICE_EDIT, within=device.owner)
    if not _is_behind(device):
        return []
    list(Head.objects.locked().filter(device=device))
    made = [_asset(channel, at) for channel in device.channels.filter(asset=None).order_by("number")]
    DataAsset.objects.bulk_create(made)
    made += _usage(device, at)
    Grading.objects.bulk_create(
        Grading(asset=one, grade=one.grade, rule=_rule(_floor(one)), by=by, at=at) for one in made
    )
    if made:
        audit.record(
            by=by,
            action="data_asset.register",
            subject=device.public_id,
            at=at,
            within=device.owner,
            assets=[one.public_id for one in made[:100]],
        )
    return made


def keep_register(*, by: User, at: datetime) -> int:
    """
    Register what is missing, and measure once a day how often the series of a device speak.

    Running it twice changes nothing. Returns how many devices were looked at, at most 200.

    :raises RegisterKeptByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise RegisterKeptByClock
    fresh = DataAsset.objects.filter(device=OuterRef("pk"), measured_at__gt=at - MEASURED_EVERY)
    missing = Channel.objects.filter(device=OuterRef("pk"), asset=None)
    due = Device.objects.filter(closed_at=None).filter(Exists(missing) | ~Exists(fresh))
    found = list(due.exclude(channels=None).select_related("owner").order_by("pk")[:AT_ONCE])
    for device in found:
        keep_in_step(device=device, by=by, at=at)
        measure(device=device, by=by, at=at)
    return len(found)


@transaction.atomic
def measure(*, device: Device, by: User, at: datetime) -> None:
    """
    Note how often the series of a device speak, in classes, and raise the grade of what speaks too often.

    Counted are the deliveries that came last; what they say stays where it is. No grade falls.

    :raises RegisterKeptByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise RegisterKeptByClock
    counted, span = telemetry.heard_lately(device)
    assets = list(DataAsset.objects.locked().filter(device=device, kind=DataAsset.Kind.CHANNEL))
    numbers = dict(device.channels.values_list("pk", "number"))
    for one in assets:
        if span >= LEAST_SPAN:
            one.per_hour = register.pace(counted[numbers[one.channel_id or 0]], span)
        one.measured_at = at
    DataAsset.objects.bulk_update(assets, ["per_hour", "measured_at"])
    for one in assets:
        floor = _floor(one)
        if floor.grade > one.grade:
            give(asset=one, grade=floor.grade, rule=_rule(floor), by=by, at=at)


def give(*, asset: DataAsset, grade: str, rule: str, by: User, at: datetime, **told: object) -> Grading:
    """Write a new grade into the history and beside the asset; whoever calls has locked it, and may."""
    made = Grading.objects.create(asset=asset, grade=grade, rule=rule, by=by, at=at, **told)
    asset.grade, asset.graded_at = grade, at
    asset.save(update_fields=["grade", "graded_at"])
    return made


def floor_of(*, asset: DataAsset) -> Grade:
    """Return the grade below which nobody may go: of its category and pace, and as its sources were given."""
    given = [Grade(one.grade) for one in asset.derived_from.all() if one.grade > _floor(one).grade]
    return max([_floor(asset).grade, *given])


def _is_behind(device: Device) -> bool:
    if device.channels.filter(asset=None).exists():
        return True
    counted = device.channels.filter(retention=Channel.Retention.EVIDENCE)
    return counted.exists() and not device.assets.filter(kind=DataAsset.Kind.USAGE).exists()


def _asset(channel: Channel, at: datetime) -> DataAsset:
    asset = DataAsset(
        device_id=channel.device_id,
        kind=DataAsset.Kind.CHANNEL,
        channel=channel,
        category=channel.category,
        unit=channel.unit,
        retention=channel.retention,
        graded_at=at,
        registered_at=at,
    )
    asset.grade = _floor(asset).grade
    return asset


def _usage(device: Device, at: datetime) -> Sequence[DataAsset]:
    """Register what is counted from a device's evidence, or add new evidence to where it comes from."""
    sources = device.assets.filter(Q(kind="CHANNEL"), retention=Channel.Retention.EVIDENCE)
    if not sources:
        return []
    usage, made = DataAsset.objects.get_or_create(
        device=device,
        kind=DataAsset.Kind.USAGE,
        defaults={
            "category": BILLING_COUNTERS,
            "retention": Channel.Retention.EVIDENCE,
            "grade": register.graded(BILLING_COUNTERS, QUARTERS).grade,
            "graded_at": at,
            "per_hour": QUARTERS,
            "registered_at": at,
        },
    )
    usage.derived_from.add(*sources)
    return [usage] if made else []


def _floor(asset: DataAsset) -> Graded:
    return register.graded(asset.category, asset.per_hour)


def _rule(given: Graded) -> str:
    return given.reasons[-1] if given.reasons else "category"
