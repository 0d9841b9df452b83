"""A lender decides an application: it offers a loan with every instalment, or declines and says why."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.actions import loan_moves as moves
from billing.models import LoanApplication, LoanInstalment, LoanOffer
from billing.models.loan_products import local_day
from billing.rules.loan_states import Move, Status
from billing.rules.loan_terms import LoanTerms, offer_flaws, text_flaws
from leasing.rules.canonical import digest
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.instalments import DayCount, Method
from marketplace.rules.notifications import Kind


@atomic
def offer(
    *,
    loan: LoanApplication,
    amount_minor: int,
    months: int,
    yearly_percent: Decimal,
    starts_on: date,
    stands_until: date,
    within: Organization,
    by: User,
    at: datetime,
) -> LoanOffer:
    """
    Offer a loan within the product; it takes the place of an offer before it, also of an accepted one.

    Method, day count, fee and the price of an early settlement are the product's, the rate is its rate or
    less. The same offer again is the same row.

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if the application is not open
    :raises NoLoanLicence: if the lender has no licence that holds
    :raises LoanInvalid: with every fault at its field
    """
    side = moves.require_side(loan=loan, move=Move.OFFER, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.OFFER, side=side)
    moves.require_licence(lender=within, at=at)
    product = found.product
    terms = LoanTerms(
        amount_minor=amount_minor,
        currency=found.currency,
        months=months,
        yearly_percent=yearly_percent,
        method=Method(product.method),
        day_count=DayCount(product.day_count),
        starts_on=starts_on,
        fee_percent=product.fee_percent,
        early_percent=product.early_percent,
    )
    today, most = local_day(at), product.yearly_percent
    stands: dict[str, Any] = {"stands_until": stands_until, "today": today}
    moves.check(flaws=offer_flaws(terms, product.limits, most_percent=most, **stands))
    sealed = digest(_document(found, terms, stands_until))
    before = found.offer
    if before is not None and found.status == Status.OFFERED and before.digest == sealed:
        return before
    made = _write(found, terms, stands_until, sealed, at)
    facts = {"offer": made.number, "digest": sealed, "amount_minor": amount_minor, "months": months}
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.OFFER, target=Status.OFFERED, facts=facts, **who)
    until = moves.moment_of(day=stands_until)
    moves.tell(loan=found, kind=Kind.LOAN_OFFERED, to=found.lessee, money=made.amount, at=at, until_at=until)
    return made


@atomic
def decline(
    *, loan: LoanApplication, reason: str, within: Organization, by: User, at: datetime
) -> LoanApplication:
    """
    Decline an application with a reason that the lessee reads; its figures are not shown any more.

    :raises MissingRight: if ``by`` may not decide loans of the lender
    :raises LoanMoveRefused: if it is paid out, or over
    :raises LoanInvalid: if there is no reason, or it is too long
    """
    side = moves.require_side(loan=loan, move=Move.DECLINE, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.DECLINE, side=side)
    moves.check(flaws=text_flaws("/reason", reason))
    why = reason.strip()
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.DECLINE, target=Status.DECLINED, reason=why, **who)
    money = found.amount
    moves.tell(loan=found, kind=Kind.LOAN_DECLINED, to=found.lessee, money=money, at=at, reason=why)
    return found


def _document(loan: LoanApplication, terms: LoanTerms, stands_until: date) -> dict[str, object]:
    """Return what the lessee accepts: who lends to whom, until when it stands, and the terms."""
    return {
        "loan": loan.public_id,
        "lender": loan.lender.credit_code,
        "lessee": loan.lessee.credit_code,
        "stands_until": stands_until.isoformat(),
        **terms.dump(),
    }


def _write(
    loan: LoanApplication, terms: LoanTerms, stands_until: date, sealed: str, at: datetime
) -> LoanOffer:
    made = LoanOffer.objects.create(
        application=loan,
        number=loan.offers.count() + 1,
        amount_minor=terms.amount_minor,
        currency=terms.currency,
        months=terms.months,
        yearly_percent=terms.yearly_percent,
        method=terms.method.value,
        day_count=terms.day_count.value,
        fee_percent=terms.fee_percent,
        early_percent=terms.early_percent,
        starts_on=terms.starts_on,
        stands_until=stands_until,
        yearly_cost=terms.cost()[0],
        digest=sealed,
        made_at=at,
    )
    LoanInstalment.objects.bulk_create(
        LoanInstalment(
            offer=made,
            number=row.number,
            due_on=row.due_on,
            principal_minor=row.principal,
            interest_minor=row.interest,
        )
        for row in terms.schedule()
    )
    return made
