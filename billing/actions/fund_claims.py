"""An owner claims for an overdue invoice; one person of the fund reviews, another one approves (J26)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import books, fund_notices, journals
from billing.actions.funds import check
from billing.models import Fund, FundClaim, FundClaimStep, FundContribution, Invoice
from billing.models.loan_products import local_day
from billing.queries import fund_standing, fund_used, open_of, rent_lines, series_of
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.fund_states import DEAD, RIGHTS, TABLE, Move, Side, Status, can, moves_for
from billing.rules.fund_terms import (
    Waterfall,
    claimable_from,
    collection_flaws,
    flaw,
    open_rent,
    text_flaws,
    waterfall,
    yuan_text,
)
from billing.rules.journals import Dims
from billing.rules.posting import Head
from leasing.actions import steps
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import NotAllowed, NotPossible

SOURCE = "fund_claim"
LONGEST_NOTE = 500


class NotTheSellerOfClaim(NotAllowed):
    """Only the owner whose rent is open claims."""

    code = "not_the_owner_of_claim"
    text = gettext_noop("Only the owner who sells the rent of this invoice claims for it.")


class InvoiceNotCovered(NotPossible):
    """The invoice contributed to no fund."""

    code = "invoice_not_covered"
    text = gettext_noop(
        "Invoice {number} contributed to no fund. Rent that bore the levy is covered; notes are not claimed."
    )


class InvoiceNotClaimable(NotPossible):
    """The waiting days are not over."""

    code = "invoice_not_claimable"
    text = gettext_noop("Invoice {number} can be claimed from {day} on, if its rent is still open then.")


class NothingToClaim(NotPossible):
    """Nothing of the rent is open."""

    code = "nothing_to_claim"
    text = gettext_noop("Nothing of the rent of invoice {number} is open beside the deposit.")


class AlreadyClaimed(NotPossible):
    """A claim for the invoice lives."""

    code = "invoice_already_claimed"
    text = gettext_noop("Invoice {number} is claimed already.")


class FundClaimMoveRefused(NotPossible):
    """The state of the claim does not allow the move; ``allowed`` names those that it does."""

    code = "fund_claim_move_refused"
    text = gettext_noop("This claim is in the state “{status}”, which does not allow that.")


class SamePerson(NotAllowed):
    """Two people decide, and neither is who claimed."""

    code = "fund_needs_another_person"
    text = gettext_noop("Another person has to do this: who claims, who reviews and who approves are three.")


class FundClaimChanged(NotPossible):
    """What the fund would pay is not what was reviewed."""

    code = "fund_claim_changed"
    text = gettext_noop(
        "The claim was reviewed at {reviewed} yuan and comes to {now} yuan now. Let somebody review it again."
    )


class FundPaysNothing(NotPossible):
    """Caps or the balance leave nothing."""

    code = "fund_pays_nothing"
    text = gettext_noop(
        "Nothing is left for this claim: {rung} leaves 0. Wait, or reject it with the reason."
    )


@atomic
def claim(
    *,
    invoice: Invoice,
    collection: Sequence[Mapping[str, Any]],
    deposit_minor: int,
    note: str,
    within: Organization,
    by: User,
    at: datetime,
) -> FundClaim:
    """
    Claim for an overdue invoice of one's own rent.

    ``collection`` names the steps taken: ``kind``, ``done_on``, ``reference``. ``deposit_minor`` is the
    deposit in fen that was applied to this rent, VAT included.

    :raises MissingRight: if ``by`` may not claim for ``within``
    :raises NotTheSellerOfClaim: if ``within`` does not sell the rent
    :raises InvoiceNotCovered: if the invoice bore no levy, or is a note
    :raises InvoiceNotClaimable: if the waiting days are not over
    :raises AlreadyClaimed: if a claim for it lives
    :raises NothingToClaim: if nothing of the rent is open
    :raises FundInvalid: with every fault at its field
    """
    require(by, Permission.FUND_CLAIM, within=within)
    today = local_day(at)
    given, due_on = _covered(invoice, within, today)
    Fund.objects.locked().get(pk=given.fund_id)
    if FundClaim.objects.filter(invoice=invoice).exclude(status__in=DEAD).exists():
        raise AlreadyClaimed(number=str(invoice))
    rent = open_rent_of(invoice=invoice)
    flaws = collection_flaws(collection, given.rules.terms, due_on=due_on, today=today)
    if not 0 <= deposit_minor <= max(rent, 0):
        flaws.append(flaw("/deposit_minor", "fund_deposit_too_high", most=yuan_text(max(rent, 0))))
    if note.strip():
        flaws += text_flaws("/note", note, most=LONGEST_NOTE)
    check(flaws=flaws)
    if rent == deposit_minor:
        raise NothingToClaim(number=str(invoice))
    made = FundClaim.objects.create(
        fund=given.fund,
        rules=given.rules,
        invoice=invoice,
        owner=within,
        lessee=invoice.buyer,
        collection=[_dumped(one) for one in collection],
        deposit_minor=deposit_minor,
        note=note.strip(),
        claimed_by=by.public_id,
        claimed_at=at,
    )
    write_down(claim=made, move=Move.CLAIM, before="", by=by, within=within, at=at)
    return made


@atomic
def withdraw(*, claim: FundClaim, within: Organization, by: User, at: datetime) -> FundClaim:
    """
    Withdraw a claim that is not decided.

    :raises MissingRight: if ``within`` is not its owner, or ``by`` may not claim there
    :raises FundClaimMoveRefused: if it is decided
    """
    found = _begin(claim, Move.WITHDRAW, within, by)
    return carry_out(claim=found, move=Move.WITHDRAW, by=by, within=within, at=at)


@atomic
def review(*, claim: FundClaim, within: Organization, by: User, at: datetime) -> FundClaim:
    """
    Review a claim: its waterfall as of now is written down for the second person; may be done anew.

    :raises MissingRight: if ``within`` does not administer the fund, or ``by`` may not manage it
    :raises FundClaimMoveRefused: if it is decided
    :raises SamePerson: if ``by`` claimed it
    """
    found = _begin(claim, Move.REVIEW, within, by)
    if by.public_id == found.claimed_by:
        raise SamePerson
    worked = work_out(claim=found, day=local_day(at))
    found.reviewed_by = by.public_id
    return _worked(found, worked, Move.REVIEW, within, by, at)


@atomic
def approve(*, claim: FundClaim, within: Organization, by: User, at: datetime) -> FundClaim:
    """
    Approve what somebody else reviewed, and book what the fund owes the owner now (J26).

    It is worked out once more under the lock of the fund, so that no two claims are promised the same money.

    :raises MissingRight: if ``within`` does not administer the fund, or ``by`` may not manage it
    :raises FundClaimMoveRefused: if it is not reviewed
    :raises SamePerson: if ``by`` claimed or reviewed it
    :raises FundClaimChanged: if it comes to another amount than reviewed
    :raises FundPaysNothing: if it comes to nothing
    """
    found = _begin(claim, Move.APPROVE, within, by)
    if by.public_id in (found.claimed_by, found.reviewed_by):
        raise SamePerson
    today = local_day(at)
    worked = work_out(claim=found, day=today)
    if (worked.amount_minor, worked.loss_minor) != (found.amount_minor, found.loss_minor):
        raise FundClaimChanged(reviewed=yuan_text(found.amount_minor), now=yuan_text(worked.amount_minor))
    if worked.amount_minor == 0:
        rung = next(row.rung for row in worked.rows if row.left_minor == 0)
        raise FundPaysNothing(rung=str(rung))
    found.approved_by, found.approved_on = by.public_id, today
    _worked(found, worked, Move.APPROVE, within, by, at)
    book = books.platform_book(at=at)
    assert book is not None, "a fund is opened through the platform's book"
    head = head_of(claim=found, book=book.code, event="approved", on=today)
    entry = posting.move(Event.CLAIM_APPROVED, head, found.amount_minor, credit=dims_of(claim=found))
    journals.write(entries=[entry], at=at, by=by)
    return found


@atomic
def reject(*, claim: FundClaim, reason: str, within: Organization, by: User, at: datetime) -> FundClaim:
    """
    Reject a claim; the owner reads the reason, and may claim anew.

    :raises MissingRight: if ``within`` does not administer the fund, or ``by`` may not manage it
    :raises FundClaimMoveRefused: if it is decided
    :raises FundInvalid: if there is no reason, or it is too long
    """
    found = _begin(claim, Move.REJECT, within, by)
    check(flaws=text_flaws("/reason", reason))
    return carry_out(claim=found, move=Move.REJECT, by=by, within=within, at=at, reason=reason.strip())


def open_rent_of(*, invoice: Invoice) -> int:
    """Return what of an invoice's rent is open, notes and VAT included, without penalties and fees."""
    series = series_of(invoice)
    gross = sum(one.gross_minor for one in series)
    _, rent = rent_lines(series)
    return open_rent(open_of(series), rent_minor=rent, other_minor=gross - rent)


