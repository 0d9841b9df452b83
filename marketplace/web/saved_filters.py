"""Keep the filter of a page under a name, and let it go: forms on that page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.actions import saved_filters
from marketplace.models import SavedFilter
from marketplace.queries import acting_organization
from marketplace.rules.saved_filters import LONGEST_QUERY, PAGES
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible


@require_POST
@login_required
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the page shows now, and go back to it."""
    given = {name: request.POST.get(name, "") for name in ("page", "name", "query")}
    if given["page"] not in PAGES:
        raise Http404
    within = acting_organization(request)
    try:
        saved_filters.save(**given, within=within, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except Invalid as error:
        for flaw in error.flaws:
            messages.error(request, _(flaw.text).format(**flaw.facts))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    query = given["query"].removeprefix("?")[:LONGEST_QUERY]
    return redirect(reverse(given["page"]) + (f"?{query}" if query else ""))


@require_POST
@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Let one go, and go back to its page."""
    mine = SavedFilter.objects.of(request.user, acting_organization(request))  # type: ignore[arg-type]
    saved = get_object_or_404(mine, public_id=request.POST.get("filter", ""))
    saved_filters.delete(saved=saved, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect(saved.page)
