"""What an organization paid itself: each payment, the invoices that it paid, and what is left of it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.payments.filters import PaymentMadeFilter
from billing.payments.models import Receipt
from billing.payments.queries.receipts import credit_of, paid_by, takings, uses_of
from billing.payments.web.order_words import kind_of_receipt
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization

PAGE, BATCH = 50, 1_000


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what the acting organization paid, with what is left of each; also as a file."""
    within = acting_organization(request)
    if not allowed(request.user, Permission.INVOICE_READ, within=within):  # type: ignore[arg-type]
        raise Http404
    visible = paid_by(within)
    filterset = PaymentMadeFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        return table_answer(wanted, "payments", _heads(), _cells(found, within))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": filterset.form,
        "page": page,
        "rows": _rows(list(page), within),
        "totals": takings(found),
        "credit": credit_of(within),
    }
    return render(request, "payments/made.html", context)


def _rows(receipts: list[Receipt], within: Organization) -> list[dict[str, Any]]:
    uses = uses_of(receipts, within)
    return [
        {
            "receipt": one,
            "kind": kind_of_receipt(one),
            "uses": uses[one.pk],
            "amount": one.amount,
            "left": one.left,
        }
        for one in receipts
    ]


def _heads() -> list[str]:
    return [_("Day"), _("Kind"), _("Amount"), _("Left"), _("Currency"), _("Paid invoices"), _("Receipt")]


def _cells(found: QuerySet[Receipt], within: Organization) -> Iterator[Sequence[object]]:
    others = _("an invoice of another company")
    rows = found.iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        uses = uses_of(batch, within)
        for one in batch:
            names = " ".join(str(use["invoice"] or others) for use in uses[one.pk])
            amounts = (one.amount.amount, one.left.amount, one.currency)
            yield (one.received_on, kind_of_receipt(one), *amounts, names, one.public_id)
