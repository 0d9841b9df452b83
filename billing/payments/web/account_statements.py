"""Pages of statements, to print and to keep: what a lessee owed over a month, what an owner was paid."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.models.loan_products import local_day
from billing.payments.gateway import papers
from billing.payments.models import PaymentOrder
from billing.payments.queries.account_statements import account_of, payout_of
from billing.payments.rules.account_papers import COUNTED, READS, SHARES, STATES, WORDS, Account, Payout
from billing.payments.rules.month_close import before, last_day
from billing.payments.web.orders import visible_order
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@require_GET
@login_required
def account(request: HttpRequest) -> HttpResponseBase:
    """Show what the acting organization owed each seller in ``?month=2026-11``; also as a file."""
    made, is_month = _account(request)
    if not is_month:
        return _account_page(request, made, status=400)
    if wanted := asked_format(request):
        return table_answer(wanted, f"account-{made.month}", _heads(), _cells(made))
    return _account_page(request, made)


@require_GET
@login_required
def account_file(request: HttpRequest) -> HttpResponse:
    """Give the month's account as a PDF file."""
    made, is_month = _account(request)
    if not is_month:
        return _account_page(request, made, status=400)
    return _shown(papers.account_pdf(made), f"account-{made.month}")


def _account_page(request: HttpRequest, made: Account, *, status: int = 200) -> HttpResponse:
    following = last_day(made.first) + timedelta(days=1)
    context = {
        "account": made,
        "parts": [
            {
                "part": part,
                "sums": [(_(name), money) for name, money in part.sums.items()],
                "rows": [{"row": row, "what": _(WORDS[row.what])} for row in part.rows],
            }
            for part in made.parts
        ],
        "reads": _(READS),
        "is_month": status == 200,
        "before": f"{before(made.first):%Y-%m}" if made.has_earlier else "",
        "after": f"{following:%Y-%m}" if following <= local_day(clock.now()) else "",
    }
    return render(request, "payments/account_statement.html", context, status=status)


@require_GET
@login_required
def payout(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what a payout is made of; also as a file."""
    order, made = _payout(request, public_id)
    if wanted := asked_format(request):
        return table_answer(wanted, f"payout-{made.reference}", _payout_heads(), _payout_cells(made))
    context = {
        "order": order,
        "payout": made,
        "state": _(STATES[made.state]),
        "sums": [(_(name), money) for name, money in made.sums.items()],
        "counted": _(COUNTED),
        "rows": [{"row": row, "what": _(SHARES[row.share])} for row in made.rows],
    }
    return render(request, "payments/payout_statement.html", context)


@require_GET
@login_required
def payout_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a payout's statement as a PDF file."""
    _order, made = _payout(request, public_id)
    return _shown(papers.payout_pdf(made), f"payout-{made.reference}")


def month_named(text: str) -> date | None:
    """Return the first day of a month as in ``2026-11``; none of what is no month."""
    return date.fromisoformat(f"{text}-01") if MONTH.fullmatch(text) else None


def _account(request: HttpRequest) -> tuple[Account, bool]:
    """Return the account of the month that is asked for; of the running one, and no, where it is no month."""
    within = acting_organization(request)
    if not allowed(request.user, Permission.INVOICE_READ, within=within):  # type: ignore[arg-type]
        raise Http404
    running = local_day(clock.now()).replace(day=1)
    asked = request.GET.get("month", "")
    first = month_named(asked) if asked else running
    return account_of(within, first or running), first is not None


def _payout(request: HttpRequest, public_id: str) -> tuple[PaymentOrder, Payout]:
    order, _within = visible_order(request, public_id)
    if order.kind != PaymentOrder.Kind.PAYOUT:
        raise Http404
    return order, payout_of(order)


def _heads() -> list[str]:
    return [
        _("Seller"),
        _("Booked on"),
        _("Entry"),
        _("Document"),
        _("Amount"),
        _("Open after"),
        _("Currency"),
    ]


def _cells(made: Account) -> Iterator[Sequence[object]]:
    for part in made.parts:
        opening, closing = part.opening.amount, part.closing.amount
        yield (part.seller, made.first, _("Open at the beginning"), "", None, opening, part.currency)
        for row in part.rows:
            amounts = (row.amount.amount, row.after.amount)
            yield (part.seller, row.on, _(WORDS[row.what]), row.number, *amounts, part.currency)
        yield (part.seller, made.last, _("Open at the end"), "", None, closing, part.currency)


def _payout_heads() -> list[str]:
    return [
        _("Booked on"),
        _("Entry"),
        _("Document"),
        _("Counted as paid"),
        _("Commission"),
        _("To you"),
        _("Currency"),
    ]


def _payout_cells(made: Payout) -> Iterator[Sequence[object]]:
    for row in made.rows:
        amounts = [each.amount if each is not None else None for each in (row.gross, row.commission, row.net)]
        yield (row.on, _(SHARES[row.share]), row.number, *amounts, made.amount.currency)


def _shown(content: bytes, name: str) -> HttpResponse:
    given = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=given)
