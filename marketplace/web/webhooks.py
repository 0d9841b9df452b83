"""Pages: to which addresses an organization's events are sent, and what became of each message."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import deliveries, webhooks
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization, WebhookDelivery, WebhookEndpoint
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.rules.event_types import CHOSEN, TYPES
from marketplace.rules.event_types import EventType as Type
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Flaw

PAGE = 50
MOST_DIGITS = 9
KINDS = {"ACTIVE": "run", "DISABLED": "off", "WAITING": "idle", "DELIVERED": "run", "FAILED": "fault"}
DONE = {
    "enable": gettext_lazy("Switched on. What happens from now on is sent."),
    "disable": gettext_lazy("Switched off. What waited is stopped; it stays in the list of events."),
    "remove": gettext_lazy("Taken away, with its secrets."),
    "test": gettext_lazy("A test is on its way. Load the page again to see how it ended."),
    "resend": gettext_lazy("It is sent again now. Load the page again to see how it ended."),
    "stop": gettext_lazy("It is tried no more."),
}
SEND: dict[str, Callable[..., WebhookDelivery]] = {"resend": deliveries.resend, "stop": deliveries.stop}


class WebhookForm(forms.Form):
    """Where to, what, and what for."""

    url = forms.CharField(
        label=gettext_lazy("Address that receives"),
        max_length=500,
        widget=forms.URLInput({"inputmode": "url", "placeholder": "https://"}),
        help_text=gettext_lazy("It begins with https:// and can be reached over the internet."),
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Send when"),
        help_text=gettext_lazy("Choose none to get all."),
        choices=lambda: [(one.value, _(TYPES[one].means)) for one in CHOSEN],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=webhooks.LONGEST_DESCRIPTION, required=False
    )

    def show(self, error: DomainError) -> None:
        """Put each flaw at its field, and what is not of a field above all."""
        flaws: tuple[Flaw, ...] = tuple(getattr(error, "flaws", ()))
        for flaw in flaws:
            name = flaw.pointer.split("/")[1]
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        if not flaws:
            self.add_error(None, told(error))


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the organization's webhooks, and set one up: its secret is shown once, on the answer itself."""
    within = acting_organization(request)
    edits = allowed(request.user, Permission.API_KEY_EDIT, within=within)  # type: ignore[arg-type]
    form, made, secret = WebhookForm(request.POST or None), None, ""
    if request.method == "POST":
        require(request.user, Permission.API_KEY_EDIT, within=within)  # type: ignore[arg-type]
        if form.is_valid():
            seen = _who(request) | {"newest": request.POST.get("newest", "")}
            try:
                made, secret = webhooks.create(organization=within, **form.cleaned_data, **seen)
                form = WebhookForm()
            except DomainError as error:
                form.show(error)
    rows = list(_mine(within).order_by("-pk")) if edits else []
    context = {
        "rows": [_row(one) for one in rows],
        "form": form if edits else None,
        "newest": rows[0].public_id if rows else "",
        "made": made,
        "secret": secret,
    }
    status = 400 if request.method == "POST" and not secret else 200
    return render(request, "marketplace/webhooks.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one webhook with what was sent to it; change it, or give it another secret."""
    endpoint = _one(request, public_id)
    if asked := asked_format(request):
        tried = [_("State"), _("Tries"), _("Last try"), _("Outcome"), _("Status"), _("Next try")]
        columns = [_("What happened"), _("When"), *tried]
        return list_answer(asked, "deliveries", columns, _deliveries(endpoint), _cells)
    form = WebhookForm(request.POST or None, initial=_given(endpoint))
    if request.method == "POST" and form.is_valid():
        seen = _who(request) | {"expected": _seen(request)}
        try:
            webhooks.change(endpoint=endpoint, **form.cleaned_data, **seen)
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Changed. It counts from the next message on."))
            return redirect("webhook", public_id)
    status = 400 if request.method == "POST" else 200
    return _page(request, endpoint, form, status)


@require_POST
@login_required
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a webhook another secret and show it once; the same form sent twice changes nothing more."""
    endpoint = _one(request, public_id)
    try:
        found, secret = webhooks.rotate(endpoint=endpoint, **_who(request), expected=_seen(request))
    except DomainError as error:
        messages.error(request, told(error))
        return redirect("webhook", public_id)
    return _page(request, found, WebhookForm(initial=_given(found)), 200, secret)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Switch a webhook on or off, take it away, or send a test."""
    endpoint, who = _one(request, public_id), _who(request)
    try:
        if verb == "test":
            webhooks.test(endpoint=endpoint, **who)
        elif verb == "remove":
            webhooks.remove(endpoint=endpoint, **who, expected=_seen(request))
        else:
            webhooks.switch(endpoint=endpoint, on=verb == "enable", **who)
    except DomainError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, DONE[verb])
        if verb == "remove":
            return redirect("webhooks")
    return redirect("webhook", public_id)