def work_out(*, claim: FundClaim, day: date) -> Waterfall:
    """Work a claim out as of now, counting what was approved in the calendar year of ``day``."""
    terms = claim.rules.terms
    return waterfall(
        terms,
        open_minor=open_rent_of(invoice=claim.invoice),
        deposit_minor=claim.deposit_minor,
        used=fund_used(claim, day),
        free_minor=fund_standing(claim.fund).free_minor - terms.floor_minor,
    )


def lock(*, claim: FundClaim) -> FundClaim:
    """Lock the lease, then the fund, and return the claim as it is now."""
    Lease.objects.filter(pk=claim.invoice.of_lease.pk).locked().get()
    Fund.objects.locked().get(pk=claim.fund_id)
    return FundClaim.objects.with_sides().get(pk=claim.pk)


def head_of(*, claim: FundClaim, book: str, event: str, on: date) -> Head:
    """Return the head of a journal of a claim."""
    key = f"fund_claim:{claim.public_id}:{event}"
    return Head(book, key, on, claim.invoice.currency, str(claim.invoice), SOURCE, claim.public_id)


def dims_of(*, claim: FundClaim) -> Dims:
    """Return what a line of a claim is about."""
    owner = claim.owner.public_id
    return Dims(
        party=owner,
        owner=owner,
        lease=claim.invoice.of_lease.public_id,
        invoice=claim.invoice.public_id,
    )


