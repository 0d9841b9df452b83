"""Pages: keys of an organization's programs, and what was asked with them."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import api_keys
from marketplace.filters import ApiRequestFilter
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import ApiKey, ApiRequest, Organization
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.api_keys import LONGEST_NAME, LONGEST_NOTE, OVERLAP_HOURS
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Flaw

PAGE = 50
MOST_ROWS, AT_ONCE = 100_000, 2_000  # of calls in a file, and of them in memory
MOST_DIGITS = 18
STATES = {
    "ACTIVE": ("run", gettext_lazy("works")),
    "EXPIRED": ("off", gettext_lazy("has ended")),
    "REVOKED": ("off", gettext_lazy("revoked")),
}
ENDS = {
    "30": gettext_lazy("in 30 days"),
    "90": gettext_lazy("in 90 days"),
    "365": gettext_lazy("in a year"),
    "": gettext_lazy("never"),
}
HOURS = {
    0: gettext_lazy("not at all: it ends now"),
    1: gettext_lazy("for an hour"),
    OVERLAP_HOURS: gettext_lazy("for a day"),
    72: gettext_lazy("for three days"),
    168: gettext_lazy("for a week"),
}
# What a key with a scope reads, as an example of a call; the first that it has.
EXAMPLES = {
    Scope.EQUIPMENT_READ: "equipment/",
    Scope.LISTINGS_READ: "listings/",
    Scope.LEASES_READ: "leases/",
    Scope.DEVICES_READ: "devices/",
    Scope.INVOICES_READ: "invoices/",
    Scope.MEMBERS_READ: "members/",
    Scope.EVENTS_READ: "events/",
    Scope.WEBHOOKS_READ: "webhook-endpoints/",
    Scope.KEYS_READ: "api-keys/",
}


class KeyForm(forms.Form):
    """What a key is for, and from where it may come."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("Which program has it, and whom to ask."),
    )
    networks = forms.CharField(
        label=gettext_lazy("May come from"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One address or network a line, such as 203.0.113.7 or 2001:db8::/32. Nothing: from everywhere."
        ),
    )

    def clean_networks(self) -> list[str]:
        """Take the networks apart."""
        return [one for one in re.split(r"[\s,;，；]+", self.cleaned_data["networks"]) if one]

    def show(self, error: DomainError) -> None:
        """Put each flaw at its field, and what is not of a field above all."""
        flaws: tuple[Flaw, ...] = error.flaws
        for flaw in flaws:
            name = flaw.pointer.split("/")[1]
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        if not flaws:
            self.add_error(None, said(error))