@require_POST
@login_required
def act_on_delivery(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Send a message again, or try it no more."""
    within = _connecting(request)
    rows = WebhookDelivery.objects.filter(endpoint__in=_mine(within))
    found = get_object_or_404(rows.select_related("endpoint__organization"), public_id=public_id)
    try:
        SEND[verb](delivery=found, **_who(request))
    except DomainError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, DONE[verb])
    return redirect("webhook", found.endpoint.public_id)


def told(error: DomainError) -> str:
    """Say in the reader's language why something was not done."""
    return _(error.text).format(**error.facts)


def _page(
    request: HttpRequest, endpoint: WebhookEndpoint, form: WebhookForm, status: int, secret: str = ""
) -> HttpResponse:
    page = Paginator(_deliveries(endpoint), PAGE).get_page(request.GET.get("page"))
    context = {
        "row": _row(endpoint),
        "form": form,
        "secret": secret,
        "page": page,
        "deliveries": [_sent(one) for one in page],
    }
    return render(request, "marketplace/webhook.html", context, status=status)


def _row(endpoint: WebhookEndpoint) -> dict[str, Any]:
    reason = endpoint.get_reason_display() if endpoint.reason else ""
    return {
        "endpoint": endpoint,
        "badge": KINDS[endpoint.state],
        "reason": reason,
        "types": [_(TYPES[Type(one)].means) for one in endpoint.types],
    }


def _sent(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a message with its last try; ``prefetch_related`` has brought all, the newest first."""
    return {
        "delivery": delivery,
        "means": _(TYPES[Type(delivery.event.type)].means),
        "badge": KINDS.get(delivery.state, "off"),
        "last": next(iter(delivery.attempts.all()), None),
        "waits": delivery.state == WebhookDelivery.State.WAITING,
    }


def _deliveries(endpoint: WebhookEndpoint) -> Any:
    return endpoint.deliveries.select_related("event").prefetch_related("attempts").order_by("-pk")


def _cells(delivery: WebhookDelivery) -> list[object]:
    """Return a message with its last try as a row of a file."""
    row = _sent(delivery)
    last, waits = row["last"], row["waits"]
    tried = [moment_cell(last.at), last.get_outcome_display(), last.status] if last else [None, None, None]
    told = [row["means"], moment_cell(delivery.made_at), delivery.get_state_display(), delivery.sent]
    return [*told, *tried, moment_cell(delivery.next_at) if waits else None]


def _given(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {"url": endpoint.url, "types": endpoint.types, "description": endpoint.description}


def _one(request: HttpRequest, public_id: str) -> WebhookEndpoint:
    return get_object_or_404(_mine(_connecting(request)), public_id=public_id)


def _mine(within: Organization) -> Any:
    return WebhookEndpoint.objects.of(within).select_related("organization")


def _connecting(request: HttpRequest) -> Organization:
    """Return the acting organization; to those who connect no programs of it there is nothing here."""
    within = acting_organization(request)
    if not allowed(request.user, Permission.API_KEY_EDIT, within=within):  # type: ignore[arg-type]
        raise Http404
    return within


def _seen(request: HttpRequest) -> int:
    """Return the version that the form was made of; one that is none fits nothing."""
    text = request.POST.get("version", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number else 0


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}
