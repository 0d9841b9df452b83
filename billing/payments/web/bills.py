"""Pages of acceptance bills: the list with its sums, one with its history and next step, and the record."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.models import Book, Invoice
from billing.payments.actions import allocations, bill_ends, bills
from billing.payments.filters import AcceptanceBillFilter
from billing.payments.models import AcceptanceBill, Receipt
from billing.payments.queries.bills import asked, lines_for, open_of, paid_by, receipt_of
from billing.payments.queries.receipts import free_of
from billing.payments.rules.bill_states import STANDING, Move, State, after, ending_of
from billing.payments.web import bill_words as words
from billing.payments.web.bill_forms import BillForm, BillLineForm, BillPayForm, BillReasonForm
from billing.payments.web.company_field import billed_companies
from billing.web.loan_forms import minor, told
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 50
PLATFORM = "P"
PLACES = {"/amount_minor": "amount", "/range": "first_unit"}
ACTS: dict[str, Callable[..., Any]] = {
    "confirm": bills.confirm,
    "drop": bills.drop,
    "present": bills.present,
    "ask": bills.ask,
    "withdraw": bills.withdraw,
    "decide": bill_ends.decide,
}


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List bills with their sum: to finance of the platform all, to a payer those that it gave."""
    within = acting_organization(request)
    visible = AcceptanceBill.objects.readable_in(within, request.user).select_related("payer")  # type: ignore[arg-type]
    filterset = AcceptanceBillFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        rows = (words.cells(one) for one in found)
        return table_answer(wanted, "acceptance-bills", words.columns(), rows)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    sums = found.order_by().values_list("currency").annotate(total=Sum("amount_minor"))
    context = {
        "form": filterset.form,
        "page": page,
        "rows": [words.row(one) for one in page],
        "sums": [Money(int(total), currency) for currency, total in sums],
        "records": _keeps(request, within) is not None,
    }
    return render(request, "payments/bills.html", context)


@login_required
def record(request: HttpRequest) -> HttpResponse:
    """Record a bill that came; somebody else confirms it."""
    within = acting_organization(request)
    book = _keeps(request, within)
    if book is None:
        raise Http404
    form = BillForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = {"payer": form.cleaned_data["payer"], "kind": form.cleaned_data["kind"]}
        try:
            made = bills.record(book=book, facts=form.facts(), **given, **_who(request, within))
        except DomainError as error:
            told(error, form, PLACES)
        else:
            messages.success(request, _("Recorded. Somebody else confirms it, then it pays."))
            return redirect("acceptance-bill", made.public_id)
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "companies": billed_companies()}
    return render(request, "payments/bill_new.html", context, status=status)


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one bill: what it says, what it pays, what comes next."""
    bill, within = _bill(request, public_id)
    return _page(request, bill, within)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Move a bill on, let it pay an invoice, or name the line that paid it."""
    bill, within = _bill(request, public_id)
    if within.pk != bill.book.organization_id or verb not in (*ACTS, "collect", "pay"):
        raise Http404
    form = _form(verb, bill, request.POST)
    if form.is_valid():
        try:
            _act(verb, bill, form.cleaned_data, _who(request, within))
        except DomainError as error:
            told(error, form, {})
        else:
            messages.success(request, _("Done. The bill is as it stands here now."))
            return redirect("acceptance-bill", public_id)
    return _page(request, bill, within, refused={verb: form})


def _act(verb: str, bill: AcceptanceBill, given: dict[str, Any], who: dict[str, Any]) -> None:
    if verb == "collect":
        bill_ends.collect(bill=bill, line=given["line"], **who)
    elif verb == "pay":
        receipt = receipt_of(bill)
        if receipt is None:
            raise bills.refused(bill=bill)
        invoice = Invoice.objects.get(public_id=given["invoice"])  # one that the form offered
        shares = [(invoice, minor(given["amount"]))]
        allocations.allocate(receipt=receipt, shares=shares, seen_minor=given["seen"], **who)
    else:
        ACTS[verb](bill=bill, **given, **who)


