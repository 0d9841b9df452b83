"""Commission of the platform on pages: its rates by two people, their history, and a preview."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import commission
from leasing.filters import CommissionRateFilter
from leasing.models import CommissionProposal, CommissionRate
from leasing.queries import commission as queries
from leasing.queries import organization_named
from leasing.queries.commission_words import scope_words, told
from leasing.rules.commission import EXAMPLE_MINOR, LAST_DAY, LONGEST_REASON, percent
from leasing.web.running import day_field, refuse, said
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Category, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

HUNDRED = Decimal(100)
FIRST_DAY = date(2020, 1, 1)
MOST_OVER = 50  # rates that are over, on the page; the file has all of them
MOST_DECIDED = 20
PLACES = {"/rate": "percent"}
LOOKS = {"PROPOSED": "idle", "APPROVED": "run", "WITHDRAWN": "off"}
COMING, HOLDING, OVER, REPLACED = "COMING", "HOLDING", "OVER", "REPLACED"
SET, END = "SET", "END"
STATES = {
    COMING: gettext_lazy("to come"),
    HOLDING: gettext_lazy("in force"),
    OVER: gettext_lazy("over"),
    REPLACED: gettext_lazy("replaced before it began"),
}


def _categories() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.order_by("family", "position", "pk"),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("none"),
    )


class OwnerField(forms.CharField):
    """An organization by its public id or credit code."""

    def clean(self, value: Any) -> Any:
        """Return the organization, none if nothing is typed."""
        typed = super().clean(value)
        found = organization_named(typed) if typed else None
        if typed and found is None:
            raise forms.ValidationError(_("There is no such organization."))
        return found


def _owners(help_text: Any = "") -> OwnerField:
    label = gettext_lazy("Unified social credit code of the owner")
    return OwnerField(label=label, max_length=30, required=False, help_text=help_text)


class CommissionForm(forms.Form):
    """For whom, which share, from which day, and why."""

    scope = forms.ChoiceField(label=gettext_lazy("Whom it is for"), choices=CommissionProposal.Scope)
    category = _categories()
    owner = _owners()
    what = forms.ChoiceField(
        label=gettext_lazy("What is proposed"),
        choices=[
            (SET, gettext_lazy("Set a rate")),
            (END, gettext_lazy("End the rate that is set, without another")),
        ],
        initial=SET,
        widget=forms.RadioSelect,
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Share of the rent before tax"),
        help_text=gettext_lazy("Where a rate is set. Leave it empty to end one."),
        required=False,
        max_digits=7,
        decimal_places=3,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )
    starts_on = day_field(gettext_lazy("Begins on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 2})
    )

    def clean(self) -> None:
        """Refuse a rate without a share, and an end with one."""
        super().clean()
        what, share = self.cleaned_data.get("what"), self.cleaned_data.get("percent")
        if what == SET and share is None and "percent" not in self.errors:
            self.add_error("percent", _("Enter the share of the rate that is set."))
        if what == END and share is not None:
            self.add_error("percent", _("Leave this empty: a rate that ends has no share."))

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "what"}
        share = typed.pop("percent")
        return typed | {"rate": None if share is None else share / HUNDRED}


class PreviewForm(forms.Form):
    """Whose rent, in which category, on which day."""

    owner = _owners()
    category = _categories()
    on = day_field(gettext_lazy("Day"), required=False)

    def clean_on(self) -> date | None:
        """Refuse days for which no tax rate is known."""
        on: date | None = self.cleaned_data["on"]
        if on is not None and not FIRST_DAY <= on <= LAST_DAY:
            raise forms.ValidationError(_("Enter a day from 2020 to 2999."))
        return on


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponseBase:
    """Show proposals, the rates in force, to come and over, and a preview; ``?format=`` gives all rates."""
    platform, today = _platform(request), clock.today()
    rates = CommissionRate.objects.visible_within(platform).select_related("category", "owner")
    if form := asked_format(request):
        filterset = CommissionRateFilter(request.GET, queryset=rates, request=request)
        refuse_unread(filterset)
        found = filterset.qs.order_by("-starts_on", "-pk").select_related("proposal")
        return list_answer(form, "commission-rates", _heads(), found, lambda one: _cells(one, today))
    preview = (
        PreviewForm(request.GET) if any(name in request.GET for name in PreviewForm.base_fields) else None
    )
    proposals = CommissionProposal.objects.visible_within(platform).select_related("category", "owner")
    waiting = proposals.filter(state=CommissionProposal.State.PROPOSED).order_by("pk")
    decided = proposals.exclude(state=CommissionProposal.State.PROPOSED).order_by("-checked_at", "-pk")
    heaps: dict[str, list[dict[str, Any]]] = {HOLDING: [], COMING: [], OVER: [], REPLACED: []}
    over = rates.over(today).order_by("-ends_on", "-pk")[:MOST_OVER]
    for one in [*rates.not_over(today).order_by("scope", "starts_on", "pk"), *over]:
        heaps[_state(one, today)].append(_rate(one))
    context = {
        "waiting": [_proposal(request, one, platform) for one in waiting],
        "decided": [_proposal(request, one, platform) for one in decided[:MOST_DECIDED]],
        "holding": heaps[HOLDING],
        "coming": heaps[COMING],
        "over": [*heaps[OVER], *heaps[REPLACED]],
        "preview": preview or PreviewForm(),
        "found": _previewed(preview) if preview and preview.is_valid() else None,
        "proposes": allowed(request.user, Permission.BOOK_POST, within=platform),  # type: ignore[arg-type]
    }
    status = 400 if preview and preview.errors else 200
    return render(request, "leasing/commission.html", context, status=status)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Propose a rate; another person approves it."""
    platform = _platform(request)
    form = CommissionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commission.propose(within=platform, by=request.user, at=clock.now(), **form.given())  # type: ignore[arg-type]
        except DomainError as error:
            refuse(form, error, PLACES, None)
        else:
            messages.success(request, _("Proposed. The rate is set once a second person approves it."))
            return redirect("commission-rates")
    status = 400 if request.method == "POST" else 200
    return render(request, "leasing/commission_form.html", {"form": form}, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve or withdraw what was proposed."""
    platform = _platform(request)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "approve": (commission.approve, _("Set. The owners concerned are told.")),
        "withdraw": (commission.withdraw, _("Withdrawn. The proposal stays in the history.")),
    }
    if verb not in acts:
        raise Http404
    proposals = CommissionProposal.objects.visible_within(platform)
    found = get_object_or_404(proposals, public_id=public_id)
    action, done = acts[verb]
    try:
        action(proposal=found, within=platform, by=request.user, at=clock.now())
    except DomainError as error:
        flaws = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(flaws) or said(error))
    else:
        messages.success(request, done)
    return redirect("commission-rates")


def _previewed(form: PreviewForm) -> dict[str, Any]:
    typed = form.cleaned_data
    on = typed["on"] or clock.today()
    given = {"owner": typed["owner"], "category": typed["category"]}
    found = queries.preview(**given, on=on, net_minor=EXAMPLE_MINOR)
    shown = told(found)
    coming = [change for change in shown["changes"] if change["on"] > clock.today()]
    return shown | {"on": on, "changes": coming, **given}


def _platform(request: HttpRequest) -> Organization:
    platform = acting_organization(request)
    if platform.kind != OrganizationKind.PLATFORM:
        raise Http404
    require(request.user, Permission.INVOICE_READ, within=platform)  # type: ignore[arg-type]
    return platform


def _state(one: CommissionRate, today: date) -> str:
    if one.is_replaced:
        return REPLACED
    if one.starts_on > today:
        return COMING
    return HOLDING if one.ends_on is None or one.ends_on > today else OVER


def _rate(one: CommissionRate) -> dict[str, Any]:
    return {
        "one": one,
        "whom": scope_words(one),
        "percent": percent(one.rate),
        "last": one.ends_on - timedelta(days=1) if one.ends_on else None,
    }


def _proposal(request: HttpRequest, one: CommissionProposal, platform: Organization) -> dict[str, Any]:
    person: Any = request.user
    waits, is_own = one.state == CommissionProposal.State.PROPOSED, one.maker == person.public_id
    return {
        "one": one,
        "whom": scope_words(one),
        "percent": _("ends, without another rate") if one.rate is None else percent(one.rate),
        "look": LOOKS[one.state],
        "approves": waits and not is_own and allowed(person, Permission.BILLING_SET, within=platform),
        "withdraws": waits and allowed(person, Permission.BOOK_POST, within=platform),
        "is_own": waits and is_own,
    }


def _heads() -> list[str]:
    names = [_("State"), _("Whom it is for"), _("Name"), _("Share of the rent before tax"), _("Begins on")]
    return [*names, _("Ends before"), _("Reason"), _("Proposed by"), _("Approved by"), _("Set at")]


def _cells(one: CommissionRate, today: date) -> list[object]:
    """Return a rate as a row of a file; the share is a number below one."""
    made = one.proposal
    days = [one.starts_on, one.ends_on]
    said_by = [made.reason, made.maker_name, made.checker_name, moment_cell(one.set_at)]
    state = str(STATES[_state(one, today)])
    return [state, one.get_scope_display(), scope_words(one), one.rate, *days, *said_by]
