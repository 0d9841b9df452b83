"""Machines that could take the place of one that does not come, by the calendar that search asks."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from leasing.models import Lease
from leasing.queries.overdue import late_machines
from leasing.queries.terms import terms_of
from leasing.rules.estimates import estimate
from leasing.rules.overdue import MOST_SUBSTITUTES
from leasing.rules.substitutes import usage_for
from leasing.rules.terms import InvalidTerms, Terms
from marketplace.models import Claim, Listing, Site
from marketplace.queries import rooms_in
from marketplace.rules.pools import Arrangement
from marketplace.shared.money import Money
from marketplace.shared.period import Period

COMPARED = 60  # listings, the nearest first
EARTH_KM = 6371


class Place(NamedTuple):
    """Where a site lies, in degrees, if that is known."""

    latitude: Decimal | None
    longitude: Decimal | None


@dataclass(frozen=True)
class Substitute:
    """
    A listing with room for the lease. ``own`` is its own listing, whose terms stay as agreed.

    ``moved`` is how many other claims would change machines for it, ``distance_km`` how far its site is from
    that of the lease, if both are known, ``difference`` what it costs more in all, tax included, with the
    expected usage; nothing where the prices cannot be compared.
    """

    listing: Listing
    own: bool
    moved: int
    distance_km: int | None
    difference: Money | None

    @property
    def saved(self) -> Money | None:
        """What it costs less, for one that does."""
        return None if self.difference is None else -self.difference


def substitutes_for(lease: Lease, claim: Claim) -> list[Substitute]:
    """
    Return what could take the place of the machine of a claim, its own listing first, then the nearest.

    Listings of the same category are asked, ``MOST_SUBSTITUTES`` are returned. Machines that are overdue
    themselves are left out, and so is the one that does not come.
    """
    core = Period(claim.core.lower, claim.core.upper)
    near = _near(lease, core)
    rooms = rooms_in([lease.listing, *near], core, without=late_machines() | {claim.equipment_id})
    found = [_own(lease, rooms)] if rooms[lease.listing_id] else []
    for listing in near:
        room = rooms[listing.pk]
        if room is not None and len(found) < MOST_SUBSTITUTES:
            found.append(_other(lease, listing, room, core))
    return found


def _near(lease: Lease, core: Period) -> list[Listing]:
    """Return the listings of others' machines of the same kind, the nearest first."""
    here = lease.listing
    days = core.duration() // timedelta(days=1)
    offered = Listing.objects.open_to(lease.lessee).open_to(lease.lessor)  # both read of them
    same = offered.filter(category=here.category, minimum_days__lte=days)
    found = same.exclude(pk=here.pk).exclude(owner=lease.lessee_id)
    places = found.values_list("pk", "site__latitude", "site__longitude")
    away = {pk: distance_km(here.site, Place(*place)) for pk, *place in places}
    nearest = sorted(away, key=lambda pk: (_or_far(away[pk]), pk))[:COMPARED]
    loaded = Listing.objects.select_related("site").in_bulk(nearest)
    return [loaded[pk] for pk in nearest if pk in loaded]


def _or_far(distance: int | None) -> int:
    """Put what stands nobody knows where behind everything else."""
    return 2 * EARTH_KM * 4 if distance is None else distance


def _own(lease: Lease, rooms: Mapping[int, Arrangement | None]) -> Substitute:
    room = rooms[lease.listing_id]
    assert room is not None, "asked only where there is room"
    nothing = Money.zero(lease.agreed.price_plan.currency)
    return Substitute(lease.listing, True, len(room.moves), 0, nothing)


def _other(lease: Lease, listing: Listing, room: Arrangement, core: Period) -> Substitute:
    away = distance_km(lease.listing.site, listing.site)
    return Substitute(listing, False, len(room.moves), away, _difference(lease, listing, core))


def _difference(lease: Lease, listing: Listing, core: Period) -> Money | None:
    agreed = lease.agreed
    with suppress(InvalidTerms):  # its owner has to mend it before anybody can ask for it
        terms = terms_of(listing)
        usage = usage_for(terms.price_plan, agreed.price_plan, lease.usage_expected)
        if usage is not None and terms.price_plan.currency == agreed.price_plan.currency:
            return _price(terms, usage, core) - _price(agreed, lease.usage_expected, core)
    return None


def _price(terms: Terms, usage: Mapping[str, object], core: Period) -> Money:
    plan, zone, anchor = terms.price_plan, terms.zone, terms.billing_anchor_day
    return estimate(plan, usage, core, zone=zone, anchor_day=anchor).gross  # type: ignore[arg-type]


def distance_km(here: Site | Place, there: Site | Place) -> int | None:
    """Return how far two sites are apart in whole kilometres as the crow flies, if both places are known."""
    degrees = [here.latitude, here.longitude, there.latitude, there.longitude]
    known = [radians(float(one)) for one in degrees if one is not None]
    if len(known) < len(degrees):
        return None
    north, east, other_north, other_east = known
    chord = sin((other_north - north) / 2) ** 2
    chord += cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(min(chord, 1.0))))
