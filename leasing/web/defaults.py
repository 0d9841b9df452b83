"""What one side does not keep: the notice of default with time to cure, the termination, and the loss."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import terminations
from leasing.models import Lease, LeaseUnit
from leasing.rules import terminations as rules
from leasing.rules.leases import RUNNING, Move, Side, Status, can
from leasing.rules.terminations import LONGEST_TEXT, Ground
from leasing.web.running import (
    acting,
    acting_side,
    lease_of,
    local,
    moment_field,
    refuse,
    typed_moment,
    version,
    who,
)
from leasing.web.words import said
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import PLACES

USUAL_CURE = timedelta(days=14)
LARGEST = Decimal(10) ** 13
GROUNDS: dict[Ground, str | Promise] = {
    Ground.DEFAULT: gettext_lazy("A default that was not cured in the time of the notice"),
    Ground.MISUSE: gettext_lazy("The machine is used against its purpose or the agreement"),
    Ground.SUBLET_WITHOUT_CONSENT: gettext_lazy("The machine was sub-let without consent"),
    Ground.REMOVED: gettext_lazy("The machine was taken away from its place"),
    Ground.UNUSABLE: gettext_lazy("The machine cannot be used"),
    Ground.DANGEROUS: gettext_lazy("The machine endangers people"),
}


class DefaultForm(forms.Form):
    """What the other side does not keep, and until when it may cure that."""

    text = forms.CharField(
        label=gettext_lazy("What the other side does not keep"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )
    cure_until = moment_field(
        gettext_lazy("It may cure this until"),
        help_text=gettext_lazy("Three days at least, ninety at most."),
    )


class TerminationForm(forms.Form):
    """The ground, which each side has its own of, and the reason."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Ground of the termination"), widget=forms.RadioSelect, choices=()
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, side: Side | None, data: Any = None) -> None:
        super().__init__(data)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            (ground.value, text) for ground, text in GROUNDS.items() if rules.GRAVE.get(ground, side) == side
        ]


class LossForm(forms.Form):
    """The case at police or insurer, and the value of the machine."""

    case = forms.CharField(
        label=gettext_lazy("Number of the case"),
        help_text=gettext_lazy("Of the police or the insurer."),
        max_length=200,
    )
    value_basis = forms.CharField(
        label=gettext_lazy("Where the value comes from"),
        help_text=gettext_lazy("Such as book value, an expert, or the contract."),
        max_length=200,
    )
    reason = forms.CharField(
        label=gettext_lazy("What happened"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, currency: str, missing: Sequence[LeaseUnit], data: Any = None) -> None:
        super().__init__(data)
        self.places = PLACES[currency]
        if missing:
            self.fields["unit"] = forms.ChoiceField(
                label=_("Machine that did not come back"),
                choices=[(one.public_id, one.equipment.name) for one in missing],
            )
        self.fields["value"] = forms.DecimalField(
            label=_("Value before tax"),
            min_value=Decimal(0),
            max_value=LARGEST,
            decimal_places=self.places,
            widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
        )
        self.order_fields(["unit", "case", "value", "value_basis", "reason"])


@login_required
def default(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the notices of default; give one, or terminate the lease."""
    lease, now = lease_of(request, public_id), clock.now()
    side, zone = acting_side(request, lease), lease.agreed.zone
    may = side is not None and can(Move.TERMINATE, Status(lease.status))
    initial = {"cure_until": local(now + USUAL_CURE, zone)}
    noted, ended = DefaultForm(initial=initial), TerminationForm(side)
    if request.method == "POST":
        acts = who(request, lease)
        if request.POST.get("step") == "terminate":
            ended = TerminationForm(side, request.POST)
            if ended.is_valid() and _terminated(request, lease, ended, acts):
                messages.success(request, _("Terminated. The lease is over."))
                return redirect("lease", public_id)
        else:
            noted = DefaultForm(request.POST)
            if noted.is_valid() and _noted(lease, noted, acts):
                messages.success(request, _("The notice of default is given."))
                return redirect("lease-default", public_id)
    found = list(lease.default_notices.order_by("-given_at"))
    mine = next((one for one in found if one.side == side and one.cured_at is None), None)
    context = {
        "lease": lease,
        "zone": lease.terms["zone"],
        "may": may,
        "found": found,
        "mine": mine,
        "cure_is_over": mine is not None and mine.cure_until <= now,
        "noted": noted,
        "ended": ended,
    }
    code = 400 if noted.errors or ended.errors else 200
    return render(request, "leasing/default.html", context, status=code)


@require_POST
@login_required
def cured(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Say, as the side that gave the notice, that the default is cured."""
    lease = lease_of(request, public_id)
    acting(request, lease)
    notice = get_object_or_404(lease.default_notices.all(), public_id=item)
    notice.lease = lease
    terminations.note_cure(notice=notice, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.success(request, _("Written down: the default is cured."))
    return redirect("lease-default", public_id)


@login_required
def loss(request: HttpRequest, public_id: str) -> HttpResponse:
    """Report, as the lessor, that the machine is lost."""
    lease = lease_of(request, public_id)
    may = acting_side(request, lease) == Side.LESSOR and can(Move.LOSE, Status(lease.status))
    currency = lease.deposit.currency
    over, missing = Status(lease.status) not in RUNNING, missing_of(lease)
    may = may and (bool(missing) or not over)
    form = LossForm(currency, missing, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        acting(request, lease)
    if form.is_valid() and _lost(request, lease, form):
        messages.success(
            request,
            _("Written down. The machine has left your fleet.")
            if over
            else _("Written down. The lease is over, and the machine has left your fleet."),
        )
        return redirect("lease", public_id)
    context = {"lease": lease, "zone": lease.terms["zone"], "may": may, "form": form, "currency": currency}
    context |= {"over": over}
    return render(request, "leasing/loss.html", context, status=400 if form.errors else 200)


def missing_of(lease: Lease) -> list[LeaseUnit]:
    """Return the machines of a lease that is over that have not come back."""
    if lease.status in RUNNING:
        return []
    return [one for one in lease.units.all() if one.state == LeaseUnit.State.STOPPED]


def _noted(lease: Lease, form: DefaultForm, acts: dict[str, Any]) -> bool:
    until = typed_moment(form.cleaned_data["cure_until"], lease.agreed.zone)
    assert until is not None
    try:
        terminations.note_default(lease=lease, text=form.cleaned_data["text"], cure_until=until, **acts)
    except (Invalid, NotPossible) as error:
        refuse(form, error, {}, None)
        return False
    return True


def _terminated(request: HttpRequest, lease: Lease, form: TerminationForm, acts: dict[str, Any]) -> bool:
    try:
        terminations.terminate(
            lease=lease,
            ground=form.cleaned_data["ground"],
            reason=form.cleaned_data["reason"],
            expected=version(request),
            **acts,
        )
    except (Invalid, NotPossible) as error:
        form.add_error("ground" if not error.flaws else None, said(error))
        return False
    return True


def _lost(request: HttpRequest, lease: Lease, form: LossForm) -> bool:
    typed = form.cleaned_data
    try:
        terminations.lose(
            lease=lease,
            case=typed["case"],
            value_basis=typed["value_basis"],
            value_minor=int(typed["value"].scaleb(form.places)),
            reason=typed["reason"],
            unit=typed.get("unit", ""),
            expected=version(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (Invalid, NotPossible) as error:
        refuse(form, error, {}, None)
        return False
    return True
