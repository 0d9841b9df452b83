"""The page on which a lessee pays an invoice: account, amount and reference to copy, and what has come in."""

import segno
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.models import Invoice, LineDispute
from billing.payments.gateway import providers
from billing.payments.gateway.bank import BankTransfer
from billing.payments.models import Allocation
from billing.payments.queries.slips import Slip, slip_of
from billing.payments.rules.providers import Instruction, Request
from billing.permissions import readable
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization
from marketplace.shared.money import Money


@require_GET
@login_required
def invoice(request: HttpRequest, public_id: str) -> HttpResponse:
    """
    Show how an issued invoice is paid; nobody but its buyer and the platform has anything to do with that.
    """
    shown, within = readable(public_id, request.user), acting_organization(request)  # type: ignore[arg-type]
    reads = within.pk == shown.buyer_id or within.kind == OrganizationKind.PLATFORM
    if shown.status != Invoice.Status.ISSUED or shown.is_note or not reads:
        raise Http404
    url = request.build_absolute_uri(reverse("invoice-pay", args=[shown.public_id]))
    slip = slip_of(shown)
    how = by_bank(slip, url)
    context = {
        "invoice": shown,
        "slip": slip,
        "how": how,
        "drawing": drawing(url),
        "url": url,
        "is_disputed": LineDispute.objects.freezing().filter(line__invoice=shown).exists(),
        "is_buyer": within.pk == shown.buyer_id,
        "online": within.pk == shown.buyer_id and "stripe" in providers.online(),
        "paid": [_paid(one) for one in _allocations(shown)],
    }
    return render(request, "payments/pay.html", context)


def by_bank(slip: Slip, url: str = "") -> Instruction:
    """Return how what is open of an invoice is paid by bank transfer; ``url`` is the page of it."""
    bank = BankTransfer(slip.account, slip.number)
    asked = Request(slip.reference, slip.open.minor, slip.open.currency, return_url=url)
    return bank.open_request(asked, slip.reference)


def drawing(content: str) -> SafeString:
    """Draw a QR code as inline SVG; what it says stands beside it as text."""
    code = segno.make_qr(content, error="m")
    drawn = code.svg_inline(scale=4, border=4, omitsize=True, title=_("QR code of this page, for a phone"))
    return mark_safe(drawn)  # noqa: S308 - paths drawn by us; the title is escaped by the drawer


def _allocations(shown: Invoice) -> list[Allocation]:
    found = Allocation.objects.filter(invoice=shown, undoes=None, undone_by=None)
    return list(found.select_related("receipt", "note").order_by("pk"))


def _paid(one: Allocation) -> dict[str, object]:
    source = one.receipt.get_source_display() if one.receipt else _("Credit note")
    on = one.receipt.received_on if one.receipt else None
    return {"on": on, "source": source, "amount": Money(one.amount_minor, one.currency), "note": one.note}
