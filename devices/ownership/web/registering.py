"""Pages: apply for a certificate, ask to change or pass it on, and decide as the registrar."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import registrar, registrations
from devices.ownership.actions.registrations import Wanted
from devices.ownership.models import Registration, RegistrationEntry
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import MOST_YEARS, Step
from devices.ownership.web import console, fields
from devices.ownership.web.registrations import items_of, known_to, reader, said_against
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PLACE = "data-registrations"
LONGEST_TERM = max(MOST_YEARS.values())
FIELDS = {"assets": "assets", "period": "ends_at", "right": "right", "years": "years"}


class RegistrationForm(fields.AssetsForm):
    """What is to be registered; the period is when the data were generated."""

    starts_at = fields.MomentField(label=gettext_lazy("Data made from"))
    ends_at = fields.MomentField(label=gettext_lazy("Data made until"))
    right = forms.ChoiceField(label=gettext_lazy("Which right"), choices=RegistrationEntry.Right.choices)
    years = forms.IntegerField(
        label=gettext_lazy("For how many years"),
        help_text=gettext_lazy("To hold: at most 5. To use or to operate: at most 3."),
        min_value=1,
        max_value=LONGEST_TERM,
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for name in ("starts_at", "ends_at"):
            said = self.initial.get(name)  # to the microsecond, which no field shows
            if isinstance(said, datetime) and told.get(name) == said.replace(microsecond=0):
                told[name] = said
        self.cleaned_data = told
        self.period = fields.period(self, "starts_at", "ends_at")
        return told

    def asked(self) -> Wanted:
        """Return what is to be registered."""
        given, assets = self.cleaned_data, [one.public_id for one in self.wanted()]
        assert self.period is not None  # both ends are needed
        return Wanted(assets, self.period, given["right"], given["years"])


class TransferForm(forms.Form):
    """To whom a certificate is passed on."""

    to = fields.OrganizationField(label=gettext_lazy("To which organization"))


class RefusalForm(forms.Form):
    """Grounds that the registrar names besides what is found, each at each item that was chosen."""

    items = forms.MultipleChoiceField(
        label=gettext_lazy("What it concerns"), widget=forms.CheckboxSelectMultiple, required=False
    )
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("Grounds besides what was found"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[(one.value, gettext_lazy(text)) for one, text in rules.GROUNDS.items()],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason; the applicant reads it"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def named(self) -> list[dict[str, str]]:
        """Return each ground at each item."""
        given = self.cleaned_data
        return [{"pointer": item, "ground": one} for item in given["items"] for one in given["grounds"]]


@login_required
def apply(request: HttpRequest) -> HttpResponse:
    """Apply for a first registration; "show" only looks at the data of another machine."""
    organization, at = _holder(request), clock.now()
    form = RegistrationForm(organization, at, **_typed(request, {"right": "hold", "years": 1}))

    def act() -> RegistrationEntry:
        return registrations.apply(wanted=form.asked(), **_who(request, organization, at))

    return _asked(request, form, act, {"lead": "apply"})


@login_required
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask that a certificate says another subject, right or term."""
    organization, at, found = _held(request, public_id)
    says = found.current
    form = RegistrationForm(organization, at, **_typed(request, _says(says)))

    def act() -> RegistrationEntry:
        return registrations.change(
            registration=found, wanted=form.asked(), **_who(request, organization, at)
        )

    return _asked(request, form, act, {"lead": "change", "registration": found})


@login_required
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer a certificate to another organization."""
    organization, at, found = _held(request, public_id)
    form, status = TransferForm(request.POST or None), 200
    if request.method == "POST":

        def act() -> RegistrationEntry:
            to = form.cleaned_data["to"]
            return registrations.transfer(registration=found, to=to, **_who(request, organization, at))

        made, status = fields.tried(form, act, {"": "to"})
        if made is not None:
            messages.success(request, _("Offered. The other side sees it and can agree or decline."))
            return redirect("data-registration", public_id)
    context = {"form": form, "registration": found, "entry": found.current}
    return console.show(request, "ownership/registration_transfer.html", PLACE, context, status=status)


@login_required
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the registrar what waits and what stands against it now; grant or refuse it."""
    organization, at, found = _mine(request, public_id)
    if organization.kind != OrganizationKind.PLATFORM or not found.is_pending:  # type: ignore[attr-defined]
        raise Http404
    asked = found.last
    subject, against = registrar.against(registration=found, at=at)
    assets = {one.public_id: one for one in subject.assets}
    form, status = RefusalForm(request.POST or None), 200
    form.fields["items"].choices = items_of(asked, assets)  # type: ignore[attr-defined]
    if request.method == "POST":
        seen = {"registration": found, "digest": request.POST.get("digest", "")}
        seen |= _who(request, organization, at)
        made, status = fields.tried(form, lambda: _decided(request, form, seen), {"grounds": "grounds"})
        if made is not None:
            messages.success(request, _("It is written down in the history of the certificate."))
            return redirect("data-registration", public_id)
    context = {
        "form": form,
        "registration": found,
        "asked": asked,
        "assets": subject.assets,
        "against": [said_against(one._asdict(), asked, assets) for one in against],
        "agreed": asked.kind != rules.Kind.TRANSFER or asked.step == Step.AGREED,
    }
    return console.show(request, "ownership/registration_decide.html", PLACE, context, status=status)


def _decided(request: HttpRequest, form: RefusalForm, seen: dict[str, Any]) -> RegistrationEntry:
    if "grant" in request.POST:
        return registrar.grant(**seen)
    return registrar.refuse(grounds=form.named(), reason=form.cleaned_data["reason"], **seen)


def _asked(
    request: HttpRequest,
    form: RegistrationForm,
    act: Callable[[], RegistrationEntry],
    context: dict[str, Any],
) -> HttpResponse:
    """Answer an application: where it is told what stands against it, or the form with its faults."""
    status = 200
    if form.is_bound:
        made, status = fields.tried(form, act, FIELDS)
        if made is not None:
            messages.success(request, _("Your application waits for the decision of the platform."))
            return redirect("data-registration", made.registration.public_id)
    return console.show(
        request, "ownership/registration_ask.html", PLACE, {"form": form, **context}, status=status
    )


def _typed(request: HttpRequest, initial: dict[str, Any]) -> dict[str, Any]:
    given = fields.typed(request, RegistrationForm)
    if "data" in given:
        return given | {"initial": initial}
    sent = {name: value for name, value in given["initial"].items() if value}
    return {"initial": initial | sent}


def _says(entry: RegistrationEntry) -> dict[str, Any]:
    """Return what a certificate says now, to be changed."""
    given = {"assets": list(entry.assets), "right": entry.right, "years": entry.years}
    return given | {"starts_at": entry.period.lower, "ends_at": entry.period.upper}


def _holder(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    return organization


def _mine(request: HttpRequest, public_id: str) -> tuple[Organization, datetime, Registration]:
    organization, at = reader(request), clock.now()
    found = get_object_or_404(known_to(organization, at), public_id=public_id)
    _holder(request)
    return organization, at, found


def _held(request: HttpRequest, public_id: str) -> tuple[Organization, datetime, Registration]:
    organization, at, found = _mine(request, public_id)
    if found.last.holder_id != organization.pk:
        raise Http404
    return organization, at, found


def _who(request: HttpRequest, within: Organization, at: datetime) -> dict[str, Any]:
    return {"by": request.user, "within": within, "at": at}