def _form(
    verb: str,
    bill: AcceptanceBill,
    given: Any = None,
    *,
    pays: tuple[list[tuple[Invoice, Money]], int] | None = None,
) -> forms.Form:
    """Return the form of a step; fields of several on one page have names of their own."""
    auto: dict[str, Any] = {"auto_id": f"{verb}-%s"}
    if verb == "collect":
        return BillLineForm(given, lines=lines_for(bill), **auto)
    if verb == "pay":
        opened, left = pays or _pays(bill, receipt_of(bill))
        return BillPayForm(given, opened=opened, left=left, **auto)
    return BillReasonForm(given, **auto) if verb in ("drop", "ask") else forms.Form(given)


def _pays(bill: AcceptanceBill, receipt: Receipt | None) -> tuple[list[tuple[Invoice, Money]], int]:
    """Return the invoices that a bill can pay, and what is free of it; minor units."""
    return (open_of(bill), free_of(receipt)) if receipt and receipt.left_minor else ([], 0)


def _page(
    request: HttpRequest,
    bill: AcceptanceBill,
    within: Organization,
    *,
    refused: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    kept = refused or {}
    if kept:  # what was refused may be so because of what others did
        bill.refresh_from_db()
    keeps = within.pk == bill.book.organization_id
    receipt = receipt_of(bill)
    if receipt is not None and isinstance(again := kept.get("pay"), BillPayForm):
        again.look_again(free_of(receipt))
    verbs = _verbs(request, bill, within) if keeps else set()
    pays = _pays(bill, receipt) if keeps else ([], 0)
    if pays[0]:
        verbs.add("pay")
    context = {
        "bill": bill,
        "row": words.row(bill),
        "keeps": keeps,
        "left": receipt.left if receipt else None,
        "paid": [words.paid(one, within, is_keeper=keeps) for one in paid_by(receipt)],
        "forms": {verb: kept.get(verb) or _form(verb, bill, pays=pays) for verb in verbs},
        "refused": [error for form in kept.values() for error in form.non_field_errors()],
        "waits": keeps and bill.state == State.PROPOSED and bill.maker == request.user.public_id,  # type: ignore[union-attr]
        "asks": AcceptanceBill.State(bill.asks).label if keeps and asked(bill) else "",
        "own_ask": bill.asker == request.user.public_id,  # type: ignore[union-attr]
        "ending": ending_of(State(bill.state)) or "",
        "events": words.history(bill) if keeps else [],
    }
    return render(request, "payments/bill.html", context, status=400 if refused else 200)


def _verbs(request: HttpRequest, bill: AcceptanceBill, within: Organization) -> set[str]:
    """Return what the person may do with a bill as it stands."""
    state, me = State(bill.state), request.user.public_id  # type: ignore[union-attr]
    releases = allowed(request.user, Permission.PAYMENT_RELEASE, within=within)  # type: ignore[arg-type]
    matches = allowed(request.user, Permission.PAYMENT_MATCH, within=within)  # type: ignore[arg-type]
    found = set()
    if releases:
        found |= {"confirm"} if after(Move.CONFIRM, state) and bill.maker != me else set()
        found |= {"decide"} if bill.asks and state in STANDING and bill.asker != me else set()
    if matches:
        found |= {"drop"} if after(Move.DROP, state) else set()
        found |= {"collect"} if after(Move.COLLECT, state) else set()
        found |= {"withdraw"} if bill.asks and state in STANDING else set()
        found |= {"present"} if after(Move.PRESENT, state) and not bill.asks else set()
        found |= {"ask"} if ending_of(state) and not bill.asks else set()
    return found


def _bill(request: HttpRequest, public_id: str) -> tuple[AcceptanceBill, Organization]:
    within = acting_organization(request)
    rows = AcceptanceBill.objects.readable_in(within, request.user)  # type: ignore[arg-type]
    rows = rows.select_related("payer", "book__organization", "bank_line")
    return get_object_or_404(rows, public_id=public_id), within


def _keeps(request: HttpRequest, within: Organization) -> Book | None:
    """Return the book in which the acting organization keeps bills, if the person may record them."""
    if not allowed(request.user, Permission.PAYMENT_MATCH, within=within):  # type: ignore[arg-type]
        return None
    return Book.objects.filter(organization=within, code=PLATFORM).select_related("organization").first()


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}
