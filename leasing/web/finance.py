"""The finance side of a lease: its instalments, and how it stands in the register of movables."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import finance
from leasing.models import FinanceLease, FinanceRegistration, Lease
from leasing.rules import finance_words
from leasing.rules.finance_registrations import State, state, warning
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid


class RegistrationForm(forms.Form):
    """An entry in the unified registration system."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What was entered"), choices=FinanceRegistration.Entered.choices
    )
    number = forms.CharField(label=gettext_lazy("Number of the certificate"), max_length=40)
    on = forms.DateField(
        label=gettext_lazy("Day of the entry"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Registered until"),
        help_text=gettext_lazy("The last day on which it holds; empty for a cancellation."),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)


def part(shown: Lease) -> dict[str, Any]:
    """Return what the page of a lease says of its registration, if it is a finance lease under contract."""
    if "finance" not in shown.terms:
        return {}
    found = FinanceLease.objects.prefetch_related("registrations").filter(lease=shown).first()
    words = finance_words.phrases(shown.agreed.finance, _) if shown.agreed.finance else []
    return {"finance_words": words, **(_standing(shown, found) if found else {})}


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show instalments and register; a lease that is none says so."""
    return _page(request, _found(request, public_id), None)


@require_POST
@login_required
def register(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record an entry and come back; what is wrong stands at its field."""
    lease = _found(request, public_id)
    if acting_organization(request) != lease.lessor:
        raise MissingRight(organization=lease.lessor.name)
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        return _page(request, lease, form)
    try:
        finance.register(lease=lease, by=request.user, at=clock.now(), **form.cleaned_data)  # type: ignore[arg-type]
    except Invalid as error:
        for flaw in error.flaws:
            form.add_error(flaw.pointer.strip("/"), _(flaw.text).format(**flaw.facts))
        return _page(request, lease, form)
    return redirect("lease-finance", public_id)


def _page(request: HttpRequest, lease: Lease, form: RegistrationForm | None) -> HttpResponse:
    found = FinanceLease.objects.prefetch_related("registrations", "instalments").filter(lease=lease).first()
    may = allowed(request.user, Permission.LEASE_OPERATE, within=lease.lessor)  # type: ignore[arg-type]
    right = may and acting_organization(request) == lease.lessor
    context: dict[str, Any] = {"lease": lease, "finance": found}
    if found is not None and lease.agreed.finance is not None:
        schedule = [one.value().dump() for one in found.instalments.all()]
        table = finance_words.table(schedule, found.currency, _)
        context |= {
            "columns": table.columns,
            "rows": [list(zip(table.columns, row, strict=True)) for row in table.rows],
            "finance_words": finance_words.phrases(lease.agreed.finance, _),
            "entries": found.registrations.all(),
            "form": (form or RegistrationForm()) if right else None,
            **_standing(lease, found),
        }
    return render(request, "leasing/finance.html", context, status=400 if form else 200)


def _standing(lease: Lease, found: FinanceLease) -> dict[str, Any]:
    """Return how it stands in the register today, and the warning that belongs to it."""
    today = clock.now().astimezone(lease.agreed.zone).date()
    entries = found.entries()
    said = warning(entries, today)
    return {
        "finance_is_registered": state(entries, today) in (State.REGISTERED, State.SOON),
        "finance_until": entries[-1].expires_on if entries else None,
        "finance_warning": _(said[0]).format(**said[1]) if said else "",
    }


def _found(request: HttpRequest, public_id: str) -> Lease:
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    return get_object_or_404(visible, public_id=public_id)
