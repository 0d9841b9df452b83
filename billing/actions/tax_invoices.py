"""Record official e-invoices beside ours, take a wrong record back, keep their files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.actions import red_moves
from billing.models import Invoice, RedLetter, TaxDocument, TaxInvoice
from billing.queries import Wanted, papers_wanted
from billing.rules import tax_documents, tax_invoice_xml
from billing.rules.red_letters import Move, reference_flaws
from billing.rules.tax_documents import Document, Form, NotADocument
from billing.rules.tax_invoices import TEXTS, Face, Kind, differences, load, yuan
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible

LONGEST_REASON = 200
NUMBER_ONCE = "billing_taxinvoice_number_once"
ONE_STANDS = ("billing_taxinvoice_one_stands", "billing_taxinvoice_one_red_stands")


class TaxInvoiceInvalid(Invalid):
    """It does not say what our invoice says, or cannot be read; ``flaws`` say where."""

    code = "tax_invoice_invalid"
    text = gettext_noop("The official e-invoice does not fit this invoice. Nothing was recorded.")


class NotIssuedYet(NotPossible):
    """A draft still follows the usage."""

    code = "tax_invoice_of_a_draft"
    text = gettext_noop("This invoice is a draft. An official e-invoice is recorded once it is issued.")


class NotInYuan(NotPossible):
    """Official e-invoices are in yuan."""

    code = "tax_invoice_not_in_yuan"
    text = gettext_noop("Official e-invoices are in CNY; this invoice is in {currency}.")


class TaxInvoiceStands(NotPossible):
    """The invoice has one already."""

    code = "tax_invoice_recorded"
    text = gettext_noop("No. {number} is recorded for this invoice. Take that record back first.")


class TaxNumberUsed(NotPossible):
    """The number stands with another invoice."""

    code = "tax_number_used"
    text = gettext_noop("No. {number} is recorded for another invoice. Check the number.")


class TaxRecordRefused(NotPossible):
    """The database keeps another rule of records than those of numbers; nothing was written."""

    code = "tax_record_refused"
    text = gettext_noop(
        "The record contradicts what is known of this invoice. Open its page again and compare both papers."
    )


class TaxInvoiceWithdrawn(NotPossible):
    """Nothing is done to a record that was taken back."""

    code = "tax_invoice_withdrawn"
    text = gettext_noop("This record was taken back. Record the official e-invoice again.")


class NoPaperYet(NotPossible):
    """A note has no official e-invoice of its own, or its red letter comes first."""

    code = "tax_invoice_of_nothing"
    text = gettext_noop(
        "Nothing can be recorded here now: a red e-invoice needs a confirmed red letter, and what the "
        "official e-invoice of the invoice takes in has none of its own."
    )


class InterestGivenBack(NotPossible):
    """What takes interest back has no blue e-invoice, and red letters are over notes alone."""

    code = "tax_invoice_of_interest_back"
    text = gettext_noop(
        "This document takes late interest back. Have the e-invoice of the interest that was claimed "
        "red-lettered at the tax bureau; of this document none is recorded."
    )


class RedLetterOver(NotPossible):
    """Something was taken back of it."""

    code = "tax_invoice_red_lettered"
    text = gettext_noop(
        "Red letters stand over no. {number}. Revoke them, or take back their records, first."
    )


class SameForm(NotPossible):
    """A file of each form is kept once."""

    code = "tax_document_kept"
    text = gettext_noop("Another {form} is kept with this record, and stays.")


WHY = {
    "empty": gettext_noop("The file is empty."),
    "too_large": gettext_noop("The file is larger than 5 MB."),
    "no_form": gettext_noop(
        "The file is neither the XML, nor the OFD, nor the PDF of an official e-invoice."
    ),
    "not_the_xml": gettext_noop("Only the XML can be read. Record it by its number, then add this file."),
    "other_kind": gettext_noop("The file is of the other kind of official e-invoice than the record."),
    "other_invoice": gettext_noop("The file is of no. {found}; the record is of no. {wanted}."),
}
NO_REASON = gettext_noop("Say why, in at most {most} characters.")


@transaction.atomic
def record(
    *, invoice: Invoice, given: Face, by: User, at: datetime, documents: Sequence[Document] = ()
) -> TaxInvoice:
    """
    Record the official e-invoice of one of our invoices. The same one again changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises NotIssuedYet: if ours is a draft
    :raises NotInYuan: if ours is not in CNY
    :raises InterestGivenBack: if ours takes late interest back
    :raises TaxInvoiceInvalid: with every difference to what ours says
    :raises TaxInvoiceStands: if another one is recorded for it
    :raises TaxNumberUsed: if the number stands with another invoice
    :raises TaxRecordRefused: if the database refuses it for another reason
    :raises NoPaperYet: if a note needs none, or its red letter is not confirmed
    """
    require(by, Permission.INVOICE_RUN, within=invoice.seller)
    invoice = red_moves.locked(invoice=invoice)
    today = _check(invoice, at)
    standing = TaxInvoice.objects.standing().filter(invoice=invoice)
    wanted, flaws = _fitting(invoice, given, today)
    same = standing.filter(
        number=given.number, kind=given.kind, net_minor=given.net_minor, tax_minor=given.tax_minor
    ).first()
    if same is not None and (not flaws or same.red_letter_id):
        return same
    if wanted is None:
        raise NoPaperYet
    if flaws:
        raise TaxInvoiceInvalid(flaws=flaws)
    other = standing.filter(red_letter=wanted.letter).first()
    if other is not None:
        raise TaxInvoiceStands(number=other.number)
    made = _keep(invoice, given, wanted, by, at)
    for document in documents:
        _attach(made, document, by, at)
    if wanted.letter is not None:
        red_moves.step(letter=wanted.letter, move=Move.ISSUE, within=invoice.seller, by=by, at=at)
    facts = {"invoice": invoice.number or "", "number": made.number}
    link = f"/invoices/{invoice.public_id}/official/"
    kind = Told.RED_INVOICE_RECORDED if wanted.letter else Told.TAX_INVOICE_RECORDED
    notify(kind=kind, to=[invoice.buyer], facts=facts, at=at, link=link)
    return made


def record_file(*, invoice: Invoice, data: bytes, by: User, at: datetime) -> TaxInvoice:
    """
    Record an official e-invoice from the XML that the bureau hands out, and keep the file.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises TaxInvoiceInvalid: if it cannot be read, or differs from ours
    :raises NotPossible: as :func:`record`
    """
    require(by, Permission.INVOICE_RUN, within=invoice.seller)
    document = _document(data)
    if document.form is not Form.XML:
        raise TaxInvoiceInvalid(flaws=[Flaw("/file", "not_the_xml", WHY["not_the_xml"])])
    try:
        given = tax_invoice_xml.read(data)
    except tax_invoice_xml.Unreadable as error:
        raise TaxInvoiceInvalid(flaws=error.flaws) from error
    return record(invoice=invoice, given=given, by=by, at=at, documents=[document])


def record_typed(
    *, invoice: Invoice, kind: Kind, number: str, issued_on: date, gross_minor: int, by: User, at: datetime
) -> TaxInvoice:
    """
    Record an official e-invoice by its number, its day and its sum, typed from the paper.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises TaxInvoiceInvalid: if number, day or sum do not fit ours
    :raises NotPossible: as :func:`record`
    """
    require(by, Permission.INVOICE_RUN, within=invoice.seller)
    _check(invoice, at)
    known = TaxInvoice.objects.standing().filter(invoice=invoice, number=number).first()
    faces = [one.face for one in papers_wanted(invoice, kind=kind)]
    faces += [replace(load(known.face), kind=kind)] if known is not None else []
    if not faces:
        raise NoPaperYet
    found = next((one for one in faces if one.gross_minor == gross_minor), None)
    if found is None:
        facts = {"found": yuan(gross_minor), "wanted": yuan(faces[0].gross_minor)}
        flaw = Flaw("/gross_minor", "other_amount", TEXTS["other_amount"], facts)
        raise TaxInvoiceInvalid(flaws=[flaw])
    given = replace(found, number=number, issued_on=issued_on)
    return record(invoice=invoice, given=given, by=by, at=at)


@transaction.atomic
def attach(*, tax_invoice: TaxInvoice, data: bytes, by: User, at: datetime) -> TaxDocument:
    """
    Keep a file of a recorded official e-invoice; the same file again changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises TaxInvoiceInvalid: if it is no file of one, or an XML that says something else than the record
    :raises TaxInvoiceWithdrawn: if the record was taken back
    :raises SameForm: if another file of the form is kept
    """
    require(by, Permission.INVOICE_RUN, within=tax_invoice.organization)
    document = _document(data)
    if document.form is Form.XML:
        _check_says_the_same(tax_invoice, data)
    found = _locked(tax_invoice)
    return _attach(found, document, by, at)


@transaction.atomic
def withdraw(*, tax_invoice: TaxInvoice, why: str, by: User, at: datetime) -> TaxInvoice:
    """
    Take back a record that was made in error: the bureau's invoice is not touched by it.

    :raises MissingRight: if ``by`` may not run invoices of the seller
    :raises TaxInvoiceInvalid: without a reason
    :raises TaxInvoiceWithdrawn: if it was taken back already
    :raises RedLetterOver: while red letters stand over it
    """
    require(by, Permission.INVOICE_RUN, within=tax_invoice.organization)
    reason = why.replace("\x00", "").strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        flaw = Flaw("/why", "no_reason", NO_REASON, {"most": LONGEST_REASON})
        raise TaxInvoiceInvalid(flaws=[flaw])
    red_moves.locked(invoice=tax_invoice.invoice)
    found = _locked(tax_invoice)
    if found.red_letters.open().exists():
        raise RedLetterOver(number=found.number)
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_why = at, by.public_id, reason
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    if found.red_letter_id is not None:
        letter = RedLetter.objects.locked().get(pk=found.red_letter_id)
        red_moves.step(letter=letter, move=Move.REOPEN, within=found.organization, by=by, at=at, why=reason)
    audit.record(
        by=by,
        action="tax_invoice.withdraw",
        subject=found.public_id,
        at=at,
        within=found.organization,
        number=found.number,
        why=reason,
    )
    return found


def _check(invoice: Invoice, at: datetime) -> date:
    """Refuse what no official e-invoice is recorded for; return the local day of the lease."""
    if invoice.status != Invoice.Status.ISSUED:
        raise NotIssuedYet
    if invoice.is_interest and invoice.gross_minor <= 0:
        raise InterestGivenBack
    if invoice.currency != "CNY":
        raise NotInYuan(currency=invoice.currency)
    return at.astimezone(invoice.zone).date()


def _fitting(invoice: Invoice, given: Face, today: date) -> tuple[Wanted | None, list[Flaw]]:
    """Return what the paper is of, without flaws; else what comes nearest, with every difference to it."""
    found: list[tuple[Wanted, list[Flaw]]] = []
    for wanted in papers_wanted(invoice, kind=given.kind):
        flaws = differences(given, wanted.face, today=today)
        if wanted.letter is not None:
            flaws += reference_flaws(given, blue=wanted.letter.blue.number, number=wanted.letter.number)
        found.append((wanted, flaws))
    return min(found, key=lambda one: len(one[1]), default=(None, []))


def _keep(invoice: Invoice, given: Face, wanted: Wanted, by: User, at: datetime) -> TaxInvoice:
    """Write the record; unique indexes keep a number and an invoice from standing twice at once."""
    assert given.issued_on is not None, "differences() asks for a day"
    try:
        with transaction.atomic():
            made = TaxInvoice.objects.create(
                invoice=invoice,
                through=wanted.through,
                red_letter=wanted.letter,
                kind=given.kind,
                number=given.number,
                issued_on=given.issued_on,
                net_minor=given.net_minor,
                tax_minor=given.tax_minor,
                face=given.dump(),
                organization=invoice.seller,
                recorded_by=by.public_id,
                recorded_by_name=by.name,
                recorded_at=at,
            )
    except IntegrityError as error:
        raise _refusal(error, invoice, given.number) from error
    audit.record(
        by=by,
        action="tax_invoice.record",
        subject=made.public_id,
        at=at,
        within=invoice.seller,
        invoice=invoice.public_id,
        number=made.number,
    )
    return made


def _refusal(error: IntegrityError, invoice: Invoice, number: str) -> NotPossible:
    """Return what the database refused, told by the name of its constraint."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if name == NUMBER_ONCE:
        return TaxNumberUsed(number=number)
    if name in ONE_STANDS:
        standing = TaxInvoice.objects.standing().filter(invoice=invoice).values_list("number", flat=True)
        return TaxInvoiceStands(number=", ".join(standing))
    return TaxRecordRefused()


