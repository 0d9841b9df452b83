"""What stands on a page of results: the listings, how far each is, and what a usage would cost there."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count

from marketplace.models import Listing
from marketplace.queries import taxes_stated, with_stated
from marketplace.queries.search import Page
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import quote
from marketplace.rules.search.cells import Point, distance_km
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

DAYS_OF_A_PERIOD = 30
METERS = {"hours": ("run_time", "load_time"), "parts": ("parts", "good_parts", "cycles")}


@dataclass(frozen=True)
class Usage:
    """What a reader would use: so much of a meter, hours or parts, in so many days."""

    meter: str
    quantity: Decimal
    days: int = DAYS_OF_A_PERIOD


@dataclass(frozen=True)
class Result:
    """One listing of a page; ``estimate`` is with tax, and nothing where the usage is not what is paid by."""

    listing: Listing
    km: float | None
    estimate: Money | None


def results(
    page: Page, *, near: Point | None, usage: Usage | None, on: date, chains: tuple[int, ...] = ()
) -> list[Result]:
    """
    Return the listings of a page in its order; what was taken from the catalogue meanwhile is left out.

    ``chains`` are those of the question.
    """
    whole = Listing.objects.open_in(chains).filter(pk__in=page.listings)
    whole = whole.select_related("owner", "category", "site", "chain").annotate(machine_count=Count("units"))
    found = {one.pk: one for one in with_stated(whole, "owner")}
    shown = [found[key] for key in page.listings if key in found]
    return [result_of(one, near=near, usage=usage, on=on) for one in shown]


def result_of(listing: Listing, *, near: Point | None, usage: Usage | None, on: date) -> Result:
    """Return what is shown of a listing that was read :func:`marketplace.queries.with_stated`."""
    return Result(listing, _km(listing, near), estimate_of(listing, usage, on) if usage else None)


def estimate_of(listing: Listing, usage: Usage, on: date) -> Money | None:
    """
    Return what a usage would cost with tax, the plan's other meters left at nothing.

    It is nothing where the usage is not what is paid by.
    """
    plan = plan_of(listing)
    return None if plan is None else estimate_by(plan, listing, usage, on)


def plan_of(listing: Listing) -> PricePlan | None:
    """Return the price plan of a listing, or nothing if it cannot be read any more."""
    try:
        return PricePlan.parse(listing.price_plan, agreed=True)
    except DomainError:
        return None


def estimate_by(plan: PricePlan, listing: Listing, usage: Usage, on: date) -> Money | None:
    """Return the same by the listing's plan, which was read before."""
    meter = next((each for each in METERS[usage.meter] if each in plan.meters()), None)
    if meter is None:
        return None
    used = {each: usage.quantity if each == meter else Decimal(0) for each in plan.meters()}
    share = Fraction(usage.days, DAYS_OF_A_PERIOD)
    try:
        taxes = taxes_stated(listing, listing.owner, on)
        return quote(plan, used, share_of_period=share, on=on, taxes=taxes).gross
    except DomainError:
        return None


def _km(listing: Listing, near: Point | None) -> float | None:
    site = listing.site
    if near is None or site.latitude is None or site.longitude is None:
        return None
    return distance_km(near, Point(float(site.latitude), float(site.longitude)))
