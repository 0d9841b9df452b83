"""What a bundle says of an invoice, gathered as it was when the invoice was drafted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.models import (
    Inspection,
    Invoice,
    InvoiceLine,
    LineDispute,
    MeteringPlan,
    ReviewItem,
    UsageWindow,
    Watermark,
    WindowSet,
)
from billing.queries import earlier_totals, running_of
from billing.rules.cutting import Span
from billing.rules.plans import Counting
from billing.rules.rechecked_invoice import plain
from devices.models import Channel, Device, MeterChange
from devices.models.deliveries import first_saying
from devices.queries import bindings_of
from devices.rules.increments import Flag
from devices.rules.readings import instant, moment
from leasing.models import LeaseUnit
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.shared.period import Period

EDGE = int(Flag.HELD | Flag.EDGE)


@dataclass(frozen=True)
class Spoken:
    """
    What one device said for one unit: the times, the meters it counts, and which deliveries prove it.

    ``arrivals`` are the first and last; the last is as far as the windows of the invoice know. ``counting``
    is by what it was counted when the invoice was drafted, ``rules`` the digests of all rules by which its
    windows were made, ``times`` what of it may be shown now.
    """

    device: Device
    unit: LeaseUnit
    times: Sequence[Period]
    counting: Counting
    rules: Sequence[str]
    channels: Sequence[str]
    arrivals: tuple[int, int] | None


def window_sets(*, invoice: Invoice) -> list[WindowSet]:
    """Return the versions of the days of the invoice's period that were the newest when it was drafted."""
    zone, period = invoice.zone, invoice.period
    first = period.start.astimezone(zone).date()
    last = (invoice.period_end - timedelta(microseconds=1)).astimezone(zone).date()
    key = ("unit", "device", "meter", "local_day")
    found = WindowSet.objects.filter(
        unit__lease=invoice.of_lease, local_day__range=(first, last), created_at__lte=invoice.drafted_at
    )
    newest = found.order_by(*key, "-version").distinct(*key)
    return list(newest.select_related("unit", "device").prefetch_related("windows"))


def spoken(*, invoice: Invoice, sets: Sequence[WindowSet]) -> list[Spoken]:
    """Return what each device said for each unit of the lease, in its time."""
    found = []
    units = invoice.of_lease.units.exclude(active_from=None).select_related("equipment", "lease")
    for unit in units.order_by("pk"):
        assert unit.active_from is not None
        time = Period(unit.active_from, unit.active_to or invoice.of_lease.ends_at)
        times: dict[Device, list[Period]] = {}
        for binding in bindings_of(unit.equipment, time):
            piece = time.intersect(Period(binding.period.lower, binding.period.upper))
            times.setdefault(binding.device, []).extend([piece] if piece else [])
        for device, pieces in times.items():
            plans = MeteringPlan.objects.filter(device=device, unit=unit).upto(invoice.drafted_at)
            found.append(_spoken(unit, device, pieces, sets, list(plans)))
    return [one for one in found if one.counting.meters]


def _spoken(
    unit: LeaseUnit,
    device: Device,
    times: Sequence[Period],
    sets: Sequence[WindowSet],
    plans: Sequence[MeteringPlan],
) -> Spoken:
    mine = [one for one in sets if (one.unit_id, one.device_id) == (unit.pk, device.pk)]
    counting = plans[0].counting if plans else _of_today(unit, device, times)
    rules = [rule for rule in unit.lease.agreed.count_rules if rule.meter in counting.meters]
    channels = sorted(set[str]().union(*(rule.evidence_channels() for rule in rules)))
    mark = Watermark.objects.filter(unit=unit, device=device).values_list("arrival", flat=True).first()
    upto = max((one.arrival_hi for one in mine), default=mark or 0)
    first = first_saying(device, Period(times[0].start, times[-1].end), upto=upto)
    arrivals = None if first is None else (first, upto)
    began = min((one.created_at for one in mine), default=None)
    older = sum(1 for one in plans if began is not None and one.made_at > began)
    used = sorted({one.rules for one in plans[: older + 1]})
    return Spoken(device, unit, times, counting, used, channels, arrivals)


def _of_today(unit: LeaseUnit, device: Device, times: Sequence[Period]) -> Counting:
    """Return what counts today: for windows that are older than the notes about it."""
    keys = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    meters = [rule.meter for rule in unit.lease.agreed.count_rules if rule.evidence_channels() <= keys]
    spans = [Span(instant(time.start), None if time.end is None else instant(time.end)) for time in times]
    return Counting(spans, meters, device.silence_limit_seconds, "")


