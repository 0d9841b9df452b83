"""What the page of a payout says of parts taken back from its owner, and the form asking for one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payments.models import Operation, PaymentOrder, TakeBack
from billing.payments.queries.take_backs import left_to_take, take_backs_of, transfer_of
from billing.payments.rules.operations import State, may_try_again
from billing.payments.rules.order_states import State as OrderState
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.shared.money import PLACES, Money

LOOKS = {"PROPOSED": "idle", "APPROVED": "info", "DROPPED": "off"}


class TakeBackForm(forms.Form):
    """How much comes back from the owner, and why."""

    reason = forms.CharField(label=gettext_lazy("Why is it taken back?"), max_length=500)

    def __init__(self, *given: Any, left: Money, **more: Any) -> None:
        super().__init__(*given, **more)
        self.left = left
        amount = forms.DecimalField(
            max_digits=15,
            decimal_places=PLACES[left.currency],
            label=gettext_lazy("Amount to take back"),
            help_text=_("At most {left}.").format(left=f"{left.currency} {left.amount:,f}"),
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )
        self.fields = {"amount": amount, **self.fields}

    def asked(self) -> dict[str, Any]:
        """Return what a valid form asks for, in minor units."""
        amount: Decimal = self.cleaned_data["amount"]
        minor = int(amount.scaleb(PLACES[self.left.currency]))
        return {"amount_minor": minor, "reason": self.cleaned_data["reason"]}


def form_of(order: PaymentOrder, data: Any = None) -> TakeBackForm:
    """Return the form for what is left of a payout."""
    return TakeBackForm(data, left=Money(left_to_take(order), order.currency), auto_id="take-back-%s")


def section(
    request: HttpRequest, order: PaymentOrder, within: Organization, refused: forms.Form | None
) -> dict[str, Any]:
    """Return what the page shows to who pays; nothing to others, and for payouts that no provider made."""
    runs = within.pk == order.book.organization_id
    if not runs or order.state != OrderState.DONE or transfer_of(order) is None:
        return {}
    rows = list(take_backs_of(order))
    may = {each: allowed(request.user, each, within=within) for each in Permission}  # type: ignore[arg-type]
    waits = any(one.state == TakeBack.State.PROPOSED for one in rows)
    form = refused if isinstance(refused, TakeBackForm) else form_of(order)
    asks = may[Permission.PAYMENT_MATCH] and not waits and form.left.minor > 0
    me = request.user.public_id  # type: ignore[union-attr]
    releases = may[Permission.PAYMENT_RELEASE]
    return {
        "take_backs": [_row(one, me, releases=releases) for one in rows],
        "take_back": form if asks else None,
    }


def _row(one: TakeBack, me: str, *, releases: bool) -> dict[str, Any]:
    waits = one.state == TakeBack.State.PROPOSED
    refused = one.operation is not None and may_try_again(State(one.operation.state))
    return {
        "one": one,
        "amount": one.amount,
        "look": LOOKS[one.state],
        "state": one.get_state_display(),
        "provider": _said(one.operation) if one.operation else "",
        "approves": releases and waits and one.maker != me,
        "waits_for_other": releases and waits and one.maker == me,
        "drops": releases and waits,
        "again": releases and refused,
    }


def _said(operation: Operation) -> str:
    """Say in words how far the provider is with it."""
    words = {
        State.CREATED: _("It is being sent to the payment provider."),
        State.SENT: _("It is being sent to the payment provider."),
        State.PENDING: _("The payment provider is at it."),
        State.UNKNOWN: _("The payment provider has not answered. It is asked again by itself."),
        State.DONE: _("The money is back with us."),
    }
    state = State(operation.state)
    if state is not State.REJECTED:
        return words[state]
    last = max(operation.attempts.all(), key=lambda each: each.number)
    if last.code == "balance_insufficient":
        return _("Refused: the owner's account at the provider has not enough money. Try again once it has.")
    return _("Refused by the payment provider ({code}).").format(code=last.code or "—")
