"""Pages: ask for a grant, or give one that nobody asked for; each kind has the fields that it needs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from devices.ownership.actions import grants
from devices.ownership.actions.grants import LONGEST_REASON, Wanted
from devices.ownership.models import Agreement, Grant
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.grant_sentences import FIGURES, INTERVALS, RAW
from devices.ownership.rules.grants import DIAGNOSIS, DIAGNOSIS_AT_LEAST, DIAGNOSIS_AT_MOST
from devices.ownership.rules.sentences import PURPOSES
from devices.ownership.web import console, fields
from marketplace.filters import DAY, DayField
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.period import Period

MINUTE = timedelta(minutes=1)
PLACE, Kind = "data-grants", Grant.Kind
FIELDS = {name: name for name in ("recipient", "categories", "purpose", "reference", "reason")}
FIELDS |= {"right": "level", "interval": "level", "generated": "generated_from", "readable": "readable_to"}
FIELDS |= {"lasts": "minutes"}
TIMES = ("generated_from", "generated_to", "readable_from", "readable_to")
NEEDS: Mapping[str, tuple[str, ...]] = {
    Kind.LESSEE_CONSENT: TIMES,
    Kind.SERVICE_JOB: (*TIMES, "reference"),
    Kind.ORDER: (*TIMES, "authority", "reference", "ordered_on"),
    Kind.REMOTE_DIAGNOSIS: ("minutes",),
}
OPTIONAL = ("minutes", *TIMES, "authority", "reference", "ordered_on")
ABOUT = {
    Kind.LESSEE_CONSENT: gettext_noop(
        "The lessee lets owner, maker or service provider read more, for a time."
    ),
    Kind.SERVICE_JOB: gettext_noop("A service provider reads while a job lasts, and seven days more."),
    Kind.ORDER: gettext_noop("An authority or a court orders it; the platform records the order."),
    Kind.REMOTE_DIAGNOSIS: gettext_noop("The condition of the machine, from the consent on, for some hours."),
}


class GrantForm(fields.Machine):
    """What is asked for or given; fields that its kind does not need are left out."""

    recipient = fields.OrganizationField(label=gettext_lazy("Who may read"))
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Which data"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (one, gettext_lazy(words)) for one, words in CATEGORIES.items() if one != "derived_benchmarks"
        ],
    )
    level = forms.ChoiceField(label=gettext_lazy("How fine"))
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what"),
        choices=[(one, gettext_lazy(words)) for one, words in PURPOSES.items()],
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("For how many minutes from the consent on"),
        min_value=DIAGNOSIS_AT_LEAST // MINUTE,
        max_value=DIAGNOSIS_AT_MOST // MINUTE,
    )
    generated_from = fields.MomentField(label=gettext_lazy("Data made from"))
    generated_to = fields.MomentField(
        label=gettext_lazy("Data made until"), required=False, help_text=gettext_lazy("Empty: no end.")
    )
    readable_from = fields.MomentField(label=gettext_lazy("May be read from"))
    readable_to = fields.MomentField(label=gettext_lazy("May be read until"))
    authority = forms.CharField(label=gettext_lazy("Authority or court"), max_length=120)
    reference = forms.CharField(label=gettext_lazy("Number of the job ticket or order"), max_length=80)
    ordered_on = DayField(label=gettext_lazy("Date of the order"), widget=DAY)
    reason = forms.CharField(
        label=gettext_lazy("Why; the other side reads it"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(
        self, organization: Organization, kind: str, *, gives: bool, agreement: Any, **more: Any
    ) -> None:
        super().__init__(organization, **more)
        self.kind, self.agreement = kind, agreement
        unneeded = {*OPTIONAL} - {*NEEDS[kind]} | ({"reason"} if gives else {"recipient"})
        for name in unneeded | ({"machine", "number"} if agreement else set()):
            self.fields.pop(name, None)
        figures = [(one, _(FIGURES).format(interval=_(words))) for one, words in INTERVALS.items()]
        self.fields["level"].choices = [("", _(RAW)), *figures]  # type: ignore[attr-defined]
        self.fields["level"].required = False

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.agreement is None:
            self.find_machine()
        if "readable_to" in self.fields:
            self.readable = fields.period(self, "readable_from", "readable_to")
            self.generated = fields.period(self, "generated_from", "generated_to")
            if self.generated is None and told.get("generated_from") and not self.data.get("generated_to"):
                self.generated = Period(told["generated_from"], None)
        return told

    def wanted(self, recipient: Organization, at: datetime) -> Wanted:
        """Return what is wanted: of the lease of the time that the data are from, or of the owner's time."""
        given, timed = self.cleaned_data, "readable_to" in self.fields
        machine = self.agreement.equipment if self.agreement else self.equipment
        generated = self.generated if timed else None
        return Wanted(
            kind=Kind(self.kind),
            equipment=machine,
            agreement=self.agreement or _then(machine, generated.start if generated else at),
            recipient=recipient,
            categories=given["categories"],
            right=Grant.Right.READ_AGGREGATE if given["level"] else Grant.Right.READ,
            purpose=given["purpose"],
            interval=given["level"],
            generated=generated,
            readable=self.readable if timed else None,
            lasts=None if timed else timedelta(minutes=given["minutes"]),
            **{name: given[name] for name in ("reference", "authority", "ordered_on") if name in given},
        )


