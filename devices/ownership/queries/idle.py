"""Which machines of an owner stand in no listing, or were let little."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    DurationField,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least

from devices.ownership.queries.late import late_spans
from marketplace.models import Claim, Equipment, Organization
from marketplace.models.claims import Begins, Ends
from marketplace.shared.period import Period

LITTLE = 4  # let for less than one of so many parts of the time
NO_TIME = Value(timedelta(), DurationField())


def little_used(organization: Organization, period: Period) -> "QuerySet[Any]":
    """
    Return the machines in service that are unlisted, or were let for less than a quarter of a period.

    One that is not given back yet is out: it is not its owner's to let. Its time of being late counts as let.
    """
    assert period.end is not None, "a period that is over"
    mine = Equipment.objects.filter(owner=organization, status=Equipment.Status.IN_SERVICE)
    least = (period.end - period.start) / LITTLE
    late = late_spans(list(mine.values_list("pk", flat=True)), Period(period.start, None))
    mine = mine.exclude(pk__in=[pk for pk, spans in late.items() if any(one.end is None for one in spans)])
    found = mine.alias(let=Coalesce(Subquery(_let(period)), NO_TIME) + _late(late, period))
    found = found.filter(Q(listing_unit__isnull=True) | Q(let__lt=least))
    return found.select_related("owner", "listing_unit__listing").order_by("name", "pk")


def behind(found: "QuerySet[Any]", machine: Equipment) -> "QuerySet[Any]":
    """Keep the machines that follow another by name, whether or not that one is among them."""
    return found.filter(Q(name__gt=machine.name) | Q(name=machine.name, pk__gt=machine.pk))


def _late(late: Mapping[int, list[Period]], period: Period) -> Any:
    """Return how long a machine was late in a period."""
    met = {pk: [one.intersect(period) for one in spans] for pk, spans in late.items()}
    times = {pk: sum((one.duration() for one in spans if one), timedelta()) for pk, spans in met.items()}
    cases = [When(pk=pk, then=Value(time, DurationField())) for pk, time in times.items()]
    return Case(*cases, default=NO_TIME, output_field=DurationField())


def _let(period: Period) -> "QuerySet[Any]":
    """Return how long a machine was let in a period, of leases and slots."""
    claims = Claim.objects.active().filter(
        equipment=OuterRef("pk"), reason__in=[Claim.Reason.LEASE, Claim.Reason.SLOT]
    )
    until, since = Least(Ends("core"), Value(period.end)), Greatest(Begins("core"), Value(period.start))
    length = Greatest(ExpressionWrapper(until - since, DurationField()), NO_TIME)
    met = claims.overlapping(period.start, period.end).order_by().values("equipment")
    return met.annotate(total=Sum(length)).values("total")