def invoice_document(*, invoice: Invoice) -> dict[str, Any]:
    """Write the face of the invoice and its lines."""
    lease = invoice.of_lease
    assert invoice.issued_at is not None
    return {
        "id": invoice.public_id,
        "number": invoice.number,
        "kind": invoice.kind,
        "version": invoice.version,
        "lease": lease.public_id,
        "seller": OWNER if invoice.seller_id == lease.lessor_id else PLATFORM,
        "seller_facts": invoice.seller_facts,
        "buyer_facts": invoice.buyer_facts,
        "period": {"from": invoice.period_start.isoformat(), "to": invoice.period_end.isoformat()},
        "issued_at": invoice.issued_at.isoformat(),
        "due_on": str(invoice.due_on),
        "currency": invoice.currency,
        "net_minor": invoice.net_minor,
        "tax_minor": invoice.tax_minor,
        "gross_minor": invoice.gross_minor,
        "digest": invoice.digest,
        "recorded": invoice.recorded,
        "vat": invoice.vat,
        "is_all_by_owner": lease.lessor.kind == OrganizationKind.PLATFORM,
        "lines": [_line(line) for line in invoice.lines.prefetch_related("usage__window_set")],
        **(note_documents(note=invoice) if invoice.is_note else {}),
    }


def note_documents(*, note: Invoice) -> dict[str, Any]:
    """Write what the versions before a note billed, by line, and what was conceded before it was drafted."""
    earlier = Invoice.objects.of_periods().issued().filter(version__lt=note.version, **note.series)
    lines = InvoiceLine.objects.filter(invoice__in=earlier).select_related("invoice")
    same = ("component", "tax_category", "kind", "meter", "unit", "net_minor", "tax_minor")
    given = LineDispute.objects.conceded().filter(line__invoice__in=earlier, decided_at__lte=note.drafted_at)
    sums: dict[tuple[str, str], int] = {}
    for one in given.select_related("line"):
        sums[one.line.key] = sums.get(one.line.key, 0) + one.conceded_minor
    return {
        "before": [
            {
                "number": line.invoice.number,
                **{name: getattr(line, name) for name in same},
                "quantity": plain(line.quantity),
            }
            for line in lines.order_by("invoice__version", "position")
        ],
        "conceded": [
            {"component": component, "tax_category": category, "net_minor": total}
            for (component, category), total in sums.items()
        ],
    }


def _line(line: InvoiceLine) -> dict[str, Any]:
    same = ("position", "component", "kind", "meter", "unit", "tax_category", "legal_basis", "facts")
    money = ("net_minor", "tax_minor", "gross_minor")
    numbers = ("quantity", "unit_price", "amount", "tax_rate")
    days = sorted((one.window_set.local_day, one.window_set.version) for one in line.usage.all())
    return {
        **{name: getattr(line, name) for name in (*same, *money)},
        **{name: plain(getattr(line, name)) for name in numbers},
        "windows": [{"day": str(day), "version": version} for day, version in days],
    }


def handovers_document(*, invoice: Invoice, found: Sequence[Spoken]) -> dict[str, Any]:
    """Write when the lease ran, each unit was handed over and taken back, and which device spoke for it."""
    running = running_of(invoice.of_lease)
    assert running is not None, "what was billed has run"
    units: dict[LeaseUnit, list[Spoken]] = {}
    for one in found:
        units.setdefault(one.unit, []).append(one)
    return {
        "ran": _written(running),
        "counted_at": invoice.drafted_at.isoformat(),
        "units": [
            {
                "unit": unit.public_id,
                "equipment": unit.equipment.public_id,
                "devices": [_device(one, invoice) for one in devices],
            }
            for unit, devices in units.items()
        ],
    }


def _device(one: Spoken, invoice: Invoice) -> dict[str, Any]:
    return {
        "device": one.device.public_id,
        "meters": list(one.counting.meters),
        "silence_limit_seconds": one.counting.silence,
        "counted_with": list(one.rules),
        "spoken": [_written(period_of(span=span)) for span in one.counting.spoken],
        "edges": _edges(one, invoice),
        "meter_changes": _changes(one, invoice),
    }


def _changes(one: Spoken, invoice: Invoice) -> list[dict[str, Any]]:
    """Write the recorded changes of its counters as they stood when the invoice was drafted."""
    assert invoice.drafted_at is not None
    found = MeterChange.objects.filter(device=one.device, channel__key__in=one.channels)
    return [
        {
            "id": record.public_id,
            "channel": record.channel.key,
            "at": record.at.isoformat(),
            "final": plain(record.final),
            "first": plain(record.first),
            "reason": record.reason,
            "recorded_at": record.recorded_at.isoformat(),
        }
        for record in found.standing_at(invoice.drafted_at).select_related("channel")
    ]


