"""How an acceptance bill ends: its money comes on a line of the bank, or two people say that none comes."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models import Book
from billing.models.loan_products import local_day
from billing.payments.actions import (
    allocations,
    bills,
    line_bookings,
    notes,
    orders,
    provider_findings,
    recon_exceptions,
    releases,
)
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import (
    AcceptanceBill,
    Allocation,
    BankAccount,
    BankLine,
    LineBooking,
    PaymentOrder,
    Receipt,
    ReconException,
    Refund,
)
from billing.payments.queries.bills import collectable, late
from billing.payments.queries.owed import Owed
from billing.payments.rules import bill_postings
from billing.payments.rules.bill_states import ENDS, Move, State, after
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import NotPossible

OVERDUE = ReconException.Reason.BILL_OVERDUE
Kind = LineBooking.Kind


class BillLineUnfit(NotPossible):
    """The line is no payment of this bill."""

    code = "bill_line_unfit"
    text = gettext_noop("The bill is over {wanted}. Choose a line of your accounts with exactly this amount.")


class BillLineEarly(NotPossible):
    """The line is of before the bill came."""

    code = "bill_line_early"
    text = gettext_noop("The bill came on {day}, after this line. Choose a line of that day or later.")


@atomic
def collect(
    *,
    bill: AcceptanceBill,
    line: BankLine,
    within: Organization,
    by: User,
    at: datetime,
    found_by: str = "",
) -> AcceptanceBill:
    """
    Book the line of the bank by which a bill was paid: 1002 against 1121; then owners' shares are freed.

    A line that was held until now, because nobody knew what it was for, is taken back first. One person is
    enough: the bank is the second witness, as its line must have exactly the bill's amount and be of its days
    (here, and in the guards of migrations 0080 and 0092). A line that was none of this bill is taken back by
    two people (``rebookings``), and is this bill's only if two people say so again; none that was taken back
    so is found by the matcher (``found_by``).

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises BillNotPossible: if the bill is not held, also because somebody ended it at the same moment
    :raises BillLineUnfit: if the line is of another book, amount or currency
    :raises BillLineEarly: if the line is of before the bill was received
    :raises LineTaken: if something of it was allocated, given back, or it is booked as something else, or two
        people said that it is none of this bill
    """
    orders.in_book(book=bill.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    list(BankAccount.objects.filter(book=bill.book).locked())
    found = bills.begin(bill=bill, permission=Permission.PAYMENT_MATCH, within=within, by=by)
    if after(Move.COLLECT, State(found.state)) is None:
        raise bills.refused(bill=found)
    seen = BankLine.objects.select_related("bank_account").get(pk=line.pk)
    _check_line(found, seen)
    paid = _lock(found, seen)
    was = LineBooking.objects.filter(bank_line=seen, kind=Kind.BILL)
    if was.filter(target=found.public_id).exists() or (found_by and was.exists()):
        raise line_bookings.LineTaken
    number = line_bookings.take_back(line=seen, book=found.book, target=found.public_id, by=by, at=at)
    booking = honour(
        paid=Paid(found, seen, paid), number=number, within=within, by=by, at=at, found_by=found_by
    )
    line_bookings.tell_late(book=found.book, line=seen, journal=booking.journal, at=at)
    return found


@dataclass(frozen=True)
class Paid:
    """A bill under its lock, the line that paid it, and the invoices that it pays, locked."""

    bill: AcceptanceBill
    line: BankLine
    invoices: dict[int, Owed]


def lock(*, bill: AcceptanceBill, line: BankLine, within: Organization, by: User) -> Paid:
    """
    Lock a bill that two people say a line paid, its invoices, and the receipts of both.

    :raises BillNotPossible: if the bill is not held, also because somebody ended it at the same moment
    """
    found = bills.begin(bill=bill, permission=Permission.PAYMENT_RELEASE, within=within, by=by)
    if after(Move.COLLECT, State(found.state)) is None:
        raise bills.refused(bill=found)
    return Paid(found, line, _lock(found, line))


def honour(
    *, paid: Paid, number: int, within: Organization, by: User, at: datetime, found_by: str = ""
) -> LineBooking:
    """Book a line as the payment of a bill; the caller locked both, and took back what the line was."""
    bill, line = paid.bill, paid.line
    cash = line.bank_account.ledger_code
    head = line_bookings.head_of(line=line, book=bill.book, number=number)
    payer = allocations.payer_dims(payer=bill.payer)
    entry = bill_postings.honoured(head, bill.amount_minor, cash=cash, payer=payer)
    booking = line_bookings.write_down(
        line=line,
        number=number,
        kind=Kind.BILL,
        target=bill.public_id,
        entry=entry,
        by=by,
        at=at,
        found_by=found_by,
    )
    bill.bank_line, bill.ended_on = line, line.booked_on
    bills.move(bill=bill, to=Move.COLLECT, within=within, by=by, at=at, facts={"bank_line": line.public_id})
    _settled(bill, at, by)
    releases.follow(book=bill.book, invoices=paid.invoices, on=local_day(at), at=at, by=by)
    return booking


def _check_line(bill: AcceptanceBill, line: BankLine) -> None:
    wanted = (bill.book_id, bill.amount_minor, bill.currency)
    if (line.bank_account.book_id, line.amount_minor, line.currency) != wanted:
        shown = allocations.shown(minor=bill.amount_minor, currency=bill.currency)
        raise BillLineUnfit(wanted=shown)
    if line.booked_on < bill.received_on:
        raise BillLineEarly(day=bill.received_on.isoformat())


def reopen(*, booking: LineBooking, within: Organization, by: User, at: datetime) -> int:
    """
    Take back that a line paid a bill: it is held again, and owners' shares that were freed with it go back.

    Return the number of the line's next booking. Two people decided it (``rebookings``); the caller locked
    the accounts.

    :raises LineTaken: if money of the bill was given back, or waits to be; or if what a credit note owes over
        an invoice that it pays was released and not sent yet
    """
    of_line = AcceptanceBill.objects.get(public_id=booking.target)
    found = bills.begin(bill=of_line, permission=Permission.PAYMENT_RELEASE, within=within, by=by)
    paid = _lock(found, booking.bank_line)
    over = (PaymentOrder.State.DROPPED, PaymentOrder.State.REJECTED, PaymentOrder.State.RETURNED)
    if Refund.objects.filter(receipt__bill=found).exclude(order__state__in=over).exists():
        raise line_bookings.LineTaken
    paying = Allocation.objects.filter(receipt__bill=found, undoes=None, undone_by=None)
    released = Refund.objects.filter(order__state=PaymentOrder.State.APPROVED)
    if released.filter(note__corrects__in=paying.values("invoice")).exists():
        raise line_bookings.LineTaken
    number = line_bookings.undo(booking=booking, book=found.book, target=found.public_id, by=by, at=at)
    line, found.bank_line, found.ended_on = booking.bank_line, None, None
    found.asks, found.asker, found.asker_name = "", "", ""
    bills.move(bill=found, to=Move.REOPEN, within=within, by=by, at=at, facts={"bank_line": line.public_id})
    releases.follow(book=found.book, invoices=paid, on=local_day(at), at=at, by=by)
    return number


@atomic
def decide(*, bill: AcceptanceBill, within: Organization, by: User, at: datetime) -> AcceptanceBill:
    """
    Decide that a bill ends without money, as somebody else asked: its payer owes again what it paid.

    Each allocation is taken back by a new row; payer and 1121 have it no more. What credit notes over these
    invoices were to give back (2241.04) lessens the debt instead.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises SecondPersonMissing: if ``by`` asked for it
    :raises BillNotPossible: if nothing was asked, or it is over, also by somebody at the same moment
    """
    found = bills.begin(bill=bill, permission=Permission.PAYMENT_RELEASE, within=within, by=by)
    if not found.asks or after(ENDS[State(found.asks)], State(found.state)) is None:
        raise bills.refused(bill=found)
    if by.public_id == found.asker:
        raise SecondPersonMissing
    standing = Allocation.objects.filter(receipt__bill=found, undoes=None, undone_by=None)
    paid = sorted(set(standing.values_list("invoice", flat=True)))
    noted = [note for note, _ in notes.notes_over(invoices=paid)]
    allocations.lock_invoices(keys=[*paid, *noted])
    for one in standing.select_related("receipt__book").order_by("pk"):
        allocations.take_back(allocation=one, comment=found.number, within=within, by=by, at=at)
    end = State(found.asks)
    found.ended_on, found.decider = local_day(at), by.public_id
    bills.move(bill=found, to=ENDS[end], within=within, by=by, at=at)
    entry = bill_postings.failed(
        bills.head_of(bill=found, part="failed", on=local_day(at)),
        found.amount_minor,
        payer=allocations.payer_dims(payer=found.payer),
    )
    journals.write_new(entries=[entry], at=at, by=by)
    notes.set_off_again(book=found.book, invoices=paid, why=found.public_id, by=by, at=at)
    _settled(found, at, by)
    return found


def collect_all(*, book: Book, within: Organization, by: User, at: datetime) -> int:
    """
    Book the lines that name exactly one held bill and have its amount; return how many. Again, it finds none.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    done = 0
    for bill, line in collectable(book):
        acts: dict[str, Any] = {"within": within, "by": by, "at": at}
        with suppress(NotPossible):  # somebody booked the one or ended the other meanwhile
            collect(bill=bill, line=line, found_by="P2", **acts)
            done += 1
    return done


