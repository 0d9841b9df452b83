"""How smart organizations and sites are now, by what was declared last."""

from django.db.models import Q, QuerySet

from marketplace.models import Listing, MaturityDeclaration, Organization


def standing_of(organization: Organization) -> list[MaturityDeclaration]:
    """Return what holds: for the organization and each of its sites the latest word; one query."""
    return _latest(MaturityDeclaration.objects.filter(organization=organization))


def standing_behind(listing: Listing) -> list[MaturityDeclaration]:
    """Return what holds for the owner of a listing and for the site where its machines stand; one query."""
    said = MaturityDeclaration.objects.filter(organization=listing.owner_id)
    return _latest(said.filter(Q(site=None) | Q(site=listing.site_id)))


def _latest(said: QuerySet[MaturityDeclaration]) -> list[MaturityDeclaration]:
    found: dict[int | None, MaturityDeclaration] = {}
    for one in said.order_by("-valid_from", "-pk").select_related("site", "organization"):
        found.setdefault(one.site_id, one)
    return sorted(found.values(), key=lambda one: one.site_id or 0)
