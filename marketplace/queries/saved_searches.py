"""What saved searches have found."""

from marketplace.models import Listing, SavedFilter, SavedFind

MOST = 50


def finds(saved: SavedFilter) -> list[SavedFind]:
    """Return the listings of which somebody was told by a search and that are still offered, newest first."""
    offered = Listing.objects.open_to(saved.organization)
    told = saved.finds.filter(told=True, listing__in=offered).select_related("listing__site")
    return list(told.order_by("-found_at", "-pk")[:MOST])
