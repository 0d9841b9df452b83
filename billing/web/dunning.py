"""Reminders: what is overdue with its levels, letters, pauses, and the policy."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.actions import dunning, dunning_stops
from billing.gateway import papers
from billing.models import DunningHold, DunningLetter, DunningPolicy
from billing.queries.dunning import Overdue, overdue_of, policy_of
from billing.rules.dunning import MOST_LEVELS, Level
from billing.web.late_interest import DATE, done
from billing.web.parts import part_of
from leasing.models import Lease
from marketplace.filters import DayField, FilterNotRead
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money

LEVELS = MOST_LEVELS
PAGE = 50
TEXTS = [
    (
        3,
        "下列账单已到期，请尽快付款。如已付款，请忽略本函。",
        "These invoices are due. Please pay soon. If you have paid, ignore this letter.",
    ),
    (
        14,
        "下列账单逾期已久，请立即付款，或告知付款日期。",
        "These invoices are overdue. Please pay at once, or say when you will.",
    ),
    (
        30,
        "最后一次催告：请立即付清下列账单。",
        "Last reminder: please pay these invoices now.",
    ),
]


class OverdueForm(forms.Form):
    """Which rows of the table are shown."""

    level = forms.TypedChoiceField(
        label=gettext_lazy("Level sent"),
        choices=[("", gettext_lazy("All levels")), *((str(one), str(one)) for one in range(6))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    buyer = forms.CharField(label=gettext_lazy("Name of the lessee"), max_length=80, required=False)


class HoldForm(forms.Form):
    """Whom nobody reminds, through which day, and why."""

    buyer = forms.ChoiceField(label=gettext_lazy("Pause reminders to"))
    through = DayField(label=gettext_lazy("Through the day"), widget=forms.DateInput(DATE))
    reason = forms.CharField(label=gettext_lazy("Why they pause"), max_length=dunning_stops.LONGEST)


class PolicyForm(forms.Form):
    """Three levels; one without days is left out."""

    is_on = forms.BooleanField(label=gettext_lazy("Reminders are sent"), required=False)
    smallest = forms.DecimalField(
        label=gettext_lazy("Not below this sum"), min_value=0, max_digits=12, decimal_places=2
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, LEVELS + 1):
            days = forms.IntegerField(
                label=_("Level {number}: days after the due day").format(number=number),
                min_value=1,
                max_value=dunning.MOST_DAYS,
                required=number == 1,
            )
            self.fields[f"days_{number}"] = days
            for name, label in (("zh", _("Text in Chinese")), ("en", _("Text in English"))):
                self.fields[f"{name}_{number}"] = forms.CharField(
                    label=f"{label} {number}",
                    max_length=dunning.LONGEST,
                    widget=forms.Textarea({"rows": 3}),
                    required=number == 1,
                )

    def levels(self) -> list[Level]:
        """Return the levels that have days."""
        given = self.cleaned_data
        return [
            Level(given[f"days_{number}"], given[f"zh_{number}"], given[f"en_{number}"])
            for number in range(1, LEVELS + 1)
            if given[f"days_{number}"]
        ]


@login_required
def overdue(request: HttpRequest) -> HttpResponseBase:
    """Show the seller what is overdue, by level, with totals; and both sides their letters."""
    within = acting_organization(request)
    reads = allowed(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]
    runs = allowed(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
    today = _today()
    rows = overdue_of(within, today) if reads else []
    asked = OverdueForm(request.GET or None)
    holds_on = request.method == "POST" and request.POST.get("act") != "end"
    hold = HoldForm(request.POST if holds_on else None, auto_id="id_hold_%s")
    buyers = {one.invoice.buyer.public_id: one.invoice.buyer for one in rows}
    names = [(key, one.name) for key, one in buyers.items()]
    hold.fields["buyer"].choices = names  # type: ignore[attr-defined]
    if request.method == "POST":
        require(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
        if _stopped(request, within, hold, buyers):
            return redirect("dunning")
    shown = _matching(rows, asked)
    form = asked_format(request)
    if form:
        for name, errors in asked.errors.items():
            raise FilterNotRead(name=name, why=" ".join(map(str, errors)))
        return table_answer(form, f"overdue-{today}", _heads(), (_cells(one, today) for one in shown))
    letters = DunningLetter.objects.visible_to(request.user).of(within)  # type: ignore[arg-type]
    holds = DunningHold.objects.visible_to(request.user).filter(seller=within, ended_at=None)  # type: ignore[arg-type]
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    sent, turns = part_of(request, letters.select_related("seller", "buyer"), "letters", size=PAGE)
    context = {
        "today": today,
        "page": page,
        "letter_page": turns,
        "rows": [{"row": one, "late_days": one.item.late_days(today)} for one in page],
        "totals": _totals(shown),
        "form": asked,
        "letters": [_letter_row(one) for one in sent],
        "holds": holds.select_related("buyer") if runs else [],
        "hold": hold if runs and buyers else None,
        "runs": runs,
        "policy": policy_of(within) if reads else None,
        "reads": reads,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/dunning.html", context, status=status)


@login_required
def policy(request: HttpRequest) -> HttpResponse:
    """Show and write how the acting organization reminds."""
    within = acting_organization(request)
    require(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
    last = policy_of(within)
    form = PolicyForm(request.POST or None, initial=_initial(last))
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {
            "smallest_minor": int(form.cleaned_data["smallest"] * 100),
            "is_on": form.cleaned_data["is_on"],
        }
        who: dict[str, Any] = {"seller": within, "by": request.user, "at": clock.now()}
        if done(request, lambda: dunning.set_policy(levels=form.levels(), **given, **who)):
            return redirect("dunning")
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/dunning_policy.html", {"form": form, "policy": last}, status=status)


@login_required
def letter(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a letter as it was sent, and what to do."""
    shown = _letter(request, public_id)
    within = acting_organization(request)
    currency = shown.currency
    items = [
        one
        | {"due_on": date.fromisoformat(one["due_on"])}
        | {name: Money(one[f"{name}_minor"], currency) for name in ("open", "disputed", "asked")}
        for one in shown.content["items"]
    ]
    named = {one["lease"] for one in shown.content["items"] if one["lease"]}
    leases = Lease.objects.filter(public_id__in=named).order_by("number").values("public_id", "number")
    context = {
        "letter": shown,
        "items": items,
        "total": Money(shown.total_minor, currency),
        "text": shown.content["zh" if (get_language() or "").startswith("zh") else "en"],
        "is_mine": within.pk == shown.seller_id,
        "leases": leases if shown.content["is_last"] and within.pk == shown.seller_id else [],
    }
    return render(request, "billing/dunning_letter.html", context)


