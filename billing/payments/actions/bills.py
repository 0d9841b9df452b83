"""Acceptance bills that payers give: recorded by one person, confirmed by another, presented on their day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models import Book
from billing.models.loan_products import local_day
from billing.payments.actions import orders
from billing.payments.actions.allocations import payer_dims
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import AcceptanceBill, BillStep, Receipt
from billing.payments.rules import bill_facts, bill_postings
from billing.payments.rules.bill_facts import BillFacts
from billing.payments.rules.bill_states import Move, State, after, ending_of
from billing.rules import accounts as chart
from billing.rules.posting import Head
from leasing.actions import steps
from marketplace.actions import audit
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible

SOURCE = "acceptance_bill"
LONGEST_REASON = 500


class BillInvalid(Invalid):
    """The bill cannot be recorded like this; ``flaws`` say why."""

    code = "bill_invalid"
    text = gettext_noop("The acceptance bill cannot be recorded like this. Mend what is marked.")


class BillKnown(NotPossible):
    """The bill, or a part that overlaps with this one, is here already."""

    code = "bill_known"
    text = gettext_noop(
        "This bill, or a part of it that overlaps, is recorded already. Look it up by its number."
    )


class BillNotPossible(NotPossible):
    """The bill is not so far, or is over."""

    code = "bill_not_possible"
    text = gettext_noop("Bill {bill} is “{state}” now, so this cannot be done. Look at its history.")


class BillReasonMissing(Invalid):
    """Why a bill ends without money is said in words."""

    code = "bill_reason_missing"
    text = gettext_noop("Say in at most 500 characters why the bill ends without money.")


@atomic
def record(
    *,
    book: Book,
    payer: Organization,
    kind: str,
    facts: BillFacts,
    within: Organization,
    by: User,
    at: datetime,
) -> AcceptanceBill:
    """
    Write down a bill that a payer gave; it pays nothing before somebody else confirms it.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillInvalid: if number, names, amount, part or days cannot be
    :raises BillKnown: if it is here, whole or in an overlapping part, also by somebody at the same moment
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    flaws = bill_facts.flaws_of(facts, today=local_day(at))
    if kind not in AcceptanceBill.Kind.values:
        flaws.append(Flaw("/kind", "invalid", gettext_noop("A bill is of a bank, or commercial.")))
    if payer.pk == book.organization_id:
        flaws.append(Flaw("/payer", "self", gettext_noop("Who gives a bill is somebody else.")))
    if flaws:
        raise BillInvalid(flaws=flaws)
    bill = AcceptanceBill(
        book=book,
        payer=payer,
        kind=kind,
        number=facts.number,
        first_unit=facts.first,
        last_unit=facts.last,
        drawer=facts.drawer,
        acceptor=facts.acceptor,
        amount_minor=facts.amount_minor,
        issued_on=facts.issued_on,
        received_on=facts.received_on,
        due_on=facts.due_on,
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    try:
        with transaction.atomic():
            bill.save(force_insert=True)
    except IntegrityError as error:
        raise BillKnown from error
    write_down(bill=bill, move=Move.RECORD, before="", within=within, by=by, at=at)
    return bill


@atomic
def confirm(*, bill: AcceptanceBill, within: Organization, by: User, at: datetime) -> AcceptanceBill:
    """
    Confirm a bill that somebody else recorded: it is held (1121), and its payer has that much (2205.01).

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises SecondPersonMissing: if ``by`` recorded it
    :raises BillNotPossible: if it was decided, also by somebody at the same moment
    """
    found = begin(bill=bill, permission=Permission.PAYMENT_RELEASE, within=within, by=by)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    move(bill=found, to=Move.CONFIRM, within=within, by=by, at=at)
    entry = bill_postings.received(
        head_of(bill=found, part="received", on=found.received_on),
        found.amount_minor,
        payer=payer_dims(payer=found.payer),
    )
    [journal] = journals.write_new(entries=[entry], at=at, by=by)
    receipt = new_row(
        Receipt,
        book_id=found.book_id,
        source=Receipt.Source.BILL.value,
        bill_id=found.pk,
        payer_id=found.payer_id,
        amount_minor=found.amount_minor,
        left_minor=found.amount_minor,
        currency=found.currency,
        received_on=found.received_on,
        holding=chart.UNALLOCATED,
        journal_id=journal.pk,
        made_at=at,
    )
    receipt.save(force_insert=True)
    return found


@atomic
def drop(
    *, bill: AcceptanceBill, reason: str, within: Organization, by: User, at: datetime
) -> AcceptanceBill:
    """
    Do not confirm a bill; also who recorded it may take it back so.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillReasonMissing: if the reason is too long
    :raises BillNotPossible: if it was decided
    """
    found = begin(bill=bill, permission=Permission.PAYMENT_MATCH, within=within, by=by)
    said = spoken(reason=reason, needed=False)
    found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    return move(bill=found, to=Move.DROP, within=within, by=by, at=at, reason=said)


@atomic
def present(*, bill: AcceptanceBill, within: Organization, by: User, at: datetime) -> AcceptanceBill:
    """
    Note that a bill was presented for payment (提示付款); what becomes of it bank and statement say.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillNotPossible: if it is not held, or its end was asked for
    """
    found = begin(bill=bill, permission=Permission.PAYMENT_MATCH, within=within, by=by)
    if found.asks:
        raise refused(bill=found)
    return move(bill=found, to=Move.PRESENT, within=within, by=by, at=at)


@atomic
def ask(*, bill: AcceptanceBill, reason: str, within: Organization, by: User, at: datetime) -> AcceptanceBill:
    """
    Ask to end a bill without money: presented it is not paid (拒付), held it is given back; another decides.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillReasonMissing: if it is not said why
    :raises BillNotPossible: if it is over, or its end was asked for
    """
    found = begin(bill=bill, permission=Permission.PAYMENT_MATCH, within=within, by=by)
    said = spoken(reason=reason)
    end = ending_of(State(found.state))
    if found.asks or end is None:
        raise refused(bill=found)
    found.asks, found.asker, found.asker_name = end.value, by.public_id, by.name
    return move(bill=found, to=Move.ASK, within=within, by=by, at=at, reason=said)


@atomic
def withdraw(*, bill: AcceptanceBill, within: Organization, by: User, at: datetime) -> AcceptanceBill:
    """
    Withdraw what was asked: the bill goes on as before.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillNotPossible: if nothing was asked
    """
    found = begin(bill=bill, permission=Permission.PAYMENT_MATCH, within=within, by=by)
    if not found.asks or after(Move.WITHDRAW, State(found.state)) is None:
        raise refused(bill=found)
    found.asks, found.asker, found.asker_name = "", "", ""
    return move(bill=found, to=Move.WITHDRAW, within=within, by=by, at=at)


def begin(*, bill: AcceptanceBill, permission: Permission, within: Organization, by: User) -> AcceptanceBill:
    """
    Ask for the right, and return a bill under its lock, read again.

    :raises MissingRight: if ``by`` may not act on payments of the book
    """
    orders.in_book(book=bill.book, within=within, permission=permission, by=by)
    rows = AcceptanceBill.objects.filter(pk=bill.pk).locked()
    return rows.select_related("book__organization", "payer", "bank_line").get()


def move(
    *,
    bill: AcceptanceBill,
    to: Move,
    within: Organization,
    by: User,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> AcceptanceBill:
    """
    Move a locked bill along its table, with what was set of it, and write the step down.

    :raises BillNotPossible: if the table does not allow it
    """
    before = State(bill.state)
    then = after(to, before)
    if then is None:
        raise refused(bill=bill)
    bill.state = then.value
    bill.save()
    write_down(
        bill=bill, move=to, before=before.value, within=within, by=by, at=at, reason=reason, facts=facts or {}
    )
    return bill


def write_down(
    *,
    bill: AcceptanceBill,
    move: Move,
    before: str,
    within: Organization,
    by: User,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Append a step to a bill's history, and to the audit."""
    more = {"amount_minor": bill.amount_minor, "currency": bill.currency, **(facts or {})}
    step = BillStep(bill=bill, move=move.value, status_before=before, status_after=bill.state)
    steps.append(step=step, behind=bill.steps, by=by, within=within, at=at, reason=reason, facts=more)
    action = f"acceptance_bill.{move.lower()}"
    audit.record(by=by, action=action, subject=bill.public_id, at=at, within=within, reason=reason, **more)


def refused(*, bill: AcceptanceBill) -> BillNotPossible:
    """Say how far a bill is."""
    return BillNotPossible(bill=bill.number, state=bill.get_state_display())


def spoken(*, reason: str, needed: bool = True) -> str:
    """
    Return a reason as it is kept.

    :raises BillReasonMissing: if it is too long, or missing where it is needed
    """
    said = reason.strip()
    if (needed and not said) or len(said) > LONGEST_REASON or "\x00" in said:
        text = gettext_noop("A reason of a bill has 1 to 500 characters.")
        raise BillReasonMissing(flaws=[Flaw("/reason", "required", text)])
    return said


def head_of(*, bill: AcceptanceBill, part: str, on: date) -> Head:
    """Return what journals of a bill say; ``part`` tells them apart."""
    return Head(
        book=bill.book.code,
        key=f"{SOURCE}:{bill.public_id}:{part}",
        on=on,
        currency=bill.currency,
        memo=bill.number,
        source_type=SOURCE,
        source_id=bill.public_id,
    )
