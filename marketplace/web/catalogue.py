"""The public catalogue and a listing's page with its price calculator."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.filters import refuse_unread
from marketplace.filters.search import SearchForm
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Listing, ListingPhoto, SpecField
from marketplace.queries import availability, taxes_stated, with_stated
from marketplace.queries.acting import acting_or_none, visible_listings
from marketplace.queries.equipment_documents import meant_for
from marketplace.queries.listing_pages import (
    documents_read,
    is_by_the_slot,
    lives_read,
    machines_read,
    with_lives,
    with_machines,
)
from marketplace.queries.maturity import standing_behind
from marketplace.queries.search import found
from marketplace.queries.search_counts import counts_of
from marketplace.queries.search_results import Result, Usage, results
from marketplace.rules import count_rules, count_words
from marketplace.rules.listing_photos import Size
from marketplace.rules.pricing import words
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import quote
from marketplace.shared import clock
from marketplace.shared.money import Money
from marketplace.web import added, checks, choices, listing_photos, qr, search
from marketplace.web.calculator import DAYS_OF_A_PERIOD, UsageForm
from marketplace.web.encumbrances import of_listing
from marketplace.web.figures import money_text, number_text
from marketplace.web.free_days import when_free
from marketplace.web.prices import headline, ladders, spoken
from marketplace.web.services import offered_with

PAGE = 24
CARD_DAYS = 56
MOST_ROWS = 2000  # of a file: it is made for whoever asks, signed in or not


def catalogue(request: HttpRequest) -> HttpResponseBase:
    """Show what is on offer: one form, what meets it as cards, by what to narrow it, real links onward."""
    form = SearchForm(request.GET, acting_or_none(request))
    if not form.is_valid():
        if asked_format(request):
            refuse_unread(form)
        return render(request, "marketplace/catalogue.html", {"form": form, "cards": [], "is_refused": True})
    wanted, today = form.wanted(), clock.today()
    usage = form.usage()
    asked: dict[str, Any] = {"near": wanted.near, "usage": usage, "on": today, "chains": wanted.chains}
    if written := asked_format(request):
        rows = results(found(wanted, MOST_ROWS), **asked)
        return table_answer(written, "listings", _heads(), (_cells(request, row) for row in rows))
    counts = counts_of(wanted)
    page = found(wanted, PAGE, form.cleaned_data["after"], counts=counts)
    shown = results(page, **asked)
    counts = counts.at_least(len(shown))
    context = {
        "form": form,
        "cards": cards(shown, usage, request),
        "choice": choices.choice(request),
        "counts": counts,
        "dated": wanted.free is not None,
        "chips": search.chips(request, form),
        "facets": search.facets(request, form, counts),
        "loosen": [] if shown else search.loosened(request, form),
        "save": search.saving(request),
        "page": {"next": search.address(request, after=str(page.after)) if page.after else None},
    }
    return render(request, "marketplace/catalogue.html", context)


def _heads() -> list[str]:
    heads = [_("Listing"), _("Family"), _("City"), _("Owner"), _("Price"), _("Address")]
    return [*heads, _("Distance (km)"), _("Estimate with tax (yuan)")]


def _cells(request: HttpRequest, result: Result) -> list[object]:
    """Return a listing as a row of a file: what its card says to everybody."""
    shown = result.listing
    price = headline(PricePlan.parse(shown.price_plan, agreed=True))
    address = request.build_absolute_uri(reverse("listing", args=[shown.public_id]))
    kind = str(shown.owner.get_kind_display())
    far = "" if result.km is None else Decimal(f"{result.km:.1f}")
    cost = "" if result.estimate is None else result.estimate.amount
    return [shown.title, str(shown.category.family), shown.site.city, kind, str(price), address, far, cost]


def listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one listing, and what the reader's own usage would cost by the invoice's own rule."""
    visible = visible_listings(request)
    whole = with_machines(with_stated(visible.select_related("owner", "site", "category"), "owner"))
    shown = get_object_or_404(with_lives(whole, meant_for(request, clock.today())), public_id=public_id)
    plan = PricePlan.parse(shown.price_plan, agreed=True)
    form = UsageForm(plan)
    if set(form.fields) & set(request.GET):
        form = UsageForm(plan, request.GET)
    machines = machines_read(shown)
    lives = {one.pk: one for one in lives_read(shown)}
    asking = form.asking(clock.today() + timedelta(days=1))
    address = request.build_absolute_uri(reverse("listing", args=[shown.public_id]))
    context = {
        "listing": shown,
        "plan_words": spoken(words.phrases(plan)),
        "count_words": [spoken(count_words.phrases(rule)) for rule in count_rules.parse(shown.count_rules)],
        "specs": spec_rows(shown),
        "form": form,
        "deposit": Money(shown.deposit_minor, shown.currency),
        "machines": len(machines),
        "address": address,
        "code": qr.drawing(address, _("QR code of this page")),
        "compare": choices.of_listing(request, shown.public_id),
        **when_free(request, shown, len(machines), form.days_wanted()),
        "ask": reverse("lease-request", args=[shown.public_id]) + (f"?{urlencode(asking)}" if asking else ""),
        "services": offered_with(shown),
        "smart": standing_behind(shown),
        "by_the_slot": is_by_the_slot(shown),
        **_price(plan, form, shown),
        "too_short": form.is_valid() and form.cleaned_data["days"] < shown.minimum_days,
        "gallery": listing_photos.shown(ListingPhoto.objects.known().shown().filter(listing=shown)),
        "documents": [one for one in documents_read(shown) if one.refurbishment_id not in lives],
        "second_lives": list(lives.values()),
        "added": added.of_listing(shown),
        **of_listing(machines),
        **checks.of_listing(shown, machines),
    }
    if request.htmx and form.is_bound:  # type: ignore[attr-defined]
        return render(request, "marketplace/_price.html", context)
    return render(request, "marketplace/listing.html", context)