class NewKeyForm(KeyForm):
    """A new key: what it may touch, and until when."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(
        label=gettext_lazy("Ends"), choices=list(ENDS.items()), initial="365", required=False
    )
    field_order = ("name", "note", "scopes", "days", "networks")


class RotateForm(forms.Form):
    """How long the old secret works on."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("The old secret works on"),
        choices=list(HOURS.items()),
        initial=OVERLAP_HOURS,
        coerce=int,
    )


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the organization's keys, and make one: its text is shown once, on the answer itself."""
    within, now = acting_organization(request), clock.now()
    form, text, made = NewKeyForm(request.POST or None), "", None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        days = given.pop("days")
        given["expires_at"] = now + timedelta(days=int(days)) if days else None
        try:
            made, text = api_keys.create(organization=within, **given, by=request.user, at=now)  # type: ignore[arg-type]
            form = NewKeyForm()
        except api_keys.KeyInvalid as error:
            form.show(error)
    found = ApiKey.objects.filter(organization=within).select_related("user").order_by("-pk")
    context: dict[str, Any] = {
        "keys": [_row(key) for key in found],
        "form": form,
        "text": text,
        "calls": _calls(request, made, text) if made else [],
        "may_edit": _connects(request, within),
        "is_platform": within.kind == OrganizationKind.PLATFORM,
    }
    status = 400 if request.method == "POST" and not text else 200
    return render(request, "marketplace/api_keys.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one key; change what it is called and from where it may come."""
    key = _one(request, public_id)
    form = KeyForm(request.POST or None, initial=_given(key))
    if request.method == "POST" and form.is_valid():
        try:
            api_keys.change(key=key, **form.cleaned_data, **_who(request))
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Changed. It counts from the next request on."))
            return redirect("api-key", public_id)
    return _page(request, key, form, 400 if request.method == "POST" else 200)


@require_POST
@login_required
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a key another secret and show it once; the same form sent twice gives one."""
    key, form = _one(request, public_id), RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how long the old secret works on."))
        return redirect("api-key", public_id)
    try:
        found, text = api_keys.rotate(key=key, hours=form.cleaned_data["hours"], **_who(request))
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("api-key", public_id)
    return _page(request, found, KeyForm(initial=_given(found)), 200, text)


@require_POST
@login_required
def end_old_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """End the secret before this one now."""
    api_keys.end_old_secret(key=_one(request, public_id), **_who(request))
    messages.success(request, _("The old secret has ended."))
    return redirect("api-key", public_id)


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke a key at once."""
    key = api_keys.revoke(key=_one(request, public_id), **_who(request))
    messages.info(request, _("The key “{name}” is revoked.").format(name=key.name))
    return redirect("api-keys")


@login_required
def requests(request: HttpRequest) -> HttpResponseBase:
    """List what was asked with the keys in the last seven days: all of them, or those that one has made."""
    within = acting_organization(request)
    keys = ApiKey.objects.filter(organization=within)
    rows = ApiRequest.objects.of(within).select_related("key")
    if not _connects(request, within):
        keys, rows = keys.filter(user=request.user), rows.filter(key__user=request.user)  # type: ignore[misc]
    asked = {name: request.GET.get(name, "") for name in ("key", "status")}
    filtered = ApiRequestFilter(asked, queryset=rows)
    found, before = filtered.qs if filtered.is_valid() else rows, request.GET.get("before", "")
    if form := asked_format(request):
        heads = [_("When"), _("Call"), _("Result"), _("Code"), _("Milliseconds"), _("Key"), _("Request id")]
        newest = found.order_by("-pk")[:MOST_ROWS].iterator(AT_ONCE)
        return table_answer(form, "api-requests", heads, map(_cells, newest))
    if before.isascii() and before.isdigit() and len(before) <= MOST_DIGITS:
        found = found.filter(pk__lt=int(before))
    page = list(found.order_by("-pk")[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    onward = {name: value for name, value in asked.items() if value}
    context = {
        "rows": [_asked(one) for one in page],
        "keys": keys.order_by("-pk"),
        "asked": asked,
        "statuses": ("2xx", "3xx", "4xx", "5xx"),
        "is_filtered": bool(onward),
        "most_rows": MOST_ROWS,
        "page": {
            "previous": f"?{urlencode(onward)}" if before else "",
            "next": f"?{urlencode(onward | {'before': page[-1].pk})}" if more else "",
            "words": _("Newest first"),
        },
    }
    return render(request, "marketplace/api_requests.html", context)


def _cells(one: ApiRequest) -> list[object]:
    at = timezone.localtime(one.at).isoformat(" ", "seconds")[:19]
    call = f"{one.method} {one.path}"
    return [at, call, one.status, one.code, one.duration_ms, one.key.name, one.request_id]


def said(error: DomainError) -> str:
    """Say in the reader's language why something was not done."""
    return _(error.text).format(**error.facts)


def _page(request: HttpRequest, key: ApiKey, form: KeyForm, status: int, text: str = "") -> HttpResponse:
    now = clock.now()
    context = {
        "row": _row(key),
        "key": key,
        "form": form,
        "rotate": RotateForm(),
        "is_alive": key.state(now) == "ACTIVE",
        "is_own": key.user_id == request.user.pk,
        "text": text,
        "calls": _calls(request, key, text) if text else [],
        "facts": _facts(key),
    }
    return render(request, "marketplace/api_key.html", context, status=status)


def _row(key: ApiKey) -> dict[str, Any]:
    now = clock.now()
    state = key.state(now)
    kind, word = STATES[state]
    return {
        "key": key,
        "scopes": [Scope(scope).label for scope in key.scopes],
        "state": state,
        "badge": kind,
        "word": word,
        "old_until": key.old_secret_until if key.old_secret_lives(now) and state == "ACTIVE" else None,
    }


def _facts(key: ApiKey) -> list[dict[str, Any]]:
    """Return what the page says of where a key may come from, and where it came from last."""
    return [
        {"label": _("May come from"), "value": ", ".join(key.networks) or _("everywhere")},
        {"label": _("Came last from"), "value": key.last_used_from or "–"},
        {"label": _("Acts as"), "value": key.user.name},
    ]


def _asked(one: ApiRequest) -> dict[str, Any]:
    kinds = {2: "run", 3: "info", 4: "idle", 5: "fault"}
    return {"one": one, "kind": kinds.get(one.status // 100, "off")}


def _calls(request: HttpRequest, key: ApiKey, text: str) -> list[str]:
    """Return commands that call the API with a key, ready to be copied."""
    paths = ["ping/", *(path for scope, path in EXAMPLES.items() if scope in key.scopes)][:2]
    begins = f'curl -H "Authorization: Bearer {text}"'
    return [f'{begins} "{request.build_absolute_uri("/api/v1/" + path)}"' for path in paths]


def _given(key: ApiKey) -> dict[str, Any]:
    return {"name": key.name, "note": key.note, "networks": "\n".join(key.networks)}


def _one(request: HttpRequest, public_id: str) -> ApiKey:
    within = acting_organization(request)
    if not _connects(request, within):
        raise Http404
    found = ApiKey.objects.filter(organization=within).select_related("organization", "user")
    return get_object_or_404(found, public_id=public_id)


def _connects(request: HttpRequest, within: Organization) -> bool:
    return allowed(request.user, Permission.API_KEY_EDIT, within=within)  # type: ignore[arg-type]


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}
