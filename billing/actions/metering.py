"""Turn the evidence of a leased machine into usage windows; what changed makes a new version of its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.models import UsageWindow, Watermark, WindowSet
from billing.rules import metering as rules
from billing.rules.metering import Cut, Day, Piece
from devices.models import Channel, Device, Head
from devices.ownership.actions import access
from devices.queries import Evidence, bindings_of
from leasing.models import LeaseUnit
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.count_rules import CountRule, evidence_channels
from marketplace.shared.period import Period

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Run:
    """One look at a device for a unit: what was found, up to which arrival, when."""

    unit: LeaseUnit
    device: Device
    arrival: int
    at: datetime
    by: User
    rules: Sequence[CountRule]
    pieces: Sequence[tuple[Period, Evidence]]


def meter_unit(*, unit: LeaseUnit, at: datetime, by: User) -> list[WindowSet]:
    """
    Bring the usage windows of a unit up to all that has arrived; return the new versions.

    Only readings inside the unit's time, made while the device was bound to its machine, are looked at: the
    first counter value inside is the baseline, and a state that began earlier is unknown until the first
    reading. A state that is open when that time is over ends at the last proof of life in it. A device
    without new arrivals costs one look at its head. Doing it again changes nothing.

    Evidence is read before the transaction that keeps what was found; arrival numbers make that repeatable.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    :raises MeteringNotAllowed: if a count rule names a channel that is not evidence
    :raises RuleNotCounted: if a count rule asks for what is not counted yet
    """
    require(by, Permission.INVOICE_RUN, within=unit.lease.lessor)
    unit = LeaseUnit.objects.select_related("lease__lessor", "equipment").get(pk=unit.pk)
    if unit.active_from is None:
        return []
    time = Period(unit.active_from, _end(unit))
    made: list[WindowSet] = []
    for device, periods in _bound(unit, time).items():
        arrival = Head.objects.filter(device=device).values_list("arrivals", flat=True).first() or 0
        if _is_new(unit, device, arrival, at):
            made += _keep(_look(unit, device, periods, arrival, at=at, by=by))
    return made


def _end(unit: LeaseUnit) -> datetime:
    return unit.active_to or unit.lease.ends_at


def _bound(unit: LeaseUnit, time: Period) -> dict[Device, list[Period]]:
    """Return, per device, when it spoke for the unit's machine inside the unit's time."""
    found: dict[Device, list[Period]] = {}
    for binding in bindings_of(unit.equipment, time):
        piece = time.intersect(Period(binding.period.lower, binding.period.upper))
        if piece is not None:
            found.setdefault(binding.device, []).append(piece)
    return found


def _is_new(unit: LeaseUnit, device: Device, arrival: int, at: datetime) -> bool:
    """Tell whether anything came, or anything that decides what counts changed, since the last run."""
    mark = Watermark.objects.filter(device=device, unit=unit).first()
    if mark is None:
        return arrival > 0
    if mark.arrival > arrival:  # another run saw more, between our look and now
        return False
    ended = mark.metered_at < _end(unit) <= at
    known = (mark.arrival, mark.rule_version, mark.active_to)
    return ended or known != (arrival, rules.VERSION, unit.active_to)


def _look(
    unit: LeaseUnit, device: Device, periods: Sequence[Period], arrival: int, *, at: datetime, by: User
) -> Run:
    keys = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    wanted = [rule for rule in unit.lease.agreed.count_rules if rule.evidence_channels() <= keys]
    pieces = [
        (period, _evidence(unit, device, wanted, period, arrival, at=at, by=by))
        for period in (periods if wanted else ())
    ]
    return Run(unit, device, arrival, at, by, wanted, pieces)


@transaction.atomic
def _keep(run: Run) -> list[WindowSet]:
    """Write down what a look found, unless another run was faster."""
    locked = LeaseUnit.objects.select_for_update(of=("self",), no_key=True)
    unit = locked.select_related("lease__lessor").get(pk=run.unit.pk)
    if unit.active_to != run.unit.active_to or not _is_new(unit, run.device, run.arrival, run.at):
        return []
    made = [made for rule in run.rules for made in _store(run, rule)]
    _mark(run)
    if made:
        audit.record(
            by=run.by,
            action="usage.meter",
            subject=unit.public_id,
            at=run.at,
            within=unit.lease.lessor,
            device=run.device.public_id,
            arrival=run.arrival,
            sets=len(made),
        )
    return made


def _evidence(
    unit: LeaseUnit,
    device: Device,
    wanted: Sequence[CountRule],
    period: Period,
    arrival: int,
    *,
    at: datetime,
    by: User,
) -> Evidence:
    answer = access.read_for_metering(
        device=device,
        channels=sorted(evidence_channels(wanted)),
        period=period,
        upto_arrival=arrival,
        reference=unit.lease.public_id,
        by=by,
        at=at,
    )
    return answer.evidence


def _days(run: Run, rule: CountRule) -> list[Day]:
    limit = run.device.silence_limit_seconds
    silence = None if limit is None else limit * MICROSECONDS
    counted = (
        Piece(
            period,
            rules.count(
                rule,
                evidence.readings,
                evidence.trace,
                silence=silence,
                over=period.end is not None and period.end <= run.at,
            ),
        )
        for period, evidence in run.pieces
    )
    return rules.days(rule, counted, zone=run.unit.lease.agreed.zone)


def _store(run: Run, rule: CountRule) -> list[WindowSet]:
    """Add a version of every day whose content is not that of its newest version."""
    sets = WindowSet.objects.filter(device=run.device, unit=run.unit, meter=rule.meter)
    known = {found.local_day: found for found in sets.newest()}
    days = {day.local_day: day for day in _days(run, rule)}
    emptied = {gone: Day(rule.meter, gone, ()) for gone in known if gone not in days}
    return [
        _version(run, day, known.get(day.local_day))
        for _, day in sorted((days | emptied).items())
        if day.local_day not in known or known[day.local_day].digest != day.digest()
    ]


def _version(run: Run, day: Day, before: WindowSet | None) -> WindowSet:
    made = WindowSet.objects.create(
        device=run.device,
        unit=run.unit,
        meter=day.meter,
        local_day=day.local_day,
        version=before.version + 1 if before else 1,
        quantity=day.quantity,
        held=day.held,
        arrival_hi=run.arrival,
        rule_version=rules.VERSION,
        digest=day.digest(),
        created_at=run.at,
    )
    UsageWindow.objects.bulk_create(_window(made, cut) for cut in day.cuts)
    return made


def _window(made: WindowSet, cut: Cut) -> UsageWindow:
    return UsageWindow(
        device=made.device,
        set=made,
        starts_at=rules.moment_of(cut.start),
        ends_at=rules.moment_of(cut.end),
        quantity=cut.quantity,
        held=cut.held,
        flags=cut.flags,
        first_order=cut.first_sequence,
        last_order=cut.last_sequence,
    )


def _mark(run: Run) -> None:
    stamps = (reading.at for _, evidence in run.pieces for reading in evidence.readings)
    latest = max(stamps, default=None)
    Watermark.objects.update_or_create(
        device=run.device,
        unit=run.unit,
        defaults={
            "arrival": run.arrival,
            "rule_version": rules.VERSION,
            "active_to": run.unit.active_to,
            "event_limit": None if latest is None else rules.moment_of(latest),
            "metered_at": run.at,
        },
    )
