"""Pages: save the search that is shown, see what it found, name it anew, be told more or less often."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import saved_filters, saved_searches
from marketplace.filters.search import SearchForm, SearchNotRead, kept, read_search
from marketplace.models import Category, SavedFilter
from marketplace.queries import acting_organization
from marketplace.queries.saved_searches import finds
from marketplace.rules.saved_filters import LONGEST_NAME
from marketplace.rules.saved_searches import Stopped, Telling
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.web.search import described, words_of

OFTEN = {
    Telling.AT_ONCE: gettext_lazy("at once, within minutes"),
    Telling.DAILY: gettext_lazy("once a day, at 8 in the morning"),
    Telling.WEEKLY: gettext_lazy("once a week, on Monday morning"),
    Telling.NEVER: gettext_lazy("never: only keep the search"),
}
WHY = {
    Stopped.UNREADABLE: gettext_lazy("switched off: it can no longer be read"),
    Stopped.OVER: gettext_lazy("switched off: its days are over"),
    Stopped.FAILED: gettext_lazy("switched off: it failed again and again"),
    Stopped.LEFT: gettext_lazy("switched off: you had left the organization"),
}


class SavedSearchForm(forms.Form):
    """A name, and how often."""

    name = forms.CharField(label=gettext_lazy("Name of the search"), max_length=LONGEST_NAME)
    telling = forms.ChoiceField(
        label=gettext_lazy("Tell me of new machines"),
        choices=[(one.value, text) for one, text in OFTEN.items()],
        initial=Telling.DAILY.value,
    )


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the reader's own."""
    names = _names()
    rows = [_row(one, names) for one in _mine(request)]
    return render(request, "marketplace/saved_searches.html", {"rows": rows})


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Offer to save the question in the address, and save it."""
    query = kept(request.GET.urlencode())
    try:
        asked = read_search(query)
    except SearchNotRead:
        return redirect(f"{reverse('catalogue')}?{query}")  # there every field says what is wrong
    words = [text for _name, text in described(asked)]
    form = SavedSearchForm(request.POST or None, initial={"name": _usual_name(asked, words)})
    if form.is_valid():
        given = {"query": query, "wanted": asked.wanted(), "within": acting_organization(request)}
        made = _kept(request, form, saved_searches.save, **given)
        if made is not None:
            messages.success(request, _("The search is saved."))
            return redirect("saved-search", made.public_id)
    address = f"{reverse('catalogue')}?{query}" if query else reverse("catalogue")
    context = {"form": form, "words": words, "url": address}
    status = 400 if form.errors else 200
    return render(request, "marketplace/saved_search_new.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one with what it found; change its name, or how often it is told."""
    saved = get_object_or_404(_mine(request), public_id=public_id)
    now = Telling.NEVER.value if saved.stopped else saved.telling
    form = SavedSearchForm(request.POST or None, initial={"name": saved.name, "telling": now})
    if form.is_valid() and _kept(request, form, _change, saved=saved) is not None:
        messages.success(request, _("The search is changed."))
        return redirect("saved-search", saved.public_id)
    context = {"form": form, "finds": finds(saved), **_row(saved, _names())}
    return render(request, "marketplace/saved_search.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let one go, and go back to the others."""
    saved = get_object_or_404(_mine(request), public_id=public_id)
    saved_filters.delete(saved=saved, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("saved-searches")


def _mine(request: HttpRequest) -> Any:
    return SavedFilter.objects.of(request.user, acting_organization(request)).searches()  # type: ignore[arg-type]


def _change(*, telling: Telling, saved: SavedFilter, **given: Any) -> SavedFilter:
    wanted = None if telling is Telling.NEVER else read_search(saved.query).wanted()
    return saved_searches.change(saved=saved, telling=telling, wanted=wanted, **given)


def _kept(request: HttpRequest, form: SavedSearchForm, act: Any, **given: Any) -> SavedFilter | None:
    """Carry a form out, or say in it why that is refused."""
    typed = form.cleaned_data
    values = {"name": typed["name"], "telling": Telling(typed["telling"])}
    try:
        made: SavedFilter = act(**values, **given, by=request.user, at=clock.now())
    except Invalid as error:
        for flaw in error.flaws:
            form.add_error("name" if flaw.pointer == "/name" else None, _(flaw.text).format(**flaw.facts))
    except NotPossible as error:
        form.add_error("name", _(error.text).format(**error.facts))
    else:
        return made
    return None


def _usual_name(asked: SearchForm, words: list[str]) -> str:
    """Return what a search is called before anybody names it: its words, or its first filter."""
    name: str = asked.cleaned_data["q"] or (words[0] if words else _("All machines"))
    return " ".join(name.split())[:LONGEST_NAME]


def _names() -> dict[str, str]:
    return {one.code: one.label for one in Category.objects.all()}


def _row(saved: SavedFilter, names: dict[str, str]) -> dict[str, Any]:
    """Return a search as pages show it."""
    return {
        "saved": saved,
        "words": words_of(saved.query, names),
        "often": WHY[Stopped(saved.stopped)] if saved.stopped else OFTEN[Telling(saved.telling)],
        "run": f"{reverse('catalogue')}?{saved.query}" if saved.query else reverse("catalogue"),
    }