def _locked(tax_invoice: TaxInvoice) -> TaxInvoice:
    rows = TaxInvoice.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("organization").get(pk=tax_invoice.pk)
    if found.withdrawn_at is not None:
        raise TaxInvoiceWithdrawn
    return found


def _document(data: bytes) -> Document:
    try:
        return tax_documents.read(data)
    except NotADocument as error:
        raise TaxInvoiceInvalid(flaws=[Flaw("/file", error.why, WHY[error.why])]) from error


def _check_says_the_same(tax_invoice: TaxInvoice, data: bytes) -> None:
    try:
        given = tax_invoice_xml.read(data)
    except tax_invoice_xml.Unreadable as error:
        raise TaxInvoiceInvalid(flaws=error.flaws) from error
    facts: dict[str, object] = {"found": given.number, "wanted": tax_invoice.number}
    if given.number != tax_invoice.number:
        raise TaxInvoiceInvalid(flaws=[Flaw("/file", "other_invoice", WHY["other_invoice"], facts)])
    flaws = differences(given, load(tax_invoice.face), today=tax_invoice.issued_on)
    if given.kind != tax_invoice.kind:
        flaws.append(Flaw("/kind", "other_kind", WHY["other_kind"]))
    if flaws:
        raise TaxInvoiceInvalid(flaws=flaws)


def _attach(tax_invoice: TaxInvoice, document: Document, by: User, at: datetime) -> TaxDocument:
    kept = TaxDocument.objects.filter(tax_invoice=tax_invoice, form=document.form).first()
    if kept is not None and kept.sha256 == document.sha256:
        return kept
    if kept is not None:
        raise SameForm(form=document.form)
    made = TaxDocument.objects.create(
        tax_invoice=tax_invoice,
        form=document.form,
        content=document.content,
        size=len(document.content),
        sha256=document.sha256,
        added_by=by.public_id,
        added_at=at,
    )
    audit.record(
        by=by,
        action="tax_invoice.attach",
        subject=tax_invoice.public_id,
        at=at,
        within=tax_invoice.organization,
        form=made.form,
        sha256=made.sha256,
    )
    return made
