"""What the plan of an order book follows from."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Subquery
from django.db.models.functions import JSONObject

from leasing.models import Annex, Lease, LeaseUnit, OrderBook, ProductionOrder, Sublease
from leasing.queries.terms import terms_of
from leasing.rules.annexes import ENDS
from leasing.rules.leases import BOUND, RUNNING, UNDER_OFFER, Side, Status
from leasing.rules.planning import DAY, Calendar, Shift
from leasing.rules.plans import Inputs, Leased
from leasing.rules.plans import Offer as PlanOffer
from leasing.rules.subleases import Status as LENT
from leasing.rules.terms import InvalidTerms
from marketplace.models import Category, Listing, Organization
from marketplace.queries import free_days, free_until
from marketplace.shared.period import Period, local_midnight

COMPARED = 60  # listings
PLANNED = UNDER_OFFER | BOUND | RUNNING


def book_of(organization: Organization) -> OrderBook:
    """Return how an organization works its machines; the usual way, if it has never said."""
    return OrderBook.objects.filter(organization=organization).first() or OrderBook(organization=organization)


def plan_inputs(organization: Organization, book: OrderBook, *, at: datetime) -> Inputs:
    """Return all that the plan of an organization follows from: see :func:`plan_facts`."""
    return plan_facts(organization, book, at=at)[0]


def plan_facts(
    organization: Organization, book: OrderBook, *, at: datetime
) -> tuple[Inputs, dict[str, Category]]:
    """
    Return all that the plan of an organization follows from, from tomorrow on (the server's zone).

    Listings of that zone in the categories of the order book are compared, the first 60 by id. What was asked
    for and is not decided counts as leased, or the same would be proposed again; what was sub-let does not.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    first = at.astimezone(zone).date() + DAY
    calendar = Calendar(first, book.weeks, Shift(book.shift), book.availability)
    orders = ProductionOrder.objects.of(organization).open().select_related("category")
    found = list(orders.order_by("reference"))
    leases = _leases(organization, calendar, zone, at)
    named = [one.category for one in found] + [one.listing.category for one in leases]
    values = tuple(one.value() for one in found)
    inputs = Inputs(
        calendar,
        zone,
        values,
        tuple(_leased(leases, calendar, zone, at)),
        tuple(_offers(organization, calendar, zone, {one.category for one in values})),
        book.accepted,
    )
    return inputs, {one.code: one for one in named}


def _leases(organization: Organization, calendar: Calendar, zone: ZoneInfo, at: datetime) -> list[Lease]:
    """Return the leases that the organization has or has asked for, and that reach into the plan."""
    start = local_midnight(calendar.first, zone)
    lent = Sublease.objects.filter(unit=OuterRef("pk"), status__in=(LENT.AGREED, LENT.RUNNING))
    periods = lent.values(period=JSONObject(start="starts_at", end="ends_at"))
    there = LeaseUnit.objects.filter(active_to=None).exclude(state=LeaseUnit.State.GONE)
    units = there.select_related("claim").annotate(lent=ArraySubquery(periods))
    ends = Annex.objects.open().filter(lease=OuterRef("pk"), side=Side.LESSEE, kind__in=ENDS)
    asked = ends.filter(valid_until__gt=at).order_by("-number").values("document__change__ends_at")[:1]
    found = Lease.objects.filter(lessee=organization, status__in=PLANNED, ends_at__gt=start)
    found = found.annotate(asked_end=Subquery(asked))
    return list(found.select_related("listing__category").prefetch_related(Prefetch("units", units)))


def _leased(leases: list[Lease], calendar: Calendar, zone: ZoneInfo, at: datetime) -> Iterator[Leased]:
    """Yield the machines of leases; what can no longer be decided does not count."""
    open_until = free_until(unit.claim for lease in leases for unit in lease.units.all())
    for lease in leases:
        units_of_it = list(lease.units.all())
        if not units_of_it and lease.decide_by > at:
            yield _machine(lease, None, zone, None, calendar)
        for unit in units_of_it:
            yield _machine(lease, unit, zone, open_until[unit.claim_id], calendar)


def _machine(
    lease: Lease, unit: LeaseUnit | None, zone: ZoneInfo, until: datetime | None, calendar: Calendar
) -> Leased:
    lent = _lent(unit) if unit else []
    asked: str | None = lease.asked_end  # type: ignore[attr-defined]
    end = datetime.fromisoformat(asked) if asked else lease.ends_at
    begins, leaves = lease.starts_at, end
    if unit:
        begins = unit.active_from or unit.claim.core.lower
        leaves = end if unit.claim.core.upper == lease.ends_at else unit.claim.core.upper
    pieces = Period(begins, leaves).without(lent) if begins < leaves else []
    last = min(until.astimezone(zone).date(), calendar.end) if until else calendar.end
    ends = end.astimezone(zone).date()
    stays = leaves == lease.ends_at
    kept = unit is not None and stays and lease.status != Status.NOTICE_GIVEN
    return Leased(
        key=unit.public_id if unit else lease.public_id,
        lease=lease.public_id,
        number=lease.number,
        title=lease.agreed.listing_title,
        category=lease.listing.category.code,
        spans=tuple(span for piece in pieces if (span := _whole_days(piece, zone)) is not None),
        ends_at=end,
        runs=lease.status in RUNNING and not lent and stays,
        agreed=unit is not None,
        free_until=last if kept and last > ends else None,
        terms=lease.agreed,
    )


def _lent(unit: LeaseUnit) -> list[Period]:
    """Return when a machine is sub-let."""
    periods: list[dict[str, str]] = unit.lent  # type: ignore[attr-defined]
    return [
        Period(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in periods
    ]


def _whole_days(period: Period, zone: ZoneInfo) -> tuple[date, date] | None:
    """Return the local days that lie in a period from midnight to midnight."""
    first = period.start.astimezone(zone).date()
    if local_midnight(first, zone) < period.start:
        first += DAY
    assert period.end is not None
    end = period.end.astimezone(zone).date()
    return (first, end) if first < end else None


def _offers(
    organization: Organization, calendar: Calendar, zone: ZoneInfo, categories: set[str]
) -> Iterator[PlanOffer]:
    """Yield what others offer, with the days on which each machine is free: those that search finds."""
    published = Listing.objects.open_to(organization).filter(category__code__in=categories, zone=zone.key)
    listings = list(
        published.exclude(owner=organization).select_related("category").order_by("public_id")[:COMPARED]
    )
    free = free_days(listings, calendar.first, calendar.days)
    for listing in listings:
        with suppress(InvalidTerms):  # its owner has to mend it before anybody can ask for it
            terms = terms_of(listing)
            yield PlanOffer(
                listing=listing.public_id,
                category=listing.category.code,
                minimum_days=listing.minimum_days,
                own_data_terms=bool(terms.data_terms.get("changes")),
                machines=tuple(_runs(days, calendar.first) for days in free[listing.pk].values()),
                terms=terms,
            )


def _runs(free: Sequence[bool], first: date) -> tuple[tuple[date, date], ...]:
    """Return the runs of free days, half-open."""
    edges = [n for n, (before, now) in enumerate(pairwise([False, *free, False])) if before != now]
    days = [first + n * DAY for n in edges]
    return tuple(zip(days[::2], days[1::2], strict=True))