def _edges(one: Spoken, invoice: Invoice) -> list[dict[str, Any]]:
    """Write what counters grew by over the edge of the time; it was held, whatever was decided since."""
    held = UsageWindow.objects.filter(
        set__device=one.device, set__unit=one.unit, set__created_at__lte=invoice.drafted_at, reason=EDGE
    )
    newest: dict[tuple[str, int], UsageWindow] = {}
    for window in held.select_related("set").order_by("set__version"):
        newest[window.set.meter, window.last_order] = window
    proof = ("first_order", "last_order", "arrival_lo", "arrival_hi")
    return [
        {
            "meter": meter,
            "quantity": plain(window.quantity),
            **{name: getattr(window, name) for name in proof},
        }
        for (meter, _), window in newest.items()
    ]


def windows_document(*, invoice: Invoice, sets: Sequence[WindowSet]) -> dict[str, Any]:
    """Write the window sets that the invoice was drafted from, and totals before them where they matter."""
    remembered = invoice.of_lease.agreed.price_plan.remembered_meters()
    found = earlier_totals(invoice.of_lease, invoice.period, remembered, known_at=invoice.drafted_at)
    earlier = {meter: list(map(plain, totals)) for meter, totals in found.items() if totals}
    return {"sets": [_set(one) for one in sets]} | ({"earlier": earlier} if earlier else {})


def _set(one: WindowSet) -> dict[str, Any]:
    proof = ("flags", "first_order", "last_order", "arrival_lo", "arrival_hi")
    return {
        "unit": one.unit.public_id,
        "device": one.device.public_id,
        "meter": one.meter,
        "day": str(one.local_day),
        "version": one.version,
        "quantity": plain(one.quantity),
        "held": plain(one.held),
        "arrival": one.arrival_hi,
        "rules": one.rule_version,
        "digest": one.digest,
        "windows": [
            {
                "from": window.starts_at.isoformat(),
                "to": window.ends_at.isoformat(),
                "quantity": plain(window.quantity),
                **{name: getattr(window, name) for name in proof},
            }
            for window in one.windows.all()
        ],
    }


def reviews_document(*, invoice: Invoice) -> dict[str, Any]:
    """Write what was rejected, held and decided before the invoice was drafted, and who said so."""
    decided = ReviewItem.objects.filter(
        unit__lease=invoice.of_lease,
        outcome__in=(ReviewItem.Outcome.BILLED, ReviewItem.Outcome.DROPPED),
        decided_at__lte=invoice.drafted_at,
    )
    rejected = Inspection.objects.filter(unit__lease=invoice.of_lease, at__lte=invoice.drafted_at)
    about = ("unit", "device", "organization")
    return {
        "items": [_item(one) for one in decided.order_by("pk").select_related("unit", "device")],
        "inspections": [_inspection(one) for one in rejected.order_by("pk").select_related(*about)],
    }


def _inspection(one: Inspection) -> dict[str, Any]:
    """Write one result; the last word on a day counts."""
    return {
        "id": one.public_id,
        "unit": one.unit.public_id,
        "device": one.device.public_id,
        "meter": one.meter,
        "day": str(one.local_day),
        "rejected": one.rejected,
        "reference": one.reference,
        "by": one.organization.public_id,
        "at": one.at.isoformat(),
    }


def _item(one: ReviewItem) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "unit": one.unit.public_id,
        "device": one.device.public_id,
        "meter": one.meter,
        "day": str(one.local_day),
        "reason": one.reason,
        "quantity": plain(one.quantity),
        "digest": one.digest,
        "outcome": one.outcome,
        "by_rule": one.by_rule,
        "decided_at": None if one.decided_at is None else one.decided_at.isoformat(),
        "decisions": [
            {"side": said.side, "verdict": said.verdict, "reason": said.reason, "at": said.at.isoformat()}
            for said in one.decisions.order_by("pk")
        ],
    }


def period_of(*, span: Span) -> Period:
    """Return a span of microseconds as a period."""
    return Period(moment(span.start), None if span.end is None else moment(span.end))


def written_moment(*, at: int) -> str:
    """Write an instant as all documents do."""
    return moment(at).isoformat()


def _written(period: Period) -> dict[str, str | None]:
    return {
        "from": period.start.isoformat(),
        "to": None if period.end is None else period.end.isoformat(),
    }
