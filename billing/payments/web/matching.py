"""The match board: lines of the bank beside open invoices, the difference between them, and what was done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.models import Book, Invoice
from billing.payments.actions import allocations, suggestions
from billing.payments.models import Allocation, BankLine, ReconException, Suggestion
from billing.payments.queries.board import allocations_of, items_for, lines_of
from billing.payments.queries.match_words import pass_name, sentences
from billing.payments.rules.exception_words import ACTIONS
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.later import later
from marketplace.shared.money import PLACES, Money

PAGE = 20
PLATFORM = "P"


class CommentForm(forms.Form):
    """What is said of a choice."""

    comment = forms.CharField(label=gettext_lazy("Comment"), max_length=500, required=False)


class AmountField(forms.DecimalField):
    """An amount in major units, with the places of its currency."""

    def __init__(self, currency: str) -> None:
        super().__init__(max_digits=15, decimal_places=PLACES[currency], required=False)


@dataclass
class Chosen:
    """What somebody ticked and typed on the board, and what is wrong with it."""

    shares: list[tuple[Invoice, int]] = field(default_factory=list)
    ticked: list[Invoice] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    flaw: str = ""


@require_GET
@login_required
def board(request: HttpRequest) -> HttpResponseBase:
    """Show lines that wait, the chosen one with what is suggested, and invoices that it may pay."""
    book, _within = book_of(request)
    if form := asked_format(request):
        named = [_("Booked on"), _("Counterparty"), _("Account number"), _("Purpose of payment")]
        columns = [*named, _("Amount"), _("Currency"), _("Left of the line"), _("suggested"), _("Exceptions")]
        lines = lines_of(book, done=request.GET.get("show") == "done")
        return list_answer(form, "bank-lines", columns, lines, _cells)
    return _page(request, book, request.GET.get("line", ""))


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Start the matcher over all lines that wait."""
    book, _within = book_of(request)
    later("billing.payments.tasks.match_book", book_id=book.pk)
    messages.success(request, _("The matcher has started. Look again in a moment."))
    return redirect("match-board")


@require_POST
@login_required
def allocate(request: HttpRequest, public_id: str) -> HttpResponse:
    """
    Let a line pay the chosen invoices. A difference is shown before it is saved: it is sent twice, unless 0.
    """
    book, within = book_of(request)
    line = get_object_or_404(lines_of(book), public_id=public_id)
    receipt = getattr(line, "receipt", None)
    if receipt is None:
        raise Http404
    chosen = _chosen(request)
    difference = receipt.left_minor - sum(minor for _one, minor in chosen.shares)
    comment = CommentForm(request.POST)
    seen = request.POST.get("seen") == str(difference)
    is_sure = request.POST.get("do") == "save" and (difference == 0 or seen)
    if chosen.flaw or not is_sure or not comment.is_valid():
        return _page(request, book, public_id, chosen=chosen)
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        allocations.allocate(receipt=receipt, shares=chosen.shares, **comment.cleaned_data, **who)
    except DomainError as error:
        chosen.flaw = _(error.text).format(**error.facts)
        return _page(request, book, public_id, chosen=chosen)
    messages.success(request, _("Allocated."))
    return redirect(_address(request, public_id if difference else ""))


@require_POST
@login_required
def decide(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Take a suggestion, or do not."""
    book, within = book_of(request)
    mine = Suggestion.objects.filter(bank_line__bank_account__book=book)
    found = get_object_or_404(
        mine.select_related("bank_line__bank_account__book__organization"), public_id=public_id
    )
    acts: dict[str, Callable[..., Any]] = {"take": suggestions.take, "drop": suggestions.drop}
    if verb not in acts:
        raise Http404
    try:
        made = acts[verb](suggestion=found, within=within, by=request.user, at=clock.now())
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
        return redirect(_address(request, found.bank_line.public_id))
    if made == []:
        messages.success(request, _("Noted. A second person lets the rest off."))
    else:
        messages.success(request, _("Taken.") if verb == "take" else _("Not taken."))
    return redirect(_address(request, "" if verb == "take" and made else found.bank_line.public_id))


@require_POST
@login_required
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an allocation back."""
    book, within = book_of(request)
    mine = Allocation.objects.filter(receipt__book=book, receipt__bank_line__isnull=False)
    found = get_object_or_404(
        mine.select_related("receipt__book__organization", "receipt__bank_line"), public_id=public_id
    )
    assert found.receipt is not None and found.receipt.bank_line is not None, "filtered"
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        allocations.undo(allocation=found, comment="", **who)
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("Taken back. Both facts stay in the history."))
    return redirect(_address(request, found.receipt.bank_line.public_id))


