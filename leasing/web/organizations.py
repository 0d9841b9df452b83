"""The public page of an organization that offers machines: who it is, and what it is known for."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leasing.queries.answering import answered_within
from leasing.queries.ratings import record_of
from leasing.web.ratings import said_of
from marketplace.models import Listing, Organization
from marketplace.queries.acting import visible_listings
from marketplace.queries.maturity import standing_of
from marketplace.rules.regions import province_of
from marketplace.shared import clock

SHOWN = 30


@require_safe
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show an organization to everybody who may see something that it offers; nobody else is told of it."""
    known = Organization.objects.filter(is_synthetic=False, closed_at=None)
    found = get_object_or_404(known, public_id=public_id)
    offered = list(_offered(request, found)[: SHOWN + 1])
    if not offered:
        raise Http404
    figures = record_of(found)
    province = province_of(found.region_code)
    context = {
        "found": found,
        "province": province,
        "listings": offered[:SHOWN],
        "more": len(offered) > SHOWN,
        "smart": standing_of(found),
        "part": {"known": figures, "told": said_of(found, figures)} if figures.says_something else None,
        "answers": answered_within(found, clock.now()),
    }
    return render(request, "leasing/organization.html", context)


def _offered(request: HttpRequest, owner: Organization) -> QuerySet[Listing]:
    listings = visible_listings(request).published().filter(owner=owner)
    return listings.select_related("site", "category").order_by("-published_at", "-pk")
