"""Accounts of the platform at banks: what the books have on each, what the bank said last, and new ones."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payments.actions import banks
from billing.payments.models.banks import HOLDINGS
from billing.payments.queries.bank_accounts import Standing, standings
from billing.payments.web.finance import book_of_desk
from billing.rules import accounts as chart
from billing.web.loan_forms import told
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import PLACES

USES = {
    chart.BANK: gettext_lazy("Own money"),
    chart.CLIENT_MONEY: gettext_lazy("Money collected for owners"),
    chart.DEPOSIT_MONEY: gettext_lazy("Deposits"),
    chart.FUND_MONEY: gettext_lazy("Risk fund"),
}


class BankAccountForm(forms.Form):
    """An account of ours at a bank, and what its money is for."""

    holder = forms.CharField(label=gettext_lazy("Holder, as the bank has it"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Account number"), max_length=40)
    bank_name = forms.CharField(label=gettext_lazy("Bank and branch"), max_length=120)
    bank_code = forms.CharField(
        label=gettext_lazy("Code of the bank (CNAPS, 12 digits) or BIC"), max_length=20, required=False
    )
    ledger_code = forms.ChoiceField(
        choices=[(code, USES[code]) for code in HOLDINGS], label=gettext_lazy("What its money is for")
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in PLACES], label=gettext_lazy("Currency"))


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List accounts with what stands on them, and write down another one; also as a file."""
    book, within = book_of_desk(request)
    opens = allowed(request.user, Permission.BOOK_LOCK, within=within)  # type: ignore[arg-type]
    form = BankAccountForm(request.POST or None, initial={"currency": book.currency}) if opens else None
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
            try:
                banks.open_account(book=book, **form.cleaned_data, **who)
            except DomainError as error:
                told(error, form, {})
            else:
                messages.success(request, _("Written down. Its statements can be given now."))
                return redirect("bank-accounts")
    found = standings(book)
    if wanted := asked_format(request):
        return table_answer(wanted, "bank-accounts", _heads(), _cells(found))
    context = {"rows": [{"one": one, "use": USES[one.account.ledger_code]} for one in found], "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "payments/bank_accounts.html", context, status=status)


def _heads() -> list[str]:
    return [
        _("Bank"),
        _("Account number"),
        _("Name on the account"),
        _("What its money is for"),
        _("Account in the books"),
        _("Currency"),
        _("In the books"),
        _("Closing balance of the bank"),
        _("On"),
    ]


def _cells(found: Iterable[Standing]) -> Iterable[list[object]]:
    for one in found:
        account = one.account
        yield [
            account.bank_name,
            account.number,
            account.holder,
            str(USES[account.ledger_code]),
            account.ledger_code,
            account.currency,
            one.booked.amount,
            one.closing.amount if one.closing else None,
            one.closed_on,
        ]
