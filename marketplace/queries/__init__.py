"""Reads that several interfaces share."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import Cast, JSONObject
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.models import (
    ApiKey,
    Claim,
    Equipment,
    Listing,
    ListingUnit,
    Membership,
    Notification,
    Organization,
    VatStatement,
)
from marketplace.models.claims import Begins
from marketplace.models.parties import OrganizationKind
from marketplace.models.vat import STATED
from marketplace.rules.pools import Arrangement, Held, arrange
from marketplace.rules.pricing.sellers import Taxes, taxes_said
from marketplace.rules.slot_schedules import Schedule
from marketplace.rules.slots import Offered, free_slots
from marketplace.shared.errors import NotAllowed
from marketplace.shared.period import Period, local_midnight

Row = TypeVar("Row", bound=models.Model)


def organization_named(text: str) -> Organization | None:
    """Return the organization with a public id or a credit code; synthetic ones are nobody to deal with."""
    coded = models.Q(credit_code=text.strip().upper(), awaits_verification=False, closed_at=None)
    wanted = models.Q(public_id=text.strip()) | coded
    return Organization.objects.filter(wanted, is_synthetic=False).first()


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
    mine, chosen = organizations_of(request), request.session.get("organization")
    if not mine:
        raise NoOrganization
    return next((one for one in mine if one.public_id == chosen), mine[0])


def organizations_of(request: HttpRequest) -> list[Organization]:
    """Return the organizations of the person, by name; one query a request, which tells its roles, too."""
    known: list[Organization] | None = getattr(request, "_organizations", None)
    if known is None:
        rows = list(_memberships().filter(user=request.user))  # type: ignore[misc]
        request.user.remember_roles(rows)  # type: ignore[union-attr]
        known = list({row.organization_id: row.organization for row in rows}.values())
        request._unread = {row.organization_id: row.unread for row in rows}  # type: ignore[attr-defined]
        request._organizations = known  # type: ignore[attr-defined]
    return known


def unread_of(request: HttpRequest, organization: Organization) -> int:
    """Return how much an organization of the person was told that nobody has read; no query of its own."""
    organizations_of(request)
    found: dict[int, int] = request._unread  # type: ignore[attr-defined]
    return found.get(organization.pk) or 0


@cache
def _memberships() -> models.QuerySet[Membership]:
    """
    Return what is asked of memberships in every request, written once; whose they are is not in it.

    Beside each stands how much its organization was told that its person has not read.
    """
    told = Notification.objects.unread().told_in_each(models.OuterRef("user"))
    told = told.filter(organization=models.OuterRef("organization"))
    counted = told.order_by().values("organization").annotate(many=models.Count("pk")).values("many")
    unread = models.Subquery(counted, output_field=models.IntegerField())
    held = Membership.objects.select_related("organization").annotate(unread=unread)
    return held.order_by("organization__name", "organization")


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


def availability(listings: Iterable[Listing], first: date, days: int) -> dict[int, list[int]]:
    """
    Return, per listing and local day from ``first``, how many of its machines could be claimed for that day.

    A day counts when the whole of it, with the listing's own buffers, meets no claim: what :func:`free_units`
    and the claim writer ask. Days are those of the listing's zone, as in a request. Two queries, for machines
    and for claims, however many listings there are.
    """
    machines = free_days(listings := list(listings), first, days)
    return {
        listing.pk: [sum(day) for day in zip(*machines[listing.pk].values(), strict=True)] or [0] * days
        for listing in listings
    }


def free_days(
    listings: Iterable[Listing], first: date, days: int, *, known: Sequence[tuple[int, int]] | None = None
) -> dict[int, dict[int, list[bool]]]:
    """
    Return, per listing and machine, which local days from ``first`` could be claimed: :func:`availability`.
    A run of them can be claimed as a whole: the buffers of its days cover those of the run. Whoever has
    read the machines in service already says which listing has which: ``known``.
    """
    shown = {listing.pk: listing for listing in listings}
    free: dict[int, dict[int, list[bool]]] = {listing: {} for listing in shown}
    if not free or not days:
        return free
    edges = {zone: _edges(ZoneInfo(zone), first, days) for zone in {one.zone for one in shown.values()}}
    buffers = {pk: buffers_of(one) for pk, one in shown.items()}
    units = known
    if units is None:
        units = list(_in_service().filter(listing__in=shown).values_list("listing_id", "equipment_id"))
    taken = _taken(
        {machine for _, machine in units},
        min(each[0] for each in edges.values()) - max(before for before, _ in buffers.values()),
        max(each[-1] for each in edges.values()) + max(after for _, after in buffers.values()),
    )
    for listing, machine in units:
        midnights, busy = edges[shown[listing].zone], bytearray(days)
        for claim in taken.get(machine, ()):
            met = _days_met(claim, midnights, *buffers[listing])
            busy[met.start : met.stop] = b"\1" * len(met)
        free[listing][machine] = [not taken for taken in busy]
    return free


def _edges(zone: ZoneInfo, first: date, days: int) -> list[datetime]:
    return [local_midnight(first + timedelta(days=n), zone) for n in range(days + 1)]


def _days_met(claim: Period, midnights: list[datetime], before: timedelta, after: timedelta) -> range:
    """Return which days, each with its buffers, a claim meets; day n lies between two midnights."""
    first = max(bisect_right(midnights, claim.start - after) - 1, 0)
    last = bisect_left(midnights, claim.end + before) if claim.end else len(midnights)
    return range(first, max(first, min(last, len(midnights) - 1)))


def free_until(claims: Iterable[Claim]) -> dict[int, datetime | None]:
    """
    Return, per claim, until when its use could go on, its own buffer behind it kept; ``None`` is for ever.

    One query, however many claims.
    """
    known = list(claims)
    found: dict[int, datetime | None] = {}
    ends = [one.period.upper for one in known if one.period.upper]
    taken = _taken({one.equipment_id for one in known}, min(ends), None) if ends else {}
    for one in known:
        end = one.period.upper
        after = [p.start for p in taken.get(one.equipment_id, []) if end is not None and p.start >= end]
        found[one.pk] = min(after) - (end - one.core.upper) if after else None
    return found


def buffers_of(listing: Listing) -> tuple[timedelta, timedelta]:
    """Return the time that a lease of this listing needs before and after its use."""
    return timedelta(hours=listing.buffer_before_hours), timedelta(hours=listing.buffer_after_hours)


def with_buffers(core: Period, before: timedelta, after: timedelta) -> Period:
    """Return the whole time that a use occupies its machine."""
    return core.widened(before, after)


def free_units(core: Period, *, listing: Listing | None = None) -> "models.QuerySet[ListingUnit]":
    """
    Return the machines of one listing, or all, that are free for ``core`` and the buffers of their listing.

    Search, a listing's page and the acceptance of a request all ask here, so what is offered can be had.
    """
    mine = Claim.objects.active().filter(equipment=models.OuterRef("equipment"))
    until = None if core.end is None else models.OuterRef("claimed_to")
    taken = mine.overlapping(models.OuterRef("claimed_from"), until)
    units = _in_service()
    if listing is not None:
        units = units.filter(listing=listing)
    return units.annotate(
        claimed_from=_moved(core.start, "listing__buffer_before_hours", -1),
        claimed_to=_moved(core.end, "listing__buffer_after_hours", 1),
    ).exclude(models.Exists(taken))


def room_in(listing: Listing, core: Period, *, without: Collection[int] = ()) -> Arrangement | None:
    """
    Return a machine of the listing for ``core``, and where movable claims go to make room, or nothing.

    Machines are known by their primary keys, claims by theirs. What is free anyway needs no moves. Machines
    ``without`` are left out, and what stands on them stays there.
    """
    return rooms_in([listing], core, without=without)[listing.pk]


def listings_with_room(core: Period) -> "models.QuerySet[ListingUnit]":
    """Return the machines of every listing that has one free for ``core``, or can make one free."""
    free = free_units(core)
    movable = Claim.objects.movable().values("equipment")
    pools = Listing.objects.offered().filter(units__equipment__in=movable).exclude(units__in=free)
    rooms = rooms_in(list(pools.distinct()), core)
    roomy = [listing for listing, room in rooms.items() if room]
    return ListingUnit.objects.filter(models.Q(pk__in=free.values("pk")) | models.Q(listing__in=roomy))


def rooms_in(
    listings: list[Listing], core: Period, *, without: Collection[int] = ()
) -> dict[int, Arrangement | None]:
    """
    Answer :func:`room_in` for several listings, by primary key, with three queries: machines, the first claim
    that may move, all that matter.
    """
    machines: dict[int, list[int]] = {listing.pk: [] for listing in listings}
    units = _in_service().filter(listing__in=machines).exclude(equipment__in=without).order_by("equipment")
    for listing, machine in units.values_list("listing_id", "equipment_id"):
        machines[listing].append(machine)
    wanted = {one.pk: with_buffers(core, *buffers_of(one)) for one in listings}
    held = _held([machine for pool in machines.values() for machine in pool], wanted.values())
    return {
        pk: arrange(pool, [one for machine in pool for one in held.get(machine, ())], wanted[pk])
        for pk, pool in machines.items()
    }


def _held(machines: list[int], wanted: Iterable[Period]) -> dict[int, list[Held]]:
    """Return the claims that meet what is wanted, or that could meet what moves for it, per machine."""
    claims = Claim.objects.active().filter(equipment__in=machines)
    first = claims.movable().aggregate(first=models.Min(Begins()))["first"]
    start = min((period.start for period in wanted), default=None)
    start = min(start, first) if start and first else start
    found: dict[int, list[Held]] = {}
    rows = claims.overlapping(start, None).values_list("pk", "equipment_id", "period", "movable")
    for pk, machine, period, may_move in rows:
        found.setdefault(machine, []).append(
            Held(pk, machine, Period(period.lower, period.upper), movable=may_move)
        )
    return found


def free_from(
    equipment: Equipment, core: Period, before: timedelta, after: timedelta, *, moving: Claim | None = None
) -> datetime | None:
    """
    Return from when the machine is free for a use as long as ``core``, or nothing if it never is.

    A claim that is ``moving`` gives its own time free.
    """
    wanted = with_buffers(core, before, after)
    taken = _taken({equipment.pk}, wanted.start, None, moving=moving).get(equipment.pk, [])
    start = _first_gap(wanted, taken)
    return start + before if start else None


def first_free_from(listing: Listing, core: Period) -> datetime | None:
    """Return from when a machine of the listing is free for a use as long as ``core``, if one ever is."""
    before, after = buffers_of(listing)
    wanted = with_buffers(core, before, after)
    machines = set(_in_service().filter(listing=listing).values_list("equipment", flat=True))
    taken = _taken(machines, wanted.start, None)
    starts = (_first_gap(wanted, taken.get(machine, [])) for machine in machines)
    first = min((start for start in starts if start is not None), default=None)
    return first + before if first else None


def slots_taken(
    listing: Listing, start: datetime, end: datetime | None, at: datetime
) -> dict[int, list[Period]]:
    """
    Return, per machine of a listing, what claims it between two moments, buffers included, in order of time.

    The page that shows slots and the action that books one ask here. A hold that has run out by ``at`` takes
    nothing: it gives way to whoever comes.
    """
    units = _in_service().filter(listing=listing).order_by("equipment")
    found: dict[int, list[Period]] = {machine: [] for machine in units.values_list("equipment", flat=True)}
    claims = Claim.objects.active().filter(equipment__in=found).overlapping(start, end).order_by("period")
    standing = claims.filter(models.Q(held_until=None) | models.Q(held_until__gt=at))
    for machine, period in standing.values_list("equipment_id", "period"):
        found[machine].append(Period(period.lower, period.upper))
    return found


def free_slots_of(
    listing: Listing, schedule: Schedule, first: date, days: int, at: datetime, slots: int = 1
) -> dict[date, list[Offered]]:
    """Return what can be booked of a listing, per local day from ``first`` on; two queries."""
    zone = ZoneInfo(listing.zone)
    start, end = local_midnight(first, zone), local_midnight(first + timedelta(days=days + 1), zone)
    taken = slots_taken(listing, start - schedule.setup, end + schedule.cleaning, at)
    wanted = (first + timedelta(days=n) for n in range(days))
    return {day: free_slots(schedule, day, zone, taken, at, slots) for day in wanted}


def _first_gap(wanted: Period, taken: list[Period]) -> datetime | None:
    """Return when a use as long as ``wanted`` fits between claims in order, its own start or later."""
    start = wanted.start
    for claim in taken:
        if wanted.end is not None and claim.start >= start + wanted.duration():
            break
        if claim.end is None:
            return None
        start = max(start, claim.end)
    return start


def _in_service() -> "models.QuerySet[ListingUnit]":
    return ListingUnit.objects.filter(equipment__status=Equipment.Status.IN_SERVICE)


def _taken(
    machines: set[int], start: datetime, end: datetime | None, *, moving: Claim | None = None
) -> dict[int, list[Period]]:
    """Return when each machine is claimed between two moments, in order of time."""
    taken: dict[int, list[Period]] = {}
    claims = Claim.objects.active().filter(equipment__in=machines).overlapping(start, end).order_by("period")
    if moving is not None:
        claims = claims.exclude(pk=moving.pk)
    times = claims.annotate(
        start=Begins(), end=models.Func("period", function="upper", output_field=models.DateTimeField())
    )
    for machine, *period in times.values_list("equipment_id", "start", "end"):
        taken.setdefault(machine, []).append(Period(*period))
    return taken


def _moved(moment: datetime | None, hours: str, sign: int) -> models.ExpressionWrapper:
    hour = models.Value(timedelta(hours=sign), models.DurationField())
    shift = models.ExpressionWrapper(models.F(hours) * hour, models.DurationField())
    known = Cast(models.Value(moment), models.DateTimeField())
    return models.ExpressionWrapper(known + shift, models.DateTimeField())


def taxes_of(owner: Organization, day: date) -> Taxes:
    """Return how an owner and the platform are taxed on a local day, by the names of a price plan."""
    return taxes_said(VatStatement.objects.about(owner.pk).values_list(*STATED), owner=owner.pk, day=day)


def with_stated(rows: "models.QuerySet[Row]", owner: str) -> "models.QuerySet[Row]":
    """Read with rows, in their own statement, what :func:`taxes_stated` needs of the owner in a column."""
    stated = VatStatement.objects.about(models.OuterRef(owner))
    facts = JSONObject(**{name: name for name in STATED})
    return rows.annotate(vat_stated=ArraySubquery(stated.values(facts=facts)))  # type: ignore[return-value]


def taxes_stated(row: models.Model, owner: Organization, day: date) -> Taxes:
    """Return the same as :func:`taxes_of` of a row that was read :func:`with_stated`."""
    stated: list[dict[str, Any]] = row.vat_stated  # type: ignore[attr-defined]
    days = (one | {"valid_from": date.fromisoformat(one["valid_from"])} for one in stated)
    return taxes_said((tuple(one[name] for name in STATED) for one in days), owner=owner.pk, day=day)


def taxpayer_named(*, acting: Organization, public_id: str | None) -> Organization:
    """
    Return whose VAT status is asked about: the acting organization's, or for the platform any one's.

    :raises Http404: if the acting one may not ask about it
    """
    named = (public_id or acting.public_id).replace("\0", "")
    if acting.kind != OrganizationKind.PLATFORM and named != acting.public_id:
        raise Http404
    return get_object_or_404(Organization, public_id=named)
