"""Pages of bank statements: files given and what became of them, which column is which, and the lines."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.payments.actions import statements as actions
from billing.payments.filters import BankLineFilter, StatementFileFilter
from billing.payments.models import BankAccount, BankLine, StatementFile
from billing.payments.queries.flaws import shown_flaws
from billing.payments.queries.previews import preview
from billing.payments.rules.statements.parsed import MOST_BYTES
from billing.payments.web.column_form import ColumnForm
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 50
State = StatementFile.State
LOOKS = {State.TAKEN: "info", State.UNMAPPED: "idle", State.READ: "run", State.REFUSED: "fault"}


class UploadForm(forms.Form):
    """A file of the bank, and the account that it is of."""

    bank_account = forms.ModelChoiceField(
        BankAccount.objects.none(), to_field_name="public_id", label=gettext_lazy("Bank account")
    )
    file = forms.FileField(
        label=gettext_lazy("File of the bank"),
        help_text=gettext_lazy("CSV, XLSX, CAMT.053, MT940 or OFX, as the bank gives it. Up to 20 MB."),
        allow_empty_file=True,
        max_length=200,
    )

    def __init__(self, *given: Any, accounts: QuerySet[BankAccount], **more: Any) -> None:
        super().__init__(*given, **more)
        chosen: Any = self.fields["bank_account"]
        chosen.queryset = accounts
        if (only := accounts[:2]) and len(only) == 1:
            chosen.initial = only[0].public_id


@login_required
def files(request: HttpRequest) -> HttpResponseBase:
    """List files of banks, and take another one; the list also as a file."""
    within = acting_organization(request)
    accounts = _accounts(request, within)
    if request.method == "POST":
        require(request.user, Permission.PAYMENT_MATCH, within=within)  # type: ignore[arg-type]
        if not accounts:
            raise Http404
    form = UploadForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        accounts=accounts.filter(is_open=True),
    )
    if request.method == "POST" and form.is_valid():
        upload, account = form.cleaned_data["file"], form.cleaned_data["bank_account"]
        given = {"name": upload.name, "content": upload.read(MOST_BYTES + 1)}
        try:
            file, is_new = actions.take(bank_account=account, **given, **_who(request, within))
        except DomainError as error:
            form.add_error("file", " ".join(_said(error)))
        else:
            _tell(request, file, is_new)
            return redirect("statement-file", file.public_id)
    visible = _files(request, within).order_by("-pk")
    filterset = StatementFileFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        return table_answer(wanted, "statement-files", _file_heads(), _file_cells(found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [{"file": one, "look": LOOKS[State(one.state)]} for one in page],
        "filters": filterset.form,
        "may": _may(request, within),
        "has_accounts": accounts.exists(),
        "accounts": accounts,
        "here": reverse("statement-files"),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "payments/statement_files.html", context, status=status)


@login_required
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a file holds, what was new, and what does not add up."""
    found = get_object_or_404(_files(request, acting_organization(request)), public_id=public_id)
    statements = [
        {
            "row": one,
            "opening": _money(one.opening_minor, one.currency),
            "closing": _money(one.closing_minor, one.currency),
            "sum": _money(one.sum_minor, one.currency),
            "problems": [
                each.get_reason_display() for each in one.reconexception_set.all() if each.state == "OPEN"
            ],
        }
        for one in found.statements.prefetch_related("reconexception_set").order_by("position")[:PAGE]
    ]
    context = {
        "file": found,
        "is_waiting": found.is_waiting(),
        "look": LOOKS[State(found.state)],
        "flaws": shown_flaws(found),
        "statements": statements,
        "zone": found.bank_account.book.zone,
    }
    return render(request, "payments/statement_file.html", context)


