"""The platform's general terms: every version for everybody to read, and the form that publishes the next."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leasing.actions import templates
from leasing.models import TermsTemplate
from leasing.rules.templates import LONGEST_TEXT, NOTICE
from leasing.web.running import DAY, moment_field, refuse
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization, organizations_of
from marketplace.shared import clock
from marketplace.shared.errors import Invalid

LISTED = 60


class GeneralTermsForm(forms.Form):
    """What the terms are about, both texts, and from when they hold."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What they are about"), choices=TermsTemplate.TemplateKind.choices
    )
    effective_at = moment_field(
        gettext_lazy("Takes effect"),
        help_text=gettext_lazy("Seven days from now, or later: everybody is told now."),
    )
    text_zh = forms.CharField(
        label=gettext_lazy("Chinese text"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 12})
    )
    text_en = forms.CharField(
        label=gettext_lazy("English text"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 12})
    )


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the versions of each kind, the newest first, for everybody."""
    now = clock.now()
    found = TermsTemplate.objects.defer("text_zh", "text_en").order_by("kind", "-version")[:LISTED]
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        rows.setdefault(one.get_kind_display(), []).append(_row(one, now, rows.get(one.get_kind_display())))
    context = {"kinds": rows, "may_publish": _may_publish(request)}
    return render(request, "leasing/general_terms.html", context)


@require_GET
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one version whole, in the reader's language and in the other one; the Chinese text decides."""
    found = get_object_or_404(TermsTemplate, public_id=public_id)
    chinese = (get_language() or "").startswith("zh")
    context = {"version": found, "chinese_first": chinese, "holds": found.effective_at <= clock.now()}
    return render(request, "leasing/general_terms_version.html", context)


@login_required
def publish(request: HttpRequest) -> HttpResponse:
    """Publish the next version, as the platform."""
    platform = acting_organization(request)
    if platform.kind != OrganizationKind.PLATFORM:
        raise Http404
    require(request.user, Permission.TEMPLATE_PUBLISH, within=platform)  # type: ignore[arg-type]
    now = clock.now()
    initial = {"effective_at": timezone.localtime(now + NOTICE + DAY)}
    form = GeneralTermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = templates.publish(platform=platform, by=request.user, at=now, **form.cleaned_data)  # type: ignore[arg-type]
        except Invalid as error:
            refuse(form, error, {}, None)
        else:
            messages.success(request, _("Published, and every organization is told."))
            return redirect("general-terms-version", made.public_id)
    status = 400 if request.method == "POST" else 200
    return render(request, "leasing/general_terms_form.html", {"form": form}, status=status)


def _may_publish(request: HttpRequest) -> bool:
    if not request.user.is_authenticated or not organizations_of(request):
        return False
    organization = acting_organization(request)
    right = allowed(request.user, Permission.TEMPLATE_PUBLISH, within=organization)
    return organization.kind == OrganizationKind.PLATFORM and right


def _row(one: TermsTemplate, now: datetime, newer: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Say of a version whether it holds; the newest of those that took effect does."""
    if one.effective_at > now:
        return {"version": one, "state": "PLANNED", "label": _("to come"), "kind": "info"}
    if any(row["state"] == "IN_FORCE" for row in newer or ()):
        return {"version": one, "state": "REPLACED", "label": _("replaced"), "kind": "off"}
    return {"version": one, "state": "IN_FORCE", "label": _("in force"), "kind": "run"}
