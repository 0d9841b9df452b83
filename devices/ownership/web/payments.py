"""Pages: whoever is owed money for data records that it came, or does without it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import payments
from devices.ownership.models import PaymentDuty
from devices.ownership.permissions import terms
from devices.ownership.rules.duties import SOURCES, STATES
from devices.ownership.web import console, fields
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PLACE, WAIVE = "data-duties", "waive"


class PaidForm(forms.Form):
    """By what the money came."""

    reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"),
        help_text=gettext_lazy("As it stands on your statement."),
        max_length=140,
    )


class WithoutForm(forms.Form):
    """Why nothing has to be paid."""

    because = forms.CharField(label=gettext_lazy("Why; it stands beside the duty"), max_length=300)


@login_required
def payment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is owed, and let the creditor record the payment or do without it."""
    organization, at = acting_organization(request), clock.now()
    require(request.user, Permission.INVOICE_READ, within=organization)  # type: ignore[arg-type]
    found = get_object_or_404(PaymentDuty.objects.visible_in(organization).shown(), public_id=public_id)
    waives, posted = WAIVE in request.POST, request.method == "POST"
    paid = PaidForm(request.POST if posted and not waives else None)
    without, status = WithoutForm(request.POST if posted and waives else None), 200
    if posted:
        who: dict[str, Any] = {"duty": found, "by": request.user, "within": organization, "at": at}

        def act() -> PaymentDuty:
            if waives:
                return payments.waive(because=without.cleaned_data["because"], **who)
            return payments.settle(reference=paid.cleaned_data["reference"], **who)

        made, status = fields.tried(without if waives else paid, act, {})
        if made is not None:
            messages.success(request, _("Recorded. Both sides see it."))
            return redirect(PLACE)
    where = found.state(at, terms())
    context = {
        "duty": found,
        "source": _(SOURCES[found.source]),
        "state": _(STATES[where]),
        "undone": found.paid_at is None and found.waived_at is None,
        "is_creditor": organization.pk == found.creditor_id,
        "paid": paid,
        "without": without,
    }
    return console.show(request, "ownership/payment.html", PLACE, context, status=status)
