"""The form in which finance asks to give money back: of a receipt, or of a credit note."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payments.actions import payouts
from billing.payments.models import PaymentOrder
from billing.web.loan_forms import told
from marketplace.models import Organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import PLACES, Money


class RefundForm(forms.Form):
    """
    How much goes back, why, and by which way; ``seen`` is what was left when it was filled in.

    Sent twice it is refused the second time, since less is left then; the action looks again under the lock.
    """

    reason = forms.CharField(label=gettext_lazy("Why does it go back?"), max_length=500)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, *given: Any, left: Money, provider: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        self.left = left
        amount = forms.DecimalField(
            max_digits=15,
            decimal_places=PLACES[left.currency],
            label=gettext_lazy("Amount that goes back"),
            initial=left.amount,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )
        self.fields = {"amount": amount, **self.fields}
        self.fields["seen"].initial = str(left.minor)
        if provider and provider != payouts.BANK:
            ways = [
                (provider, gettext_lazy("The way it came")),
                (payouts.BANK, gettext_lazy("By bank transfer")),
            ]
            self.fields["provider"] = forms.ChoiceField(choices=ways, label=gettext_lazy("How it goes back"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and given["seen"] != str(self.left.minor):
            said = _("What is left changed since you looked: {left} now. Look at it, then send it again.")
            data: Any = self.data
            self.data = data.copy()
            self.data["seen"] = str(self.left.minor)  # type: ignore[index]
            self.add_error(None, said.format(left=f"{self.left.currency} {self.left.amount:,f}"))
        return given


def ordered(
    request: HttpRequest, form: RefundForm, within: Organization, act: Callable[..., PaymentOrder], **of: Any
) -> PaymentOrder | None:
    """Propose what a form asks for; ``None`` if it is refused, which the form says then."""
    if not form.is_valid():
        return None
    given = dict(form.cleaned_data)
    seen = int(given.pop("seen"))  # what is left, as the form compared
    minor = int(given.pop("amount").scaleb(PLACES[form.left.currency]))
    try:
        made = act(
            amount_minor=minor,
            seen_minor=seen,
            within=within,
            by=request.user,
            at=clock.now(),
            **given,
            **of,
        )
    except DomainError as error:
        told(error, form, {"/amount_minor": "amount"})
        return None
    messages.success(request, _("Proposed. The money goes back once a second person approves it."))
    return made
