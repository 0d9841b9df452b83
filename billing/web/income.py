"""What an owner earns: by month, machine and lessee, every figure with the way to its lines."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.models import JournalLine
from billing.queries.income import By, Income, income_of, lines_of_owner, named
from billing.rules.income import Part, Sums, months, total
from billing.web.event_words import EVENTS
from leasing.queries.commission_words import own as own_commission
from marketplace.filters import DAY, DayField, refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Equipment, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money

PAGE = 50
BYS = (
    (By.MONTH.value, gettext_lazy("By month")),
    (By.MACHINE.value, gettext_lazy("By machine")),
    (By.LESSEE.value, gettext_lazy("By lessee")),
)
PARTS = (
    (Part.BILLED.value, gettext_lazy("Billed")),
    (Part.CREDITED.value, gettext_lazy("Credited")),
    (Part.FEE.value, gettext_lazy("Commission of the platform")),
    (Part.PAID_OUT.value, gettext_lazy("Paid to you")),
    (Part.MOVED.value, gettext_lazy("Moved between your accounts")),
    (Part.OTHER.value, gettext_lazy("Other")),
)
COLUMNS = (Part.BILLED, Part.CREDITED, Part.FEE, Part.PAID_OUT, Part.OTHER)  # in the order of PARTS


class IncomeForm(forms.Form):
    """What it is told apart by, and the month with which the twelve end."""

    by = forms.ChoiceField(label=gettext_lazy("Told apart"), choices=BYS, required=False)
    last_day = DayField(label=gettext_lazy("Up to the day"), required=False, widget=DAY)

    def asked(self) -> tuple[By, list[date]]:
        """Return what is asked for; by month up to the running one if nothing is."""
        told = self.cleaned_data if self.is_valid() else {}
        return By(told.get("by") or By.MONTH), months(told.get("last_day") or clock.today())


class LinesForm(forms.Form):
    """Which lines: of a part, of days, of a machine or a lessee."""

    part = forms.ChoiceField(
        label=gettext_lazy("What"), choices=[("", gettext_lazy("All")), *PARTS], required=False
    )
    first_day = DayField(label=gettext_lazy("First day"), required=False, widget=DAY)
    last_day = DayField(label=gettext_lazy("Last day"), required=False, widget=DAY)
    machine = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    lessee = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)


@require_GET
@login_required
def shown(request: HttpRequest) -> HttpResponseBase:
    """Show the income of the acting organization; also as a file."""
    organization, form = _owner(request), IncomeForm(request.GET)
    by, shown_months = form.asked()
    found = income_of(organization, by, shown_months[0], shown_months[-1])
    names = {} if by is By.MONTH else named(by, (key for one in found for key in one.rows))
    if wanted := asked_format(request):
        refuse_unread(form)
        return table_answer(wanted, f"income-{by}", _heads(by), _cells(found, by, names, shown_months))
    context = {
        "form": form,
        "by": by.value,
        "tabs": [
            {
                "label": label,
                "url": f"?{urlencode({'by': name, 'last_day': shown_months[-1]})}",
                "active": name == by,
                "count": None,
            }
            for name, label in BYS
        ],
        "turns": _turns(by, shown_months),
        "first": shown_months[0],
        "last": shown_months[-1],
        "now": clock.now(),
        "heads": [label for part, label in PARTS if part in COLUMNS],
        "parts": [_part(one, by, names, shown_months) for one in found],
        "own_commission": own_commission(organization, on=clock.today()),
    }
    return render(request, "billing/income.html", context, status=400 if form.errors else 200)


@require_GET
@login_required
def lines(request: HttpRequest) -> HttpResponseBase:
    """Show the lines behind a figure of the income; also as a file."""
    organization, form = _owner(request), LinesForm(request.GET)
    told = form.cleaned_data if form.is_valid() else {}
    found = _found(organization, told) if told else JournalLine.objects.none()
    found = found.select_related("journal", "invoice__buyer", "equipment").order_by("effective_date", "pk")
    if wanted := asked_format(request):
        refuse_unread(form)
        cells = (_line_cells(one, organization) for one in found)
        return table_answer(wanted, "income-lines", _line_heads(), cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [_line(one, organization) for one in page],
        "sums": _sums(found),
    }
    return render(request, "billing/income_lines.html", context, status=400 if form.errors else 200)


@require_GET
@login_required
def summary(request: HttpRequest) -> HttpResponse:
    """Show, for the page of the day, the income of the running month in a few figures."""
    organization, month = _owner(request), clock.today().replace(day=1)
    rows = [
        {"currency": one.currency}
        | _money(one.rows.get(month, Sums()), one.currency)
        | {
            "open": Money(total(one.rows).open_minor, one.currency),
            "come": Money(total(one.rows).still_to_come, one.currency),
        }
        for one in income_of(organization, By.MONTH, month, month)
    ]
    return render(request, "billing/_income_summary.html", {"rows": rows, "month": month})


def _owner(request: HttpRequest) -> Organization:
    within = acting_organization(request)
    if not allowed(request.user, Permission.INVOICE_READ, within=within):  # type: ignore[arg-type]
        raise Http404
    return within


def _part(one: Income, by: By, names: dict[Any, Any], shown_months: list[date]) -> dict[str, Any]:
    keys: list[Any] = _begun(one, shown_months) if by is By.MONTH else _sorted(one, names)
    last_day = _last_day(shown_months[-1])
    rows = []
    for key in keys:
        sums = one.rows.get(key, Sums())
        rows.append(
            _label(by, key, names) | _figures(sums, one.currency, _query(by, key, names, shown_months))
        )
    whole = _figures(
        total(one.rows),
        one.currency,
        {"last_day": last_day} | ({} if by is By.MONTH else {"first_day": shown_months[0]}),
    )
    bars = [
        {"day": month, "value": Money(one.rows.get(month, Sums()).earned, one.currency).amount}
        for month in shown_months
    ]
    return {"currency": one.currency, "rows": rows, "total": whole, "bars": bars if by is By.MONTH else []}


def _begun(one: Income, shown_months: list[date]) -> list[Any]:
    """Return the months from the first that has anything on, and before them what lies before."""
    first = next((place for place, month in enumerate(shown_months) if month in one.rows), -1)
    return [*([None] if None in one.rows else []), *shown_months[first:]]


def _sorted(one: Income, names: dict[Any, Any]) -> list[Any]:
    return sorted(
        one.rows, key=lambda key: (key is None, -one.rows[key][Part.BILLED], str(names.get(key, "")))
    )


def _figures(sums: Sums, currency: str, query: dict[str, Any]) -> dict[str, Any]:
    at = reverse("income-lines")
    cells = [
        {
            "money": Money(sums[part], currency),
            "url": f"{at}?{urlencode(query | {'part': part.value})}",
            "label": label,
        }
        for part, label in ((Part(name), label) for name, label in PARTS)
        if part in COLUMNS
    ]
    return {"cells": cells} | _money(sums, currency)


def _money(sums: Sums, currency: str) -> dict[str, Money]:
    return {
        "billed": Money(sums[Part.BILLED] + sums[Part.CREDITED], currency),
        "earned": Money(sums.earned, currency),
        "paid": Money(sums[Part.PAID_OUT], currency),
        "come": Money(sums.still_to_come, currency),
        "open": Money(sums.open_minor, currency),
    }


def _label(by: By, key: Any, names: dict[Any, Any]) -> dict[str, Any]:
    if by is By.MONTH:
        return {"month": key, "label": _("Earlier months") if key is None else ""}
    found = names.get(key)
    if found is None:
        return {"label": _("of no single machine") if by is By.MACHINE else _("of no single lessee")}
    if isinstance(found, Equipment):
        return {
            "label": found.name,
            "note": found.site.name,
            "url": reverse("equipment-detail", args=[found.public_id]),
        }
    return {"label": found.name}


def _query(by: By, key: Any, names: dict[Any, Any], shown_months: list[date]) -> dict[str, Any]:
    if by is By.MONTH:
        first = shown_months[0]
        return (
            {"last_day": first - timedelta(days=1)}
            if key is None
            else {"first_day": key, "last_day": _last_day(key)}
        )
    days = {"first_day": shown_months[0], "last_day": _last_day(shown_months[-1])}
    found = names.get(key)
    return days | {by.value: found.public_id if found else "none"}


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _turns(by: By, shown_months: list[date]) -> dict[str, str]:
    days = {
        "before": shown_months[0] - timedelta(days=1),
        "after": _last_day(shown_months[-1]) + timedelta(days=360),
    }
    return {name: f"?{urlencode({'by': by.value, 'last_day': day})}" for name, day in days.items()}


def _found(owner: Organization, told: dict[str, Any]) -> Any:
    given = {
        "part": told["part"],
        "effective_date__gte": told["first_day"],
        "effective_date__lte": told["last_day"],
    }
    found = lines_of_owner(owner).filter(**{name: value for name, value in given.items() if value})
    mine = Q(equipment__owner=owner)
    if told["machine"] == "none":  # also of a machine of others, for whose work the owner bills
        found = found.filter(Q(equipment__isnull=True) | ~mine)
    elif told["machine"]:
        found = found.filter(mine, equipment__public_id=told["machine"])
    if told["lessee"] == "none":
        found = found.filter(invoice__buyer__isnull=True)
    elif told["lessee"]:
        found = found.filter(invoice__buyer__public_id=told["lessee"])
    return found


def _sums(found: Any) -> list[Money]:
    rows = found.order_by().values_list("currency").annotate(total=Sum("amount_minor"))
    return [Money(-int(minor), currency) for currency, minor in sorted(rows)]


def _line(line: Any, owner: Organization) -> dict[str, Any]:
    invoice, machine = line.invoice, line.equipment
    return {
        "on": line.effective_date,
        "event": _(EVENTS.get(line.journal.kind, line.journal.kind)),
        "part": dict(PARTS)[line.part],
        "number": (invoice.number or "") if invoice else "",
        "url": reverse("invoice", args=[invoice.public_id]) if invoice else "",
        "lessee": invoice.buyer.name if invoice else "",
        "machine": machine.name if machine and machine.owner_id == owner.pk else "",
        "amount": Money(-line.amount_minor, line.currency),
    }


def _line_heads() -> list[str]:
    names = [_("Booked on"), _("What"), _("Entry"), _("Document"), _("Lessee"), _("Machine")]
    return [*names, _("Amount"), _("Currency")]


def _line_cells(line: Any, owner: Organization) -> list[object]:
    row = _line(line, owner)
    money: Money = row["amount"]
    told = [str(row[name]) for name in ("part", "event", "number", "lessee", "machine")]
    return [row["on"], *told, money.amount, money.currency]


def _heads(by: By) -> list[str]:
    first = {By.MONTH: _("Month"), By.MACHINE: _("Machine"), By.LESSEE: _("Lessee")}[by]
    columns = [str(label) for part, label in PARTS if part in COLUMNS]
    return [first, *columns, _("Earned"), _("Lessees still owe"), _("Currency")]


def _cells(
    found: list[Income], by: By, names: dict[Any, Any], shown_months: list[date]
) -> Iterator[list[object]]:
    for one in found:
        keys = _begun(one, shown_months) if by is By.MONTH else _sorted(one, names)
        for key in keys:
            sums, label = one.rows.get(key, Sums()), _label(by, key, names)
            name = f"{key:%Y-%m}" if by is By.MONTH and key else str(label["label"])
            amounts = [*(sums[part] for part in COLUMNS), sums.earned, sums.open_minor]
            yield [name, *(Money(minor, one.currency).amount for minor in amounts), one.currency]