def _price(plan: PricePlan, form: UsageForm, shown: Listing) -> dict[str, Any]:
    """Return the quote of the form's usage: typed, or the usual one before anything is typed."""
    if form.is_bound and not form.is_valid():
        return {"quote": None, "ladders": []}
    days, usage = form.usage() if form.is_bound else form.usual()
    share = Fraction(days, DAYS_OF_A_PERIOD)
    on = clock.today()
    priced = quote(plan, usage, share_of_period=share, on=on, taxes=taxes_stated(shown, shown.owner, on))
    return {"quote": priced, "ladders": ladders(priced), "is_timed": bool(plan.timed_meters())}


def cards(
    results: Sequence[Result], usage: Usage | None, request: HttpRequest | None = None
) -> list[dict[str, Any]]:
    """Return what ``listing_card`` shows for each listing, to be compared on the page of a request."""
    today = clock.today()
    free = availability([one.listing for one in results], today, CARD_DAYS)
    fields = _fields({one.listing.category_id for one in results})
    covers = ListingPhoto.objects.covers_of(one.listing for one in results)
    found = [
        _card(one, usage, free[one.listing.pk], fields.get(one.listing.category_id, []), today)
        | {"photo": covers[one.listing.pk].shown(Size.CARD) if one.listing.pk in covers else None}
        for one in results
    ]
    if request is not None:
        for card, one in zip(found, results, strict=True):
            card |= choices.of_card(request, one.listing.public_id)
    return found


def _card(
    result: Result, usage: Usage | None, free: list[int], fields: list[SpecField], today: date
) -> dict[str, Any]:
    shown = result.listing
    facets = [_facet(field, shown.specs[field.code]) for field in fields if _speaks(field, shown.specs)]
    return {
        "url": reverse("listing", args=[shown.public_id]),
        "title": shown.title,
        "family": shown.category.family,
        "place": shown.site.city,
        "distance": None
        if result.km is None
        else _("{km} km").format(km=number_text(round(Decimal(result.km)))),
        "owner": shown.owner.get_kind_display(),
        "owner_url": reverse("organization", args=[shown.owner.public_id]),
        "verified": shown.owner.verified_at is not None,
        "specs": " · ".join(facets[:4]),
        "price": headline(PricePlan.parse(shown.price_plan, agreed=True)),
        "estimate": _estimate(result, usage),
        "days": _days(free, today),
        "free_words": _free_words(free),
        "data": _("data terms of its own") if shown.data_terms else _("your process data stay yours"),
    }


def _estimate(result: Result, usage: Usage | None) -> str:
    """Say what the reader's usage would cost, or that it is not what is paid by."""
    if usage is None:
        return ""
    if result.estimate is None:
        return _("not paid by this")
    return _("your usage: about {amount} with tax").format(
        amount=money_text(result.estimate.minor, result.estimate.currency)
    )


def _speaks(field: SpecField, values: Mapping[str, Any]) -> bool:
    """Tell whether a card says this: a property that the machine lacks is no reason to look closer."""
    return field.facet and values.get(field.code) not in (None, "", False)


def _facet(field: SpecField, value: Any) -> str:
    """Return a specification for a card; its words stay on one line."""
    words = [field.label] if value is True else [field.label, figure_words(value), field.unit]
    return "\u00a0".join(word for word in words if word)


def figure_words(value: Any) -> str:
    """Group the digits of a number; anything else is words."""
    try:
        return number_text(Decimal(str(value)))
    except InvalidOperation:
        return value_words(value)


def _days(free: list[int], first: date) -> list[dict[str, Any]]:
    is_free, is_taken = ("free", _("free")), ("busy", _("taken"))  # looked up once, not for each day
    days = []
    for n, count in enumerate(free):
        kind, label = is_free if count else is_taken
        days.append({"day": first + timedelta(days=n), "kind": kind, "label": label})
    return days


def _free_words(free: list[int]) -> str:
    share = sum(1 for count in free if count)
    if share == len(free):
        return _("free for 8 weeks")
    return ngettext("{n} day free in 8 weeks", "{n} days free in 8 weeks", share).format(n=share)


def spec_rows(shown: Listing) -> list[dict[str, Any]]:
    """Return the rows of the specification table, in the dictionary's order."""
    return _rows(shown.specs, _fields({shown.category_id}).get(shown.category_id, []))


def _fields(categories: set[int]) -> dict[int, list[SpecField]]:
    fields: dict[int, list[SpecField]] = {}
    for field in SpecField.objects.filter(category__in=categories).order_by("position"):
        fields.setdefault(field.category_id, []).append(field)
    return fields


def _rows(values: Mapping[str, Any], fields: list[SpecField]) -> list[dict[str, Any]]:
    return [
        {
            "label": field.label,
            "value": value_words(values[field.code]),
            "unit": field.unit,
        }
        for field in fields
        if field.code in values
    ]


def value_words(value: Any) -> str:
    """Return a specification value as people read it; choices of the dictionary are translated."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _(value) if value else ""
