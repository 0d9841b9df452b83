"""Money that came in: what is left of each receipt, whose it is, what it paid, and how it goes back."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.payments.actions import receipts, refunds
from billing.payments.filters import ReceiptFilter
from billing.payments.models import Receipt
from billing.payments.queries.held_back import is_disputed
from billing.payments.queries.receipts import (
    free_of,
    is_account_known,
    is_promise,
    is_void,
    receipts_of,
    takings,
    used_by,
)
from billing.payments.web import order_words as words
from billing.payments.web.company_field import CompanyField, billed_companies
from billing.payments.web.matching import book_of
from billing.payments.web.refund_form import RefundForm, ordered
from billing.web.loan_forms import told
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 50


class PayerForm(forms.Form):
    """Whose money it is."""

    payer = CompanyField(label=gettext_lazy("Who paid this?"))


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List money that came in with what is left of each; also as a file."""
    book, _within = book_of(request)
    visible = receipts_of(book)
    filterset = ReceiptFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        return table_answer(wanted, "receipts", _heads(), _cells(found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"form": filterset.form, "page": page, "rows": [_row(one) for one in page]}
    return render(request, "payments/receipts.html", context | {"totals": takings(found)})


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one receipt: whose it is, what it paid, what is left of it, and what may be done with that."""
    book, _within = book_of(request)
    return _page(request, get_object_or_404(receipts_of(book), public_id=public_id))


@require_POST
@login_required
def name(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say whose money in suspense is."""
    book, within = book_of(request)
    found = get_object_or_404(receipts_of(book), public_id=public_id)
    form = PayerForm(request.POST)
    if form.is_valid():
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        try:
            receipts.name_payer(receipt=found, **form.cleaned_data, **who)
        except DomainError as error:
            told(error, form, {})
        else:
            messages.success(request, _("Noted. What is left of it is held for this company."))
            return redirect("receipt", public_id)
    return _page(request, found, payer=form)


@require_POST
@login_required
def give_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to give back what is left of a receipt, or a part of it."""
    book, within = book_of(request)
    found = get_object_or_404(receipts_of(book), public_id=public_id)
    form = RefundForm(request.POST, left=Money(free_of(found), found.currency), provider=_provider(found))
    if order := ordered(request, form, within, refunds.of_receipt, receipt=found):
        return redirect("payment-order", order.public_id)
    return _page(request, found, refund=form)


def _page(
    request: HttpRequest, found: Receipt, *, payer: forms.Form | None = None, refund: forms.Form | None = None
) -> HttpResponse:
    free = free_of(found)
    disputed = is_disputed(found)
    gives = found.payer is not None and free > 0 and not disputed and not is_promise(found)
    line = found.bank_line
    context = {
        "receipt": found,
        "row": _row(found),
        "line": line,
        "is_disputed": disputed,
        "losses": found.losses.select_related("receipt", "fact") if found.fact_id else [],
        "waiting": Money(found.left_minor - free, found.currency),
        "used": [_use(one) for one in used_by(found)],
        "orders": [
            words.row(one.order)
            for one in found.refunds.select_related("order__payee_account", "order__payee")
        ],
        "payer": payer or (PayerForm() if found.payer is None else None),
        "companies": billed_companies() if found.payer is None else [],
        "refund": refund
        or (RefundForm(left=Money(free, found.currency), provider=_provider(found)) if gives else None),
        "remember": _remember(found) if found.payer and not is_account_known(found) else "",
    }
    return render(request, "payments/receipt.html", context, status=400 if payer or refund else 200)


def _provider(found: Receipt) -> str:
    """Return the provider that the money came by, if one did: it can go back the same way."""
    return found.fact.provider if found.fact else ""


def _remember(found: Receipt) -> str:
    """Return what the form of payers' accounts begins with."""
    assert found.payer is not None and found.bank_line is not None, "asked before"
    line = found.bank_line
    holder = line.counterparty or found.payer.name
    return urlencode(
        {"company": found.payer.credit_code, "number": line.counterparty_account, "holder": holder[:120]}
    )


def _row(one: Receipt) -> dict[str, Any]:
    line = one.bank_line
    said = (line.counterparty or line.counterparty_account) if line else ""
    return {
        "receipt": one,
        "kind": words.kind_of_receipt(one, is_taken_back=is_void(one)),
        "payer": one.payer.name if one.payer else "",
        "said": said,
        "memo": line.memo if line else "",
        "amount": one.amount,
        "left": one.left,
    }


def _use(one: Any) -> dict[str, Any]:
    return {
        "at": one.made_at,
        "invoice": one.invoice,
        "amount": Money(one.amount_minor, one.currency),
        "is_undo": one.undoes_id is not None,
        "who": one.made_by_name,
        "comment": one.comment,
    }


def _heads() -> list[str]:
    return [
        _("Day"),
        _("Kind"),
        _("Payer"),
        _("Other side"),
        _("What for"),
        _("Amount"),
        _("Left"),
        _("Currency"),
        _("Receipt"),
    ]


def _cells(found: QuerySet[Receipt]) -> Iterator[Sequence[object]]:
    for one in found.iterator(chunk_size=2_000):
        row = _row(one)
        amounts = (one.amount.amount, one.left.amount, one.currency)
        yield (one.received_on, row["kind"], row["payer"], row["said"], row["memo"], *amounts, one.public_id)
