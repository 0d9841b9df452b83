"""Late interest of an invoice: the days, what was claimed, and what its seller does about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from billing.actions import dunning_stops, late_interest, late_terms
from billing.models import InterestClaim, InterestWaiver, Invoice, LateTerms
from billing.permissions import readable
from billing.queries.late_interest import Account, account_of
from marketplace.filters import DayField
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import PLACES, Money, as_decimal

SHOWN = 50
DATE = {"type": "date"}


class WaiveForm(forms.Form):
    """How much is let off, and why."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount to waive, tax included"), min_value=0, max_digits=15, decimal_places=2
    )
    reason = forms.CharField(label=gettext_lazy("Why it is waived"), max_length=late_interest.LONGEST)


class PromiseForm(forms.Form):
    """By when the buyer said that it pays."""

    promised_on = DayField(label=gettext_lazy("Promised to pay by"), widget=forms.DateInput(DATE))
    note = forms.CharField(
        label=gettext_lazy("Who promised, and how"), max_length=dunning_stops.LONGEST, required=False
    )


class TermsForm(forms.Form):
    """Terms of late payment, in per cent."""

    valid_from = DayField(label=gettext_lazy("For invoices issued from"), widget=forms.DateInput(DATE))
    percent = forms.DecimalField(
        label=gettext_lazy("Rate in per cent"),
        help_text=gettext_lazy("Left empty, the rate is the one that the law gives, where it gives one."),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=6,
    )
    per = forms.ChoiceField(label=gettext_lazy("The rate is for"), choices=LateTerms.Per.choices)
    day_count = forms.TypedChoiceField(
        label=gettext_lazy("Days of a year"), choices=[(365, "365"), (360, "360")], coerce=int
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace"), min_value=0, max_value=late_terms.MOST_GRACE, initial=0
    )
    cap_percent = forms.DecimalField(
        label=gettext_lazy("At most, in per cent of the invoice"),
        required=False,
        min_value=0,
        max_digits=5,
        decimal_places=2,
    )
    waived_alone = forms.DecimalField(
        label=gettext_lazy("One person alone waives up to"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=0,
    )

    def wanted(self) -> late_terms.Wanted:
        """Return what was written, as shares of one and minor units."""
        given = self.cleaned_data
        percent, cap = given["percent"], given["cap_percent"]
        return late_terms.Wanted(
            valid_from=given["valid_from"],
            rate=None if percent is None else percent / 100,
            per=given["per"],
            day_count=given["day_count"],
            grace_days=given["grace_days"],
            cap=None if cap is None else cap / 100,
            waived_alone_minor=int(given["waived_alone"] * 100),
        )


@login_required
def interest(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an invoice bears, day by day; its seller claims, waives and notes promises here."""
    invoice = readable(public_id, request.user)  # type: ignore[arg-type]
    within = acting_organization(request)
    runs = within.pk == invoice.seller_id and allowed(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
    waive, promise = WaiveForm(), PromiseForm()
    if request.method == "POST":
        require(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        act = request.POST.get("act")
        waive = WaiveForm(request.POST if act == "waive" else None)
        promise = PromiseForm(request.POST if act == "promise" else None)
        if done(request, lambda: _act(request, invoice, waive, promise, who)):
            return redirect("invoice-interest", public_id)
    today = clock.now().astimezone(invoice.zone).date()
    is_asked = invoice.kind == Invoice.Kind.INVOICE and invoice.status == Invoice.Status.ISSUED
    account = account_of(invoice, today) if is_asked else None
    claims = InterestClaim.objects.filter(invoice=invoice).select_related("document")
    context = {
        "invoice": invoice,
        "account": account,
        "sums": _sums(account),
        "days": _days(account) if account else [],
        "claims": claims,
        "waivers": _waivers(invoice) if runs else [],
        "promises": list(invoice.promises.all()[:SHOWN]) if runs else [],
        "runs": runs,
        "waive": waive,
        "promise": promise,
        "is_asked": is_asked,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/late_interest.html", context, status=status)


@login_required
def terms(request: HttpRequest) -> HttpResponse:
    """Show terms of late payment, the own and those of sellers, and announce new ones."""
    within = acting_organization(request)
    runs = allowed(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
    form = TermsForm(request.POST or None)
    if request.method == "POST":
        require(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
        who: dict[str, Any] = {"seller": within, "by": request.user, "at": clock.now()}
        if form.is_valid() and done(request, lambda: late_terms.announce(wanted=form.wanted(), **who)):
            return redirect("late-terms")
    visible = LateTerms.objects.visible_to(request.user).select_related("seller")  # type: ignore[arg-type]
    found = list(visible.order_by("seller__name", "-valid_from")[:SHOWN])
    context = {"terms": found, "form": form, "runs": runs, "notice": late_terms.NOTICE_DAYS}
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/late_terms.html", context, status=status)


def done(request: HttpRequest, work: Callable[[], object]) -> bool:
    """Do something; what is refused is said on the page, with what is to be mended."""
    try:
        work()
    except (Invalid, NotPossible, NotAllowed) as error:
        for text in _texts(error):
            messages.error(request, text)
        return False
    return True


def _texts(error: DomainError) -> list[str]:
    flaws = getattr(error, "flaws", ())
    if flaws:
        return [_(flaw.text).format(**flaw.facts) for flaw in flaws]
    return [_(error.text).format(**error.facts)]


class NotFilled(Invalid):
    """A form on the page is not filled in."""

    code = "form_not_filled"
    text = gettext_noop("Fill in what is marked.")


def _act(
    request: HttpRequest, invoice: Invoice, waive: WaiveForm, promise: PromiseForm, who: dict[str, Any]
) -> None:
    act = request.POST.get("act")
    if act == "waive" and waive.is_valid():
        amount = int(waive.cleaned_data["amount"] * 10 ** PLACES[invoice.currency])
        late_interest.waive(invoice=invoice, amount_minor=amount, reason=waive.cleaned_data["reason"], **who)
    elif act == "promise" and promise.is_valid():
        dunning_stops.promise(invoice=invoice, **promise.cleaned_data, **who)
    elif act == "grant":
        found = get_object_or_404(invoice.interest_waivers, public_id=request.POST.get("waiver", ""))
        late_interest.grant(waiver=found, **who)
    elif act == "claim":
        today = who["at"].astimezone(invoice.zone).date()
        if late_interest.claim(invoice=invoice, through=today, **who) is None:
            messages.info(request, _("Nothing is left to claim."))
    else:
        raise NotFilled


def _days(account: Account) -> list[dict[str, Any]]:
    """Return each stretch of days with figures as people read them."""
    whole, currency = 10 ** PLACES[account.invoice.currency], account.invoice.currency
    return [
        {
            "start": one.start,
            "end": one.end,
            "days": one.days,
            "base": Money(one.base_minor, currency),
            "rate": as_decimal(one.per_day * 100).normalize(),
            "amount": as_decimal(one.interest / whole).normalize(),
        }
        for one in account.stretches
    ]


def _sums(account: Any) -> dict[str, Money]:
    if account is None:
        return {}
    names = ("total", "waived", "claimed", "to_claim")
    return {name: Money(getattr(account, f"{name}_minor"), account.invoice.currency) for name in names}


def _waivers(invoice: Invoice) -> list[dict[str, Any]]:
    found = InterestWaiver.objects.filter(invoice=invoice).select_related("made_by", "granted_by")
    return [{"waiver": one, "amount": Money(one.amount_minor, invoice.currency)} for one in found]
