"""Machines that are late, what they put at risk, and what could take their place."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from leasing.models import AtRisk, LeaseUnit, Overdue
from leasing.models.leases import UNREADY, LeaseQuerySet, LeaseUnitQuerySet
from marketplace.models import Claim
from marketplace.shared.period import Period


def handed_over_since(unit: LeaseUnit) -> bool:
    """Tell whether the machine of a unit that is over stands with another lease since, or stood."""
    assert unit.active_to is not None, "only what was used is given back"
    return _later(unit.equipment_id, unit.active_to).exclude(pk=unit.pk).exists()


def units_to_attend(at: datetime) -> LeaseUnitQuerySet:
    """
    Keep the units that the clock looks at: machines that may be late, or are back and not ready while
    somebody's time has begun, and all that is open of late or lost ones.
    """
    later = _later(OuterRef("equipment"), OuterRef("active_to")).exclude(pk=OuterRef("pk"))
    over = Q(awaited=True, state=LeaseUnit.State.STOPPED, active_to__lte=at, claim__period__endswith__lte=at)
    late = over & ~Exists(later)
    seen = LeaseUnit.objects.filter(late).values("pk")
    still = [rows.open().values("unit") for rows in (Overdue.objects, AtRisk.objects)]
    begun = Claim.objects.active().filter(equipment=OuterRef("equipment"), period__contains=at)
    begun = begun.exclude(pk=OuterRef("claim")).exclude(reference=OuterRef("public_id"))
    waited = LeaseUnit.objects.filter(Exists(begun), ~Exists(later), state__in=UNREADY).values("pk")
    found: LeaseUnitQuerySet = LeaseUnit.objects.filter(pk__in=seen.union(waited, *still))
    return found


def with_overlays(leases: LeaseQuerySet) -> LeaseQuerySet:
    """Tell of each lease, without a further query, whether a machine is overdue or a claim of it at risk."""
    late = Overdue.objects.open().filter(unit__lease=OuterRef("pk"))
    risk = AtRisk.objects.open().filter(claim__reference=OuterRef("public_id"))
    return leases.annotate(is_overdue=Exists(late), is_at_risk=Exists(risk))


def late_machines() -> set[int]:
    """Return the primary keys of the machines that somebody has not given back."""
    return set(Overdue.objects.open().values_list("unit__equipment", flat=True))


def late_spans(machines: Collection[int], period: Period) -> dict[int, list[Period]]:
    """
    Return when machines were overdue in a period, by their primary keys; those that never were are out.

    Each since it was to be given back; what is not back yet has no end. ``settings.LATE_MACHINES`` names this
    for the rooms below.
    """
    rows = Overdue.objects.filter(unit__equipment__in=machines).exclude(until__lte=period.start)
    if period.end is not None:
        rows = rows.filter(since__lt=period.end)
    rows = rows.exclude(until=F("since"))  # it was back at that very moment
    found: dict[int, list[Period]] = defaultdict(list)
    for machine, since, until in rows.values_list("unit__equipment", "since", "until"):
        found[machine].append(Period(since, until))
    return dict(found)


def risks_of(lease: Any) -> list[AtRisk]:
    """Return what is at risk of a lease, the first first."""
    found = AtRisk.objects.open().for_lease(lease).select_related("claim__equipment", "unit")
    return list(found.order_by("since", "pk"))


def _later(equipment: Any, moment: Any) -> LeaseUnitQuerySet:
    """Keep the units by which a machine was handed over after a moment."""
    found: LeaseUnitQuerySet = LeaseUnit.objects.handed_over_after(equipment, moment)
    return found