@login_required
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a letter as a PDF file."""
    shown = _letter(request, public_id)
    given = {"Content-Disposition": f'inline; filename="{shown.public_id}.pdf"'}
    return HttpResponse(papers.letter_pdf(shown), content_type=MEDIA_TYPE, headers=given)


def _letter(request: HttpRequest, public_id: str) -> DunningLetter:
    visible = DunningLetter.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(visible.select_related("seller", "buyer"), public_id=public_id)


def _stopped(
    request: HttpRequest, within: Organization, hold: HoldForm, buyers: dict[str, Organization]
) -> bool:
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    if request.POST.get("act") == "end":
        mine = DunningHold.objects.filter(seller=within)
        found = get_object_or_404(mine.select_related("seller"), public_id=request.POST.get("hold", ""))
        return done(request, lambda: dunning_stops.end_hold(hold=found, **who))
    if not hold.is_valid():
        return False
    given = hold.cleaned_data | {"buyer": buyers[hold.cleaned_data["buyer"]]}
    return done(request, lambda: dunning_stops.hold(seller=within, **given, **who))


def _matching(rows: list[Overdue], asked: OverdueForm) -> list[Overdue]:
    if not asked.is_bound:
        return rows
    if not asked.is_valid():
        return []
    level, name = asked.cleaned_data["level"], asked.cleaned_data["buyer"].strip().casefold()
    return [
        one
        for one in rows
        if (level is None or one.item.sent == level) and name in one.invoice.buyer.name.casefold()
    ]


def _totals(rows: list[Overdue]) -> list[dict[str, Any]]:
    """Add up by currency and level."""
    sums: dict[tuple[str, int], list[int]] = {}
    for one in rows:
        row = sums.setdefault((one.invoice.currency, one.item.sent), [0, 0, 0])
        for place, minor in enumerate((1, one.item.open_minor, one.item.asked_minor)):
            row[place] += minor
    return [
        {"level": level, "count": count, "open": Money(open_, currency), "asked": Money(asked, currency)}
        for (currency, level), (count, open_, asked) in sorted(sums.items())
    ]


def _heads() -> list[str]:
    return [
        _("Invoice no."),
        _("Name of the lessee"),
        _("Due on"),
        _("Days late"),
        _("Currency"),
        _("Still open"),
        _("Please pay"),
        _("Level sent"),
        _("Promised to pay by"),
        _("Paused through"),
    ]


def _cells(one: Overdue, today: date) -> list[Any]:
    return [
        one.invoice.number,
        one.invoice.buyer.name,
        one.item.due_on,
        one.item.late_days(today),
        one.invoice.currency,
        one.open.amount,
        one.asked.amount,
        one.item.sent,
        one.item.promised_on,
        one.hold.through if one.hold else None,
    ]


def _letter_row(one: DunningLetter) -> dict[str, Any]:
    return {"letter": one, "total": Money(one.total_minor, one.currency)}


def _initial(last: DunningPolicy | None) -> dict[str, Any]:
    steps = last.steps if last else [Level(*one) for one in TEXTS]
    found: dict[str, Any] = {
        "is_on": last.is_on if last else True,
        "smallest": Money(last.smallest_minor, "CNY").amount if last else 0,
    }
    for number, one in enumerate(steps, start=1):
        found |= {f"days_{number}": one.days, f"zh_{number}": one.zh, f"en_{number}": one.en}
    return found


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
