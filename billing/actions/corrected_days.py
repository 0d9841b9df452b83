"""Which days of billed periods have another version than the one that was billed, why, and what is due."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models.functions import Cast, Coalesce

from billing.models import (
    CorrectedDay,
    Correction,
    FactsLook,
    Inspection,
    Invoice,
    InvoiceLineUsage,
    LineDispute,
    ReviewItem,
    UsageWindow,
    WindowSet,
)
from billing.queries import OVERLAP, facts_unbilled, leases_to_look_at, periods_of, usage_sets
from billing.rules.reasons import Reason, Told, Version, reasons_of
from devices.models import MeterChange
from leasing.models import Lease
from marketplace.models import User
from marketplace.permissions import Permission, require

DAY = timedelta(days=1)
Key = tuple[int, int, str, date]


class Changed(NamedTuple):
    """A day whose newest version nothing stands on, and the version that was billed until then."""

    before: WindowSet | None
    after: WindowSet


def changed(
    *, lease: Lease, start: datetime, sets: Iterable[WindowSet], and_waiting: bool = False
) -> list[Changed]:
    """
    Return the days among the newest ``sets`` of a billed period that no issued line was counted from.

    Days that an earlier correction looked at are none; of corrections that still wait only ``and_waiting``.
    """
    usage = InvoiceLineUsage.objects.filter(line__invoice__lease=lease)
    usage = usage.filter(line__invoice__period_start=start, line__invoice__status=Invoice.Status.ISSUED)
    corrections = Correction.objects.standing().filter(lease=lease, period_start=start)
    if not and_waiting:
        corrections = corrections.exclude(outcome=Correction.Outcome.WAITING)
    looked = CorrectedDay.objects.filter(correction__in=corrections)
    in_either = models.Q(pk__in=usage.values("window_set")) | models.Q(pk__in=looked.values("after"))
    stood: dict[Key, WindowSet] = {
        _key(one): one for one in WindowSet.objects.filter(in_either).order_by("version")
    }
    pairs = [(stood.get(_key(one)), one) for one in sets]
    return [Changed(before, after) for before, after in pairs if before is None or before.pk != after.pk]


def days(*, lease: Lease, found: Sequence[Changed], drafted_at: datetime) -> list[CorrectedDay]:
    """
    Return the days with the reasons why they changed; they are not written yet.

    A day of a meter that no line bills, and that is as old as the invoice, has none: it did not change.
    """
    meters = lease.agreed.price_plan.meters()
    told = _told(lease, found)
    windows = UsageWindow.objects.filter(set__in=[after for _, after in found]).values_list("set")
    newest = dict(windows.annotate(newest=models.Max("arrival_hi")))
    made = []
    for before, after in found:
        is_new = after.meter in meters or after.created_at > drafted_at
        known = Version(before.created_at, before.arrival_hi) if before else None
        now = Version(after.created_at, newest.get(after.pk) or 0)
        since = [one for one in told.get(_key(after), []) if one.at > drafted_at]
        why = reasons_of(known, now, since) if is_new else []
        made.append(CorrectedDay(before=before, after=after, reasons=why))
    return made


def candidates(*, at: datetime, look_back: timedelta) -> list[int]:
    """
    Return the leases of which a billed period may have to be corrected: a statement a cause.

    These are usage that nothing stands on, a time that was cut short, a concession, and facts of leasing.
    Changes of usage older than ``look_back`` are not looked for. :func:`due_of` says whether it is so.
    """
    looked_at = leases_to_look_at(at).values_list("pk", flat=True)
    return sorted({*_with_new_days(at - look_back), *_cut_short(), *_with_concessions(), *looked_at})


@transaction.atomic
def due_of(*, lease: Lease, at: datetime, by: User) -> list[datetime]:
    """
    Return the beginnings of billed periods of a lease that are to be corrected.

    A period is due when the first change since it was billed is older than the grace for late readings, and
    nothing is held any more on the days that changed: what both sides still decide would go back and forth.
    Where no day changed, a concession, or a lease that ended before the end of its billed period, waits for
    nothing; nor does something that leasing recorded. It is kept that facts were looked at and nothing was
    missing.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    found = {start for start in _starts(lease) if _is_due(lease, start, at)}
    lacking = {one.period.start for one in facts_unbilled(lease)}
    if not lacking:
        FactsLook.objects.update_or_create(lease=lease, defaults={"looked_at": at})
        return sorted(found)
    open_ = Invoice.objects.originals().exclude(status=Invoice.Status.ISSUED).filter(lease=lease)
    return sorted(found | lacking - set(open_.values_list("period_start", flat=True)))


def _key(one: WindowSet) -> Key:
    """Return of whom, of what and of which day a window set is."""
    return one.unit_id, one.device_id, one.meter, one.local_day


