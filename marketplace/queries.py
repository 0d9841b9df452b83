"""Reads that several interfaces share."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.models import ApiKey, Claim, Equipment, Listing, ListingUnit, Organization
from marketplace.shared.errors import NotAllowed
from marketplace.shared.period import Period


class NoOrganization(NotAllowed):
    """The person belongs to no organization yet."""

    code = "no_organization"
    text = gettext_noop("You do not belong to an organization yet. Ask its administrator to add you.")


class MissingScope(NotAllowed):
    """The API key was made without this scope."""

    code = "missing_scope"
    text = gettext_noop("This API key lacks the scope {scope}.")


def acting_organization(request: HttpRequest) -> Organization:
    """
    Return the organization for which the caller acts: the key's, or the one chosen in the session.

    :raises NoOrganization: if the person belongs to none
    """
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        return key.organization
    mine = Organization.objects.of(request.user).order_by("name")  # type: ignore[arg-type]
    chosen = request.session.get("organization")
    organization = (mine.filter(public_id=chosen).first() if chosen else None) or mine.first()
    if organization is None:
        raise NoOrganization
    return organization


def require_scope(request: HttpRequest, scope: str) -> None:
    """
    Let a browser session, or a key with ``scope``, go on.

    :raises MissingScope: if the caller is a key without it
    """
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey) and scope not in key.scopes:
        raise MissingScope(scope=scope)


def whole_days(first: date, last: date) -> Period:
    """Return the period of local days that people mean, ``last`` included (the server's zone)."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    return Period(start, timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min)))


def availability(listing_ids: Iterable[int], first: date, days: int) -> dict[int, list[int]]:
    """
    Return, per listing and local day from ``first``, how many of its machines are free the whole day.

    One query for the machines and one for their claims, however many listings there are.
    """
    units = list(
        ListingUnit.objects.filter(listing__in=listing_ids).values_list("listing_id", "equipment_id")
    )
    edges = [
        timezone.make_aware(datetime.combine(first + timedelta(days=n), time.min)) for n in range(days + 1)
    ]
    claims = Claim.objects.active().filter(equipment__in={machine for _, machine in units})
    busy: dict[int, set[int]] = {}
    for machine, period in claims.overlapping(edges[0], edges[-1]).values_list("equipment_id", "period"):
        taken = (n for n in range(days) if period.lower < edges[n + 1] and period.upper > edges[n])
        busy.setdefault(machine, set()).update(taken)
    free: dict[int, list[int]] = {listing: [0] * days for listing in listing_ids}
    for listing, machine in units:
        for n in range(days):
            free[listing][n] += n not in busy.get(machine, ())
    return free


def with_buffers(core: Period, before: timedelta, after: timedelta) -> Period:
    """Return the whole time that a use occupies its machine."""
    return Period(core.start - before, core.end and core.end + after)


def free_units(core: Period, *, listing: Listing | None = None) -> "models.QuerySet[ListingUnit]":
    """
    Return the machines of one listing, or all, that are free for ``core`` and the buffers of their listing.

    Search, a listing's page and the acceptance of a request all ask here, so what is offered can be had.
    """
    taken = Claim.objects.active().filter(
        equipment=models.OuterRef("equipment"),
        period__overlap=models.Func(
            models.OuterRef("claimed_from"),
            models.OuterRef("claimed_to"),
            function="TSTZRANGE",
            output_field=DateTimeRangeField(),
        ),
    )
    units = ListingUnit.objects.filter(equipment__status=Equipment.Status.IN_SERVICE)
    if listing is not None:
        units = units.filter(listing=listing)
    return units.annotate(
        claimed_from=_moved(core.start, "listing__buffer_before_hours", -1),
        claimed_to=_moved(core.end, "listing__buffer_after_hours", 1),
    ).exclude(models.Exists(taken))


def free_from(equipment: Equipment, core: Period, before: timedelta, after: timedelta) -> datetime | None:
    """Return from when the machine is free for a use as long as ``core``, or nothing if it never is."""
    wanted = with_buffers(core, before, after)
    start = wanted.start
    claims = Claim.objects.active().filter(equipment=equipment).overlapping(start, None).order_by("period")
    for period in claims.values_list("period", flat=True):
        if wanted.end is not None and period.lower is not None and period.lower >= start + wanted.duration():
            break
        if period.upper is None:
            return None
        start = max(start, period.upper)
    return start + before


def _moved(moment: datetime | None, hours: str, sign: int) -> models.ExpressionWrapper:
    hour = models.Value(timedelta(hours=sign), models.DurationField())
    shift = models.ExpressionWrapper(models.F(hours) * hour, models.DurationField())
    known = Cast(models.Value(moment), models.DateTimeField())
    return models.ExpressionWrapper(known + shift, models.DateTimeField())
