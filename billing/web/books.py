"""The books: trial balance, the lines of an account, and the document behind each line."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from billing.models import Book, PeriodLock, Seal
from billing.queries.deposits import Held, deposits_held
from billing.queries.ledger import (
    Movement,
    Total,
    VatRow,
    aged_receivables,
    statement,
    trial_balance,
    vat_by_rate,
)
from billing.rules.accounts import CHART
from billing.rules.aging import BUCKETS, Aged
from billing.web.event_words import event_name
from marketplace.filters import DayField
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import Invalid
from marketplace.shared.money import PLACES, Money
from marketplace.shared.period import local_midnight

LINES = 200
TABLES = ("", "trial-balance", "aged", "vat", "deposits")


class UnknownTable(Invalid):
    """The page has no table of this name."""

    code = "unknown_table"
    text = gettext_noop("There is no table “{asked}” here. There are: {known}.")


class ThroughForm(forms.Form):
    """The last day that counts."""

    through = DayField(
        label=gettext_lazy("Through"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class SpanForm(ThroughForm):
    """A first and a last day."""

    start = DayField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@login_required
def books(request: HttpRequest) -> HttpResponse:
    """List the books that the person may read."""
    rows = [_book(book) for book in _visible(request).select_related("organization").order_by("code")]
    return render(request, "billing/books_list.html", {"rows": rows})


@login_required
def book(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the trial balance of a book when a day ends, what is due and how old, and what is locked."""
    shown = get_object_or_404(_visible(request), code=code)
    form = ThroughForm(request.GET)
    through = _through(form, shown)
    first, zone = through.replace(day=1), ZoneInfo(shown.zone)
    rows, old = trial_balance(shown, through), aged_receivables(shown, through)
    vat = vat_by_rate(shown, local_midnight(first, zone), local_midnight(through + timedelta(days=1), zone))
    # a lessor's book is of deposits alone; the platform's shows them when they are asked for
    asks = shown.kind == Book.Kind.LESSOR or "deposits" in (request.GET.get("table"), request.GET.get("show"))
    held = deposits_held(shown, through) if asks else []
    if file_form := asked_format(request):
        return _file(file_form, request.GET.get("table", ""), through, rows, old, vat, held)
    context = {
        "book": _book(shown),
        "form": form,
        "through": through,
        "rows": [_total(shown, row, through) for row in rows],
        "sums": _sums(rows),
        "aged": [_aged(row) for row in old],
        "first": first,
        "deposits": [_deposit(row) for row in held],
        "asks_deposits": asks,
        "vat": [_vat(row) for row in vat],
        "may_post": allowed(request.user, Permission.BOOK_POST, within=shown.organization),  # type: ignore[arg-type]
    }
    return render(request, "billing/books_detail.html", context)


@login_required
def account(request: HttpRequest, code: str, account: str, currency: str) -> HttpResponseBase:
    """Show the lines of an account between two days, with what is on it after each."""
    shown = get_object_or_404(_visible(request), code=code)
    if account not in CHART or currency not in PLACES:
        raise Http404
    form = SpanForm(request.GET)
    through = _through(form, shown)
    start = (form.is_valid() and form.cleaned_data["start"]) or through.replace(day=1)
    file_form = asked_format(request)
    end, most = through + timedelta(days=1), None if file_form else LINES
    found = statement(shown, account, currency, start=start, end=end, most=most)
    if file_form:
        columns = [_("Day"), _("Journal"), _("Event"), _("Text"), _("Party"), _("Amount"), _("Balance")]
        name = f"account-{account}-{currency}"
        return table_answer(file_form, name, columns, map(_line_cells, found.movements))
    context = {
        "book": _book(shown),
        "form": form,
        "account": account,
        "name": _name(account),
        "start": start,
        "through": through,
        "opening": Money(found.opening, currency),
        "closing": Money(found.closing, currency),
        "rows": [_movement(move) for move in found.movements],
        "more": found.count - len(found.movements),
    }
    return render(request, "billing/books_account.html", context)


def _visible(request: HttpRequest) -> Any:
    return Book.objects.visible_to(request.user)  # type: ignore[arg-type]


def _through(form: ThroughForm, book: Book) -> date:
    asked = form.cleaned_data.get("through") if form.is_valid() else None
    return asked or clock.now().astimezone(ZoneInfo(book.zone)).date()


