"""What a bank line was booked as: once, with one journal, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.gateway import copies
from billing.models import Book, FundTransfer, Invoice, Journal, JournalLine
from billing.payments.actions import allocations, orders, recon_exceptions
from billing.payments.models import (
    BankAccount,
    BankLine,
    LineBooking,
    PaymentOrder,
    Receipt,
    Settlement,
    Suggestion,
)
from billing.payments.queries.held_back import waiting_refunds
from billing.payments.rules import receipt_postings
from billing.payments.rules.matching.decisions import Aim, Code, Decision
from billing.payments.rules.matching.facts import Purpose
from billing.queries.journals import entry_of
from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Entry
from billing.rules.posting import Head
from marketplace.gateway.rows import new_row
from marketplace.models import User
from marketplace.shared.errors import NotPossible

SOURCE = "bank_line"
TASKS = frozenset({Code.RETURNED_PAYMENT})  # a person is told; nothing is left to match
Kind = LineBooking.Kind
KINDS = {Purpose.FEE: Kind.FEE, Purpose.INTEREST: Kind.INTEREST, Purpose.TRANSFER: Kind.TRANSFER}


class LineTaken(NotPossible):
    """Something of the line was used, or it is booked as something else."""

    code = "line_taken"
    text = gettext_noop("This line pays something else already. Undo what it paid, or choose another line.")


def aim(
    *, book: Book, decisions: Sequence[Decision], lines: Mapping[int, BankLine], by: User, at: datetime
) -> set[int]:
    """
    Book lines that pay no invoice: payouts, our orders, what the bank takes or gives; return which were.

    The caller asked for the right and locked the accounts. One that cannot be booked like this stays.
    """
    done = set()
    for one in decisions:
        line = lines[one.line.id]
        try:
            with transaction.atomic():
                booking = _aimed(book, one, line, by, at)
        except NotPossible:
            booking = None
        if booking is not None:
            copies.copy_rows([booking])
            done.add(line.pk)
            tell_late(book=book, line=line, journal=booking.journal, at=at)
        else:
            facts = facts_of(decision=one, names={})
            reason = recon_exceptions.Reason.MOVEMENT_WITHOUT_LEDGER
            recon_exceptions.tell(book=book, line=line, reason=reason, facts=facts, at=at)
    return done


def tell_late(*, book: Book, line: BankLine, journal: Journal | None, at: datetime) -> None:
    """Say of a line whose day is locked that it is booked later."""
    if journal is not None and journal.effective_date != journal.occurred_on:
        facts = {"booked_on": journal.effective_date.isoformat()}
        reason = recon_exceptions.Reason.LATE_IN_CLOSED_PERIOD
        recon_exceptions.tell(book=book, line=line, reason=reason, facts=facts, at=at)


def _aimed(book: Book, one: Decision, line: BankLine, by: User, at: datetime) -> LineBooking | None:
    assert one.target is not None, "the caller chose those with a target"
    kind, target = one.target
    given: dict[str, Any] = {"line": line, "decision": one, "by": by, "at": at}
    if kind in (Aim.ORDER, Aim.RETURN):
        return _of_order(book, one, line, by, at)
    if kind is Aim.RECORDED:
        return _recorded(book, given, target)
    head = head_of(line=line, book=book)
    entry: Entry | None
    if kind is Aim.PAYOUT:
        rows = Settlement.objects.filter(reference=target, currency=line.currency).order_by("pk")
        found = rows.select_for_update(of=("self",), no_key=True).first()
        assert found is not None, "the matcher was given it"
        if LineBooking.objects.standing().filter(kind=Kind.SETTLEMENT, target=found.public_id).exists():
            return None  # another line arrived for it meanwhile
        cash = line.bank_account.ledger_code
        entry = receipt_postings.booked(
            Event.PAYOUT_SEEN, head, line.amount_minor, cash=cash, other=chart.IN_TRANSIT
        )
        row = row_of(kind=Kind.SETTLEMENT, target=found.public_id, **given)
    else:
        purpose = Purpose(target)
        if purpose not in KINDS:
            return None  # what tax it is, nobody can tell from the line
        entry = of_rule(kind=KINDS[purpose], head=head, line=line, book=book)
        row = row_of(kind=KINDS[purpose], target=target, **given)
    if entry is not None:
        [row.journal] = journals.write_new(entries=[entry], at=at, by=by)
        row.journal_id = row.journal.pk
    return row


def rebook(*, book: Book, decision: Decision, line: BankLine, by: User, at: datetime) -> bool:
    """
    Link a line that was held with what two people recorded since; tell whether it was done.

    The caller asked for the right, and locked the accounts, invoices and receipts.
    """
    assert decision.target is not None, "the caller chose those with a target"
    target = decision.target[1]
    given: dict[str, Any] = {"line": line, "decision": decision, "by": by, "at": at}
    try:
        with transaction.atomic():
            booking = _recorded(book, given, target)
            if booking is None:
                return False
            booking.number = take_back(line=line, book=book, target=target, by=by, at=at)
            copies.copy_rows([booking])
    except LineTaken:
        return False
    return True


def take_back(*, line: BankLine, book: Book, target: str, by: User, at: datetime) -> int:
    """
    Take back that a line was held as a payer's money, if it was; return the number of its next booking.

    ``target`` names what it is seen to be instead. The caller asked for the right, and locked the receipt.

    :raises LineTaken: if something of it pays something or goes back, or it is booked as something else
    """
    newest = newest_of(line=line)
    if newest is None:
        return 1
    held = Receipt.objects.filter(bank_line=line).select_related("payer").first()
    free = held.left_minor - waiting_refunds(held) if held else 0
    if held is None or newest.kind != Kind.RECEIPT or free != held.amount_minor:
        raise LineTaken
    entry = hold(line=line, book=book, number=newest.number + 1, held=held, minor=-held.amount_minor)
    write_down(line=line, number=newest.number + 1, kind=Kind.UNDO, target=target, entry=entry, by=by, at=at)
    Suggestion.objects.filter(bank_line=line, state=Suggestion.State.OPEN).update(
        state=Suggestion.State.DROPPED, decided_by=by.public_id, decided_at=at
    )
    return newest.number + 2


def undo(*, booking: LineBooking, book: Book, target: str, by: User, at: datetime) -> int:
    """
    Take a booking that moved money alone back, its journal mirrored; return the number of the next one.

    The caller asked for the right, and locked the accounts.
    """
    line, number = booking.bank_line, booking.number + 1
    entry = None
    if booking.journal is not None:
        key = head_of(line=line, book=book, number=number).key
        done = booking.journal
        entry = entry_of(done).reversed(key=key, on=line.booked_on, of=done.public_id)
    write_down(line=line, number=number, kind=Kind.UNDO, target=target, entry=entry, by=by, at=at)
    return number + 1


def newest_of(*, line: BankLine) -> LineBooking | None:
    """Return the last booking of a line."""
    rows = LineBooking.objects.filter(bank_line=line).select_related("bank_line", "journal__book")
    return rows.order_by("-number").first()


def hold(*, line: BankLine, book: Book, number: int, held: Receipt, minor: int) -> Entry:
    """Return the entry by which a line is held as its receipt says; negative takes that back."""
    return receipt_postings.received(
        head_of(line=line, book=book, number=number),
        cash=line.bank_account.ledger_code,
        parts=[],
        rest_minor=minor,
        holding=held.holding,
        payer=allocations.payer_dims(payer=held.payer),
    )


def write_down(
    *,
    line: BankLine,
    number: int,
    kind: str,
    target: str,
    entry: Entry | None,
    by: User,
    at: datetime,
    found_by: str = "",
    journal: Journal | None = None,
) -> LineBooking:
    """Save a booking with its journal, which ``entry`` makes."""
    if entry is not None:
        [journal] = journals.write_new(entries=[entry], at=at, by=by)
    return LineBooking.objects.create(
        bank_line=line,
        number=number,
        kind=kind,
        target=target,
        match_pass=found_by,
        score=Decimal(1) if found_by == "P2" else None,
        journal=journal,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def _recorded(book: Book, given: dict[str, Any], target: str) -> LineBooking | None:
    """Link a line with what two people recorded from the bank's paper; its journal is there already."""
    row = FundTransfer.objects.select_for_update(of=("self",), no_key=True).get(public_id=target)
    if not is_recorded(row=row, line=given["line"], book=book):
        return None
    return row_of(kind=Kind.TRANSFER, target=target, **given)


