"""Ask for a lease: the days, the expected use, and the price that follows from them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.rules import data_terms
from devices.ownership.rules.term_words import term_words
from leasing.actions import leases
from leasing.queries import services_of, terms_of
from leasing.rules.estimates import estimate
from leasing.rules.requests import LONGEST_DAYS, LONGEST_NOTE, MOST
from leasing.rules.terms import Terms
from leasing.web.words import estimate_rows
from marketplace.models import Listing, Need
from marketplace.models.services import described
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, first_free_from, free_units, room_in, taxes_of
from marketplace.queries.search_results import METERS
from marketplace.rules.pricing import words
from marketplace.rules.quotes import billed_unit
from marketplace.rules.services import Service
from marketplace.shared import clock
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period, local_midnight

USUAL_DAYS = 30
USUAL = Decimal(160)
FIELDS = {"/starts_at": "first_day", "/ends_at": "last_day", "/note": "note"}


class RequestForm(forms.Form):
    """First and last day, the expected use per meter of the plan, and words to the lessor."""

    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self,
        terms: Terms,
        today: date,
        minimum_days: int,
        data: Any = None,
        services: Sequence[Service] = (),
        need: Need | None = None,
    ) -> None:
        self.terms, self.meters = terms, terms.price_plan.meters()
        days = max(USUAL_DAYS, minimum_days)
        begins = today + timedelta(days=1)
        initial = {"first_day": begins, "last_day": begins + timedelta(days=days - 1)}
        initial |= {f"usage_{meter}": USUAL for meter in self.meters} | (_needed(need) if need else {})
        super().__init__(data, initial=initial)
        for meter in self.meters:
            unit = _(words.UNITS[billed_unit(terms.price_plan, meter)])
            self.fields[f"usage_{meter}"] = forms.DecimalField(
                label=f"{_(words.METERS[meter])} ({unit})",
                min_value=Decimal(0),
                max_value=MOST,
                decimal_places=2,
                widget=forms.NumberInput({"inputmode": "decimal"}),
            )
        self.services = services
        self.fields["services"] = forms.MultipleChoiceField(
            label=_("Services"),
            choices=[(one.id, one.id) for one in services if not one.required],
            required=False,
        )
        self.fields["note"] = forms.CharField(
            label=_("What you want to make"),
            help_text=_("Material, parts, tolerances: what the lessor needs to decide."),
            max_length=LONGEST_NOTE,
            required=False,
            widget=forms.Textarea({"rows": 3}),
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        first, last = typed.get("first_day"), typed.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not lie before the first."))
        elif first and last and (last - first).days > LONGEST_DAYS:
            self.add_error(
                "last_day", _("The law allows leases of up to twenty years. Choose an earlier last day.")
            )
        return typed

    def wanted(self) -> tuple[Period, dict[str, Decimal]] | None:
        """Return the period and the use, as typed or as proposed; nothing while they have faults."""
        if self.is_bound and not self.is_valid():
            return None
        values = self.cleaned_data if self.is_bound else self.initial
        first, last = values["first_day"], values["last_day"]
        zone = self.terms.zone
        period = Period(local_midnight(first, zone), local_midnight(last + timedelta(days=1), zone))
        return period, {meter: values[f"usage_{meter}"] for meter in self.meters}

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the request at its field."""
        for flaw in flaws:
            name = FIELDS.get(flaw.pointer) or flaw.pointer.replace("/expected_usage/", "usage_")
            text = _(flaw.text).format(**flaw.facts)
            self.add_error(name if name in self.fields else None, text)

    def day_fields(self) -> Iterator[forms.BoundField]:
        """Yield first and last day."""
        return (self[name] for name in ("first_day", "last_day"))

    def service_rows(self) -> list[dict[str, Any]]:
        """Return what is offered beside the lease, with what is chosen so far."""
        picked = self["services"].value() or []
        return [described(one) | {"chosen": one.id in picked} for one in self.services]

    def usage_fields(self) -> Iterator[forms.BoundField]:
        """Yield the expected use, a field a meter."""
        return (self[f"usage_{meter}"] for meter in self.meters)


