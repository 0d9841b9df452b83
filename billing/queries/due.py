"""What is due, of many leases in few statements: unbilled periods, and what was counted in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models.functions import Coalesce

from billing.models import BillingMark, BillingMode, Invoice, InvoiceLineFact
from billing.queries.deadlines import Told, objections_until, told_of_bills, wait_of
from billing.queries.periods import running_of
from billing.queries.recorded import with_records
from billing.queries.totals import local_days
from billing.rules.counted import Counted
from billing.rules.facts import Kind
from billing.rules.periods import due_periods
from leasing.models import ConditionRecord, Lease, LeaseUnit, ServiceOrder
from leasing.rules.condition import Kind as RecordKind
from leasing.rules.states import Status
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period

NEVER_BEGUN = (Status.REFUSED, Status.CANCELLED, Status.EXPIRED)
# Of each lease and stretch of local days: the newest versions by meter, in the order of an invoice's lineage.
COUNTED = """
SELECT w.place, s.meter, sum(s.quantity),
    array_agg(s.id ORDER BY s.local_day, s.unit_id, s.device_id),
    array_agg(s.digest)
FROM unnest(%s::bigint[], %s::date[], %s::date[]) WITH ORDINALITY w (lease_id, first, last, place)
JOIN leasing_leaseunit u ON u.lease_id = w.lease_id
JOIN billing_windowset s ON s.unit_id = u.id AND s.local_day BETWEEN w.first AND w.last
WHERE NOT EXISTS (
    SELECT 1 FROM billing_windowset n
    WHERE n.unit_id = s.unit_id AND n.meter = s.meter AND n.local_day = s.local_day
      AND n.device_id = s.device_id AND n.version > s.version)
GROUP BY w.place, s.meter ORDER BY w.place, s.meter
"""
# The same as it was known at a moment of each.
COUNTED_THEN = """
SELECT w.place, s.meter, sum(s.quantity),
    array_agg(s.id ORDER BY s.local_day, s.unit_id, s.device_id),
    array_agg(s.digest)
FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::timestamptz[])
    WITH ORDINALITY w (lease_id, first, last, known_at, place)
JOIN leasing_leaseunit u ON u.lease_id = w.lease_id
JOIN billing_windowset s ON s.unit_id = u.id AND s.local_day BETWEEN w.first AND w.last
    AND s.created_at <= w.known_at
WHERE NOT EXISTS (
    SELECT 1 FROM billing_windowset n
    WHERE n.unit_id = s.unit_id AND n.meter = s.meter AND n.local_day = s.local_day
      AND n.device_id = s.device_id AND n.version > s.version AND n.created_at <= w.known_at)
GROUP BY w.place, s.meter ORDER BY w.place, s.meter
"""
# The first period that no mark covers ends with the lease, or at the local midnight of the next anchor day:
# marketplace.shared.period says the same. Where PostgreSQL does not know a zone, it is two days early.
DUE = """
WITH zones AS MATERIALIZED (SELECT name FROM pg_timezone_names)
SELECT l.id FROM leasing_lease l
LEFT JOIN billing_billingmark m ON m.lease_id = l.id
LEFT JOIN zones ON zones.name = l.terms->>'zone',
LATERAL (SELECT coalesce(zones.name, 'UTC') AS zone, coalesce(l.active_to, l.ends_at) AS over,
    coalesce(m.billed_to, l.active_from) AS begun,
    (l.terms->>'billing_anchor_day')::int - 1 AS anchor,
    make_interval(hours => (l.terms->>'grace_hours')::int,
                  days => CASE WHEN zones.name IS NULL THEN -2 ELSE 0 END) AS grace) t,
LATERAL (SELECT date_trunc('month', t.begun AT TIME ZONE t.zone) AS month) n,
LATERAL (SELECT min(least(day + make_interval(days => t.anchor), day + interval '1 month - 1 day')) AS day
    FROM unnest(ARRAY[n.month, n.month + interval '1 month']) day
    WHERE least(day + make_interval(days => t.anchor), day + interval '1 month - 1 day')
        > (t.begun AT TIME ZONE t.zone)::date) e
WHERE l.active_from < %(at)s AND t.begun < t.over
  AND least(t.over, e.day AT TIME ZONE t.zone) + t.grace * %(graced)s <= %(at)s
