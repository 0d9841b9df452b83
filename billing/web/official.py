"""The official e-invoice (数电发票) of an invoice: its face to ask the bureau for, its record, its files."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import tax_invoices as actions
from billing.models import Invoice, TaxInvoice
from billing.permissions import readable
from billing.queries import wanted_face
from billing.rules.tax_documents import LARGEST
from billing.rules.tax_invoices import Face, Kind
from billing.web.red_words import note_context, use_context
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import organizations_of
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

YUAN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")


@login_required
def official(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is recorded and, to the seller, what to ask the bureau for."""
    return official_page(request, readable(public_id, request.user))  # type: ignore[arg-type]


@login_required
def face(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give the face to ask for as CSV or XLSX, one row an item, for the bureau's own client."""
    invoice = readable(public_id, request.user)  # type: ignore[arg-type]
    wanted = wanted_face(invoice, kind=Kind.SPECIAL) if invoice.takes_tax_invoice else None
    if wanted is None:
        raise Http404
    columns = [_("Item"), _("Unit"), _("Quantity"), _("Price"), _("Net"), _("VAT"), _("Tax")]
    name = f"{invoice.number or public_id}-official"
    return table_answer(asked_format(request) or "csv", name, columns, _cells(wanted))


@require_POST
@login_required
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record it by number, day and sum."""

    def act(invoice: Invoice, **who: Any) -> None:
        actions.record_typed(invoice=invoice, **_typed(request), **who)

    return _done(request, public_id, act, _("The official e-invoice is recorded."))


@require_POST
@login_required
def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record it from its XML, or keep a file of what is recorded."""
    given = request.FILES.get("file")
    data = given.read(LARGEST + 1) if given is not None else b""

    def act(invoice: Invoice, **who: Any) -> None:
        item = request.POST.get("record", "").replace("\x00", "")
        about = TaxInvoice.objects.standing().filter(invoice=invoice)
        newest = None if invoice.is_note else about.first()
        standing = get_object_or_404(about, public_id=item) if item else newest
        if standing is None:
            actions.record_file(invoice=invoice, data=data, **who)
        else:
            actions.attach(tax_invoice=standing, data=data, **who)

    return _done(request, public_id, act, _("The file is kept."))


@require_POST
@login_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the record back."""

    def act(invoice: Invoice, **who: Any) -> None:
        about = TaxInvoice.objects.standing().filter(invoice=invoice)
        item = request.POST.get("record", "").replace("\x00", "")
        standing = get_object_or_404(about, public_id=item) if item else about.first()
        if standing is None:
            raise Http404
        actions.withdraw(tax_invoice=standing, why=request.POST.get("why", ""), **who)

    return _done(request, public_id, act, _("The record is taken back."))


def _done(request: HttpRequest, public_id: str, act: Callable[..., None], told: str) -> HttpResponse:
    """Carry out what a form asks for; what was refused is said at its field, and typed values stay."""
    invoice = readable(public_id, request.user)  # type: ignore[arg-type]
    require(request.user, Permission.INVOICE_RUN, within=invoice.seller)  # type: ignore[arg-type]
    try:
        act(invoice, by=request.user, at=clock.now())
    except ValueError:
        messages.error(request, _("Give the number, the day and the sum as they stand on the paper."))
    except Invalid as error:
        for flaw in error.flaws:
            messages.error(request, _(flaw.text).format(**flaw.facts))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, told)
        return redirect("invoice-official", public_id)
    return official_page(request, invoice)


def official_page(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """Show what is recorded of an invoice or a note that the reader may read, and the next step."""
    organizations_of(request)  # with the roles that are asked for below
    records = list(TaxInvoice.objects.filter(invoice=invoice).listed())
    stand = [one for one in records if one.withdrawn_at is None]
    may = allowed(request.user, Permission.INVOICE_RUN, within=invoice.seller)  # type: ignore[arg-type]
    is_possible = invoice.takes_tax_invoice
    wanted = wanted_face(invoice, kind=Kind.SPECIAL) if is_possible else None
    context = {
        "invoice": invoice,
        "zone": invoice.zone.key,
        "stand": stand,
        "former": [one for one in records if one not in stand],
        "face": wanted if invoice.is_note or not stand else None,
        "items": [_item(item) for item in wanted.items] if wanted else [],
        "is_possible": is_possible,
        "may": may and is_possible,
        "kinds": TaxInvoice.What.choices,
        "given": request.POST,
    }
    blue = next((one for one in stand if one.red_letter_id is None), None)
    context |= use_context(request, invoice, blue)
    if invoice.is_note and is_possible:
        context |= note_context(request, invoice)
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/official.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Read the form: the sum in yuan as it is printed."""
    gross = request.POST.get("gross", "").replace(",", "").replace("¥", "").strip()
    if not YUAN.fullmatch(gross):
        raise ValueError(gross)
    return {
        "kind": Kind(request.POST.get("kind", "")),
        "number": "".join(request.POST.get("number", "").split()),
        "issued_on": date.fromisoformat(request.POST.get("issued_on", "")),
        "gross_minor": int(Decimal(gross) * 100),
    }


def _item(item: Any) -> dict[str, Any]:
    return {
        "name": item.name,
        "unit": item.unit,
        "quantity": item.quantity,
        "price": item.price,
        "net": Money(item.net_minor, "CNY"),
        "rate": item.rate,
        "tax": Money(item.tax_minor, "CNY"),
    }


def _cells(wanted: Face) -> Iterator[list[Any]]:
    for item in wanted.items:
        net, tax = Money(item.net_minor, "CNY"), Money(item.tax_minor, "CNY")
        counted = ["" if one is None else one for one in (item.quantity, item.price)]
        yield [item.name, item.unit, *counted, net.amount, item.rate, tax.amount]
