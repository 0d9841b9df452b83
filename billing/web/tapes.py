"""Pages of receivables tapes: those of a book, one with its totals, and its files."""

import secrets
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.actions import tapes as actions
from billing.models import Book, Tape
from billing.rules.accounts import CHART
from billing.rules.tape import Kind
from billing.rules.tape_dictionary import csv_text, dictionary
from marketplace.filters import DayField
from marketplace.permissions import Permission, require
from marketplace.queries import organization_named
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

SHOWN, LARGEST = 100, 10
KINDS = {
    Kind.INVOICE: gettext_lazy("Billed, tax included"),
    Kind.INSTALMENT: gettext_lazy("Instalments of finance leases, before tax"),
    Kind.FIXED: gettext_lazy("Fixed rent not billed yet, before tax"),
}


class TapeForm(forms.Form):
    """The last day that counts, and whose receivables."""

    through = DayField(label=gettext_lazy("Through"), widget=forms.DateInput({"type": "date"}))
    seller = forms.CharField(
        label=gettext_lazy("Unified social credit code of the seller"),
        help_text=gettext_lazy("Left empty, the tape is of all sellers."),
        max_length=30,
        required=False,
    )

    def clean_seller(self) -> Any:
        named = self.cleaned_data["seller"]
        found = organization_named(named) if named else None
        if named and found is None:
            raise forms.ValidationError(_("There is no such organization."))
        return found


@login_required
def tapes(request: HttpRequest, code: str) -> HttpResponse:
    """List the tapes of a book, and make another one."""
    book = _book(request, code)
    today = clock.now().astimezone(ZoneInfo(book.zone)).date()
    form = TapeForm(request.POST or None, initial={"through": today})
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data | {"by": request.user, "at": clock.now()}
        try:
            made = actions.make(book=book, salt=secrets.token_hex(16), **given)
        except (Invalid, NotPossible) as error:
            messages.error(request, _(error.text).format(**error.facts))
        else:
            return redirect("book-tape", code, made.public_id)
    found = Tape.objects.listed().filter(book=book)[:SHOWN]
    status = 400 if request.method == "POST" else 200
    return render(
        request, "billing/tapes_list.html", {"book": book, "form": form, "tapes": found}, status=status
    )


@login_required
def tape(request: HttpRequest, code: str, item: str) -> HttpResponse:
    """Show the totals of a tape and how they compare with the books; its files are handed out on record."""
    book = _book(request, code)
    shown = get_object_or_404(
        Tape.objects.select_related("book__organization", "seller"), book=book, public_id=item
    )
    form = request.GET.get("format")
    if form in ("csv", "json"):
        actions.hand_out(tape=shown, form=form, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return _file(shown, form)
    content = shown.content
    totals = [
        {"name": KINDS[Kind(row["kind"])], "rows": row["rows"]}
        | {name: Money(row[f"{name}_minor"], row["currency"]) for name in ("billed", "paid", "open")}
        for row in content["totals"]
    ]
    accounts = [
        {"code": row["account"], "name": _name(row["account"])}
        | {name: Money(row[f"{name}_minor"], row["currency"]) for name in ("balance", "on_tape", "elsewhere")}
        for row in content["books"]["accounts"]
    ]
    largest = [
        {"name": KINDS[Kind(row["kind"])], "obligors": row["obligors"]}
        | {"shares": [Decimal(row[name]) for name in ("top_1", "top_5", "top_10")]}
        for row in content["largest"]
    ]
    context = {"book": book, "tape": shown, "totals": totals, "accounts": accounts, "largest": largest}
    return render(request, "billing/tape.html", context | {"agrees": content["books"]["agrees"]})


def _book(request: HttpRequest, code: str) -> Book:
    visible = Book.objects.visible_to(request.user).select_related("organization")  # type: ignore[arg-type]
    book: Book = get_object_or_404(visible, code=code)
    require(request.user, Permission.BOOK_POST, within=book.organization)  # type: ignore[arg-type]
    return book


def _name(account: str) -> str:
    row = CHART[account]
    return row.name_zh if (get_language() or "").startswith("zh") else row.name


def _file(tape: Tape, form: str) -> HttpResponse:
    if form == "csv":
        content = csv_text(tape.content["rows"]).encode("utf-8-sig")
        answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    else:
        answer = JsonResponse({"dictionary": dictionary(), "content": tape.content, "digest": tape.digest})
    answer["Content-Disposition"] = f'attachment; filename="{tape.public_id}.{form}"'
    return answer
