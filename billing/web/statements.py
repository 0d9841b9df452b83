"""One statement over all invoices of a lease, whoever sells, and over what is still to be invoiced."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.queries import waiting_of
from billing.queries.facts import Unbilled
from billing.rules.facts import Fact
from billing.rules.periods import share_of_full
from billing.web import words
from billing.web.csv_files import csv_answer
from billing.web.invoices import totals
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.rules.pricing.lines import OWNER, PLATFORM


@login_required
def statement(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the invoices of a lease that the reader may read, with totals, and the facts that wait; CSV."""
    lease = get_object_or_404(
        Lease.objects.visible_to(request.user).select_related("lessor", "lessee"),  # type: ignore[arg-type]
        public_id=public_id,
    )
    mine = Invoice.objects.visible_to(request.user).filter(lease=lease)  # type: ignore[arg-type]
    found = mine.select_related("seller", "lease").order_by("period_start", "pk")
    if request.GET.get("format") == "csv":
        return csv_answer("statement.csv", _columns(), (_cells(invoice) for invoice in found))
    context = {
        "lease": lease,
        "zone": lease.agreed.zone.key,
        "invoices": found,
        "totals": totals(mine),
        "waiting": [_row(lease, one) for one in waiting_of(lease)],
    }
    return render(request, "billing/statement.html", context)


def _row(lease: Lease, one: Unbilled) -> dict[str, Any]:
    """Return what waits; what it lowers the rent by is known when its period is drafted."""
    fact, terms = one.fact, lease.agreed
    net = None
    if isinstance(fact, Fact):
        share = share_of_full(one.period, zone=terms.zone, anchor_day=terms.billing_anchor_day)
        net = fact.line(terms.price_plan.currency, share).net
    return {
        "name": words.line_name(fact.kind, None),
        "text": fact.text,
        "at": fact.at,
        "period": one.period,
        "seller": _seller(lease, fact.seller),
        "net": net,
    }


def _seller(lease: Lease, seller: str) -> str:
    if seller == OWNER:
        return lease.lessor.name
    if seller == PLATFORM:
        return _("The platform")
    return Organization.objects.get(public_id=seller).name


def _columns() -> list[str]:
    return [
        _("Period from"),
        _("Period to"),
        _("Seller"),
        _("Number"),
        _("State"),
        _("Net"),
        _("VAT"),
        _("Gross"),
        _("Currency"),
    ]


def _cells(found: Invoice) -> list[object]:
    zone = found.lease.agreed.zone
    return [
        found.period_start.astimezone(zone).date(),
        found.period_end.astimezone(zone).date(),
        found.seller.name,
        found.number or "",
        found.get_status_display(),
        found.net.amount,
        found.tax.amount,
        found.gross.amount,
        found.currency,
    ]