@login_required
def request_lease(request: HttpRequest, public_id: str) -> HttpResponse:
    """
    Show the form with its price, or send the request to the lessor.

    "Calculate" posts as well, so that neither the form's token nor the note stands in an address.
    """
    published = Listing.objects.open_to(acting_organization(request)).select_related(
        "owner", "site", "category"
    )
    listing = get_object_or_404(published, public_id=public_id)
    terms = terms_of(listing)
    typed = request.POST if request.method == "POST" else request.GET
    need = _need(request, listing)
    if set(typed) <= {"need"}:
        typed = QueryDict()
    today = timezone.localdate(clock.now(), terms.zone)
    form = RequestForm(terms, today, listing.minimum_days, typed or None, services_of(listing), need)
    wanted = form.wanted()
    calculates = request.method == "GET" or "calculate" in request.POST
    if not calculates and wanted is not None:
        sent = _send(request, listing, form, *wanted, need=need)
        if sent is not None:
            return sent
    context = {
        "listing": listing,
        "form": form,
        "need": need,
        "terms": terms,
        "organization_asks": acting_organization(request),
        "may_ask": _may_ask(request, listing),
        "data_words": term_words(terms.data_terms, _),
        "data_terms_digest": data_terms.digest(terms.data_terms),
        "is_own": listing.owner == acting_organization(request),
        **_price(listing, form),
    }
    if request.htmx and request.method == "GET":  # type: ignore[attr-defined]
        return render(request, "leasing/_estimate.html", context)
    status = 200 if calculates else 400
    return render(request, "leasing/leases_request.html", context, status=status)


def _need(request: HttpRequest, listing: Listing) -> Need | None:
    """Return the need of whose chosen answer the listing is, if the request is for one."""
    named = (request.POST if request.method == "POST" else request.GET).get("need", "").replace("\0", "")
    mine = Need.objects.of(acting_organization(request)).filter(status=Need.Status.CLOSED)
    return mine.filter(public_id=named, chosen__listing=listing).first() if named else None


def _needed(need: Need) -> dict[str, Any]:
    """Return what a need proposes: its days, its parts, and the hours that its poster expects."""
    usage: dict[str, Any] = {f"usage_{meter}": Decimal(need.quantity) for meter in METERS["parts"]}
    if need.hours is not None:
        usage |= {f"usage_{meter}": need.hours for meter in METERS["hours"]}
    return usage | {"first_day": need.starts_on, "last_day": need.last_day}


def _send(
    request: HttpRequest,
    listing: Listing,
    form: RequestForm,
    period: Period,
    usage: dict[str, Decimal],
    *,
    need: Need | None,
) -> HttpResponse | None:
    try:
        lease = leases.request(
            listing=listing,
            lessee=acting_organization(request),
            period=period,
            expected_usage=usage,
            note=form.cleaned_data["note"],
            data_terms_digest=request.POST.get("data_terms_digest", ""),
            services=form.cleaned_data["services"],
            need=need,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except leases.RequestInvalid as error:
        form.show(error.flaws)
        return None
    messages.success(request, _("Your request was sent to {lessor}.").format(lessor=listing.owner.name))
    return redirect("lease", lease.public_id)


def _price(listing: Listing, form: RequestForm) -> dict[str, Any]:
    wanted = form.wanted()
    if wanted is None:
        return {"estimate": None}
    period, usage = wanted
    terms = form.terms
    made = estimate(
        terms.price_plan,
        usage,
        period,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        taxes=taxes_of(listing.owner, clock.today()),
    )
    free = free_units(period, listing=listing).count() or int(room_in(listing, period) is not None)
    return {
        "estimate": made,
        "rows": estimate_rows(made),
        "days": period.days(terms.zone),
        "free": free,
        "free_again": None if free else first_free_from(listing, period),
    }


def _may_ask(request: HttpRequest, listing: Listing) -> bool:
    within = acting_organization(request)
    return listing.owner != within and allowed(request.user, Permission.LEASE_REQUEST, within=within)  # type: ignore[arg-type]
