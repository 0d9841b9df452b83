"""Disputed lines on the page of an invoice: the buyer says why, the seller decides."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import disputes as actions
from billing.actions import mediations
from billing.models import Invoice, InvoiceLine, LineDispute, LineMediation
from billing.permissions import readable
from billing.rules.mediations import State
from billing.web import words
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import PLACES, Money

RAISE, WITHDRAW, ANSWER, MEDIATE = "raise", "withdraw", "answer", "mediate"

AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,10})?")


@require_POST
@login_required
def dispute(request: HttpRequest, public_id: str, position: int, act: str) -> HttpResponse:
    """Dispute a line, take that back, decide, or ask the platform; who may is the action's to say."""
    shown = readable(public_id, request.user)  # type: ignore[arg-type]
    line = get_object_or_404(shown.lines, position=position)
    if act not in (RAISE, WITHDRAW, ANSWER, MEDIATE):
        raise Http404
    try:
        said = _carry_out(request, shown, line, act)
    except InvalidOperation:
        messages.error(request, _("Write an amount of money, such as 120.50."))
    except Invalid as error:
        messages.error(request, " ".join(_(flaw.text).format(**flaw.facts) for flaw in error.flaws))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, said)
    return redirect("invoice", shown.public_id)


def dispute_rows(
    shown: Invoice, user: User, acting: Organization, lines: list[InvoiceLine] | None = None
) -> list[dict[str, Any]]:
    """
    Return the lines of an invoice or note with what was disputed of them, and what the reader may do.

    Who has read its ``lines`` with their disputes gives them.
    """
    if shown.status != Invoice.Status.ISSUED:
        return []
    until = actions.disputable_until(invoice=shown)
    pays = acting.pk == shown.buyer_id and allowed(user, Permission.INVOICE_READ, within=acting)
    sells = acting.pk == shown.seller_id and allowed(user, Permission.INVOICE_RUN, within=acting)
    in_time = until is not None and clock.now() < until
    rows = []
    for line in shown.lines.prefetch_related(with_cases()) if lines is None else lines:
        known = list(line.disputes.all())
        open_ = next((one for one in known if one.outcome == LineDispute.Outcome.OPEN), None)
        is_open, case = open_ is not None, _case(open_)
        cases = [one for one in map(_case, known) if one is not None]
        settled = any(one.state == State.AGREED for one in cases)
        rows.append(
            {
                "line": line,
                "name": words.line_name(line.kind, line.meter),
                "net": line.net,
                "disputes": [_row(one, line) for one in known],
                "may_raise": pays and in_time and not is_open and not settled and line.net_minor > 0,
                "may_withdraw": pays and is_open,
                "may_answer": sells and is_open,
                "case": case if case and case.is_open else None,
                "may_mediate": (pays or sells) and is_open and not cases and _can_mediate(shown),
            }
        )
    return [row for row in rows if row["disputes"] or row["may_raise"]]


def with_cases() -> Prefetch:
    """Return how lines are read with their disputes, and those with their cases, in one query."""
    return Prefetch("disputes", LineDispute.objects.with_cases())


def _case(dispute: LineDispute | None) -> LineMediation | None:
    return getattr(dispute, "mediation", None)


def _can_mediate(shown: Invoice) -> bool:
    platform = OrganizationKind.PLATFORM in (shown.seller.kind, shown.buyer.kind)
    return not platform and not shown.is_interest


def _row(one: LineDispute, line: InvoiceLine) -> dict[str, Any]:
    case = _case(one)
    is_agreed = case is not None and case.state == State.AGREED
    return {
        "dispute": one,
        "case": case,
        "outcome": _("Agreed before the platform") if is_agreed else one.get_outcome_display(),
        "conceded": Money(one.conceded_minor, line.currency),
    }


def _carry_out(request: HttpRequest, shown: Invoice, line: InvoiceLine, act: str) -> str:
    given: dict[str, Any] = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
    reason = request.POST.get("reason", "")
    if act == RAISE:
        actions.dispute(line=line, reason=reason, **given)
        return _("The line is disputed: it is not due until the seller has decided.")
    found = line.disputes.select_related("line__invoice").order_by("-pk").first()
    if found is None:
        raise Http404
    if act == MEDIATE:
        mediations.ask(dispute=found, text=reason, **given)
        return _("The platform is asked to mediate. It proposes an amount; until then write to the case.")
    if act == WITHDRAW:
        actions.withdraw(dispute=found, **given)
        return _("The dispute is withdrawn; the line is due again.")
    conceded = read_minor(request.POST.get("conceded", ""), line.currency)
    actions.answer(dispute=found, conceded_minor=conceded, reason=reason, **given)
    if shown.is_interest:
        return _(
            "Your decision is written down. What you give back is waived, and the next claim takes it back."
        )
    return _("Your decision is written down. What you give back is credited by the next correction.")


def read_minor(text: str, currency: str) -> int:
    """
    Read an amount of money.

    :raises InvalidOperation: if it is none, or has more places than the currency
    """
    if not AMOUNT.fullmatch(text.strip()):
        raise InvalidOperation
    amount = Decimal(text.strip()).scaleb(PLACES[currency])
    if amount != amount.to_integral_value():
        raise InvalidOperation
    return int(amount)
