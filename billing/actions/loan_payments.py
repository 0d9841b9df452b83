"""
A lender records what it paid out and what it received; the platform never touches that money.

What is recorded moves nothing and is booked nowhere: it lets both sides see what is due, paid and overdue.
"""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import loan_moves as moves
from billing.models import LoanApplication, LoanOffer, LoanPayment
from billing.models.loan_products import local_day
from billing.rules.loan_states import Move, Side, Status
from billing.rules.loan_terms import LONGEST_REFERENCE, LoanTerms, flaw, text_flaws
from billing.rules.loan_tracking import (
    Payment,
    figure_flaws,
    is_repaid,
    payment_flaws,
    settlement,
    settlement_flaws,
    standings,
)
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, NotPossible
from marketplace.shared.money import Money


class LoanReferenceUsed(NotPossible):
    """Another payment stands under the reference."""

    code = "loan_reference_used"
    text = gettext_noop("Under the reference “{reference}” another payment of this loan is recorded already.")


class NoLoanPayment(NotPossible):
    """Only the last payment that stands is taken back."""

    code = "no_loan_payment"
    text = gettext_noop("No. {position} is not the last payment that stands: only that one is taken back.")


@atomic
def pay_out(
    *, loan: LoanApplication, paid_on: date, reference: str, within: Organization, by: User, at: datetime
) -> LoanApplication:
    """
    Record that the accepted loan was paid out, on the day of its offer, from which its schedule runs.

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if it is not accepted
    :raises NoLoanLicence: if the lender has no licence that holds
    :raises LoanInvalid: if it is another day, the day has not come, or the reference is missing
    """
    side = moves.require_side(loan=loan, move=Move.PAY_OUT, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.PAY_OUT, side=side)
    moves.require_licence(lender=within, at=at)
    offer = _offer(found)
    flaws = text_flaws("/reference", reference, most=LONGEST_REFERENCE) + _came(paid_on, at)
    if paid_on != offer.starts_on:
        flaws.append(flaw("/paid_on", "loan_another_day", day=offer.starts_on.isoformat()))
    moves.check(flaws=flaws)
    facts = {"paid_on": paid_on.isoformat(), "reference": reference.strip(), "digest": offer.digest}
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.PAY_OUT, target=Status.PAID_OUT, facts=facts, **who)
    moves.tell(loan=found, kind=Kind.LOAN_PAID_OUT, to=found.lessee, money=offer.amount, at=at)
    return found


@atomic
def repay(
    *,
    loan: LoanApplication,
    amount_minor: int,
    paid_on: date,
    reference: str,
    within: Organization,
    by: User,
    at: datetime,
) -> LoanPayment:
    """
    Record what the lender received of instalments; the oldest is paid first, the last one ends the loan.

    The same payment again under its reference is the same row.

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if the loan is not paid out, or over
    :raises LoanReferenceUsed: if another payment stands under the reference
    :raises LoanInvalid: if it is out of order, of a day to come, or more than is due and the next instalment
    """
    side = moves.require_side(loan=loan, move=Move.REPAY, within=within, by=by)
    new = Payment(paid_on, amount_minor)
    known = _repeated(loan, LoanPayment.Kind.INSTALMENT, new, reference)
    if known is not None:
        return known
    found, terms, before = _tracked(loan, Move.REPAY, side)
    flaws = _flaws(reference, paid_on, at) or payment_flaws(
        terms.schedule(), before, new, starts_on=terms.starts_on, currency=terms.currency
    )
    moves.check(flaws=flaws)
    done = is_repaid(standings(terms.schedule(), [*before, new], paid_on))
    target, kind = (Status.REPAID, Kind.LOAN_REPAID) if done else (Status.PAID_OUT, Kind.LOAN_PAYMENT)
    made = _write(found, LoanPayment.Kind.INSTALMENT, new, reference, by, at)
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.REPAY, target=target, facts=_facts(made), **who)
    moves.tell(loan=found, kind=kind, to=found.lessee, money=Money(amount_minor, terms.currency), at=at)
    return made