def carry_out(
    *, claim: FundClaim, move: Move, by: User, within: Organization, at: datetime, reason: str = ""
) -> FundClaim:
    """Move a locked claim along the table, append the step, and the entry of the audit trail."""
    before, claim.status = str(claim.status), TABLE[move].target.value
    claim.save()
    write_down(claim=claim, move=move, before=before, by=by, within=within, at=at, reason=reason)
    return claim


def write_down(
    *,
    claim: FundClaim,
    move: Move,
    before: str,
    by: User,
    within: Organization,
    at: datetime,
    reason: str = "",
) -> None:
    """Append one step to the history of a claim, and one entry to the audit trail."""
    facts = {"loss_minor": claim.loss_minor, "amount_minor": claim.amount_minor}
    step = FundClaimStep(claim=claim, move=move, status_before=before, status_after=claim.status)
    steps.append(step=step, behind=claim.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    action, subject = f"fund_claim.{move}", claim.public_id
    audit.record(by=by, action=action, subject=subject, at=at, within=within, reason=reason, **facts)
    fund_notices.claim_moved(claim=claim, move=move, at=at)


def _covered(invoice: Invoice, within: Organization, today: date) -> tuple[FundContribution, date]:
    """Return what an invoice of the owner's contributed, and its due day, if the waiting days are over."""
    if invoice.seller_id != within.pk:
        raise NotTheSellerOfClaim
    given = FundContribution.objects.filter(invoice=invoice).select_related("fund", "rules").first()
    if given is None or invoice.is_note:
        raise InvoiceNotCovered(number=str(invoice))
    due_on = invoice.due_on
    assert due_on is not None, "an issued invoice has its due day"
    if today < (first := claimable_from(due_on, given.rules.terms)):
        raise InvoiceNotClaimable(number=str(invoice), day=first.isoformat())
    return given, due_on


def _begin(claim: FundClaim, move: Move, within: Organization, by: User) -> FundClaim:
    """Ask for the side's right, lock the claim, and look whether its state allows the move."""
    side = TABLE[move].side
    mine = claim.owner_id if side is Side.OWNER else claim.fund.book.organization_id
    if within.pk != mine:
        raise MissingRight(organization=within.name)
    require(by, Permission(RIGHTS[side]), within=within)
    found = lock(claim=claim)
    status = Status(found.status)
    if not can(move, status):
        allowed = [str(one) for one in moves_for(side, status)]
        raise FundClaimMoveRefused(status=found.get_status_display(), allowed=allowed)
    return found


def _worked(
    claim: FundClaim, worked: Waterfall, move: Move, within: Organization, by: User, at: datetime
) -> FundClaim:
    claim.waterfall, claim.loss_minor = worked.dump(), worked.loss_minor
    claim.amount_minor = worked.amount_minor
    return carry_out(claim=claim, move=move, by=by, within=within, at=at)


def _dumped(step: Mapping[str, Any]) -> dict[str, str]:
    return {
        "kind": str(step["kind"]),
        "done_on": step["done_on"].isoformat(),
        "reference": step["reference"].strip(),
    }
