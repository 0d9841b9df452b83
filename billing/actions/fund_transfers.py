"""Money of a fund: one person records what the bank's paper says, another one confirms it."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import books, fund_notices, journals
from billing.actions.fund_claims import (
    FundClaimMoveRefused,
    SamePerson,
    carry_out,
    dims_of,
    head_of,
    lock,
)
from billing.actions.funds import check, require_administrator
from billing.models import Fund, FundClaim, FundTransfer
from billing.models.loan_products import local_day
from billing.queries import fund_standing
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.fund_states import MAY_MOVE, Move, Payment, Status
from billing.rules.fund_terms import LONGEST_REFERENCE, flaw, recovered, text_flaws, yuan_text
from billing.rules.journals import Entry
from billing.rules.posting import Head
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, NotPossible

SOURCE = "fund"
MOVES = {Payment.CLAIM_PAID: Move.PAY, Payment.OWNER_PAID: Move.SETTLE}


class FundReferenceUsed(NotPossible):
    """Another payment stands under the reference."""

    code = "fund_reference_used"
    text = gettext_noop("Under the reference “{reference}” another payment of this kind is recorded already.")


class FundPaymentDecided(NotPossible):
    """It was confirmed or dropped."""

    code = "fund_payment_decided"
    text = gettext_noop("This payment is decided already: {stage}.")


@atomic
def propose(
    *,
    fund: Fund,
    kind: str,
    amount_minor: int,
    moved_on: date,
    reference: str,
    within: Organization,
    by: User,
    at: datetime,
    claim: FundClaim | None = None,
) -> FundTransfer:
    """
    Record money that moved; nothing is booked until somebody else confirms it.

    The same payment again under its reference is the same row. ``amount_minor`` is in fen.

    :raises MissingRight: if ``by`` may not manage the funds of ``within``
    :raises FundReferenceUsed: if something else stands under the reference
    :raises FundClaimMoveRefused: if the claim is not so far
    :raises FundInvalid: if the amount does not fit, the day is to come, or the reference is missing
    """
    require_administrator(fund=fund, permission=Permission.FUND_MANAGE, within=within, by=by)
    found = _locked(fund, claim)
    flaws = text_flaws("/reference", reference, most=LONGEST_REFERENCE)
    if moved_on > local_day(at):
        flaws.append(flaw("/moved_on", "fund_day_not_come"))
    if moved_on < (found.approved_on if found and found.approved_on else local_day(fund.opened_at)):
        flaws.append(flaw("/moved_on", "fund_day_too_early"))
    if (Payment(kind) is Payment.CONTRIBUTION) != (found is None):
        flaws.append(flaw("/claim", "fund_no_claim"))
    check(flaws=flaws)
    given = {"amount_minor": amount_minor, "moved_on": moved_on, "claim_id": found.pk if found else None}
    known = FundTransfer.objects.standing().filter(fund=fund, kind=kind, reference=reference.strip()).first()
    if known is not None and any(getattr(known, name) != value for name, value in given.items()):
        raise FundReferenceUsed(reference=known.reference)
    if known is not None:
        return known
    check(flaws=_amount_flaws(fund, Payment(kind), amount_minor, found, None))
    made = FundTransfer.objects.create(
        fund=fund,
        kind=kind,
        reference=reference.strip(),
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
        **given,
    )
    _audit(made, "propose", within, by, at)
    return made


@atomic
def confirm(*, transfer: FundTransfer, within: Organization, by: User, at: datetime) -> FundTransfer:
    """
    Confirm a payment that somebody else recorded, and book it: in the fund's book and in the platform's.

    :raises MissingRight: if ``by`` may not manage the funds of ``within``
    :raises SamePerson: if ``by`` recorded it
    :raises FundPaymentDecided: if it is decided
    :raises FundClaimMoveRefused: if the claim is not so far
    :raises FundInvalid: if the amount does not fit any more
    :raises BalanceTooLow: if the fund's account does not hold it
    """
    found, claim = _undecided(transfer, within, by)
    if by.public_id == found.maker:
        raise SamePerson
    check(flaws=_amount_flaws(found.fund, Payment(found.kind), found.amount_minor, claim, found))
    if claim is not None and found.kind == Payment.RECOVERY:
        found.fund_minor, _ = _shares(claim, found.amount_minor)
    _decide(found, FundTransfer.Stage.CONFIRMED, "", within, by, at)
    journals.write(entries=_entries(found, claim, at), at=at, by=by)
    if claim is not None and Payment(found.kind) in MOVES:
        carry_out(claim=claim, move=MOVES[Payment(found.kind)], by=by, within=within, at=at)
    if claim is not None:
        fund_notices.claim_money(claim=claim, payment=Payment(found.kind), at=at)
    return found


@atomic
def drop(
    *, transfer: FundTransfer, reason: str, within: Organization, by: User, at: datetime
) -> FundTransfer:
    """
    Drop a record that is not confirmed: it was an error.

    :raises MissingRight: if ``by`` may not manage the funds of ``within``
    :raises FundPaymentDecided: if it is decided
    :raises FundInvalid: if there is no reason, or it is too long
    """
    found, _ = _undecided(transfer, within, by)
    check(flaws=text_flaws("/reason", reason))
    _decide(found, FundTransfer.Stage.DROPPED, reason.strip(), within, by, at)
    return found


def _locked(fund: Fund, claim: FundClaim | None) -> FundClaim | None:
    if claim is not None:
        return lock(claim=claim)
    Fund.objects.locked().get(pk=fund.pk)
    return None


def _undecided(
    transfer: FundTransfer, within: Organization, by: User
) -> tuple[FundTransfer, FundClaim | None]:
    require_administrator(fund=transfer.fund, permission=Permission.FUND_MANAGE, within=within, by=by)
    claim = _locked(transfer.fund, transfer.claim)
    found = FundTransfer.objects.select_related("fund__book__organization").get(pk=transfer.pk)
    if found.stage != FundTransfer.Stage.PROPOSED:
        raise FundPaymentDecided(stage=found.get_stage_display())
    return found, claim


def _amount_flaws(
    fund: Fund, kind: Payment, amount_minor: int, claim: FundClaim | None, own: FundTransfer | None
) -> list[Flaw]:
    """Return whether an amount does not fit: contributions and recoveries at most, a claim exactly."""
    if claim is not None and Status(claim.status) not in MAY_MOVE[kind]:
        raise FundClaimMoveRefused(status=claim.get_status_display(), allowed=[])
    if claim is not None and kind in MOVES:
        fits = amount_minor == claim.amount_minor
        return (
            [] if fits else [flaw("/amount_minor", "fund_fixed_amount", amount=yuan_text(claim.amount_minor))]
        )
    most = _most(fund, kind, claim, own)
    fits = 0 < amount_minor <= most
    return [] if fits else [flaw("/amount_minor", "fund_moves_too_much", most=yuan_text(max(0, most)))]


def _most(fund: Fund, kind: Payment, claim: FundClaim | None, own: FundTransfer | None) -> int:
    """Return the most that can move, beside what is proposed by others."""
    waiting = FundTransfer.objects.filter(
        fund=fund, kind=kind, claim=claim, stage=FundTransfer.Stage.PROPOSED
    )
    proposed = sum(one.amount_minor for one in waiting if own is None or one.pk != own.pk)
    if claim is None:
        return fund_standing(fund).due_minor - proposed
    if kind is Payment.RECOVERY:
        return claim.loss_minor - claim.recovered_minor - proposed
    passed_on = sum(one.amount_minor for one in claim.confirmed(Payment.OWNER_SHARE))
    return claim.owner_recovered_minor - passed_on - proposed


def _shares(claim: FundClaim, minor: int) -> tuple[int, int]:
    return recovered(
        claim.recovered_minor, minor, amount_minor=claim.amount_minor, loss_minor=claim.loss_minor
    )


def _entries(transfer: FundTransfer, claim: FundClaim | None, at: datetime) -> list[Entry]:
    """Return the journals of a confirmed payment, of the platform's book and of the fund's."""
    platform = books.platform_book(at=at)
    assert platform is not None, "a fund is opened through the platform's book"
    kind, minor, own = Payment(transfer.kind), transfer.amount_minor, transfer.fund.book.code

    def head(book: str) -> Head:
        if claim is not None:
            return head_of(claim=claim, book=book, event=transfer.public_id, on=transfer.moved_on)
        key = f"fund:{transfer.fund.public_id}:{transfer.public_id}"
        memo, source = transfer.reference, transfer.fund.public_id
        return Head(book, key, transfer.moved_on, transfer.fund.book.currency, memo, SOURCE, source)

    if claim is None:
        paid = posting.move(Event.FUND_PAID, head(platform.code), minor)
        return [paid, posting.move(Event.CONTRIBUTION_RECEIVED, head(own), minor)]
    about = dims_of(claim=claim)
    if kind is Payment.CLAIM_PAID:
        received = posting.move(Event.CLAIM_RECEIVED, head(platform.code), minor)
        return [received, posting.move(Event.FUND_CLAIM_PAID, head(own), minor, debit=about)]
    if kind is Payment.OWNER_PAID:
        return [posting.move(Event.OWNER_PAID, head(platform.code), minor, debit=about)]
    if kind is Payment.OWNER_SHARE:
        return [posting.move(Event.FUND_OWNER_PAID, head(own), minor, debit=about)]
    parts: dict[str, Any] = {"fund_minor": transfer.fund_minor, "owner_minor": minor - transfer.fund_minor}
    return [posting.fund_recovered(head(own), owner=about, **parts)]


def _decide(
    transfer: FundTransfer, stage: str, reason: str, within: Organization, by: User, at: datetime
) -> None:
    transfer.stage, transfer.reason = stage, reason
    transfer.checker, transfer.checker_name, transfer.checked_at = by.public_id, by.name, at
    transfer.save()
    _audit(transfer, "confirm" if stage == FundTransfer.Stage.CONFIRMED else "drop", within, by, at)


def _audit(transfer: FundTransfer, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"fund_transfer.{verb}",
        subject=transfer.public_id,
        at=at,
        within=within,
        kind=transfer.kind,
        amount_minor=transfer.amount_minor,
        reference=transfer.reference,
        reason=transfer.reason,
    )