@login_required
def columns(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say which column is which: tried on the first rows as often as wanted, then remembered for the bank."""
    within = acting_organization(request)
    found = get_object_or_404(_files(request, within), public_id=public_id)
    shown = preview(found)
    form = ColumnForm(request.POST or None, headings=shown.headings, document=shown.document)
    flaws: list[str] = []
    if request.method == "POST" and form.is_valid():
        document = form.document()
        if "save" in request.POST:
            try:
                actions.map_columns(
                    bank_account=found.bank_account, document=document, **_who(request, within)
                )
            except DomainError as error:
                flaws = _said(error)
            else:
                read = actions.read_soon(file=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
                _tell(request, read, True)
                return redirect("statement-file", found.public_id)
        shown = preview(found, document)
    context = {
        "file": found,
        "form": form,
        "flaws": flaws,
        "shown": shown,
        "lines": _tried(shown.statement),
        "balances": None if shown.statement is None else shown.statement.balances,
    }
    return render(request, "payments/statement_columns.html", context)


@login_required
def lines(request: HttpRequest) -> HttpResponseBase:
    """List the movements on accounts, with filters, totals of the filter, and files."""
    within = acting_organization(request)
    visible = BankLine.objects.visible_to(request.user).filter(bank_account__book__organization=within)  # type: ignore[arg-type]
    filterset = BankLineFilter(request.GET, queryset=visible)
    matching = filterset.qs if filterset.is_valid() else visible.none()
    found = matching.select_related("bank_account").order_by("-booked_on", "-pk")
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(form, "bank-lines", _heads(), _cells(found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    totals = [
        {"count": one["count"], "sum": Money(one["total"], one["currency"])}
        for one in matching.order_by()
        .values("currency")
        .annotate(total=Sum("amount_minor"), count=Count("pk"))
        .order_by("currency")
    ]
    context = {
        "form": filterset.form,
        "page": page,
        "rows": [{"line": one, "amount": one.amount} for one in page],
        "totals": totals,
        "may": _may(request, within),
    }
    return render(request, "payments/bank_lines.html", context)


def _files(request: HttpRequest, within: Organization) -> QuerySet[StatementFile]:
    visible = StatementFile.objects.visible_to(request.user)  # type: ignore[arg-type]
    return visible.filter(bank_account__book__organization=within).listed()


def _accounts(request: HttpRequest, within: Organization) -> QuerySet[BankAccount]:
    visible = BankAccount.objects.visible_to(request.user).filter(book__organization=within)  # type: ignore[arg-type]
    return visible.select_related("book__organization")


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}


def _may(request: HttpRequest, within: Organization) -> bool:
    return allowed(request.user, Permission.PAYMENT_MATCH, within=within)  # type: ignore[arg-type]


def _money(minor: int | None, currency: str) -> Money | None:
    """Return an amount, ``None`` if there is none or in a currency that is not used here."""
    try:
        return None if minor is None else Money(minor, currency)
    except ValueError:
        return None


def _said(error: DomainError) -> list[str]:
    flaws = [_(each.text).format(**each.facts) for each in error.flaws]
    return flaws or [_(error.text).format(**error.facts)]


def _tell(request: HttpRequest, file: StatementFile, is_new: bool) -> None:
    if not is_new:
        messages.info(request, _("This file was given before. Nothing changed."))
    elif file.state == State.READ:
        said = ngettext("%(count)s new line is stored.", "%(count)s new lines are stored.", file.new_lines)
        messages.success(request, said % {"count": file.new_lines})
    elif file.state == State.REFUSED:
        messages.error(request, _("Nothing of this file could be taken. It says why."))


def _tried(statement: Any) -> list[dict[str, Any]]:
    """Return the first lines as they would be read."""
    if statement is None:
        return []
    shown = statement.booked[:8]
    return [
        {
            "line": one,
            "amount": _money(one.amount_minor, one.currency),
            "flaws": [_(each.text).format(**each.facts) for each in one.flaws],
        }
        for one in shown
    ]


def _file_heads() -> list[str]:
    return [
        _("File"),
        _("State"),
        _("Bank account"),
        _("Lines"),
        _("New"),
        _("Handed in by"),
        _("Handed in"),
        "SHA-256",
    ]


def _file_cells(found: QuerySet[StatementFile]) -> Iterator[Sequence[object]]:
    for one in found.iterator(chunk_size=500):
        given = one.taken_at.astimezone(ZoneInfo(one.bank_account.book.zone))
        about = (one.lines, one.new_lines, one.taken_by_name, f"{given:%Y-%m-%d %H:%M}", one.sha256)
        yield (one.name, one.get_state_display(), str(one.bank_account), *about)


def _heads() -> list[str]:
    return [
        _("Day"),
        _("Amount"),
        _("Currency"),
        _("Other side"),
        _("Account of the other side"),
        _("Bank of the other side"),
        _("What for"),
        _("Bank's word"),
        _("Bank's reference"),
        _("Balance after"),
        _("Bank account"),
    ]


def _cells(found: QuerySet[BankLine]) -> Iterator[Sequence[object]]:
    for one in found.iterator(chunk_size=2_000):
        balance = _money(one.balance_minor, one.currency)
        yield (
            one.booked_on,
            one.amount.amount,
            one.currency,
            one.counterparty,
            one.counterparty_account,
            one.counterparty_bank,
            one.memo,
            one.kind,
            one.bank_ref,
            None if balance is None else balance.amount,
            one.bank_account.number,
        )
