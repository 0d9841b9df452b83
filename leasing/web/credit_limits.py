"""How far a lessor trusts its lessees: each limit with what was set before, and the form for the next."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import limits
from leasing.models import CreditLimit
from leasing.queries import organization_named
from leasing.rules.limits import LONGEST_REASON
from leasing.web.running import moment_field, refuse
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid
from marketplace.shared.money import PLACES

LARGEST = Decimal(10) ** 13
PLACES_OF_FLAWS = {"/amount_minor": "amount"}
STATES = {
    "IN_FORCE": (gettext_lazy("in force"), "run"),
    "PLANNED": (gettext_lazy("to come"), "info"),
    "OVER": (gettext_lazy("run out"), "off"),
    "REPLACED": (gettext_lazy("replaced"), "off"),
}


class CreditLimitForm(forms.Form):
    """For whom, how much, up to how many months, from when until when, and why."""

    lessee = forms.CharField(
        label=gettext_lazy("Unified social credit code of the lessee"),
        help_text=gettext_lazy("Left empty, the limit is for all lessees that have none of their own."),
        max_length=30,
        required=False,
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Limit, tax included"),
        help_text=gettext_lazy(
            "What its leases with you may be expected to cost together. 0 asks for a decision each time; "
            "left empty, no limit is asked for."
        ),
        min_value=Decimal(0),
        max_value=LARGEST,
        required=False,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code) for code in sorted(PLACES)], initial="CNY"
    )
    longest_months = forms.IntegerField(
        label=gettext_lazy("Longest lease in months"),
        help_text=gettext_lazy("A longer lease needs a decision, whatever it costs."),
        required=False,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    valid_from = moment_field(
        gettext_lazy("Holds from"),
        required=False,
        help_text=gettext_lazy("Left empty, it holds from now on."),
    )
    valid_until = moment_field(
        gettext_lazy("Holds until"),
        required=False,
        help_text=gettext_lazy("Left empty, it holds until the next one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Only your organization reads it."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        named = typed.get("lessee")
        typed["to"] = organization_named(named) if named else None
        if named and typed["to"] is None:
            self.add_error("lessee", _("There is no such organization."))
        amount, places = typed.get("amount"), PLACES.get(typed.get("currency", ""), 0)
        if amount is not None and amount != round(amount, places):
            self.add_error("amount", _("This currency has {n} decimal places.").format(n=places))
        return typed

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = self.cleaned_data
        amount, places = typed["amount"], PLACES[typed["currency"]]
        same = {name: typed[name] for name in ("currency", "longest_months", "valid_from", "valid_until")}
        minor = None if amount is None else int(amount.scaleb(places))
        return same | {"lessee": typed["to"], "amount_minor": minor, "reason": typed["reason"]}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List whom the acting organization trusts how far, each with what was set before."""
    found = CreditLimit.objects.visible_within(_setter(request)).select_related("lessee").order_by("-pk")
    groups = _groups(found, clock.now())
    if form := asked_format(request):
        rows = (_cells(row) for group in groups for row in group["rows"])
        return table_answer(form, "credit-limits", _heads(), rows)
    return render(request, "leasing/credit_limits.html", {"groups": groups})


def _heads() -> list[str]:
    names = [_("Name of the lessee"), _("State"), _("Currency"), _("Limit, tax included")]
    return [*names, _("Longest lease in months"), _("Holds from"), _("Holds until"), _("Reason"), _("Set by")]


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a version of a limit as a row of a file; amounts in major units, empty for none."""
    one = row["limit"]
    whom = one.lessee.name if one.lessee else _("All others")
    amount = None if one.amount is None else one.amount.amount
    times = [
        None if moment is None else timezone.localtime(moment).isoformat("T", "minutes")
        for moment in (one.valid_from, one.valid_until)
    ]
    said = [one.longest_months, *times, one.reason, one.made_by_name]
    return [whom, str(row["label"]), one.currency, amount, *said]


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Set a limit; what was approved before stays approved."""
    lessor = _setter(request)
    form = CreditLimitForm(request.POST or None, initial={"lessee": request.GET.get("lessee", "")[:30]})
    if request.method == "POST" and form.is_valid():
        try:
            limits.grant(lessor=lessor, by=request.user, at=clock.now(), **form.given())  # type: ignore[arg-type]
        except Invalid as error:
            refuse(form, error, PLACES_OF_FLAWS, None)
        else:
            messages.success(request, _("Set. What was approved before stays approved."))
            return redirect("credit-limits")
    status = 400 if request.method == "POST" else 200
    return render(request, "leasing/credit_limit_form.html", {"form": form}, status=status)


def _setter(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.CREDIT_EDIT, within=organization)  # type: ignore[arg-type]
    return organization


def _groups(found: Iterable[CreditLimit], now: datetime) -> list[dict[str, Any]]:
    """Return the limits by lessee, the newest first; the one for all others comes first of all."""
    groups: dict[int | None, list[CreditLimit]] = {}
    for one in found:
        groups.setdefault(one.lessee_id, []).append(one)
    ordered = sorted(groups.values(), key=lambda ones: (ones[0].lessee is not None, -ones[0].pk))
    return [{"lessee": ones[0].lessee, "rows": _rows(ones, now)} for ones in ordered]


def _rows(ones: list[CreditLimit], now: datetime) -> list[dict[str, Any]]:
    """Say of each version of a limit, the newest first, whether it holds: the newest that does counts."""
    rows, known = [], False
    for one in ones:
        state = "REPLACED" if known else "IN_FORCE"
        if one.valid_from > now:
            state = "PLANNED"
        elif one.valid_until is not None and one.valid_until <= now:
            state = "OVER"
        known = known or state == "IN_FORCE"
        label, kind = STATES[state]
        rows.append({"limit": one, "state": state, "label": label, "kind": kind})
    return rows
