"""Apply for a red letter over an official e-invoice, confirm, refuse and revoke it, and let it lapse."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.actions.red_moves import RedLetterElsewhere, begin, locked, step
from billing.models import Invoice, RedLetter, TaxInvoice, TaxInvoiceUse
from billing.queries import NotePapers, note_papers, versions_of
from billing.rules import red_letters as rules
from billing.rules import tax_invoices
from billing.rules.red_letters import Move, Reason, Side, Use
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible

__all__ = ["RedLetterElsewhere", "apply", "confirm", "lapse", "refuse", "revoke", "say_use"]


class NotASide(NotAllowed):
    """Only seller and buyer have to do with it."""

    code = "not_a_side_of_the_invoice"
    text = gettext_noop("Only seller and buyer of an invoice act on its official e-invoices.")


class NotYourMove(NotAllowed):
    """Who applied revokes; the other side confirms or refuses."""

    code = "red_letter_not_your_move"
    text = gettext_noop("Who applied for a red letter can revoke it; the other side confirms or refuses it.")


class RedLetterInvalid(Invalid):
    """Number or remark cannot be right; ``flaws`` say where."""

    code = "red_letter_invalid"
    text = gettext_noop("This red letter cannot be taken. Mend what is marked.")


class NothingToRedLetter(NotPossible):
    """The paper takes nothing back, or all of it is applied for."""

    code = "red_letter_of_nothing"
    text = gettext_noop("There is nothing to apply for: no red letter is missing for this paper.")


class NettedFirst(NotPossible):
    """The note is part of the first official e-invoice."""

    code = "red_letter_netted"
    text = gettext_noop(
        "No red letter is needed: the official e-invoice of the invoice takes this note in, or will when it "
        "is recorded. Ask the bureau for the face on the page of that invoice."
    )


class BeyondTheBlue(NotPossible):
    """More than the blue e-invoices have left at a rate."""

    code = "red_letter_exceeds"
    text = gettext_noop(
        "Red letters never take back more than the blue e-invoices have left at a rate: {amount} too much at "
        "{rate}. Record the official e-invoices of the notes before, or revoke another red letter."
    )


class SellerAlone(NotPossible):
    """The buyer has not used the blue e-invoice."""

    code = "red_letter_of_the_seller"
    text = gettext_noop(
        "While the buyer has neither deducted nor booked the blue e-invoice, its seller alone applies. "
        "If you have, say so on the page of that invoice first."
    )


class RedNumberUsed(NotPossible):
    """The number stands with another red letter."""

    code = "red_number_used"
    text = gettext_noop("Confirmation no. {number} stands with another red letter. Check the number.")


class RedLetterTwice(NotPossible):
    """The note has an open red letter over this blue e-invoice."""

    code = "red_letter_twice"
    text = gettext_noop(
        "This note has a red letter over this e-invoice already: {number}. Revoke it, and apply once for all."
    )


class RedLetterLapsed(NotPossible):
    """The 72 hours are over."""

    code = "red_letter_lapsed"
    text = gettext_noop("Nobody confirmed this red letter within 72 hours: it is void. Apply for it anew.")


class RedLetterStands(NotPossible):
    """Something is under way over this e-invoice."""

    code = "red_letter_stands"
    text = gettext_noop("A red letter over this e-invoice is under way. Finish or revoke it first.")


class UseOfNoBlue(NotPossible):
    """Only a blue e-invoice that stands is deducted or booked here."""

    code = "use_of_no_blue"
    text = gettext_noop("This record was taken back, or is a red e-invoice: there is no use to record.")


class BuyersWord(NotPossible):
    """Only the buyer takes a use back."""

    code = "use_is_the_buyers"
    text = gettext_noop("Only the buyer says that it has not used an e-invoice any more.")


@transaction.atomic
def apply(
    *,
    note: Invoice,
    number: str,
    reason: Reason,
    remark: str,
    within: Organization,
    by: User,
    at: datetime,
) -> RedLetter:
    """
    Write a red letter down that a side applied for at the bureau, over the first blue e-invoice with room.

    ``number`` are the 20 digits of the confirmation. The same one again changes nothing. What was not
    confirmed in time is void first.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotASide: if ``within`` neither sells nor buys
    :raises RedLetterInvalid: if number or remark cannot be right
    :raises NettedFirst: if the official e-invoice of the invoice takes the note in
    :raises NothingToRedLetter: if nothing is left to apply for
    :raises BeyondTheBlue: if less is left at a rate than the note takes back
    :raises SellerAlone: if the buyer applies over what it has not used
    :raises RedNumberUsed: if the number stands with another red letter
    :raises RedLetterTwice: if the note has one over the same blue e-invoice
    """
    require(by, Permission.INVOICE_RUN, within=within)
    note = locked(invoice=note)
    side = _side(note, within)
    number, remark = "".join(number.split()), remark.replace("\x00", "").strip()
    if flaws := rules.flaws_of(number, remark):
        raise RedLetterInvalid(flaws=flaws)
    _void(note, by, at)
    known = note.red_letters.open().filter(number=number, applicant=within).first()
    if known is not None:
        return known
    papers = note_papers(note)
    _check_room(note, papers)
    blue, part = papers.parts[0]
    use = blue.use
    if not rules.may_apply(side, use):
        raise SellerAlone
    face = rules.red_face(tax_invoices.load(blue.face), part, number=number)
    made = _kept(
        note=note,
        blue=blue,
        number=number,
        reason=reason,
        remark=remark,
        net_minor=face.net_minor,
        tax_minor=face.tax_minor,
        face=face.dump(),
        applicant=within,
        applied_at=at,
        lapses_at=at + rules.CONFIRM_WITHIN if rules.needs_confirmation(use) else None,
        state=RedLetter.State.AWAITING if rules.needs_confirmation(use) else RedLetter.State.CONFIRMED,
    )
    begin(letter=made, by=by, at=at, why=remark)
    return made


@transaction.atomic
def confirm(*, letter: RedLetter, within: Organization, by: User, at: datetime) -> RedLetter:
    """
    Confirm as the side that did not apply; the seller issues the red e-invoice next.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotASide: if ``within`` neither sells nor buys
    :raises NotYourMove: if ``within`` applied
    :raises RedLetterLapsed: from 72 hours after the application on
    :raises RedLetterElsewhere: if it does not wait for confirmation
    """
    require(by, Permission.INVOICE_RUN, within=within)
    return _moved(letter, Move.CONFIRM, within=within, by=by, at=at)


@transaction.atomic
def refuse(*, letter: RedLetter, why: str, within: Organization, by: User, at: datetime) -> RedLetter:
    """
    Refuse as the side that did not apply; what it would have taken back is free again.

    Refusals are those of :func:`confirm`.
    """
    require(by, Permission.INVOICE_RUN, within=within)
    return _moved(letter, Move.REFUSE, within=within, by=by, at=at, why=why)


@transaction.atomic
def revoke(*, letter: RedLetter, why: str, within: Organization, by: User, at: datetime) -> RedLetter:
    """
    Revoke as the side that applied, confirmed or not, until the red e-invoice is recorded.

    Refusals are those of :func:`confirm`.
    """
    require(by, Permission.INVOICE_RUN, within=within)
    return _moved(letter, Move.REVOKE, within=within, by=by, at=at, why=why)


@transaction.atomic
def lapse(*, letter: RedLetter, by: User, at: datetime) -> RedLetter:
    """
    Void a red letter that nobody confirmed within 72 hours. Doing it early or twice changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    """
    require(by, Permission.INVOICE_RUN, within=letter.note.seller)
    found = _locked(letter)
    if found.state == RedLetter.State.AWAITING and _is_late(found, at):
        step(letter=found, move=Move.LAPSE, within=None, by=by, at=at)
    return found


@transaction.atomic
def say_use(*, tax_invoice: TaxInvoice, use: Use, within: Organization, by: User, at: datetime) -> TaxInvoice:
    """
    Write down what the buyer has done with a blue e-invoice, as the bureau shows it to both sides.

    The same again changes nothing. The seller may say that it is used; that it is not, the buyer alone.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotASide: if ``within`` neither sells nor buys
    :raises UseOfNoBlue: if it is red, or its record was taken back
    :raises BuyersWord: if the seller takes a use back
    :raises RedLetterStands: while a red letter over it waits or is confirmed
    """
    require(by, Permission.INVOICE_RUN, within=within)
    side = _side(locked(invoice=tax_invoice.invoice), within)
    found = TaxInvoice.objects.locked().get(pk=tax_invoice.pk)
    if found.withdrawn_at is not None or found.red_letter_id is not None:
        raise UseOfNoBlue
    if use is found.use:
        return found
    if side is Side.SELLER and use is Use.NONE:
        raise BuyersWord
    if found.red_letters.open().exclude(state=RedLetter.State.ISSUED).exists():
        raise RedLetterStands
    said = {"use": use, "organization": within, "by": by.public_id, "by_name": by.name, "at": at}
    TaxInvoiceUse.objects.create(tax_invoice=found, **said)
    audit.record(by=by, action="tax_invoice.use", subject=found.public_id, at=at, within=within, use=str(use))
    return found


def _side(note: Invoice, within: Organization) -> Side:
    if within.pk == note.seller_id:
        return Side.SELLER
    if within.pk == note.buyer_id:
        return Side.BUYER
    raise NotASide


def _void(note: Invoice, by: User, at: datetime) -> None:
    """Void what nobody confirmed in time, so that the clock's pace does not matter."""
    late = RedLetter.objects.due(at).filter(note__in=versions_of(note)).locked()
    for letter in late.select_related("note__seller", "note__buyer", "blue"):
        step(letter=letter, move=Move.LAPSE, within=None, by=by, at=at)


