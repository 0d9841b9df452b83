"""Tell owner and fund what became of claims, payments and levies; amounts stand on the pages alone."""

from datetime import datetime

from billing.models import Fund, FundClaim
from billing.models.loan_products import local_day
from billing.rules.fund_states import Move, Payment
from marketplace.actions.notifications import notify
from marketplace.models import Organization
from marketplace.rules.notifications import Kind

TO_FUND = {Move.CLAIM: Kind.FUND_CLAIM_MADE, Move.WITHDRAW: Kind.FUND_CLAIM_WITHDRAWN}
TO_OWNER = {Move.APPROVE: Kind.FUND_CLAIM_APPROVED, Move.REJECT: Kind.FUND_CLAIM_REJECTED}
PAYMENTS = {
    Payment.CLAIM_PAID: Kind.FUND_CLAIM_PAID,
    Payment.OWNER_PAID: Kind.FUND_OWNER_PAID,
    Payment.RECOVERY: Kind.FUND_RECOVERED,
    Payment.OWNER_SHARE: Kind.FUND_OWNER_PAID,
}


def claim_moved(*, claim: FundClaim, move: Move, at: datetime) -> None:
    """Tell the fund of what its owner did with a claim, and the owner of what the fund decided."""
    if move in TO_FUND:
        _tell(claim, TO_FUND[move], claim.fund.book.organization, claim.owner.name, at)
    elif move in TO_OWNER:
        _tell(claim, TO_OWNER[move], claim.owner, str(claim.fund), at)


def claim_money(*, claim: FundClaim, payment: Payment, at: datetime) -> None:
    """Tell the owner of a confirmed payment over its claim."""
    _tell(claim, PAYMENTS[payment], claim.owner, claim.lessee.name, at)


def levy_due(*, fund: Fund, owners: list[Organization], at: datetime) -> None:
    """Tell owners, once a day, that invoices of theirs bear the levy of a fund."""
    day = local_day(at).isoformat()
    facts = {"fund": str(fund), "day": day}
    once = f"fund_levy:{fund.pk}:{day}"
    notify(
        kind=Kind.FUND_LEVY_DUE, to=owners, facts=facts, at=at, link=f"/funds/{fund.public_id}/", once=once
    )


def _tell(claim: FundClaim, kind: Kind, to: Organization, who: str, at: datetime) -> None:
    facts = {"who": who, "fund": str(claim.fund), "invoice": str(claim.invoice)}
    notify(kind=kind, to=[to], facts=facts, at=at, link=f"/funds/claims/{claim.public_id}/")