@atomic
def settle(
    *,
    loan: LoanApplication,
    amount_minor: int,
    paid_on: date,
    reference: str,
    within: Organization,
    by: User,
    at: datetime,
) -> LoanPayment:
    """
    Record that the loan was settled early, for exactly the figure of that day.

    The figure is the principal, interest to the day, and the price that the offer names
    (:func:`billing.rules.loan_tracking.settlement`).

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if the loan is not paid out, or over
    :raises LoanReferenceUsed: if another payment stands under the reference
    :raises LoanInvalid: if something due is not paid, or the amount is another one
    """
    side = moves.require_side(loan=loan, move=Move.SETTLE, within=within, by=by)
    new = Payment(paid_on, amount_minor, is_last=True)
    known = _repeated(loan, LoanPayment.Kind.SETTLEMENT, new, reference)
    if known is not None:
        return known
    found, terms, before = _tracked(loan, Move.SETTLE, side)
    moves.check(flaws=_flaws(reference, paid_on, at) or settlement_flaws(terms, before, paid_on))
    figure = settlement(terms, before, paid_on).total
    moves.check(flaws=figure_flaws(amount_minor, figure, terms.currency))
    made = _write(found, LoanPayment.Kind.SETTLEMENT, new, reference, by, at)
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.SETTLE, target=Status.SETTLED, facts=_facts(made), **who)
    money = Money(amount_minor, terms.currency)
    moves.tell(loan=found, kind=Kind.LOAN_REPAID, to=found.lessee, money=money, at=at)
    return made


@atomic
def take_back(
    *, loan: LoanApplication, position: int, reason: str, within: Organization, by: User, at: datetime
) -> LoanPayment:
    """
    Take the record of the last payment back: it was recorded in error, or the bank returned it.

    ``position`` names it; of one that is taken back already the same row is returned.

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if the loan was never paid out
    :raises NoLoanPayment: if it is not the last payment that stands
    :raises LoanInvalid: if there is no reason, or it is too long
    """
    side = moves.require_side(loan=loan, move=Move.TAKE_BACK, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.TAKE_BACK, side=side)
    moves.check(flaws=text_flaws("/reason", reason))
    done = LoanPayment.objects.filter(application=found, takes_back__position=position).first()
    if done is not None:
        return done
    last = next(reversed(found.standing_payments()), None)
    if last is None or last.position != position:
        raise NoLoanPayment(position=position)
    made = _write(found, LoanPayment.Kind.TAKEN_BACK, last.value, last.reference, by, at, takes_back=last)
    who: dict[str, Any] = {"by": by, "within": within, "at": at, "reason": reason.strip()}
    moves.carry_out(loan=found, move=Move.TAKE_BACK, target=Status.PAID_OUT, facts=_facts(made), **who)
    money = Money(last.amount_minor, found.currency)
    moves.tell(loan=found, kind=Kind.LOAN_TAKEN_BACK, to=found.lessee, money=money, at=at)
    return made


def _offer(loan: LoanApplication) -> LoanOffer:
    offer = loan.offer
    assert offer is not None, "who accepts accepts an offer"
    return offer


def _tracked(
    loan: LoanApplication, move: Move, side: Side
) -> tuple[LoanApplication, LoanTerms, list[Payment]]:
    """Lock a loan, and return it with its terms and the payments that stand."""
    found = moves.lock(loan=loan, move=move, side=side)
    return found, _offer(found).terms, [one.value for one in found.standing_payments()]


def _repeated(loan: LoanApplication, kind: str, new: Payment, reference: str) -> LoanPayment | None:
    """Return the payment that stands under a reference, under the lock of its loan, if it is the same."""
    LoanApplication.objects.locked().get(pk=loan.pk)
    found = LoanPayment.objects.exclude(kind=LoanPayment.Kind.TAKEN_BACK).filter(
        application=loan, reference=reference.strip(), taken_back_by=None
    )
    known = found.first()
    if known is not None and (known.kind, known.value) != (kind, new):
        raise LoanReferenceUsed(reference=known.reference)
    return known


def _came(day: date, at: datetime) -> list[Flaw]:
    return [flaw("/paid_on", "loan_day_not_come")] if day > local_day(at) else []


def _flaws(reference: str, paid_on: date, at: datetime) -> list[Flaw]:
    return text_flaws("/reference", reference, most=LONGEST_REFERENCE) + _came(paid_on, at)


def _write(
    loan: LoanApplication,
    kind: str,
    payment: Payment,
    reference: str,
    by: User,
    at: datetime,
    takes_back: LoanPayment | None = None,
) -> LoanPayment:
    return LoanPayment.objects.create(
        application=loan,
        position=loan.payments.count() + 1,
        kind=kind,
        paid_on=payment.paid_on,
        amount_minor=payment.minor,
        reference=reference.strip(),
        takes_back=takes_back,
        made_by_name=by.name,
        made_at=at,
    )


def _facts(made: LoanPayment) -> dict[str, Any]:
    return {
        "position": made.position,
        "kind": str(made.kind),
        "paid_on": made.paid_on.isoformat(),
        "amount_minor": made.amount_minor,
        "reference": made.reference,
    }
