"""What a calendar feed holds: the claims that its organization may see anyway, without names of persons."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from leasing.models import CalendarFeed, Lease, LeaseUnit, SlotBooking
from leasing.rules.icalendar import Event
from marketplace.models import Claim

PAST = timedelta(days=90)
CANCELLED_FOR = timedelta(days=30)
MOST = 2000
DOMAIN = "calendar.jijian"  # of ids that stay, wherever the platform moves


def events_of(feed: CalendarFeed, at: datetime, *, absolute: Callable[[str], str]) -> list[Event]:
    """
    Return the events of a feed, 2,000 at most; four queries at most.

    What has not ended comes first, the next at the top; what room is left holds the past, the newest first.
    What is over for 90 days is left out, and what was given back for 30. ``absolute`` makes an address whole.
    """
    claims = list(_claims(feed, at))
    references = {one.reference for one in claims}
    known = Lease.objects.filter(public_id__in=references).select_related("lessee")
    booked = SlotBooking.objects.filter(claim__in=claims).select_related("lessee")
    leases, slots = {one.public_id: one for one in known}, {one.claim_id: one for one in booked}
    events = []
    for claim in claims:
        lease, slot = leases.get(claim.reference), slots.get(claim.pk)
        site = claim.equipment.site
        events.append(
            Event(
                uid=f"{claim.public_id}@{DOMAIN}",
                version=claim.version,
                changed_at=claim.changed_at,
                start=claim.core.lower,
                end=claim.core.upper or _no_end(claim.core.lower, at),
                summary=_summary(feed, claim, lease, slot),
                location=f"{site.city} {site.name}",
                url=absolute(_page(claim, lease, slot)),
                cancelled=not claim.active,
                tentative=claim.held_until is not None,
            )
        )
    return events


def _claims(feed: CalendarFeed, at: datetime) -> list[Claim]:
    if feed.shows == CalendarFeed.Shows.MACHINES:
        found = Claim.objects.owned_by(feed.organization)
    else:
        units = LeaseUnit.objects.filter(lease__lessee=feed.organization).values("claim")
        slots = SlotBooking.objects.filter(lessee=feed.organization).values("claim")
        found = Claim.objects.filter(Q(pk__in=units) | Q(pk__in=slots))
    kept = Q(active=True) | Q(released_at__gte=at - CANCELLED_FOR)
    rows = found.filter(kept).select_related("equipment__site")
    going = Q(core__endswith__gt=at) | Q(core__upper_inf=True)
    claims = list(rows.filter(going).order_by("core__startswith", "pk")[:MOST])
    over = rows.filter(core__endswith__lte=at, core__endswith__gte=at - PAST)
    return claims + list(over.order_by("-core__startswith", "-pk")[: MOST - len(claims)])


def _summary(feed: CalendarFeed, claim: Claim, lease: Lease | None, slot: SlotBooking | None) -> str:
    """Say which machine, for what, and for whom: organizations, never persons, and never a note."""
    words = [claim.equipment.name]
    ours = feed.shows == CalendarFeed.Shows.MACHINES
    if lease is not None:
        words += [lease.number, *([lease.lessee.name] if ours else [])]
    elif slot is not None:
        words += [str(claim.get_reason_display()), *([slot.lessee.name] if ours else [])]
    else:
        words.append(str(claim.get_reason_display()))
    return " · ".join(words)


def _page(claim: Claim, lease: Lease | None, slot: SlotBooking | None) -> str:
    if lease is not None:
        return reverse("lease", args=[lease.public_id])
    if slot is not None:
        return reverse("slot-booking", args=[slot.public_id])
    return reverse("equipment-detail", args=[claim.equipment.public_id])


def _no_end(start: datetime, at: datetime) -> datetime:
    """Return where an entry without an end is cut; it must not change every day."""
    return datetime(max(start, at).year + 2, 1, 1, tzinfo=UTC)
