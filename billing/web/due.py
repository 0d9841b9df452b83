"""What an organization has to pay next, as a part of its day."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from billing.models import Invoice
from billing.permissions import readable_in
from billing.queries import sums_of, with_open
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money

SHOWN = 5


@require_GET
@login_required
def summary(request: HttpRequest) -> HttpResponse:
    """Show what is open of the invoices that the acting organization bought, what is due first first."""
    organization = acting_organization(request)
    bought = readable_in(organization, request.user).issued().filter(buyer=organization)  # type: ignore[arg-type]
    asked: Any = with_open(bought.exclude(kind=Invoice.Kind.CREDIT_NOTE))
    open_ = asked.filter(open_minor__gt=0)
    first = open_.select_related("seller").order_by("due_on", "pk")[:SHOWN]
    rows = [
        {"invoice": one, "open": Money(int(one.open_minor), one.currency), "late": one.due_on < clock.today()}
        for one in first
    ]
    sums = [{"count": row["count"], "open": Money(row["open"], row["currency"])} for row in sums_of(open_)]
    return render(request, "billing/_due_summary.html", {"rows": rows, "sums": sums})