ORDER BY l.id
"""


def unbilled_of(leases: Collection[Lease], at: datetime) -> dict[int, list[Period]]:
    """
    Return by lease the periods that are to be issued, and not billed yet; those with none are out.

    They are over, with their grace, and nobody may object to them any more. Three statements, however many
    leases.
    """
    found = _answered(leases, at, {lease.pk: wait_of(lease) for lease in leases})
    named = {lease.pk: lease for lease in leases}
    told = told_of_bills(found) if found else {}
    kept = {key: _past(named[key], periods, told, at) for key, periods in found.items()}
    return {key: periods for key, periods in kept.items() if periods}


def _past(lease: Lease, periods: Iterable[Period], told: Told, at: datetime) -> list[Period]:
    return list(takewhile(lambda one: objections_until(lease, one, told) <= at, periods))


def ended_of(leases: Collection[Lease], at: datetime) -> dict[int, list[Period]]:
    """
    Return by lease the periods that are over and not billed yet, whatever they wait for; else it is out.

    Those since the hand-over of a machine whose record nobody answered are no bill yet.
    """
    return _answered(leases, at, {})


def _answered(
    leases: Iterable[Lease], at: datetime, waits: Mapping[int, timedelta]
) -> dict[int, list[Period]]:
    leases = list(leases)
    marks = dict(BillingMark.objects.filter(lease__in=leases).values_list("lease", "billed_to"))
    found = {
        lease.pk: _open(lease, marks.get(lease.pk), at, waits.get(lease.pk, timedelta(0))) for lease in leases
    }
    found = {key: periods for key, periods in found.items() if periods}
    return _without_open_records(found)


def _without_open_records(found: Mapping[int, list[Period]]) -> dict[int, list[Period]]:
    waits = _waits_from(found)
    kept = {
        key: [one for one in periods if key not in waits or (one.end is not None and one.end <= waits[key])]
        for key, periods in found.items()
    }
    return {key: periods for key, periods in kept.items() if periods}


def ended_periods(lease: Lease, at: datetime) -> list[Period]:
    """Return the periods of a lease that are over and not billed yet, whatever they wait for."""
    return ended_of([lease], at).get(lease.pk, [])


def unbilled_periods(lease: Lease, at: datetime) -> list[Period]:
    """Return the periods of a lease that are over, with their grace, and not billed yet."""
    return unbilled_of([lease], at).get(lease.pk, [])


def leases_to_bill(at: datetime) -> list[int]:
    """
    Return the ids of leases that may be due and are billed by themselves.

    Those whose lessor, or the platform for it, wants to see what is billed before are left to its runs.
    """
    return billed_at_once(maybe_due(at))


def billed_at_once(leases: Collection[int]) -> list[int]:
    """Return which of the leases are billed by themselves, and not by an approved run alone, by their ids."""
    left = set(reviewed_leases().filter(pk__in=leases).values_list("pk", flat=True))
    return sorted(set(leases) - left)


def reviewed_leases() -> models.QuerySet[Lease]:
    """Return the leases that are billed by an approved run alone, as lessor or platform chose."""
    reviewed = BillingMode.objects.reviewed()
    of_lessor = models.Q(lessor__billing_mode__mode=BillingMode.Mode.REVIEWED)
    chose_nothing = models.Q(lessor__billing_mode=None, lessor__is_synthetic=False)
    of_platform = chose_nothing & models.Exists(reviewed.filter(organization__kind=OrganizationKind.PLATFORM))
    return Lease.objects.filter(of_lessor | of_platform)


def maybe_due(at: datetime) -> list[int]:
    """
    Return the ids of leases that may have a period that is over, with its grace, and not billed yet.

    So are those of which a service of a billed period was accepted and is on no invoice. Whoever bills them
    looks again; the statements are two, however many leases run.
    """
    due = _due(at, graced=1)
    mark, over = "lease__billing_mark__billed_to", Coalesce("lease__active_to", "lease__ends_at")
    is_billed = models.Q(when__lt=models.F(mark)) | models.Q(**{f"{mark}__gte": over})
    accepted = services_unbilled().annotate(when=Coalesce("month_from", "accepted_at"))
    return sorted({*due, *accepted.filter(is_billed).values_list("lease", flat=True)})


def services_unbilled() -> models.QuerySet[ServiceOrder]:
    """Return the accepted services that stand on no issued invoice."""
    on_lines = InvoiceLineFact.objects.filter(
        source=models.OuterRef("public_id"), kind=Kind.SERVICE.value, line__invoice__status="ISSUED"
    )
    return ServiceOrder.objects.billable().exclude(models.Exists(on_lines))


def services_to_bill() -> models.QuerySet[ServiceOrder]:
    """
    Return those of them that a bill will come to, with a period of their lease.

    A lease that was given up before any machine was handed over has none: what was worked for it stands on no
    invoice of the platform, and provider and lessee settle it between them.
    """
    never = models.Q(lease__active_from=None, lease__status__in=NEVER_BEGUN)
    return services_unbilled().exclude(never)


def maybe_provisional(at: datetime) -> list[int]:
    """Return the ids of leases that may have a period that is over and not billed yet; one statement."""
    return _due(at, graced=0)


def _due(at: datetime, *, graced: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "graced": graced})
        return [key for (key,) in cursor.fetchall()]


def begun_otherwise(leases: Collection[int]) -> set[int]:
    """Return which of the leases have a draft, or an invoice behind what is billed of them."""
    behind = models.Q(lease__billing_mark=None) | models.Q(
        period_start__gte=models.F("lease__billing_mark__billed_to")
    )
    found = Invoice.objects.originals().filter(models.Q(status=Invoice.Status.DRAFT) | behind)
    return set(found.filter(lease__in=leases).values_list("lease", flat=True))


def recorded_among(leases: Collection[int]) -> set[int]:
    """Return of which of the leases leasing recorded money beside use."""
    return set(with_records().filter(pk__in=leases).values_list("pk", flat=True))


def counted_of(wanted: Sequence[tuple[int, Period, ZoneInfo]]) -> list[Counted]:
    """
    Return what was counted in periods of leases, in their order: the newest versions of their days.

    One statement; ``wanted`` are leases by their keys, with the zone of their days.
    """
    return _counted(COUNTED, wanted)


def counted_then(
    wanted: Sequence[tuple[int, Period, ZoneInfo]], known_at: Sequence[datetime]
) -> list[Counted]:
    """Return the same of what was known at a moment of each; one statement."""
    return _counted(COUNTED_THEN, wanted, list(known_at))


def _counted(query: str, wanted: Sequence[tuple[int, Period, ZoneInfo]], *given: Any) -> list[Counted]:
    days = [local_days(period, zone) for _, period, zone in wanted]
    sums: list[dict[str, Any]] = [{} for _ in wanted]
    sets: list[dict[str, list[int]]] = [{} for _ in wanted]
    digests: list[list[str]] = [[] for _ in wanted]
    with connection.cursor() as cursor:
        keys = [lease for lease, _, _ in wanted]
        cursor.execute(query, [keys, [first for first, _ in days], [last for _, last in days], *given])
        for place, meter, total, ids, marks in cursor:
            sums[place - 1][meter], sets[place - 1][meter] = total, ids
            digests[place - 1] += marks
    return [Counted(*each) for each in zip(sums, sets, digests, strict=True)]


def _open(lease: Lease, billed_to: datetime | None, at: datetime, wait: timedelta) -> list[Period]:
    running = running_of(lease)
    if running is None:
        return []
    terms = lease.agreed
    due = due_periods(
        running,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        grace=wait,
        at=at,
    )
    return [period for period in due if billed_to is None or period.start >= billed_to]


def _waits_from(leases: Mapping[int, Any]) -> dict[int, datetime]:
    """
    Return by lease when a machine was handed over whose lessee has not answered the record yet.

    What it did since then is billed when it is: an invoice that is issued never changes.
    """
    if not leases:
        return {}
    records = ConditionRecord.objects.filter(kind=RecordKind.HANDOVER)
    newer = records.filter(
        lease=models.OuterRef("lease"), unit=models.OuterRef("unit"), number__gt=models.OuterRef("number")
    )
    waiting = LeaseUnit.objects.coming().filter(lease=models.OuterRef("lease"), pk=models.OuterRef("unit"))
    open_ = records.filter(models.Exists(waiting), lease__in=leases, answer=None)
    open_ = open_.exclude(models.Exists(newer)).order_by()
    return dict(open_.values_list("lease").annotate(first=models.Min("happened_at")))