@atomic
def watch(*, book: Book, within: Organization, by: User, at: datetime) -> int:
    """
    Open BILL_OVERDUE for each bill whose money should be here and is not; return how many are late.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    found = late(book, local_day(at))
    for one in found:
        provider_findings.raise_one(
            book=book,
            reason=OVERDUE,
            reference=one.public_id,
            amount_minor=one.amount_minor,
            currency=one.currency,
            at=at,
        )
    return len(found)


def _lock(bill: AcceptanceBill, line: BankLine) -> dict[int, Owed]:
    """Lock the invoices that a bill paid, its receipt and that of the line; return the invoices."""
    paid = set(Allocation.objects.filter(receipt__bill=bill).values_list("invoice", flat=True))
    found = allocations.lock_invoices(keys=paid)
    list(Receipt.objects.filter(Q(bill=bill) | Q(bank_line=line)).locked())
    return found


def _settled(bill: AcceptanceBill, at: datetime, by: User) -> None:
    """Close what was open about a bill, and about the line that paid it."""
    resolution = str(bill.get_state_display())
    provider_findings.settle(
        reason=OVERDUE, resolution=resolution, at=at, by=by, book=bill.book, reference=bill.public_id
    )
    if bill.bank_line_id is not None:
        recon_exceptions.close_for(lines=[bill.bank_line_id], resolution=resolution, by=by, at=at)