def book_of(request: HttpRequest) -> tuple[Book, Organization]:
    """
    Return the book whose payments somebody matches.

    :raises Http404: if the acting organization has none, or the roles there do not allow it
    """
    within = acting_organization(request)
    if not allowed(request.user, Permission.PAYMENT_MATCH, within=within):  # type: ignore[arg-type]
        raise Http404
    rows = Book.objects.select_related("organization")
    return get_object_or_404(rows, organization=within, code=PLATFORM), within


def _address(request: HttpRequest, line: str) -> str:
    kept = _kept(request) | ({"line": line} if line else {})
    return reverse("match-board") + (f"?{urlencode(kept)}" if kept else "")


def _kept(request: HttpRequest) -> dict[str, str]:
    """Return what every address of the board keeps: the lines that are shown, and their page."""
    page = request.GET.get("page", "")
    kept = {"show": "done"} if request.GET.get("show") == "done" else {}
    return kept | ({"page": page} if page.isdecimal() and len(page) < 7 else {})


def _chosen(request: HttpRequest) -> Chosen:
    """Return the invoices that were ticked with their amounts; all that was typed is kept."""
    names = [name for name in request.POST.getlist("invoice")[:100] if "\x00" not in name]
    mine = Invoice.objects.issued().visible_to(request.user).select_related("buyer")  # type: ignore[arg-type]
    chosen = Chosen(
        typed={name: str(text)[:40] for name, text in request.POST.items() if name.startswith("amount-")}
    )
    for invoice in mine.filter(public_id__in=names).order_by("due_on", "pk"):
        chosen.ticked.append(invoice)
        try:
            text = request.POST.get(f"amount-{invoice.public_id}", "")
            amount = AmountField(invoice.currency).clean(text)
        except forms.ValidationError:
            amount = None
        if amount is not None and amount > 0:
            chosen.shares.append((invoice, int(amount.scaleb(PLACES[invoice.currency]))))
        else:
            said = _("Write how much of {invoice} is paid, above 0.").format(invoice=invoice)
            chosen.flaw = chosen.flaw or said
    chosen.flaw = chosen.flaw or ("" if chosen.shares else _("Tick the invoices that the money pays."))
    return chosen


def _page(
    request: HttpRequest, book: Book, chosen_line: str, *, chosen: Chosen | None = None
) -> HttpResponse:
    done = request.GET.get("show") == "done"
    page = Paginator(lines_of(book, done=done), PAGE).get_page(request.GET.get("page"))
    lines = list(page)
    line = next((one for one in lines if one.public_id == chosen_line), None)
    if line is None and chosen_line and "\x00" not in chosen_line:
        found = BankLine.objects.filter(public_id=chosen_line)
        line = (lines_of(book) & found).first() or (lines_of(book, done=True) & found).first()
    if line is None and lines:
        line = lines[0]
    context: dict[str, Any] = {"page": page, "done": done, "rows": [_row(one) for one in lines], "line": line}
    if line is not None:
        context |= _beside(request, book, line, lines, chosen)
    flaw, kept = chosen.flaw if chosen else "", _kept(request)
    context |= {"flaw": flaw, "asked_again": chosen is not None, "comment": CommentForm(request.POST or None)}
    context |= {"board": reverse("match-board"), "kept": kept, "query": urlencode(kept)}
    return render(request, "payments/match_board.html", context, status=400 if flaw else 200)


