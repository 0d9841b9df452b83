"""What one owner is to be paid, line by line: what no standing payout pays yet."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.models import JournalLine
from billing.payments.queries.payable import unpaid_lines
from billing.payments.web.orders import paying_book
from billing.web.event_words import event_name
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.queries import acting_organization
from marketplace.shared.money import Money

PAGE = 50


@require_GET
@login_required
def of_owner(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the lines of an owner's account that no standing payout pays; also as a file."""
    book = paying_book(request, acting_organization(request))
    if book is None:
        raise Http404
    owner = get_object_or_404(Organization, public_id=public_id)
    lines = unpaid_lines(book).filter(account__party=owner).select_related("journal", "invoice")
    lines = lines.order_by("effective_date", "pk")
    if wanted := asked_format(request):
        return table_answer(wanted, "payable", _heads(), _cells(lines))
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    context = {"owner": owner, "page": page, "rows": [_row(one) for one in page]}
    return render(request, "payments/payable.html", context)


def _row(line: JournalLine) -> dict[str, Any]:
    return {
        "on": line.effective_date,
        "name": event_name(line.journal.kind),
        "invoice": line.invoice,
        "amount": Money(-line.amount_minor, line.currency),
    }


def _heads() -> list[str]:
    return [_("Day"), _("For"), _("Invoice"), _("Amount"), _("Currency")]


def _cells(lines: QuerySet[JournalLine]) -> Iterator[Sequence[object]]:
    for line in lines.iterator(chunk_size=2_000):
        row = _row(line)
        invoice = str(row["invoice"]) if row["invoice"] else ""
        yield (row["on"], row["name"], invoice, row["amount"].amount, line.currency)
