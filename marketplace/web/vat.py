"""How an organization is taxed: what was stated, and a new statement."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import vat_statements
from marketplace.models import VatStatement
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization, taxpayer_named
from marketplace.rules.pricing.sellers import tax_on
from marketplace.rules.vat_statements import read
from marketplace.shared import clock
from marketplace.shared.errors import Invalid


class VatForm(forms.Form):
    """A new statement."""

    status = forms.ChoiceField(label=gettext_lazy("Registered as"), choices=VatStatement.Standing.choices)
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from the day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(
        label=gettext_lazy("Paper that says so"),
        max_length=400,
        help_text=gettext_lazy("For example the notice of the tax bureau, with its number and day."),
    )


class PlatformVatForm(VatForm):
    """A statement of the platform, which alone says how tax is rounded."""

    rounding = forms.ChoiceField(
        label=gettext_lazy("Tax is rounded"), choices=VatStatement.Rounded.choices, required=False
    )


@login_required
def vat(request: HttpRequest) -> HttpResponse:
    """List what was stated of the acting organization, or for the platform of any, and take another."""
    acting = acting_organization(request)
    user: Any = request.user
    require(user, Permission.INVOICE_READ, within=acting)
    named = request.GET.get("organization")
    whose = taxpayer_named(acting=acting, public_id=named)
    made: type[VatForm] = PlatformVatForm if acting.kind == OrganizationKind.PLATFORM else VatForm
    form = made(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            vat_statements.state(
                organization=whose,
                given=read(form.cleaned_data),
                within=acting,
                by=user,
                at=clock.now(),
            )
        except Invalid as error:
            for flaw in getattr(error, "flaws", ()):
                form.add_error(flaw.pointer.strip("/"), _(flaw.text))
        else:
            messages.success(
                request, _("This is stated. It holds for invoices that are drafted from now on.")
            )
            return redirect(reverse("vat") + (f"?organization={whose.public_id}" if named else ""))
    found = VatStatement.objects.filter(organization=whose).newest_first().select_related("made_for")
    said = VatStatement.objects.said_of([whose.pk]).get(whose.pk, [])
    now = tax_on(said, clock.today())
    context = {
        "whose": whose,
        "is_own": whose.pk == acting.pk,
        "now": VatStatement.Standing(now.status.value).label,
        "rounded": VatStatement.Rounded(now.rounding.value).label,
        "statements": found,
        "form": form,
        "may_state": allowed(user, Permission.INVOICE_RUN, within=acting),
    }
    return render(request, "marketplace/vat.html", context)