def _beside(
    request: HttpRequest,
    book: Book,
    line: BankLine,
    lines: list[BankLine],
    chosen: Chosen | None,
) -> dict[str, Any]:
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    suggestion = next(iter(_waiting(line)), None)
    planned = {one["invoice"]: one["amount_minor"] for one in suggestion.plan} if suggestion else {}
    ticked = {one.public_id: 0 for one in chosen.ticked} if chosen else planned
    ticked |= {one.public_id: minor for one, minor in chosen.shares} if chosen else {}
    typed = chosen.typed if chosen else {}
    items = items_for(book, line, asked=asked)
    shown = {invoice.public_id for invoice, _open in items}
    beyond = [one for one in chosen.ticked if one.public_id not in shown] if chosen else []
    items += [(one, Money(ticked[one.public_id], one.currency)) for one in beyond]
    receipt = getattr(line, "receipt", None)
    left = receipt.left_minor if receipt else 0
    difference = left - sum(ticked.values())
    places = [one.public_id for one in lines]
    here = places.index(line.public_id) if line.public_id in places else -1
    return {
        "chosen_row": _row(line),
        "receipt": receipt,
        "left": Money(left, line.currency),
        "places": PLACES[line.currency],
        "suggestion": suggestion,
        "found_by": pass_name(suggestion.match_pass) if suggestion else "",
        "reasons": sentences(suggestion.reasons) if suggestion else [],
        "let_off": Money(suggestion.let_off_minor, line.currency) if suggestion else None,
        "exceptions": [
            {
                "name": one.get_reason_display(),
                "why": sentences(one.facts.get("reasons", [])),
                "next": _(ACTIONS[one.reason]),
            }
            for one in _exceptions(line)
        ],
        "items": [_item(invoice, opened, ticked, typed) for invoice, opened in items],
        "asked": asked,
        "difference": Money(difference, line.currency),
        "difference_minor": difference,
        "paid": [
            (one, Money(one.amount_minor, one.currency), pass_name(one.match_pass))
            for one in allocations_of(line)
        ],
        "before": places[here - 1] if here > 0 else "",
        "after": places[here + 1] if 0 <= here < len(places) - 1 else "",
    }


def _item(invoice: Invoice, opened: Money, ticked: dict[str, int], typed: dict[str, str]) -> dict[str, Any]:
    minor = ticked.get(invoice.public_id)
    amount = Money(opened.minor if minor is None else minor, invoice.currency)
    return {
        "invoice": invoice,
        "buyer": invoice.buyer.name,
        "open": opened,
        "is_ticked": minor is not None,
        "amount": typed.get(f"amount-{invoice.public_id}", f"{amount.amount:f}"),
    }


def _row(line: BankLine) -> dict[str, Any]:
    receipt = getattr(line, "receipt", None)
    return {
        "line": line,
        "amount": line.amount,
        "who": line.counterparty or line.counterparty_account or "—",
        "left": Money(receipt.left_minor, line.currency) if receipt else None,
        "suggestion": next(iter(_waiting(line)), None),
        "exceptions": [one.get_reason_display() for one in _exceptions(line)],
    }


def _cells(line: BankLine) -> list[object]:
    """Return a line of the bank as a row of a file."""
    row = _row(line)
    named = [line.booked_on, line.counterparty, line.counterparty_account, line.memo]
    left = row["left"].amount if row["left"] else None
    score = row["suggestion"].score if row["suggestion"] else None
    money = [line.amount.amount, line.currency, left]
    return [*named, *money, score, ", ".join(map(str, row["exceptions"]))]


def _waiting(line: BankLine) -> list[Suggestion]:
    """Return what waits of a line, fetched with it."""
    found: list[Suggestion] = vars(line)["waiting"]
    return found


def _exceptions(line: BankLine) -> list[ReconException]:
    """Return the open exceptions of a line, fetched with it."""
    found: list[ReconException] = vars(line)["exceptions"]
    return found