def _check_room(note: Invoice, papers: NotePapers) -> None:
    if not note.is_note or not note.takes_tax_invoice:
        raise NothingToRedLetter
    if papers.is_netted:
        raise NettedFirst
    for rate, over in papers.beyond.items():
        amount = tax_invoices.yuan(-over.net_minor - over.tax_minor)
        raise BeyondTheBlue(amount=amount, rate=tax_invoices.percent(rate))
    if not papers.parts:
        raise NothingToRedLetter


def _kept(**given: Any) -> RedLetter:
    """Write it; unique indexes keep two red letters from one number, and a note from two over a blue one."""
    try:
        with transaction.atomic():
            return RedLetter.objects.create(**given)
    except IntegrityError as error:
        if RedLetter.objects.open().filter(number=given["number"]).exists():
            raise RedNumberUsed(number=given["number"]) from error
        twice = RedLetter.objects.open().filter(note=given["note"], blue=given["blue"]).first()
        if twice is not None:
            raise RedLetterTwice(number=twice.number) from error
        raise


def _moved(
    letter: RedLetter, move: Move, *, within: Organization, by: User, at: datetime, why: str = ""
) -> RedLetter:
    reason = why.replace("\x00", "").strip()
    if flaws := rules.flaws_of(letter.number, reason):
        raise RedLetterInvalid(flaws=flaws)
    found = _locked(letter)
    _side(found.note, within)
    by_applicant = rules.STEPS[move].who is rules.Who.APPLICANT
    if (within.pk == found.applicant_id) is not by_applicant:
        raise NotYourMove
    if found.state == RedLetter.State.LAPSED or _is_late(found, at):
        raise RedLetterLapsed
    return step(letter=found, move=move, within=within, by=by, at=at, why=reason)


def _is_late(letter: RedLetter, at: datetime) -> bool:
    is_awaiting = letter.state == RedLetter.State.AWAITING
    return is_awaiting and letter.lapses_at is not None and letter.lapses_at <= at


def _locked(letter: RedLetter) -> RedLetter:
    locked(invoice=letter.note)
    about = RedLetter.objects.locked().select_related("note__seller", "note__buyer", "blue", "applicant")
    return about.get(pk=letter.pk)