def is_recorded(*, row: FundTransfer, line: BankLine, book: Book) -> bool:
    """Tell whether a locked payment of a fund moved a line's account by its amount, and no line is linked."""
    moved = JournalLine.objects.filter(
        account__book=book,
        account__code=line.bank_account.ledger_code,
        currency=line.currency,
        journal__occurred_on=row.moved_on,
        journal__idempotency_key__endswith=f":{row.public_id}",
    )
    if sum(moved.values_list("amount_minor", flat=True)) != line.amount_minor:
        return False  # its journal is of another account, or of another book
    linked = LineBooking.objects.standing().filter(kind=Kind.TRANSFER, target=row.public_id)
    return not linked.exists()  # unless another line arrived for it meanwhile


def of_rule(*, kind: str, head: Head, line: BankLine, book: Book) -> Entry | None:
    """Return the entry of a rule; money between our own accounts is booked where it leaves."""
    cash, minor = line.bank_account.ledger_code, line.amount_minor
    if kind == Kind.FEE:
        return receipt_postings.booked(Event.BANK_FEE, head, minor, cash=cash, other=chart.BANK_FEES)
    if kind == Kind.INTEREST:
        return receipt_postings.booked(Event.BANK_INTEREST, head, minor, cash=cash, other=chart.INTEREST)
    other = own_account(line=line, book=book)
    if minor > 0 or other is None or other.ledger_code == cash:
        return None
    return receipt_postings.booked(Event.OWN_TRANSFER, head, minor, cash=cash, other=other.ledger_code)


