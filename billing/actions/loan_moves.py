"""What every move of a loan does: ask for the right, lock, look at the table, write down, tell the others."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.models import LoanApplication, LoanLicence, LoanStep
from billing.models.loan_products import local_day
from billing.rules.loan_states import TABLE, Move, Side, Status, can, moves_for
from leasing.actions import steps
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money, format_money

NAMES: Mapping[Move, Promise] = {
    Move.APPLY: _("apply"),
    Move.OFFER: _("make an offer"),
    Move.ACCEPT: _("accept the offer"),
    Move.DECLINE: _("decline"),
    Move.WITHDRAW: _("withdraw the application"),
    Move.PAY_OUT: _("record the payout"),
    Move.REPAY: _("record a payment"),
    Move.SETTLE: _("settle early"),
    Move.TAKE_BACK: _("take the last payment back"),
}


class LoanInvalid(Invalid):
    """Something that was given for a loan is wrong; ``flaws`` say what, each at its field."""

    code = "loan_invalid"
    text = gettext_noop("The loan cannot be carried on like this. Mend what is marked.")


class LoanMoveRefused(NotPossible):
    """The state of the loan does not allow the move; ``allowed`` names those that it does."""

    code = "loan_move_refused"
    text = gettext_noop("This loan is in the state “{status}”. What you can do now: {moves}.")


class NoLoanLicence(NotPossible):
    """Only a licensed lender lends."""

    code = "no_loan_licence"
    text = gettext_noop(
        "{lender} has no licence to lend on record that holds now. The platform records licences."
    )


def check(*, flaws: list[Flaw]) -> None:
    """
    Let the move go on if nothing is wrong with what was given.

    :raises LoanInvalid: with every flaw at its field
    """
    if flaws:
        raise LoanInvalid(flaws=flaws)


def require_licence(*, lender: Organization, at: datetime) -> LoanLicence:
    """
    Return the licence of a lender that holds at a moment.

    :raises NoLoanLicence: if there is none
    """
    found = LoanLicence.objects.in_force(lender.pk, local_day(at))
    if found is None:
        raise NoLoanLicence(lender=lender.name)
    return found


def require_side(*, loan: LoanApplication, move: Move, within: Organization, by: User) -> Side:
    """
    Return the side on which ``within`` makes the move.

    :raises MissingRight: if that side never makes it, or ``by`` lacks the right there
    """
    row, side = TABLE[move], loan.side_of(within)
    if side is not row.side:
        raise MissingRight(organization=within.name)
    require(by, Permission(row.right), within=within)
    return side


def lock(*, loan: LoanApplication, move: Move, side: Side) -> LoanApplication:
    """
    Lock a loan and return it as it is now.

    :raises LoanMoveRefused: if its state does not allow the move
    """
    LoanApplication.objects.locked().get(pk=loan.pk)
    found = LoanApplication.objects.with_sides().get(pk=loan.pk)
    status = Status(found.status)
    if not can(move, status):
        possible = moves_for(side, status)
        raise LoanMoveRefused(
            status=found.get_status_display(),
            moves=steps.spoken(possible=possible, names=NAMES),
            allowed=[str(each) for each in possible],
        )
    return found


def carry_out(
    *,
    loan: LoanApplication,
    move: Move,
    target: Status,
    by: User,
    within: Organization,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> LoanApplication:
    """Move a locked loan to a state of the table's, append the step, and the entry of the audit trail."""
    assert target in TABLE[move].targets, (move, target)
    before, told = str(loan.status), dict(facts or {})
    loan.status = target.value
    loan.save(update_fields=["status"])
    write_down(loan=loan, move=move, before=before, by=by, within=within, at=at, reason=reason, facts=told)
    return loan


def write_down(
    *,
    loan: LoanApplication,
    move: Move,
    before: str,
    by: User,
    within: Organization,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any],
) -> None:
    """Append one step to the history of a loan, and one entry to the audit trail."""
    step = LoanStep(application=loan, move=move, status_before=before, status_after=loan.status)
    steps.append(step=step, behind=loan.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    audit.record(
        by=by, action=f"loan.{move}", subject=loan.public_id, at=at, within=within, reason=reason, **facts
    )


def tell(
    *, loan: LoanApplication, kind: Kind, to: Organization, money: Money, at: datetime, **facts: str
) -> None:
    """Tell the other side; ``who`` is the side that moved."""
    who = loan.lessee if to.pk == loan.lender_id else loan.lender
    told = {"who": who.name, "amount": format_money(money)} | facts
    notify(kind=kind, to=[to], facts=told, at=at, link=f"/loans/{loan.public_id}/")


def moment_of(*, day: Any) -> str:
    """Return the midnight with which a day begins, as notifications write moments."""
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE)).isoformat()
