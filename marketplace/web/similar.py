"""Machines like one on offer: read when a reader of its page comes to them."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from marketplace.filters.search import SearchForm
from marketplace.models import Listing
from marketplace.queries.acting import acting_or_none, visible_listings
from marketplace.queries.search import found
from marketplace.queries.search_results import Result, results
from marketplace.shared import clock
from marketplace.web.catalogue import cards

MOST = 3


@require_safe
def of_listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a few machines of the same kind, or else of the same family."""
    visible = visible_listings(request).select_related("category")
    shown: Listing = get_object_or_404(visible, public_id=public_id)
    asked = {"category": shown.category.code}
    alike = _found(request, asked, shown)
    if not alike:
        asked = {"family": shown.category.family}
        alike = _found(request, asked, shown)
    more = f"{reverse('catalogue')}?{urlencode(asked)}"
    return render(request, "marketplace/parts/similar.html", {"cards": cards(alike, None), "more": more})


def _found(request: HttpRequest, asked: dict[str, str], shown: Listing) -> list[Result]:
    form = SearchForm(QueryDict(urlencode(asked)), acting_or_none(request))
    if not form.is_valid():
        return []
    wanted = form.wanted()
    rows = results(found(wanted, MOST + 1), near=None, usage=None, on=clock.today(), chains=wanted.chains)
    return [one for one in rows if one.listing.pk != shown.pk][:MOST]