def own_account(*, line: BankLine, book: Book) -> BankAccount | None:
    """Return our account on the other side of a line, if it is one."""
    return BankAccount.objects.filter(book=book, number=line.counterparty_account).first()


def _of_order(book: Book, one: Decision, line: BankLine, by: User, at: datetime) -> LineBooking | None:
    assert one.target is not None, "an order is its target"
    kind, reference = one.target
    order = PaymentOrder.objects.get(pk=int(reference.removeprefix("OUT-")), book=book)
    acted: dict[str, Any] = {
        "order": order,
        "on": line.booked_on,
        "cash": line.bank_account.ledger_code,
        "key": line.public_id,
        "at": at,
        "by": by,
    }
    journal = orders.come_back(**acted) if kind is Aim.RETURN else orders.see(**acted)
    booked = Kind.RETURN if kind is Aim.RETURN else Kind.ORDER
    row = row_of(line=line, decision=one, kind=booked, target=order.public_id, by=by, at=at)
    row.journal = journal
    if kind is Aim.RETURN:
        facts = facts_of(decision=one, names={})
        reason = recon_exceptions.Reason.RETURNED_PAYMENT
        recon_exceptions.tell(book=book, line=line, reason=reason, facts=facts, at=at, order=order)
    return row


def row_of(
    *,
    line: BankLine,
    decision: Decision,
    kind: str,
    by: User,
    at: datetime,
    target: str = "",
    number: int = 1,
) -> LineBooking:
    """Return a booking that is not saved."""
    return new_row(
        LineBooking,
        bank_line_id=line.pk,
        number=number,
        kind=str(kind),
        target=target,
        match_pass=decision.match_pass,
        score=decision.score,
        reasons=reasons_of(decision=decision),
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def receipt_of(*, line: BankLine, book: Book, payer: int | None, at: datetime) -> Receipt:
    """Return a receipt that is not saved: all of it is left."""
    return new_row(
        Receipt,
        book_id=book.pk,
        source=Receipt.Source.BANK_LINE.value,
        bank_line_id=line.pk,
        payer_id=payer,
        amount_minor=line.amount_minor,
        left_minor=line.amount_minor,
        currency=line.currency,
        received_on=line.booked_on,
        holding=chart.SUSPENSE if payer is None else chart.UNALLOCATED,
        made_at=at,
    )


def head_of(*, line: BankLine, book: Book, number: int = 1) -> Head:
    """Return what the journal of a line says."""
    key = f"{SOURCE}:{line.public_id}:{number}"
    memo = line.bank_ref or line.public_id
    return Head(book.code, key, line.booked_on, line.currency, memo, SOURCE, line.public_id)


def reasons_of(*, decision: Decision) -> list[dict[str, Any]]:
    """Return reasons as they are stored: msgid and facts."""
    return [{"msgid": one.msgid, "params": dict(one.params)} for one in decision.reasons]


def public_ids(*, decisions: Sequence[Decision]) -> dict[int, str]:
    """Return the public ids of the invoices that waiting decisions name."""
    keys = {share.item for one in decisions for share in one.shares if one.code or one.status != "AUTO"}
    keys |= {key for one in decisions for key in one.candidates}
    return dict(Invoice.objects.filter(pk__in=keys).values_list("pk", "public_id"))


def plan_of(*, decision: Decision, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return what a suggestion would do, as it is stored."""
    return [
        {
            "invoice": names[share.item],
            "amount_minor": share.amount_minor,
            "let_off_minor": share.let_off_minor,
        }
        for share in decision.shares
    ]


def facts_of(*, decision: Decision, names: Mapping[int, str]) -> dict[str, Any]:
    """Return what an exception says: reasons, and the invoices that fit, the first twenty."""
    candidates = [names[key] for key in decision.candidates[:20] if key in names]
    return {"reasons": reasons_of(decision=decision), "candidates": candidates}
