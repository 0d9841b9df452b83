"""What a caller may see of listings, acting for its organization."""

from django.http import HttpRequest

from marketplace.models import Listing, Organization
from marketplace.models.listings import ListingQuerySet
from marketplace.models.parties import OrganizationKind
from marketplace.queries import NoOrganization, acting_organization


def acting_or_none(request: HttpRequest) -> Organization | None:
    """Return the same, or nothing for strangers and for people who belong to none."""
    if not request.user.is_authenticated:
        return None
    try:
        return acting_organization(request)
    except NoOrganization:
        return None


def visible_listings(request: HttpRequest) -> ListingQuerySet:
    """Return the listings that the caller may see, acting for its organization."""
    return Listing.objects.visible_to(request.user, acting_or_none(request))  # type: ignore[arg-type]


def owns(request: HttpRequest, listing: Listing) -> bool:
    """Tell whether the caller acts for the owner of a listing, or for the platform, which looks after it."""
    acting = acting_or_none(request)
    return acting is not None and (acting.pk == listing.owner_id or acting.kind == OrganizationKind.PLATFORM)
