"""A disputed line before the platform: how it stands, what everybody said, and the one thing to do next."""

from collections.abc import Callable
from datetime import timedelta
from decimal import InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.actions import mediations
from billing.models import LineDispute, LineMediation, MediationStep
from billing.permissions import readable
from billing.queries.concessions import left_minor
from billing.rules.mediations import BOTH, LONGEST_TEXT, Act, Side, State, answer_days
from billing.web import words
from billing.web.disputes import read_minor
from billing.web.loan_forms import day_field, told
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import PLACES as MONEY_PLACES
from marketplace.shared.money import Money, format_money

KINDS = {
    State.ASKED: "idle",
    State.PROPOSED: "idle",
    State.AGREED: "run",
    State.REFUSED: "fault",
    State.LAPSED: "fault",
    State.WITHDRAWN: "off",
    State.ENDED: "off",
}
DONE = {
    Act.WRITE: gettext_lazy("Written. Both sides and the platform read it."),
    Act.PROPOSE: gettext_lazy("Proposed. Both sides are told, and answer."),
    Act.ACCEPT: gettext_lazy("Accepted. Both sides and the platform are told."),
    Act.REFUSE: gettext_lazy("Refused. The case is over, and the line stays disputed."),
    Act.WITHDRAW: gettext_lazy("Taken back. The dispute stays what it was."),
}
WITHOUT_RESULT = (State.REFUSED, State.LAPSED, State.WITHDRAWN)
A_MOMENT = timedelta(seconds=1)
PLACES = {"/amount_minor": "amount"}


