"""A bank line that was booked as something else than it is: one person says what it is, another approves."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.models import Book, FundTransfer
from billing.payments.actions import bill_ends, line_bookings, orders, proposals, recon_exceptions
from billing.payments.actions.line_bookings import head_of
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.gateway.bank import METHOD as BANK
from billing.payments.models import (
    AcceptanceBill,
    BankAccount,
    BankLine,
    LineBooking,
    PaymentOrder,
    Rebooking,
    Receipt,
    ReconException,
    Settlement,
)
from billing.payments.rules import receipt_postings
from billing.rules import accounts as chart
from billing.rules.events import Event
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible

BY_HAND = "HAND"
Kind = Rebooking.Kind
Was = LineBooking.Kind
BILL_HELD = (AcceptanceBill.State.HELD, AcceptanceBill.State.PRESENTED)
# Those of our own orders go with the order: what came back of one is a line of its own.
TAKEABLE = frozenset({Was.RECEIPT, Was.SETTLEMENT, Was.FEE, Was.INTEREST, Was.TRANSFER, Was.BILL})

WHY = gettext_noop("Say in at most 500 characters why it is booked anew.")


class RebookingInvalid(Invalid):
    """The line cannot be booked like this; ``flaws`` say why."""

    code = "rebooking_invalid"
    text = gettext_noop("The line cannot be booked anew like this. Mend what is marked.")


class RebookingWaits(NotPossible):
    """Another one of the same line waits for its second person."""

    code = "rebooking_waits"
    text = gettext_noop("Booking this line anew waits for a second person already. Decide that first.")


class RebookingDecided(NotPossible):
    """Somebody decided it before."""

    code = "rebooking_decided"
    text = gettext_noop("This was decided already: “{state}”. Look at the page of the line.")


class LineChanged(NotPossible):
    """The line was booked otherwise since."""

    code = "line_changed"
    text = gettext_noop("The line was booked otherwise since this was proposed. Drop it, and look again.")


@atomic
def propose(
    *, line: BankLine, kind: str, target: str, reason: str, within: Organization, by: User, at: datetime
) -> Rebooking:
    """
    Propose to take back what a line was booked as, and to book it as ``kind``.

    ``target`` is the order, payout, bill, or payment of a fund that it is, by public id, where the kind has
    one.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises RebookingInvalid: if it is not booked, cannot be taken back, is that already, or does not fit
    :raises RebookingWaits: if another one of the line is not decided
    """
    seen, book = _begin(line, Permission.PAYMENT_MATCH, within, by)
    if seen.rebookings.filter(state=Rebooking.State.PROPOSED).exists():
        raise RebookingWaits
    newest = line_bookings.newest_of(line=seen)
    target = target.strip()
    flaws = [*proposals.flaws_of_reason(reason=reason, said=WHY), *_flaws(seen, newest, kind, target, book)]
    if flaws or newest is None:
        raise RebookingInvalid(flaws=flaws)
    made = Rebooking.objects.create(
        bank_line=seen,
        number=newest.number,
        kind=kind,
        target=target,
        reason=reason.strip(),
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    _audit(made, "propose", within, by, at)
    return made


@atomic
def approve(*, rebooking: Rebooking, within: Organization, by: User, at: datetime) -> Rebooking:
    """
    Approve what somebody else proposed: the old booking is taken back by a new row, and the line booked anew.

    Both count on the line's day, or on the first open one if that is locked.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises RebookingDecided: if it was decided, also by somebody at the same moment
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises LineChanged: if the line was booked otherwise since
    :raises LineTaken: if something of the line's money was used
    :raises RebookingInvalid: if it does not fit any more
    :raises OrderNotPossible: if the order that it is was not sent, or is over
    """
    line, book = _begin(rebooking.bank_line, Permission.PAYMENT_RELEASE, within, by)
    found = _waiting(rebooking)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    newest = line_bookings.newest_of(line=line)
    if newest is None or newest.number != found.number:
        raise LineChanged
    paid = None
    if newest.kind != Was.BILL:  # what a bill paid is locked first, then its receipt
        paid = _paid_bill(found, line, within, by)
        list(Receipt.objects.filter(bank_line=line).locked())
    if flaws := _flaws(line, newest, found.kind, found.target, book):
        raise RebookingInvalid(flaws=flaws)
    number = _taken_back(newest, found, book, within, by, at)
    if found.kind == Kind.BILL:
        paid = paid or _paid_bill(found, line, within, by)
        assert paid is not None, "it has no flaw"
        acts: dict[str, Any] = {"within": within, "by": by, "at": at, "found_by": BY_HAND}
        found.booking = bill_ends.honour(paid=paid, number=number, **acts)
    else:
        found.booking = _anew(line, found, number, book, by, at)
    proposals.decide(proposal=found, state=Rebooking.State.APPROVED, by=by, at=at)
    recon_exceptions.close_for(lines=[line.pk], resolution=found.reason, by=by, at=at)
    if found.kind == Kind.RECEIPT and Receipt.objects.filter(bank_line=line, payer=None).exists():
        reason = ReconException.Reason.UNKNOWN_PAYER
        recon_exceptions.tell(book=book, line=line, reason=reason, facts={}, at=at)
    line_bookings.tell_late(book=book, line=line, journal=found.booking.journal, at=at)
    _audit(found, "approve", within, by, at)
    return found


@atomic
def drop(*, rebooking: Rebooking, within: Organization, by: User, at: datetime) -> Rebooking:
    """
    Drop what was proposed; who proposed it may do so too.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises RebookingDecided: if it was decided, also by somebody at the same moment
    """
    _begin(rebooking.bank_line, Permission.PAYMENT_MATCH, within, by)
    found = _waiting(rebooking)
    proposals.decide(proposal=found, state=Rebooking.State.DROPPED, by=by, at=at)
    _audit(found, "drop", within, by, at)
    return found


def _begin(line: BankLine, permission: Permission, within: Organization, by: User) -> tuple[BankLine, Book]:
    """Ask for the right, and lock the accounts, under which lines are matched and collected."""
    book = line.bank_account.book
    orders.in_book(book=book, within=within, permission=permission, by=by)
    list(BankAccount.objects.filter(book=book).locked())
    return BankLine.objects.select_related("bank_account").get(pk=line.pk), book


def _waiting(rebooking: Rebooking) -> Rebooking:
    found = Rebooking.objects.filter(pk=rebooking.pk).locked().select_related("bank_line").get()
    if found.state != Rebooking.State.PROPOSED:
        raise RebookingDecided(state=found.get_state_display())
    return found


def _paid_bill(found: Rebooking, line: BankLine, within: Organization, by: User) -> bill_ends.Paid | None:
    """Lock the bill that the line paid, if it is said to be one that is there."""
    if found.kind != Kind.BILL:
        return None
    bill = AcceptanceBill.objects.select_related("book__organization").get(public_id=found.target)
    return bill_ends.lock(bill=bill, line=line, within=within, by=by)


def _taken_back(
    newest: LineBooking, found: Rebooking, book: Book, within: Organization, by: User, at: datetime
) -> int:
    """Take the old booking back; return the number of the new one."""
    acts: dict[str, Any] = {"by": by, "at": at}
    if newest.kind == Was.BILL:
        return bill_ends.reopen(booking=newest, within=within, **acts)
    if newest.kind == Was.RECEIPT:
        return line_bookings.take_back(line=newest.bank_line, book=book, target=found.public_id, **acts)
    return line_bookings.undo(booking=newest, book=book, target=found.public_id, **acts)


def _anew(line: BankLine, found: Rebooking, number: int, book: Book, by: User, at: datetime) -> LineBooking:
    """Book a line as what it is."""
    head, cash = head_of(line=line, book=book, number=number), line.bank_account.ledger_code
    kept: dict[str, Any] = {"entry": None, "journal": None}
    held = None
    if found.kind == Kind.RECEIPT:
        held = Receipt.objects.filter(bank_line=line).select_related("payer").first()
        held = held or line_bookings.receipt_of(line=line, book=book, payer=None, at=at)
        kept["entry"] = line_bookings.hold(
            line=line, book=book, number=number, held=held, minor=line.amount_minor
        )
    elif found.kind == Kind.ORDER:
        order = PaymentOrder.objects.get(public_id=found.target)
        key = f"{line.public_id}:{number}"
        kept["journal"] = orders.see(order=order, on=line.booked_on, cash=cash, key=key, at=at, by=by)
    elif found.kind == Kind.SETTLEMENT:
        kept["entry"] = receipt_postings.booked(
            Event.PAYOUT_SEEN, head, line.amount_minor, cash=cash, other=chart.IN_TRANSIT
        )
    elif not found.target:
        kept["entry"] = line_bookings.of_rule(kind=found.kind, head=head, line=line, book=book)
    target = found.target or (found.kind if found.kind != Kind.RECEIPT else "")
    made = line_bookings.write_down(
        line=line, number=number, kind=found.kind, target=target, by=by, at=at, found_by=BY_HAND, **kept
    )
    if held is not None and held.pk is None:
        held.journal = made.journal
        held.save(force_insert=True)
    return made


def _flaws(line: BankLine, newest: LineBooking | None, kind: str, target: str, book: Book) -> list[Flaw]:
    """Return why a line cannot be booked as a kind, under the locks."""
    if newest is None or newest.kind not in TAKEABLE:
        said = gettext_noop(
            "This line is not booked, or goes with an order of ours: it cannot be booked anew."
        )
        return [Flaw("/line", "not_booked", said)]
    if kind not in Kind.values:
        return [Flaw("/kind", "unknown", gettext_noop("Choose what the line is."))]
    if newest.kind == kind and newest.target in (target, kind):
        return [Flaw("/kind", "same", gettext_noop("The line is booked as that already."))]
    if newest.kind == newest.target == Was.TRANSFER and _other_side_stands(line, book):
        said = gettext_noop("Its other side, a line of another account of yours, stands as such a transfer.")
        return [Flaw("/line", "other_side", said)]
    if kind in (Kind.RECEIPT, Kind.FEE, Kind.INTEREST) and target:
        return [Flaw("/target", "unknown", gettext_noop("This kind names nothing: leave it empty."))]
    return _flaws_of_kind(line, kind, target, book)


def _other_side_stands(line: BankLine, book: Book) -> bool:
    """
    Tell whether a line between our own accounts has its other side, which would be left alone.

    Such money is booked once, where it leaves. Of several alike, those without another side can go.
    """
    own = LineBooking.objects.standing().filter(kind=Was.TRANSFER, target=Was.TRANSFER)
    own = own.filter(bank_line__bank_account__book=book, bank_line__currency=line.currency)
    alike = own.filter(
        bank_line__bank_account=line.bank_account,
        bank_line__amount_minor=line.amount_minor,
        bank_line__counterparty_account=line.counterparty_account,
    )
    others = own.filter(bank_line__amount_minor=-line.amount_minor)
    others = others.exclude(bank_line__bank_account=line.bank_account)
    account = line_bookings.own_account(line=line, book=book)
    if account is not None:
        others = others.filter(bank_line__bank_account=account)
    ours = BankAccount.objects.filter(book=book).exclude(pk=line.bank_account_id)
    others = others.exclude(bank_line__counterparty_account__in=ours.values("number"))
    return others.count() >= alike.count()


def _flaws_of_kind(line: BankLine, kind: str, target: str, book: Book) -> list[Flaw]:
    if kind == Kind.RECEIPT and line.amount_minor < 0:
        return [Flaw("/kind", "went_out", gettext_noop("Money of a customer comes in, and this went out."))]
    if kind == Kind.TRANSFER and not target:
        other = line_bookings.own_account(line=line, book=book)
        if other is None or other.pk == line.bank_account_id:
            said = gettext_noop("The other side of this line is none of our accounts.")
            return [Flaw("/kind", "not_ours", said)]
        return []
    if kind in (Kind.TRANSFER, Kind.ORDER, Kind.SETTLEMENT, Kind.BILL) and not _is_target(
        line, kind, target, book
    ):
        said = gettext_noop("Nothing of this id has the line's amount and waits for a line of the bank.")
        return [Flaw("/target", "unfit", said)]
    return []


def _is_target(line: BankLine, kind: str, target: str, book: Book) -> bool:
    """Tell whether what a line is said to be is there, of its amount, and of no other line."""
    if "\x00" in target:
        return False
    money = {"currency": line.currency, "public_id": target}
    if kind == Kind.ORDER:
        mine = PaymentOrder.objects.filter(book=book, provider=BANK, **money)
        sent = (PaymentOrder.State.SENT, PaymentOrder.State.RETURNED)
        return mine.filter(amount_minor=-line.amount_minor, state__in=sent).exists()
    if kind == Kind.BILL:
        held = AcceptanceBill.objects.filter(book=book, state__in=BILL_HELD, received_on__lte=line.booked_on)
        return held.filter(amount_minor=line.amount_minor, **money).exists()
    if kind == Kind.SETTLEMENT and book.kind != Book.Kind.PLATFORM:
        return False  # providers pay out to the platform
    if kind == Kind.SETTLEMENT:
        there = (Settlement.State.PENDING, Settlement.State.PAID)
        rows = Settlement.objects.filter(state__in=there, amount_minor=line.amount_minor, **money)
        seen = LineBooking.objects.standing().filter(kind=Was.SETTLEMENT, target=target)
        row = rows.select_for_update(of=("self",), no_key=True).first()
        return row is not None and not seen.exists()
    rows_of_fund = FundTransfer.objects.filter(public_id=target, stage=FundTransfer.Stage.CONFIRMED)
    found = rows_of_fund.select_for_update(of=("self",), no_key=True).first()
    return found is not None and line_bookings.is_recorded(row=found, line=line, book=book)


def _audit(row: Rebooking, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"rebooking.{verb}",
        subject=row.public_id,
        at=at,
        within=within,
        bank_line=row.bank_line.public_id,
        kind=row.kind,
        target=row.target,
        reason=row.reason,
    )
