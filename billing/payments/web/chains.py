"""The page that shows one invoice as one chain: use, lines, notes, payments, share, payout, bank."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.models import Invoice
from billing.payments.queries.chains import Link, chain_of, sight
from billing.permissions import knows_lease, readable
from billing.web import words
from marketplace.queries import acting_organization
from marketplace.shared.money import Money

NAMES = {
    "LINE": gettext_lazy("Line of the invoice"),
    "NOTE": gettext_lazy("Note on the invoice"),
    "SET_OFF": gettext_lazy("Set off by a credit note"),
    "BANK_LINE": gettext_lazy("Paid by bank"),
    "CHARGE": gettext_lazy("Paid online"),
    "BILL": gettext_lazy("Paid by acceptance bill"),
    "LET_OFF": gettext_lazy("Let off with the payment"),
    "RELEASE": gettext_lazy("Owner's share released"),
    "PAYOUT": gettext_lazy("Payout to the owner"),
    "BANK": gettext_lazy("Payout left the bank"),
}


@require_GET
@login_required
def chain(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the chain of an issued invoice, as far as the reader may see it."""
    invoice, within = readable(public_id, request.user), acting_organization(request)  # type: ignore[arg-type]
    if invoice.status != Invoice.Status.ISSUED or invoice.is_note:
        raise Http404
    seen = sight(invoice, within, request.user)  # type: ignore[arg-type]
    found = chain_of(invoice, seen)
    differences = [
        (_("Open of the invoice and its notes"), found.open_minor),
        (_("Not released to the owner"), found.unreleased_minor),
        (_("Released, not paid out"), found.unpaid_minor),
    ]
    context = {
        "invoice": invoice,
        "zone": invoice.zone.key,
        "knows_lease": knows_lease(invoice, request.user),  # type: ignore[arg-type]
        "rows": [_row(one, invoice.currency) for one in found.links],
        "differences": [
            (name, Money(minor, invoice.currency)) for name, minor in differences if minor is not None
        ],
    }
    return render(request, "payments/chain.html", context)


def _row(link: Link, currency: str) -> dict[str, Any]:
    page, line = link.page, link.line
    told = words.invoice_line(line) if line else {}
    return {
        "kind": NAMES[link.kind],
        "name": told.get("name", link.name),
        "on": link.on,
        "quantity": told.get("quantity"),
        "unit": told.get("unit", ""),
        "details": "" if line else link.details,
        "amount": Money(link.minor, currency),
        "url": reverse(page[0], args=page[1:]) + link.query if page else "",
    }