@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the side whose data they are."""
    return _page(request, gives=False)


@login_required
def offer(request: HttpRequest) -> HttpResponse:
    """Give unasked; as the platform, record a lawful order."""
    return _page(request, gives=True)


def _page(request: HttpRequest, *, gives: bool) -> HttpResponse:
    organization, at = acting_organization(request), clock.now()
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    kinds = _kinds(organization, gives=gives)
    sent = request.POST if request.method == "POST" else request.GET
    kind = next((one for one in kinds if one == sent.get("kind")), kinds[0])
    agreement = _agreement(organization, sent.get("agreement", ""))
    given: dict[str, Any] = {"initial": _usual(agreement, at) | _named(request)}
    if request.method == "POST":
        given["data"] = request.POST
    form, status = GrantForm(organization, str(kind), gives=gives, agreement=agreement, **given), 200
    if form.is_bound:
        who = {"by": request.user, "at": at}
        made, status = fields.tried(form, lambda: _made(form, organization, who, gives=gives), FIELDS)
        if made is not None:
            messages.success(
                request, _("Given. It can be withdrawn at any time.") if gives else _("Asked for.")
            )
            return redirect("data-grant", made.public_id)
    context = {
        "form": form,
        "gives": gives,
        "kind": kind,
        "about": _(ABOUT[Kind(kind)]),
        "agreement": agreement,
        "choices": list(_links(request.path, kinds, str(kind), agreement)),
    }
    return console.show(request, "ownership/grant_ask.html", PLACE, context, status=status)


def _made(form: GrantForm, within: Organization, who: dict[str, Any], *, gives: bool) -> Grant:
    if gives:
        wanted = form.wanted(form.cleaned_data["recipient"], who["at"])
        return grants.offer(wanted=wanted, within=within, **who)
    return grants.ask(wanted=form.wanted(within, who["at"]), reason=form.cleaned_data["reason"], **who)


def _kinds(organization: Organization, *, gives: bool) -> list[str]:
    """Return the kinds that one may ask for, or give; only the platform records orders."""
    if organization.kind == OrganizationKind.PLATFORM and gives:
        return [Kind.ORDER]
    if organization.kind == OrganizationKind.REGULATOR and not gives:
        return [Kind.ORDER]
    service = [Kind.SERVICE_JOB, Kind.LESSEE_CONSENT, Kind.REMOTE_DIAGNOSIS]
    if gives or organization.kind == OrganizationKind.SERVICE_PROVIDER:
        return [str(one) for one in service]
    return [Kind.LESSEE_CONSENT, Kind.REMOTE_DIAGNOSIS]


def _agreement(organization: Organization, public_id: str) -> Agreement | None:
    if not public_id:
        return None
    if not fields.ID.match(public_id):
        raise Http404
    return get_object_or_404(_agreements().of(organization), public_id=public_id)


def _agreements() -> Any:
    return Agreement.objects.select_related("equipment__owner", "owner", "lessee")


def _then(machine: Equipment, at: datetime) -> Agreement | None:
    found: QuerySet[Agreement] = _agreements().filter(equipment=machine, period__contains=at)
    return found.first()


def _usual(agreement: Agreement | None, at: datetime) -> dict[str, Any]:
    """Return what is usual: maintenance, every quarter-hour, from now for a month."""
    start = at.replace(second=0, microsecond=0)
    usual = {"purpose": "maintenance", "level": "PT15M", "minutes": DIAGNOSIS // MINUTE}
    usual |= {"categories": ["machine_condition"], "readable_from": start}
    usual |= {"readable_to": start + timedelta(days=30), "generated_from": start}
    if agreement is not None:
        usual |= {"generated_from": agreement.span.start, "generated_to": agreement.span.end}
    return usual


def _named(request: HttpRequest) -> dict[str, str]:
    """Return what the link that leads here names."""
    return {name: request.GET[name] for name in ("machine", "number", "recipient") if name in request.GET}


def _links(here: str, kinds: list[str], kind: str, agreement: Agreement | None) -> Any:
    more = f"&agreement={agreement.public_id}" if agreement else ""
    for one in kinds:
        yield {"url": f"{here}?kind={one}{more}", "label": Kind(one).label, "active": one == kind}


def ask_url(agreement: Agreement, *, gives: bool) -> str:
    """Return where a side of an agreement asks for a grant under it, or gives one."""
    name = "data-grant-offer" if gives else "data-grant-ask"
    return f"{reverse(name)}?agreement={agreement.public_id}"
