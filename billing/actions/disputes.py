"""Dispute a line of an issued invoice: it is frozen until the seller has decided, the rest stays payable."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import late_interest, mediation_steps, subjects
from billing.actions.freezing import ANSWER_DAYS
from billing.models import Invoice, InvoiceLine, LineDispute, LineMediation
from billing.queries.concessions import after_corrections
from billing.rules.corrections import creditable
from billing.rules.mediations import Side, State
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import local_midnight

LONGEST = 500


class NotTheBuyer(NotAllowed):
    """Only who pays disputes."""

    code = "not_the_buyer"
    text = gettext_noop("Only {buyer}, who pays this invoice, disputes its lines.")


class NotTheSellerOfLine(NotAllowed):
    """Only who sold decides."""

    code = "not_the_seller_of_line"
    text = gettext_noop("Only {seller}, who sent this invoice, decides what is disputed.")


class NotDisputable(NotPossible):
    """The line cannot be disputed, or not any more."""

    code = "not_disputable"
    text = gettext_noop(
        "This line cannot be disputed: lines of issued invoices that ask for money are, until {until}."
    )


class AlreadyDisputed(NotPossible):
    """Somebody disputes the line already."""

    code = "already_disputed"
    text = gettext_noop("This line is disputed already. Wait for the answer, or withdraw the dispute.")


class LineSettled(NotPossible):
    """Both sides accepted a proposal of the platform; that is final."""

    code = "line_settled"
    text = gettext_noop(
        "Both sides accepted the platform's proposal over this line; it is not disputed again."
    )


class DisputeClosed(NotPossible):
    """It is decided or withdrawn."""

    code = "dispute_closed"
    text = gettext_noop("This dispute is closed: {outcome}.")


class DisputeInvalid(Invalid):
    """The reason or the amount cannot be right; ``flaws`` say where."""

    code = "dispute_invalid"
    text = gettext_noop("This cannot be taken. Mend what is marked.")


@transaction.atomic
def dispute(*, line: InvoiceLine, reason: str, within: Organization, by: User, at: datetime) -> LineDispute:
    """
    Say for the buyer that a line is wrong; what is left of it is not due until the seller has decided.

    A line can be disputed to the end of the day on which its invoice is due. The seller is to answer within
    ``ANSWER_DAYS``; the line stays frozen for as long as nobody decides.

    :raises MissingRight: if ``by`` may not read invoices of ``within``
    :raises NotTheBuyer: if ``within`` does not pay the invoice
    :raises NotDisputable: if the invoice is a draft, the line asks for nothing, or the time is over
    :raises AlreadyDisputed: if the line is disputed already
    :raises LineSettled: if both sides accepted a proposal of the platform over it
    :raises DisputeInvalid: if there is no reason, or it is too long
    """
    require(by, Permission.INVOICE_READ, within=within)
    invoice = _locked(line.invoice)
    if within.pk != invoice.buyer_id:
        raise NotTheBuyer(buyer=invoice.buyer.name)
    _check_disputable(invoice, line, at)
    if LineDispute.objects.freezing().filter(line=line).exists():
        raise AlreadyDisputed
    if LineMediation.objects.filter(dispute__line=line, state=State.AGREED).exists():
        raise LineSettled
    made = LineDispute.objects.create(
        line=line,
        reason=_text(reason, "/reason"),
        raised_by=by,
        raised_at=at,
        answer_by=at + timedelta(days=ANSWER_DAYS),
    )
    audit.record(
        by=by,
        action="dispute.raise",
        subject=made.public_id,
        at=at,
        within=within,
        invoice=invoice.public_id,
        position=line.position,
        reason=made.reason,
    )
    return made


@transaction.atomic
def withdraw(*, dispute: LineDispute, within: Organization, by: User, at: datetime) -> LineDispute:
    """
    Take the buyer's word back: the line is due again, and a case before the platform ends.

    :raises MissingRight: if ``by`` may not read invoices of ``within``
    :raises NotTheBuyer: if ``within`` does not pay the invoice
    :raises DisputeClosed: if it is decided
    """
    require(by, Permission.INVOICE_READ, within=within)
    found = lock_open(dispute=dispute)
    if within.pk != found.line.invoice.buyer_id:
        raise NotTheBuyer(buyer=found.line.invoice.buyer.name)
    mediation_steps.end_with(dispute=found, side=Side.BUYER, is_whole=True, within=within, by=by, at=at)
    return _close(found, LineDispute.Outcome.WITHDRAWN, "", 0, within=within, by=by, at=at)


@transaction.atomic
def answer(
    *,
    dispute: LineDispute,
    conceded_minor: int,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
) -> LineDispute:
    """
    Decide for the seller: give back a net amount of the line, or 0, with a reason that the buyer reads.

    What is conceded is credited by the next correction of the period (``billing.actions.corrections``); with
    0 the line is due again. Late interest that is conceded is waived with its tax, above the limit of the
    terms once a second person grants it, and the next claim takes it back (``late_interest.waive``).

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotTheSellerOfLine: if ``within`` did not sell what the line bills
    :raises DisputeClosed: if it is decided or withdrawn
    :raises DisputeBeforePlatform: if the platform mediates, and less than the whole line is given back
    :raises DisputeInvalid: if there is no reason, or more is conceded than the line asks for, or more
        interest than is due and not waived
    :raises WaiverWaits: if a waiver of the same interest waits for its second person
    """
    require(by, Permission.INVOICE_RUN, within=within)
    found = lock_open(dispute=dispute)
    invoice = found.line.invoice
    if within.pk != invoice.seller_id:
        raise NotTheSellerOfLine(seller=invoice.seller.name)
    text = _text(reason, "/reason")
    if conceded_minor != creditable(conceded_minor, billed=found.line.net_minor, credited=0):
        most = format_money(Money(found.line.net_minor, found.line.currency))
        told = gettext_noop("Between 0 and {most} can be given back of this line, before tax.")
        raise DisputeInvalid(flaws=[Flaw("/conceded_minor", "conceded_out_of_range", told, {"most": most})])
    is_whole = conceded_minor == found.line.net_minor
    mediation_steps.end_with(dispute=found, side=Side.SELLER, is_whole=is_whole, within=within, by=by, at=at)
    if invoice.is_interest and conceded_minor:
        _waive(found.line, conceded_minor, text, within=within, by=by, at=at)
    return _decide(found, text, conceded_minor, within=within, by=by, at=at)


def settle(
    *,
    dispute: LineDispute,
    conceded_minor: int,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
) -> LineDispute:
    """
    Close a dispute with what both sides accepted of the platform's proposal, as :func:`answer` does.

    A step of :func:`billing.actions.mediations.accept`, which asked for the right of the side that accepts
    last and holds the locks.

    :raises DisputeClosed: if it is decided or withdrawn
    """
    found = lock_open(dispute=dispute)
    return _decide(found, reason, conceded_minor, within=within, by=by, at=at)


def lock(*, dispute: LineDispute) -> LineDispute:
    """Lock the lease or booking, the invoice, and the dispute, and return it as it is now."""
    _locked(dispute.line.invoice)
    about = LineDispute.objects.locked().select_related("line__invoice__buyer", "line__invoice__seller")
    return about.get(pk=dispute.pk)


def lock_open(*, dispute: LineDispute) -> LineDispute:
    """
    Lock a dispute that nobody has decided.

    :raises DisputeClosed: if it is decided or withdrawn
    """
    found = lock(dispute=dispute)
    if found.outcome != LineDispute.Outcome.OPEN:
        raise DisputeClosed(outcome=found.get_outcome_display())
    return found


def _decide(
    found: LineDispute, text: str, conceded_minor: int, *, within: Organization, by: User, at: datetime
) -> LineDispute:
    outcome = LineDispute.Outcome.CONCEDED if conceded_minor else LineDispute.Outcome.REJECTED
    return _close(found, outcome, text, conceded_minor, within=within, by=by, at=at)


def _waive(
    line: InvoiceLine, conceded_minor: int, reason: str, *, within: Organization, by: User, at: datetime
) -> None:
    """Waive interest that is conceded; what is refused of it is said of what was conceded."""
    try:
        late_interest.waive(
            invoice=line.invoice.interest_claim.invoice,
            amount_minor=line.gross_of(conceded_minor),
            reason=reason[: late_interest.LONGEST],
            within=within,
            by=by,
            at=at,
        )
    except late_interest.InterestInvalid as error:
        told = gettext_noop("Of this interest up to {most}, tax included, can be given back today.")
        facts = error.flaws[0].facts
        flaw = Flaw("/conceded_minor", "conceded_out_of_range", told, facts)
        raise DisputeInvalid(flaws=[flaw]) from error


def disputable_until(*, invoice: Invoice) -> datetime | None:
    """
    Return the end of the local day on which an invoice is due, in the lease's zone.

    None for a draft.
    """
    if invoice.due_on is None:
        return None
    return local_midnight(invoice.due_on + timedelta(days=1), invoice.zone)


def _check_disputable(invoice: Invoice, line: InvoiceLine, at: datetime) -> None:
    until = disputable_until(invoice=invoice)
    if until is None or line.net_minor <= 0 or at >= until:
        told = "—" if until is None else f"{invoice.due_on:%Y-%m-%d}"
        raise NotDisputable(until=told)


def _locked(invoice: Invoice) -> Invoice:
    """Lock the lease or booking, as all do who change what an invoice amounts to, then the invoice."""
    subjects.lock(invoice=invoice)
    return Invoice.objects.locked().select_related("lease", "booking", "seller", "buyer").get(pk=invoice.pk)


def _close(
    found: LineDispute,
    outcome: str,
    text: str,
    conceded_minor: int,
    *,
    within: Organization,
    by: User,
    at: datetime,
) -> LineDispute:
    found.outcome, found.answer, found.conceded_minor = outcome, text, conceded_minor
    found.decided_by, found.decided_at = by, after_corrections(invoice=found.line.invoice, at=at)
    found.save()
    audit.record(
        by=by,
        action="dispute.close",
        subject=found.public_id,
        at=at,
        within=within,
        outcome=outcome,
        conceded_minor=conceded_minor,
        reason=text,
    )
    return found


def _text(reason: str, pointer: str) -> str:
    text = reason.replace("\x00", "").strip()
    if not 0 < len(text) <= LONGEST:
        told = gettext_noop("Give a reason in at most {most} characters; the other side reads it.")
        raise DisputeInvalid(flaws=[Flaw(pointer, "dispute_reason_missing", told, {"most": LONGEST})])
    return text
