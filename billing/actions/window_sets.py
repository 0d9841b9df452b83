"""Versions of the window sets of local days; old versions stay."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from billing.models import UsageWindow, WindowSet
from billing.rules import metering as rules
from billing.rules.cutting import Cut
from billing.rules.metering import Day
from devices.models import Device
from devices.rules.readings import moment
from leasing.models import LeaseUnit


def add_versions(
    *,
    device: Device,
    unit: LeaseUnit,
    meters: Collection[str],
    days: Iterable[Day],
    touched: Collection[date] | None,
    arrival: int,
    at: datetime,
) -> list[WindowSet]:
    """
    Add a version of every day whose content is not that of its newest version; call it within metering.

    ``touched`` are the days that were looked at (``None``: all); one of them that is known and no longer
    among ``days`` becomes empty.
    """
    sets = WindowSet.objects.filter(device=device, unit=unit, meter__in=meters)
    if touched is not None:
        sets = sets.filter(local_day__in=touched)
    known = {(found.meter, found.local_day): found for found in sets.newest()}
    emptied = {key: Day(*key, ()) for key in known}
    wanted = emptied | {(day.meter, day.local_day): day for day in days}
    return [
        _version(device, unit, day, known.get(key), arrival, at)
        for key, day in sorted(wanted.items(), key=lambda item: item[0])
        if key not in known or known[key].digest != day.digest()
    ]


def _version(
    device: Device, unit: LeaseUnit, day: Day, before: WindowSet | None, arrival: int, at: datetime
) -> WindowSet:
    made = WindowSet.objects.create(
        device=device,
        unit=unit,
        meter=day.meter,
        local_day=day.local_day,
        version=before.version + 1 if before else 1,
        quantity=day.quantity,
        held=day.held,
        arrival_hi=arrival,
        rule_version=rules.VERSION,
        digest=day.digest(),
        created_at=at,
    )
    UsageWindow.objects.bulk_create(_window(made, cut) for cut in day.cuts)
    return made


def _window(made: WindowSet, cut: Cut) -> UsageWindow:
    return UsageWindow(
        device=made.device,
        set=made,
        starts_at=moment(cut.start),
        ends_at=moment(cut.end),
        quantity=cut.quantity,
        held=cut.held,
        flags=cut.flags,
        first_order=cut.first_sequence,
        last_order=cut.last_sequence,
        arrival_lo=cut.arrival_lo,
        arrival_hi=cut.arrival_hi,
    )
