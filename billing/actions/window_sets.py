"""Versions of the window sets of local days; old versions stay."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from billing.models import Checkpoint, Inspection, ReviewItem, UsageWindow, WindowSet
from billing.models.reviews import ReviewItemQuerySet
from billing.models.windows import WindowSetQuerySet
from billing.rules import metering as rules
from billing.rules.cutting import Cut
from billing.rules.metering import Day
from billing.rules.reviews import Held, Verdict, decided, held_in, inspected
from billing.rules.stretches import STATES, TIMER
from devices.models import Device
from devices.rules.readings import moment
from leasing.models import LeaseUnit


class Seen(NamedTuple):
    """Of whom windows are written, and up to which arrival of the device."""

    device: Device
    unit: LeaseUnit
    arrival: int
    at: datetime


def compose(
    *, device: Device, unit: LeaseUnit, touched: Collection[date] | None, arrival: int, at: datetime
) -> list[WindowSet]:
    """
    Put days together from checkpoints and verdicts; add a version of each whose content is new.

    ``touched`` are the days to look at (``None``: all); one of them that is known and has no use any more
    becomes empty. Review items are opened and withdrawn as what is held changes. Call it under the unit's
    lock.
    """
    if touched is not None and not touched:
        return []
    rows = Checkpoint.objects.filter(device=device, unit=unit)
    sets = WindowSet.objects.filter(device=device, unit=unit)
    items = ReviewItem.objects.filter(device=device, unit=unit)
    if touched is not None:
        rows = rows.filter(local_day__gte=min(touched), lowest_day__lte=max(touched))
        sets, items = sets.filter(local_day__in=touched), items.filter(local_day__in=touched)
    terms = unit.lease.agreed
    meters = [rule.meter for rule in terms.count_rules]
    beside = [f"{meter}{kind}" for meter in meters for kind in (STATES, TIMER)]
    found = rules.days((row.stretch() for row in rows), meters=[*meters, *beside], zone=terms.zone)
    days = rules.witnessed((day for day in found if touched is None or day.local_day in touched), meters)
    results = Inspection.objects.filter(device=device, unit=unit).newest()
    rejected = {(one.meter, one.local_day): one.rejected for one in results}
    days = [inspected(day, rejected.get((day.meter, day.local_day), 0)) for day in days]
    verdicts, opened = _reviewed(device, unit, items, [held for day in days for held in held_in(day)], at)
    seen = Seen(device, unit, arrival, at)
    made = _add_versions(seen, sets, [decided(day, verdicts) for day in days])
    _open_with(opened, sets)
    return made


def _open_with(opened: Sequence[ReviewItem], sets: WindowSetQuerySet) -> None:
    """Note with which version of its day each new item was opened: that one stays."""
    newest = {(one.meter, one.local_day): one for one in sets.newest()} if opened else {}
    for item in opened:
        item.opened_with = newest[item.meter, item.local_day]
    ReviewItem.objects.bulk_create(opened)


def _reviewed(
    device: Device, unit: LeaseUnit, items: ReviewItemQuerySet, held: Sequence[Held], at: datetime
) -> tuple[dict[str, Verdict], list[ReviewItem]]:
    """Withdraw what is held no more; return what was decided, and items, not written yet, for what is new."""
    known, now = {item.digest: item for item in items}, {one.digest(): one for one in held}
    for digest, item in known.items():
        if digest not in now and item.outcome == ReviewItem.Outcome.WAITING:
            item.move(ReviewItem.Outcome.WITHDRAWN, at)
        if digest in now and item.outcome == ReviewItem.Outcome.WITHDRAWN:
            item.move(ReviewItem.Outcome.WAITING, None)
    corrected = {rule.meter: rule.reclassify_days for rule in unit.lease.agreed.count_rules}
    opened = [
        ReviewItem.of(one, device, unit, days=corrected[one.meter], at=at)
        for digest, one in now.items()
        if digest not in known
    ]
    return {digest: item.verdict for digest, item in known.items() if item.verdict is not None}, opened


def _add_versions(seen: Seen, sets: WindowSetQuerySet, days: Sequence[Day]) -> list[WindowSet]:
    known = {(one.meter, one.local_day): one for one in sets.newest()}
    wanted = {key: Day(*key, ()) for key in known} | {(day.meter, day.local_day): day for day in days}
    return [
        _version(seen, day, known.get(key))
        for key, day in sorted(wanted.items(), key=lambda item: item[0])
        if key not in known or known[key].digest != day.digest()
    ]


def _version(seen: Seen, day: Day, before: WindowSet | None) -> WindowSet:
    made = WindowSet.objects.create(
        device=seen.device,
        unit=seen.unit,
        meter=day.meter,
        local_day=day.local_day,
        version=before.version + 1 if before else 1,
        quantity=day.quantity,
        held=day.held,
        arrival_hi=seen.arrival,
        rule_version=rules.VERSION,
        digest=day.digest(),
        created_at=seen.at,
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
        reason=cut.reason,
        flags=cut.flags,
        first_order=cut.first_sequence,
        last_order=cut.last_sequence,
        arrival_lo=cut.arrival_lo,
        arrival_hi=cut.arrival_hi,
    )