class MediationWordsForm(forms.Form):
    """What is said to the case."""

    text = forms.CharField(
        label=gettext_lazy("Your words; both sides and the platform read them"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )


class MediationTakeBackForm(MediationWordsForm):
    """What is said with taking the question back, if anything."""

    text = forms.CharField(
        label=gettext_lazy("What you say with it, if anything"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


class MediationProposalForm(MediationWordsForm):
    """What the platform proposes."""

    field_order = ("amount", "answer_on", "text")
    amount = forms.CharField(
        label=gettext_lazy("To be given back before tax"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    answer_on = day_field(gettext_lazy("Both answer until the end of"))

    def given(self, currency: str) -> dict[str, Any]:
        """
        Return what was typed as the action takes it, in minor units of the line's currency.

        :raises InvalidOperation: if the amount is none, or has more places than the currency
        """
        typed = dict(self.cleaned_data)
        return typed | {"amount_minor": read_minor(typed.pop("amount"), currency)}


FORMS: dict[Act, type[forms.Form]] = {
    Act.WRITE: MediationWordsForm,
    Act.PROPOSE: MediationProposalForm,
    Act.ACCEPT: forms.Form,
    Act.REFUSE: MediationWordsForm,
    Act.WITHDRAW: MediationTakeBackForm,
}
ACTS: dict[Act, Callable[..., LineMediation]] = {
    Act.WRITE: mediations.write,
    Act.PROPOSE: mediations.propose,
    Act.ACCEPT: mediations.accept,
    Act.REFUSE: mediations.refuse,
    Act.WITHDRAW: mediations.withdraw,
}


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one case to its sides and the platform."""
    return _page(request, _found(request, public_id))


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Do one thing about a case, and come back; what is refused stands at its field."""
    found, name = _found(request, public_id), Act(act)
    form = FORMS[name](request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        currency = found.dispute.line.currency
        who = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
        try:
            given = form.given(currency) if isinstance(form, MediationProposalForm) else form.cleaned_data
            ACTS[name](mediation=found, **given, **who)
        except NotPossible as error:
            messages.error(request, _(error.text).format(**error.facts))
            return redirect("mediation", public_id)
        except InvalidOperation:
            text = _("Write an amount from 0 in {currency}, with at most {places} decimal places.")
            form.add_error("amount", text.format(currency=currency, places=MONEY_PLACES[currency]))
        except Invalid as error:
            told(error, form, PLACES)
        else:
            messages.success(request, str(DONE[name]))
            return redirect("mediation", public_id)
    return _page(request, found, refused=(name, form))


def _found(request: HttpRequest, public_id: str) -> LineMediation:
    """
    Return a case over an invoice that the reader may read.

    Refusals are those of :func:`billing.permissions.readable`.
    """
    found = get_object_or_404(LineMediation.objects.with_sides(), public_id=public_id)
    readable(found.invoice.public_id, request.user)  # type: ignore[arg-type]
    return found


def _page(
    request: HttpRequest, found: LineMediation, refused: tuple[Act, forms.Form] | None = None
) -> HttpResponse:
    within, now = acting_organization(request), clock.now()
    side = found.side_of(within)
    possible = mediations.allowed_acts(mediation=found, within=within, by=request.user, at=now)  # type: ignore[arg-type]
    able = {name.value: FORMS[name](auto_id=f"{name}-%s") for name in possible}
    if refused is not None:
        able[refused[0].value] = refused[1]
    line, invoice = found.dispute.line, found.invoice
    left = Money(left_minor(line), line.currency)
    context = {
        "case": found,
        "dispute": found.dispute,
        "invoice": invoice,
        "line": line,
        "name": words.line_name(line.kind, line.meter),
        "zone": invoice.zone.key,
        "kind": KINDS[State(found.state)],
        "headline": _headline(found, side),
        "over": found.is_open and now >= found.due_at,
        "able": able,
        "between": side is Side.PLATFORM,
        "last_day": timezone.localtime(found.due_at - A_MOMENT, invoice.zone).date(),
        "sums": _sums(found, left),
        "most": left,
        "accepted": [
            found.invoice.buyer.name if one is Side.BUYER else found.invoice.seller.name
            for one in sorted(found.accepted)
        ],
        "days": _days(found, now),
        "events": [_event(found, one) for one in found.steps.all()],
        "stays_open": found.state in WITHOUT_RESULT and _is_disputed(found),
    }
    return render(request, "billing/mediation.html", context, status=400 if refused else 200)


def _headline(found: LineMediation, side: Side | None) -> str:
    """Say in one sentence how it stands, from the reader's side."""
    invoice = found.invoice
    if found.state == State.PROPOSED and side in BOTH & found.accepted:
        return _("You have accepted. The other side answers.")
    if found.state in WITHOUT_RESULT and not _is_disputed(found):
        outcome = found.dispute.get_outcome_display()
        return _("It ended without a result. The dispute itself is closed: {outcome}.").format(
            outcome=outcome
        )
    texts = {
        State.ASKED: _("The platform reads what both sides say, and proposes an amount."),
        State.PROPOSED: _("The platform has made a proposal. It holds only if both sides accept it."),
        State.AGREED: _("Both sides accept the proposal. The dispute is closed with it."),
        State.REFUSED: _("The proposal was refused. The case is over, and the line stays disputed."),
        State.LAPSED: _("The time is over without a result. The line stays disputed."),
        State.WITHDRAWN: _("The question was taken back. The line stays disputed."),
        State.ENDED: _("The dispute was ended by {seller} or {buyer} themselves."),
    }
    return texts[State(found.state)].format(seller=invoice.seller.name, buyer=invoice.buyer.name)


def _is_disputed(found: LineMediation) -> bool:
    return found.dispute.outcome == LineDispute.Outcome.OPEN


def _sums(found: LineMediation, left: Money) -> list[tuple[str, Money]]:
    """Return the sums that matter, before tax, and what the proposal gives back with it."""
    line, amount = found.dispute.line, found.amount
    rows = [(_("The line before tax"), line.net)]
    if found.is_open and left != line.net:
        rows.append((_("Still billed of it before tax"), left))
    if amount is not None:
        with_tax = Money(line.gross_of(amount.minor), amount.currency)
        rows += [(_("To be given back before tax"), amount), (_("With VAT"), with_tax)]
    if amount is not None and found.is_open:
        rows.append((_("Left of the line before tax"), Money(max(0, (left - amount).minor), left.currency)))
    return rows


def _days(found: LineMediation, now: Any) -> dict[str, Any]:
    first, last = answer_days(timezone.localtime(now, found.invoice.zone).date())
    return {"first": first, "last": last}


def _event(found: LineMediation, one: MediationStep) -> dict[str, Any]:
    what = one.get_act_display()
    if one.amount_minor is not None:
        amount = format_money(Money(one.amount_minor, found.dispute.line.currency))
        what = f"{what}{_(': ')}{amount}"
    who = f"{one.person_name} · {one.organization_name}" if one.organization_name else _("Deadline")
    return {"at": one.at, "who": who, "what": what, "why": one.text, "kind": "idle"}
