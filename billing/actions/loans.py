"""A lessee applies to a lender for a loan of its lease, accepts what is offered, or withdraws."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import loan_moves as moves
from billing.actions.loan_products import LoanProductOver
from billing.models import LoanApplication, LoanProduct
from billing.models.loan_products import local_day
from billing.queries import LOAN_DATA, loan_data
from billing.rules.loan_states import Move, Status
from billing.rules.loan_terms import consent_flaws, text_flaws, wish_flaws
from leasing.models import Lease
from leasing.rules.canonical import digest as digest_of
from leasing.rules.leases import RUNNING, UNDER_CONTRACT
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotAllowed, NotPossible

LENDABLE = RUNNING | UNDER_CONTRACT
UNDECIDED = (Status.APPLIED, Status.OFFERED, Status.ACCEPTED)


class NotTheLessee(NotAllowed):
    """Only the lessee of a lease applies for a loan of it."""

    code = "not_the_lessee_of_loan"
    text = gettext_noop("Only {lessee}, who leases, applies for a loan of this lease.")


class LeaseNotLendable(NotPossible):
    """The lease is not under contract, or over."""

    code = "lease_not_lendable"
    text = gettext_noop("Lease {number} is not under contract, or over: no loan is applied for from it.")


class AlreadyApplied(NotPossible):
    """An application for the same product from the same lease is open."""

    code = "loan_already_applied"
    text = gettext_noop("You have applied for this loan already. Withdraw that application first.")


class LoanOfferChanged(NotPossible):
    """The digest is not that of the offer that stands."""

    code = "loan_offer_changed"
    text = gettext_noop("The lender has changed its offer since you read it. Read it again.")


class LoanOfferOver(NotPossible):
    """Nobody accepted the offer in time."""

    code = "loan_offer_over"
    text = gettext_noop("The offer stood until {until}. Ask the lender for another one.")


@atomic
def apply(
    *,
    lease: Lease,
    product: LoanProduct,
    amount_minor: int,
    months: int,
    wanted_for: str,
    consents: Sequence[str],
    within: Organization,
    by: User,
    at: datetime,
) -> LoanApplication:
    """
    Apply for a loan from a lease, and hand over to its lender the figures that ``consents`` names, as of now.

    The lender sees the application and nothing else of the lessee; what is handed over is kept as it stood,
    with its digest. ``amount_minor`` is in minor units of the product's currency.

    :raises MissingRight: if ``by`` may not apply for loans of ``within``
    :raises NotTheLessee: if ``within`` does not lease
    :raises LeaseNotLendable: if the lease is not under contract, or over
    :raises LoanProductOver: if the product is not on offer, or is the lessee's own
    :raises NoLoanLicence: if the lender has no licence that holds
    :raises AlreadyApplied: if an application for it is open
    :raises LoanInvalid: with every fault at its field
    """
    require(by, Permission.LOAN_REQUEST, within=within)
    if within.pk != lease.lessee_id:
        raise NotTheLessee(lessee=lease.lessee.name)
    locked = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    if locked.status not in LENDABLE:
        raise LeaseNotLendable(number=locked.number)
    _check_product(product, within, at)
    if LoanApplication.objects.filter(lease=locked, product=product, status__in=UNDECIDED).exists():
        raise AlreadyApplied
    flaws = wish_flaws(amount_minor, months, product.limits) + text_flaws("/wanted_for", wanted_for)
    moves.check(flaws=flaws + consent_flaws(consents, list(LOAN_DATA)))
    made = _write(
        locked, product, consents, by, at, amount_minor=amount_minor, months=months, wanted_for=wanted_for
    )
    facts = {"consents": made.consents, "consent_digest": made.consent_digest, "amount_minor": amount_minor}
    about: dict[str, Any] = {"before": "", "reason": "", "facts": facts}
    moves.write_down(loan=made, move=Move.APPLY, by=by, within=within, at=at, **about)
    told: dict[str, Any] = {"money": made.amount, "product": product.name}
    moves.tell(loan=made, kind=Kind.LOAN_APPLIED, to=product.lender, at=at, **told)
    return made


@atomic
def accept(
    *, loan: LoanApplication, digest: str, within: Organization, by: User, at: datetime
) -> LoanApplication:
    """
    Accept the offer that stands, by its digest: the amount, the term, the rate, and every instalment.

    :raises MissingRight: if ``by`` may not apply for loans of the lessee
    :raises LoanMoveRefused: if no offer waits
    :raises LoanOfferChanged: if ``digest`` is that of another offer
    :raises LoanOfferOver: if it stands no more
    """
    side = moves.require_side(loan=loan, move=Move.ACCEPT, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.ACCEPT, side=side)
    offer = found.offer
    assert offer is not None, "an offered loan has an offer"
    if digest != offer.digest:
        raise LoanOfferChanged
    if local_day(at) > offer.stands_until:
        raise LoanOfferOver(until=offer.stands_until.isoformat())
    facts = {"offer": offer.number, "digest": offer.digest}
    who: dict[str, Any] = {"by": by, "within": within, "at": at}
    moves.carry_out(loan=found, move=Move.ACCEPT, target=Status.ACCEPTED, facts=facts, **who)
    start = moves.moment_of(day=offer.starts_on)
    moves.tell(
        loan=found, kind=Kind.LOAN_ACCEPTED, to=found.lender, money=offer.amount, at=at, start_at=start
    )
    return found


@atomic
def withdraw(*, loan: LoanApplication, within: Organization, by: User, at: datetime) -> LoanApplication:
    """
    Take the application back before anything is paid out; the lender sees the lessee's figures no more.

    :raises MissingRight: if ``by`` may not apply for loans of the lessee
    :raises LoanMoveRefused: if it is paid out, or over
    """
    side = moves.require_side(loan=loan, move=Move.WITHDRAW, within=within, by=by)
    found = moves.lock(loan=loan, move=Move.WITHDRAW, side=side)
    moves.carry_out(loan=found, move=Move.WITHDRAW, target=Status.WITHDRAWN, by=by, within=within, at=at)
    moves.tell(loan=found, kind=Kind.LOAN_WITHDRAWN, to=found.lender, money=found.amount, at=at)
    return found


def _write(
    lease: Lease, product: LoanProduct, consents: Sequence[str], by: User, at: datetime, **wish: Any
) -> LoanApplication:
    figures = loan_data(lease, consents, at)
    return LoanApplication.objects.create(
        product=product,
        lender=product.lender,
        lessee=lease.lessee,
        lease=lease,
        currency=product.currency,
        consents=sorted(consents),
        handed_over=figures,
        consent_digest=digest_of(figures),
        applied_by=by.public_id,
        applied_by_name=by.name,
        applied_at=at,
        **wish | {"wanted_for": wish["wanted_for"].strip()},
    )


def _check_product(product: LoanProduct, lessee: Organization, at: datetime) -> None:
    on_offer = LoanProduct.objects.on_offer(local_day(at)).filter(pk=product.pk).exists()
    if not on_offer or product.lender_id == lessee.pk:
        raise LoanProductOver(product=product.name)
    moves.require_licence(lender=product.lender, at=at)