def _book(book: Book) -> dict[str, Any]:
    seal = Seal.objects.filter(book=book).order_by("number").last()
    locked = PeriodLock.objects.of(book)
    return {
        "book": book,
        "url": reverse("book", args=[book.code]),
        "kind": book.get_kind_display(),
        "soft": locked.soft,
        "hard": locked.hard,
        "sealed": seal.number if seal else 0,
        "sealed_at": seal.sealed_at if seal else None,
        "zone": book.zone,
    }


def _name(account: str) -> str:
    row = CHART[account]
    return row.name_zh if (get_language() or "").startswith("zh") else row.name


def _total(book: Book, row: Total, through: date) -> dict[str, Any]:
    return {
        "code": row.account,
        "name": _name(row.account),
        "url": reverse("book-account", args=[book.code, row.account, row.currency]) + f"?through={through}",
        "debit": Money(row.debit, row.currency),
        "credit": Money(row.credit, row.currency),
        "balance": row.money,
    }


def _sums(rows: list[Total]) -> list[dict[str, Money]]:
    """Add up by currency: debits and credits are equal, or the database is not ours."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        both = sums.setdefault(row.currency, [0, 0])
        both[0] += row.debit
        both[1] += row.credit
    return [
        {
            "debit": Money(debit, currency),
            "credit": Money(credit, currency),
            "balance": Money(debit - credit, currency),
        }
        for currency, (debit, credit) in sums.items()
    ]


def _aged(row: Aged) -> dict[str, Any]:
    amounts = [Money(minor, row.currency) for minor in row.amounts]
    return {"party": row.party, "amounts": amounts, "total": Money(row.total_minor, row.currency)}


def _movement(move: Movement) -> dict[str, Any]:
    line = move.line
    return {
        "line": line,
        "journal": line.journal,
        "event": event_name(line.journal.kind),
        "amount": line.amount,
        "balance": Money(move.balance, line.currency),
        "url": reverse("invoice", args=[line.invoice.public_id]) if line.invoice else "",
    }


def _vat(row: VatRow) -> dict[str, Any]:
    net, tax = Money(row.net_minor, row.currency), Money(row.tax_minor, row.currency)
    return {"seller": row.seller_name, "rate": row.rate, "net": net, "tax": tax}


def _deposit(row: Held) -> dict[str, Any]:
    return {"lessee": row.lessee, "lease": row.lease, "held": Money(row.held_minor, row.currency)}


def _file(
    form: str,
    table: str,
    through: date,
    rows: list[Total],
    old: list[Aged],
    vat: list[VatRow],
    held: list[Held],
) -> HttpResponseBase:
    """Answer with one of the tables of the page; the trial balance, if none is named."""
    if table not in TABLES:
        raise UnknownTable(asked=table[:40], known=", ".join(filter(None, TABLES)))
    if table == "aged":
        columns = [_("Who owes"), _("Currency"), _("Not due"), *BUCKETS[1:], _("Total")]
        cells = (
            [row.party, row.currency, *_amounts(row.currency, *row.amounts, row.total_minor)] for row in old
        )
        return table_answer(form, f"receivables-{through}", columns, cells)
    if table == "vat":
        columns = [_("Seller"), _("Rate"), _("Currency"), _("Net"), _("VAT")]
        taxed = (
            [row.seller_name, row.rate, row.currency, *_amounts(row.currency, row.net_minor, row.tax_minor)]
            for row in vat
        )
        return table_answer(form, f"vat-{through}", columns, taxed)
    if table == "deposits":
        columns = [_("Lessee"), _("Lease"), _("Currency"), _("Held")]
        found = (
            [row.lessee, row.lease, row.currency, *_amounts(row.currency, row.held_minor)] for row in held
        )
        return table_answer(form, f"deposits-{through}", columns, found)
    return table_answer(form, f"trial-balance-{through}", _columns(), map(_cells, rows))


def _amounts(currency: str, *minors: int) -> list[object]:
    return [Money(minor, currency).amount for minor in minors]


def _columns() -> list[str]:
    return [_("Account"), _("Name"), _("Currency"), _("Debit"), _("Credit"), _("Balance")]


def _cells(row: Total) -> list[object]:
    amounts = _amounts(row.currency, row.debit, row.credit, row.balance)
    return [row.account, _name(row.account), row.currency, *amounts]


def _line_cells(move: Movement) -> list[object]:
    line, journal = move.line, move.line.journal
    return [
        line.effective_date,
        journal.public_id,
        event_name(journal.kind),
        journal.memo,
        line.party.name if line.party else "",
        line.amount.amount,
        Money(move.balance, line.currency).amount,
    ]
