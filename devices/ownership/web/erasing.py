"""Pages: a lessee has data erased before their time, or lets them stay after all."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import duties
from devices.ownership.models import Agreement, Duty
from devices.ownership.rules.duties import ERASABLE, RETENTIONS
from devices.ownership.rules.sentences import listed
from devices.ownership.web import console, fields
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PLACE, PERSONS = "data-duties", "operator_data"


class EraseForm(forms.Form):
    """What goes now: a class, both, or what is recorded of persons alone."""

    what = forms.ChoiceField(
        label=gettext_lazy("What goes"),
        widget=forms.RadioSelect,
        choices=[
            (PERSONS, gettext_lazy("operator data alone, on a person's request")),
            *((one, gettext_lazy(RETENTIONS[one])) for one in ERASABLE),
            ("ALL", gettext_lazy("both")),
        ],
    )
    sure = forms.BooleanField(label=gettext_lazy("Nobody can bring them back; what I need is exported."))


class WaiveForm(forms.Form):
    """Why the data may stay."""

    because = forms.CharField(label=gettext_lazy("Why; it stands beside the duty"), max_length=300)


@login_required
def erase(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have what was said until now erased, as the lessee of the agreement."""
    organization = acting_organization(request)
    held = Agreement.objects.of(organization).select_related("equipment", "owner", "lessee")
    found = get_object_or_404(held, public_id=public_id)
    require(request.user, Permission.DATA_ERASE, within=organization)  # type: ignore[arg-type]
    if organization.pk != found.lessee_id:
        raise duties.OnlyLesseeAsks
    form, status = EraseForm(request.POST or None), 200
    if request.method == "POST":
        who: dict[str, Any] = {"by": request.user, "within": organization, "at": clock.now()}
        made, status = fields.tried(form, lambda: _ask(form, agreement=found, **who), {"": "what"})
        if made is not None:
            messages.success(
                request, _("It is due now. The data go within minutes; the certificate follows.")
            )
            return redirect(PLACE)
    context = {"agreement": found, "form": form}
    return console.show(request, "ownership/erase.html", PLACE, context, status=status)


@login_required
def waive(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let data stay after all, as the lessee whose data would go."""
    organization = acting_organization(request)
    found = get_object_or_404(Duty.objects.visible_in(organization).shown(), public_id=public_id)
    require(request.user, Permission.DATA_ERASE, within=organization)  # type: ignore[arg-type]
    if organization.pk != found.agreement.lessee_id:
        raise duties.OnlyLesseeAsks
    form, status = WaiveForm(request.POST or None), 200
    if request.method == "POST":

        def act() -> Duty:
            who: dict[str, Any] = {"by": request.user, "within": organization, "at": clock.now()}
            return duties.waive(duty=found, because=form.cleaned_data["because"], **who)

        made, status = fields.tried(form, act, {})
        if made is not None:
            messages.success(request, _("The data stay. The reason stands beside the duty."))
            return redirect(PLACE)
    what = listed((_(RETENTIONS[one]) for one in found.retentions), _)
    context = {"duty": found, "agreement": found.agreement, "form": form, "what": what}
    return console.show(request, "ownership/waive.html", PLACE, context, status=status)


def _ask(form: EraseForm, **who: Any) -> list[Duty]:
    what = form.cleaned_data["what"]
    if what == PERSONS:
        return duties.ask_personal(**who)
    return duties.ask(retentions=list(ERASABLE) if what == "ALL" else [what], **who)
