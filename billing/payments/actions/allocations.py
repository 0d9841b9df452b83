"""What money pays: the one service by which every door allocates, and takes back what it allocated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models import Invoice, JournalLine
from billing.models.loan_products import local_day
from billing.payments.actions import orders, releases
from billing.payments.models import AcceptanceBill, Allocation, Receipt
from billing.payments.queries.expected import DUE, receivables
from billing.payments.queries.held_back import is_disputed, is_lost, waiting_refunds
from billing.payments.queries.owed import Owed, owed
from billing.payments.rules import receipt_postings
from billing.payments.rules.receipt_postings import Part
from billing.rules.journals import Dims
from billing.rules.posting import Head, prorated
from marketplace.actions import audit
from marketplace.gateway.among import among
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money

SOURCE = "allocation"
LONGEST_COMMENT = 500


class AllocationInvalid(Invalid):
    """It cannot be allocated like this; ``flaws`` say why."""

    code = "allocation_invalid"
    text = gettext_noop("The money cannot be allocated like this. Mend what is marked.")


class MoreThanLeft(NotPossible):
    """Less is left of the money."""

    code = "more_than_left"
    text = gettext_noop("{left} of this money is left, and {wanted} should be allocated. Look at it again.")


class MoreThanOpen(NotPossible):
    """Less is open of the invoice."""

    code = "more_than_open"
    text = gettext_noop("{open} is open of {invoice}, and {wanted} should pay it. Look at it again.")


class AllocationUndone(NotPossible):
    """It was taken back before, or takes another one back."""

    code = "allocation_undone"
    text = gettext_noop("This allocation was taken back already. Look at the history.")


class AllocationDisputed(NotPossible):
    """The payer took the money back through its bank."""

    code = "allocation_disputed"
    text = gettext_noop("The payer disputes this payment. What it paid stays as it is until that is decided.")


class AllocationLost(NotPossible):
    """The payer got the money back from us through its bank: there is nothing to hold for it again."""

    code = "allocation_lost"
    text = gettext_noop(
        "The payer took this payment back through its bank and won. The loss is booked on what it paid, so "
        "that stays as it is; what is wrong with the invoice is corrected by a note."
    )


class LeftChanged(NotPossible):
    """Something else is left than whoever asks saw: others acted, or it was sent twice."""

    code = "left_changed"
    text = gettext_noop("What is left changed since you looked: {left} now. Look at it, then send it again.")


@dataclass(frozen=True)
class Wanted:
    """What of some money is to pay one invoice, what is let off with it, and why; minor units."""

    invoice: int
    amount_minor: int
    let_off_minor: int = 0
    why: Mapping[str, Any] = field(default_factory=dict)


@atomic
def allocate(
    *,
    receipt: Receipt,
    shares: Sequence[tuple[Invoice, int]],
    within: Organization,
    by: User,
    at: datetime,
    comment: str = "",
    seen_minor: int | None = None,
) -> list[Allocation]:
    """
    Allocate what is left of some money to invoices, partly or whole; minor units.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises AllocationInvalid: if there is none, an amount is not above 0, an invoice is named twice, or the
        comment is too long
    :raises LeftChanged: if ``seen_minor`` is given, and something else is left
    :raises MoreThanLeft: if less is left of the money
    :raises MoreThanOpen: if less is open of an invoice
    """
    orders.in_book(book=receipt.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    check(shares=shares, comment=comment)
    wanted = [Wanted(invoice.pk, minor, why={"comment": comment.strip()}) for invoice, minor in shares]
    made = carry_out(receipt=receipt, wanted=wanted, by=by, at=at, seen_minor=seen_minor)
    for one in made:
        _audit(one, "make", within, by, at)
    return made


@atomic
def carry_out(
    *,
    receipt: Receipt,
    wanted: Sequence[Wanted],
    by: User,
    at: datetime,
    approved_by: User | None = None,
    seen_minor: int | None = None,
) -> list[Allocation]:
    """
    Write allocations of one receipt with one journal, and free the owners' shares.

    Asking for the right is the caller's part; ``approved_by`` is the second person of what is let off.

    :raises LeftChanged: if ``seen_minor`` is given, and something else is left
    :raises MoreThanLeft: if less is left of the money
    :raises MoreThanOpen: if less is open of an invoice
    """
    lock_bill(receipt=receipt)
    found = lock_invoices(keys=[one.invoice for one in wanted])
    held = Receipt.objects.filter(pk=receipt.pk).locked().select_related("book", "payer").get()
    opened = receivables(held.book, list(found))
    total = sum(one.amount_minor for one in wanted)
    free = held.left_minor - waiting_refunds(held)
    look_again(left_minor=free, seen_minor=seen_minor, currency=held.currency)
    if total > free:
        raise MoreThanLeft(
            left=shown(minor=max(free, 0), currency=held.currency),
            wanted=shown(minor=total, currency=held.currency),
        )
    parts = [
        part
        for one in wanted
        for part in parts_of(
            invoice=found.get(one.invoice), opened=opened, wanted=one, currency=held.currency
        )
    ]
    rows = [row_of(wanted=one, receipt=held, by=by, at=at, approved_by=approved_by) for one in wanted]
    head = _head(held, rows[0].public_id, at)
    entry = receipt_postings.allocated(
        head, parts=parts, holding=held.holding, payer=payer_dims(payer=held.payer)
    )
    [journal] = journals.write_new(entries=[entry], at=at, by=by)
    for row in rows:
        row.journal = journal
        row.save(force_insert=True)
    releases.follow(book=held.book, invoices=found, on=local_day(at), at=at, by=by)
    return rows


@atomic
def undo(*, allocation: Allocation, comment: str, within: Organization, by: User, at: datetime) -> Allocation:
    """
    Take an allocation back: the invoice is owed again, the money is held again; both rows stay.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises AllocationInvalid: if the comment is too long, or it is of a credit note
    :raises AllocationUndone: if it was taken back, also by somebody at the same moment
    :raises AllocationDisputed: if the payer disputes the payment
    :raises AllocationLost: if the payer won
    """
    receipt = allocation.receipt
    if receipt is None:
        raise AllocationInvalid(
            flaws=[Flaw("/allocation", "of_note", gettext_noop("What a credit note paid is not taken back."))]
        )
    orders.in_book(book=receipt.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    check(shares=None, comment=comment)
    return take_back(allocation=allocation, comment=comment, within=within, by=by, at=at)


@atomic
def take_back(
    *, allocation: Allocation, comment: str, within: Organization, by: User, at: datetime
) -> Allocation:
    """
    Take an allocation of a receipt back; asking for the right is the caller's part.

    :raises AllocationUndone: if it was taken back, also by somebody at the same moment
    :raises AllocationDisputed: if the payer disputes the payment
    :raises AllocationLost: if the payer won
    """
    receipt = allocation.receipt
    assert receipt is not None, "what a credit note paid is not taken back"
    lock_bill(receipt=receipt)
    found = lock_invoices(keys=[allocation.invoice_id])[allocation.invoice_id]
    held = Receipt.objects.filter(pk=receipt.pk).locked().select_related("book", "payer", "fact").get()
    if is_lost(held):
        raise AllocationLost
    if is_disputed(held):
        raise AllocationDisputed
    one = Allocation.objects.select_related("journal").get(pk=allocation.pk)
    if one.undoes_id is not None or Allocation.objects.filter(undoes=one).exists():
        raise AllocationUndone
    row = new_row(
        Allocation,
        receipt_id=held.pk,
        invoice_id=found.pk,
        undoes_id=one.pk,
        amount_minor=-one.amount_minor,
        let_off_minor=-one.let_off_minor,
        currency=one.currency,
        comment=comment.strip(),
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    parts = _settled_by(one, found)
    entry = receipt_postings.undone(
        _head(held, row.public_id, at), parts=parts, holding=held.holding, payer=payer_dims(payer=held.payer)
    )
    [row.journal] = journals.write_new(entries=[entry], at=at, by=by)
    row.save(force_insert=True)
    releases.follow(book=held.book, invoices={found.pk: found}, on=local_day(at), at=at, by=by)
    _audit(row, "undo", within, by, at)
    return row


def lock_bill(*, receipt: Receipt) -> None:
    """Lock the bill that a receipt stands for: whoever ends it waits, and sees what it pays."""
    if receipt.bill_id is not None:
        AcceptanceBill.objects.filter(pk=receipt.bill_id).locked().get()


def lock_invoices(*, keys: Collection[int]) -> dict[int, Owed]:
    """Return invoices by their keys under their locks, in the one order, with whom they name."""
    return owed(Invoice.objects.filter(among("pk", set(keys))).locked())


def parts_of(
    *, invoice: Owed | None, opened: Mapping[int, Mapping[str, int]], wanted: Wanted, currency: str
) -> list[Part]:
    """
    Return which receivables of a locked invoice are settled.

    :raises MoreThanOpen: if less is open of it in this currency
    """
    due = {code: minor for code, minor in opened.get(wanted.invoice, {}).items() if minor > 0}
    total = wanted.amount_minor + wanted.let_off_minor
    if invoice is None or invoice.currency != currency or total > sum(due.values()):
        raise MoreThanOpen(
            invoice=(invoice.number or invoice.public_id) if invoice else str(wanted.invoice),
            open=shown(minor=sum(due.values()), currency=invoice.currency if invoice else currency),
            wanted=shown(minor=total, currency=currency),
        )
    split = prorated(total, due) if len(due) > 1 else dict.fromkeys(due, total)
    largest = max(split, key=lambda code: split[code])
    return [
        Part(code, minor - let_off, let_off, dims_of(invoice=invoice))
        for code, minor in split.items()
        if minor
        for let_off in [wanted.let_off_minor if code == largest else 0]
    ]


def dims_of(*, invoice: Owed) -> Dims:
    """Return what lines about an invoice name."""
    return Dims(
        party=invoice.payer_id, lease=invoice.lease_id, invoice=invoice.public_id, owner=invoice.owner_id
    )


def payer_dims(*, payer: Organization | None) -> Dims:
    """Return whose money is held."""
    return Dims(party=payer.public_id) if payer else Dims()


def row_of(
    *, wanted: Wanted, receipt: Receipt, by: User, at: datetime, approved_by: User | None = None
) -> Allocation:
    """Return an allocation that is not saved."""
    return new_row(
        Allocation,
        receipt_id=receipt.pk,
        invoice_id=wanted.invoice,
        amount_minor=wanted.amount_minor,
        let_off_minor=wanted.let_off_minor,
        currency=receipt.currency,
        made_by=by.public_id,
        made_by_name=by.name,
        approved_by=approved_by.public_id if approved_by else "",
        made_at=at,
        **wanted.why,
    )


def look_again(*, left_minor: int, seen_minor: int | None, currency: str) -> None:
    """
    Compare what is left, read under its lock, with what somebody saw; ``None`` is nobody who looked.

    :raises LeftChanged: if it is something else
    """
    if seen_minor is not None and seen_minor != left_minor:
        raise LeftChanged(left=shown(minor=left_minor, currency=currency))


def shown(*, minor: int, currency: str) -> str:
    """Return an amount as refusals show it."""
    return f"{currency} {Money(minor, currency).amount:,f}"


def check(*, shares: Sequence[tuple[Invoice, int]] | None, comment: str) -> None:
    """
    Look at what a person asks for.

    :raises AllocationInvalid: if something is missing, not above 0, named twice, or too long
    """
    flaws = []
    if shares is not None and not shares:
        flaws.append(Flaw("/shares", "required", gettext_noop("Say which invoices the money pays.")))
    seen: set[int] = set()
    for place, (invoice, minor) in enumerate(shares or ()):
        if minor <= 0:
            flaws.append(Flaw(f"/shares/{place}/amount_minor", "not_positive", gettext_noop("Above 0.")))
        if invoice.pk in seen:
            flaws.append(Flaw(f"/shares/{place}/invoice", "twice", gettext_noop("Each invoice once.")))
        seen.add(invoice.pk)
    if len(comment) > LONGEST_COMMENT:
        flaws.append(Flaw("/comment", "too_long", gettext_noop("A comment has at most 500 characters.")))
    if flaws:
        raise AllocationInvalid(flaws=flaws)


def _settled_by(allocation: Allocation, invoice: Owed) -> list[Part]:
    """Return the receivables that an allocation settled, as its journal has them."""
    assert allocation.journal is not None, "each allocation is booked"
    lines = JournalLine.objects.filter(journal=allocation.journal, invoice=invoice.pk, account__code__in=DUE)
    found = list(lines.values_list("account__code", "amount_minor").order_by("amount_minor"))
    about, left = dims_of(invoice=invoice), allocation.let_off_minor
    return [
        Part(code, -minor - (left if place == 0 else 0), left if place == 0 else 0, about)
        for place, (code, minor) in enumerate(found)
    ]


def _head(receipt: Receipt, key: str, at: datetime) -> Head:
    return Head(
        receipt.book.code,
        f"{SOURCE}:{key}",
        local_day(at),
        receipt.currency,
        receipt.public_id,
        SOURCE,
        key,
    )


def _audit(row: Allocation, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"allocation.{verb}",
        subject=row.public_id,
        at=at,
        within=within,
        amount_minor=row.amount_minor,
        invoice=row.invoice.public_id,
        comment=row.comment,
    )
