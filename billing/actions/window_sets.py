"""Versions of the window sets of local days; old versions stay."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from billing.actions import borders
from billing.models import Checkpoint, Inspection, ReviewItem, UsageWindow, WindowSet
from billing.models.reviews import ReviewItemQuerySet
from billing.models.windows import WindowSetQuerySet
from billing.rules import metering as rules
from billing.rules.cutting import Cut
from billing.rules.metering import Day
from billing.rules.reviews import Held, Kind, Verdict, decided, held_in
from billing.rules.scrap import inspected, less_bad, reach_of
from billing.rules.stretches import BAD, STATES, TIMER
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
    becomes empty. What is told to be bad may reach back, so days before them are looked at again as well.
    Review items are opened and withdrawn as what is held changes. Call it under the unit's lock.
    """
    if touched is not None and not touched:
        return []
    rows = Checkpoint.objects.filter(device=device, unit=unit)
    sets = WindowSet.objects.filter(device=device, unit=unit)
    items = ReviewItem.objects.filter(device=device, unit=unit)
    terms = unit.lease.agreed
    looked, written = _reaching(touched, reach_of(terms.count_rules))
    if looked is not None and written is not None:
        rows = rows.filter(local_day__gte=min(looked), lowest_day__lte=max(looked))
        sets, items = sets.filter(local_day__in=written), items.filter(local_day__in=looked)
    meters = [rule.meter for rule in terms.count_rules]
    wanted = [*meters, *rules.beside(meters, STATES, TIMER, BAD)]
    found = rules.days((row.stretch() for row in rows), meters=wanted, zone=terms.zone)
    found = [day for day in found if looked is None or day.local_day in looked]
    results = Inspection.objects.filter(device=device, unit=unit).newest()
    rejected = {(one.meter, one.local_day): one.rejected for one in results}
    rule_of = {rule.meter: rule for rule in terms.count_rules}
    days = [
        inspected(day, rejected.get((day.meter, day.local_day), 0), rule_of[day.meter])
        for day in rules.witnessed(found, meters)
    ]
    verdicts, opened = _reviewed(device, unit, items, [held for day in days for held in held_in(day)], at)
    bad = rules.told_beside(found, BAD)
    done = less_bad([decided(day, verdicts) for day in days], bad, terms.count_rules, rejected)
    kept = [day for day in done if written is None or day.local_day in written]
    made = _add_versions(Seen(device, unit, arrival, at), sets, kept)
    _open_with(opened, WindowSet.objects.filter(device=device, unit=unit))
    return made


def _reaching(
    touched: Collection[date] | None, reach: int | None
) -> tuple[Collection[date] | None, Collection[date] | None]:
    """
    Return the days to look at and those to write; what is told to be bad takes from ``reach`` days before.

    A day depends on what is told up to ``reach`` days behind it, and on what these days still had to give.
    """
    if touched is None or reach is None:
        return touched, touched
    first, last = min(touched) - timedelta(days=reach), max(touched)
    written = {first + timedelta(days=step) for step in range((last - first).days + 1)}
    return written | {last + timedelta(days=step + 1) for step in range(reach)}, written


def _open_with(opened: Sequence[ReviewItem], sets: WindowSetQuerySet) -> None:
    """Note with which version of its day each new item was opened: that one stays."""
    of_days = sets.filter(local_day__in={item.local_day for item in opened})
    newest = {(one.meter, one.local_day): one for one in of_days.newest()} if opened else {}
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
        _opened(one, device, unit, days=corrected[one.meter], at=at)
        for digest, one in now.items()
        if digest not in known
    ]
    verdicts = {item.digest: item.verdict for item in [*known.values(), *opened]}
    return {digest: verdict for digest, verdict in verdicts.items() if verdict is not None}, opened


def _opened(held: Held, device: Device, unit: LeaseUnit, *, days: int, at: datetime) -> ReviewItem:
    """Return a new item, not written yet; growth that counts beyond a border is dropped here."""
    item = ReviewItem.of(held, device, unit, days=days, at=at)
    if held.kind is Kind.EDGE and _counts_elsewhere(held, device, unit):
        item.outcome, item.decided_at, item.by_rule = ReviewItem.Outcome.DROPPED, at, True
    return item


def _counts_elsewhere(held: Held, device: Device, unit: LeaseUnit) -> bool:
    """Tell whether growth over a border was found to count on its other side."""
    others = (
        borders.others_of(
            device=device,
            unit=unit,
            meter=held.meter,
            first=cut.first_sequence,
            last=cut.last_sequence,
        )
        for cut in held.cuts
    )
    return any(found.filter(outcome=ReviewItem.Outcome.BILLED).exists() for found in others)


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
