"""The calendar of all machines of an owner: a page of machines, each with what takes it in eight weeks."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from marketplace.models import Claim, Equipment
from marketplace.rules.machine_days import LENGTH, Stretch
from marketplace.shared.period import local_midnight


def with_calendar(machines: "QuerySet[Equipment]", first: date) -> "QuerySet[Equipment]":
    """Fetch with machines what takes them in the eight weeks from a day on, as ``coming``; one more query."""
    start, end = edges(first)
    taken = Claim.objects.active().overlapping(start, end).order_by("period")
    return machines.prefetch_related(Prefetch("claims", taken, to_attr="coming"))


def claims_between(machines: "QuerySet[Equipment]", first: date) -> "QuerySet[Claim]":
    """Return the claims on machines in the eight weeks from a day on, machine by machine."""
    start, end = edges(first)
    found = Claim.objects.active().overlapping(start, end).filter(equipment__in=machines)
    return found.select_related("equipment__site", "equipment__category").order_by(
        "equipment__name", "equipment_id", "period"
    )


def edges(first: date) -> tuple[datetime, datetime]:
    """Return the local midnights at which the eight weeks from a day on begin and end."""
    zone = timezone.get_current_timezone()
    return local_midnight(first, zone), local_midnight(first + timedelta(days=LENGTH), zone)


def stretch_of(claim: Claim, name: str) -> Stretch:
    """Return a claim as whole local days."""
    return Stretch(name, local_days(claim.core), local_days(claim.period))


def local_days(span: Any) -> tuple[date, date]:
    """Return the first and the last local day of a range of moments; without an end, for ever."""
    upper = span.upper
    last = timezone.localdate(upper - timedelta(microseconds=1)) if upper else date.max
    return timezone.localdate(span.lower), last