def _with_new_days(since: datetime) -> models.QuerySet[WindowSet, Any]:
    billed = Invoice.objects.originals().issued()
    billed = billed.filter(
        lease=models.OuterRef("unit__lease"),
        drafted_at__lt=models.OuterRef("created_at") + OVERLAP,  # a run that overlapped may not have seen it
        period_start__lt=Cast(models.OuterRef("local_day"), models.DateTimeField()) + 2 * DAY,
        period_end__gt=Cast(models.OuterRef("local_day"), models.DateTimeField()) - DAY,
    )
    usage = InvoiceLineUsage.objects.filter(
        window_set=models.OuterRef("pk"), line__invoice__status=Invoice.Status.ISSUED
    )
    looked = CorrectedDay.objects.filter(after=models.OuterRef("pk"))
    looked = looked.filter(correction__in=Correction.objects.standing())
    newest = WindowSet.objects.filter(created_at__gt=since).newest()
    found = newest.filter(models.Exists(billed), ~models.Exists(usage), ~models.Exists(looked))
    return found.values_list("unit__lease", flat=True).distinct()


def _standing(**about: Any) -> models.Exists:
    return models.Exists(Correction.objects.standing().filter(**about))


def _cut_short() -> models.QuerySet[Invoice, Any]:
    ended = Coalesce("lease__active_to", "lease__ends_at")
    billed = Invoice.objects.originals().issued().annotate(ended=ended)
    cut = billed.filter(ended__lt=models.F("period_end"))
    looked = _standing(
        lease=models.OuterRef("lease"),
        period_start=models.OuterRef("period_start"),
        reasons__contains=[Reason.TERMS],
    )
    return cut.filter(~looked, lease__isnull=False).values_list("lease", flat=True)


def _with_concessions() -> models.QuerySet[LineDispute, Any]:
    looked = _standing(
        lease=models.OuterRef("line__invoice__lease"),
        period_start=models.OuterRef("line__invoice__period_start"),
        made_at__gte=models.OuterRef("decided_at"),
    )
    found = LineDispute.objects.of_periods().conceded().filter(~looked, line__invoice__lease__isnull=False)
    return found.values_list("line__invoice__lease", flat=True)


def _starts(lease: Lease) -> list[datetime]:
    billed = Invoice.objects.originals().issued().filter(lease=lease)
    return sorted(set(billed.values_list("period_start", flat=True)))


def _is_due(lease: Lease, start: datetime, at: datetime) -> bool:
    """Tell whether a period has something to correct, and everything about it is settled."""
    originals = Invoice.objects.originals().filter(lease=lease, period_start=start)
    if originals.exclude(status=Invoice.Status.ISSUED).exists():
        return False
    period = next((one for one in periods_of(lease, until=start) if one.start == start), None)
    sets = list(usage_sets(lease, period)) if period else []
    found = changed(lease=lease, start=start, sets=sets, and_waiting=True)
    if not found:
        given = _with_concessions().filter(line__invoice__lease=lease, line__invoice__period_start=start)
        return given.exists() or _cut_short().filter(lease=lease, period_start=start).exists()
    dates = {after.local_day for _, after in found}
    held = ReviewItem.objects.waiting().filter(unit__lease=lease, local_day__in=dates)
    since = min(_first_change(one) for one in found)
    return since + timedelta(hours=lease.agreed.grace_hours) <= at and not held.exists()


def _first_change(one: Changed) -> datetime:
    """Return when the first version was made that is newer than what was billed."""
    after, known = one.after, one.before.version if one.before else 0
    versions = WindowSet.objects.filter(
        device=after.device_id, unit=after.unit_id, meter=after.meter, local_day=after.local_day
    )
    first = versions.filter(version__gt=known).order_by("version").first()
    return first.created_at if first else after.created_at


def _told(lease: Lease, found: Sequence[Changed]) -> dict[Key, list[Told]]:
    """Return what was decided, inspected and recorded about the days."""
    dates = {after.local_day for _, after in found}
    mine = {"unit__lease": lease, "local_day__in": dates}
    told: dict[Key, list[Told]] = {}
    for item in ReviewItem.objects.filter(outcome__in=("BILLED", "DROPPED"), **mine).order_by("pk"):
        assert item.decided_at is not None
        key = item.unit_id, item.device_id, item.meter, item.local_day
        told.setdefault(key, []).append(Told(Reason.REVIEW, item.decided_at, item.public_id))
    for result in Inspection.objects.filter(**mine).order_by("pk"):
        key = result.unit_id, result.device_id, result.meter, result.local_day
        reason = Reason.SCRAP if result.rejected else Reason.SCRAP_WITHDRAWN
        told.setdefault(key, []).append(Told(reason, result.at, result.public_id))
    devices = {after.device_id for _, after in found}
    for record in MeterChange.objects.filter(device__in=devices).order_by("pk"):
        near = record.at.astimezone(lease.agreed.zone).date()
        for _, after in found:
            if after.device_id == record.device_id and abs(after.local_day - near) <= DAY:
                one = Told(Reason.METER_CHANGE, record.recorded_at, record.public_id)
                told.setdefault(_key(after), []).append(one)
    return told
