"""Orders to pay: moved along their table by two people, held in the books from the approval on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models import Book, Invoice, Journal
from billing.models.loan_products import local_day
from billing.payments.models import OrderStep, PaymentOrder, Receipt
from billing.payments.queries.held_back import is_disputed, is_paid_by_promise, owed_for
from billing.payments.rules import order_postings
from billing.payments.rules.order_states import Move, State, after
from billing.queries.journals import entry_of
from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.posting import Head
from leasing.actions import steps
from marketplace.actions import admission, audit, events
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.event_types import EventType
from marketplace.shared.errors import NotAllowed, NotPossible

SOURCE = "payment_order"


class OrderNotPossible(NotPossible):
    """The order is not so far, or is over."""

    code = "order_not_possible"
    text = gettext_noop("Payment {order} is “{state}” now, so this cannot be done. Look at its history.")


class SecondPersonMissing(NotAllowed):
    """Who proposed a payment neither approves nor sends it."""

    code = "second_person_missing"
    text = gettext_noop("You proposed this yourself. Somebody else has to approve or send it.")


class RefundNotLeft(NotPossible):
    """What should go back was allocated meanwhile."""

    code = "refund_not_left"
    text = gettext_noop(
        "The money of {order} was allocated meanwhile. Drop the refund, or undo the allocation."
    )


class RefundDisputed(NotPossible):
    """The payer took the money back through its bank meanwhile."""

    code = "refund_disputed"
    text = gettext_noop(
        "The payer disputes the payment that {order} gives back, so its money is not here. Drop the refund."
    )


class BillNotPaid(NotPossible):
    """What should go back is a promise, and no money came yet."""

    code = "bill_not_paid"
    text = gettext_noop(
        "What paid this is an acceptance bill that nobody paid yet. Give the bill back, or wait for its day."
    )


@atomic
def approve(*, order: PaymentOrder, within: Organization, by: User, at: datetime) -> PaymentOrder:
    """
    Approve an order that somebody else proposed, and hold its money in the books.

    :raises MissingRight: if ``by`` may not release payments of the books' organization
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises OrderNotPossible: if it was decided
    :raises NotVerified: if an owner is paid that the platform has not verified, or not any more
    :raises BalanceTooLow: if the money is not there any more
    :raises RefundNotLeft: if less is left of the receipt that it gives back, or owed for the note
    :raises RefundDisputed: if the payer disputes that receipt
    :raises BillNotPaid: if an acceptance bill that is not honoured pays something of the note's invoice
    """
    found = _begin(order, Permission.PAYMENT_RELEASE, within, by)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    if after(Move.APPROVE, State(found.state)) is None:
        raise refused(order=found)
    _check_payee(found)
    _look_whether_it_is_there(found)
    found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    _move(found, Move.APPROVE, within, by, at)
    hold = order_postings.ordered(
        head_of(order=found, part="hold", on=local_day(at)),
        found.amount_minor,
        source=source_of(order=found),
        payee=dims_of(order=found),
    )
    journals.write(entries=[hold], at=at, by=by)
    return found


@atomic
def drop(*, order: PaymentOrder, reason: str, within: Organization, by: User, at: datetime) -> PaymentOrder:
    """
    Drop an order that was not sent; its money is where it was before.

    :raises MissingRight: if ``by`` may not release payments of the books' organization
    :raises OrderNotPossible: if it was sent, or is over
    """
    found = _begin(order, Permission.PAYMENT_RELEASE, within, by)
    was_held = found.state == State.APPROVED
    if after(Move.DROP, State(found.state)) is None:
        raise refused(order=found)
    if not was_held:
        found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    _move(found, Move.DROP, within, by, at, reason=reason.strip()[:500])
    if was_held:
        release(order=found, on=local_day(at), at=at, by=by)
    return found


@atomic
def sent(
    *, orders: Sequence[PaymentOrder], within: Organization, by: User, at: datetime, **given: Any
) -> list[PaymentOrder]:
    """
    Note that approved orders went to bank or provider; ``given`` is the file that carries them.

    Whoever calls asked for the right and sends them; after this only bank or provider says what became of
    them.

    :raises SecondPersonMissing: if ``by`` proposed one of them
    :raises OrderNotPossible: if one is not approved, or was sent; then none is
    :raises NotVerified: if an owner is paid that the platform has not verified, or not any more
    """
    rows = PaymentOrder.objects.filter(pk__in=[order.pk for order in orders])
    found = list(rows.select_related("payee").locked())
    for order in found:
        if not by.is_robot and by.public_id == order.maker:
            raise SecondPersonMissing
        if after(Move.SEND, State(order.state)) is None:
            raise refused(order=order)
        _check_payee(order)
    for order in found:
        for name, value in given.items():
            setattr(order, name, value)
        _move(order, Move.SEND, within, by, at)
        if order.kind == PaymentOrder.Kind.PAYOUT:
            events.publish(type=EventType.PAYOUT_SENT, object=order.public_id, to=[order.payee], at=at)
    return found


@atomic
def see(
    *,
    order: PaymentOrder,
    on: date,
    cash: str,
    key: str,
    at: datetime,
    by: User,
    settled: order_postings.Settled | None = None,
) -> Journal:
    """
    Book that the money of an order left the account ``cash`` on a day; once under ``key``.

    ``settled`` is what left where the provider exchanged.

    One that came back before it was seen stays what it is; nothing leaves twice for one order. Asking for the
    right is the caller's part.

    :raises OrderNotPossible: if it was never sent, or was seen to leave before
    """
    found = lock(order=order)
    state = State(found.state)
    head = head_of(order=found, part=key, on=on)
    if after(Move.SEE, state) is not None:
        found.ended_on = on
        _move(found, Move.SEE, found.book.organization, by, at)
    elif state is not State.RETURNED or _left_before(found, head.key):
        raise refused(order=found)
    entry = order_postings.seen(
        head, found.amount_minor, cash=cash, payee=dims_of(order=found), settled=settled
    )
    [journal] = journals.write(entries=[entry], at=at, by=by)
    return journal


@atomic
def come_back(
    *,
    order: PaymentOrder,
    on: date,
    cash: str,
    key: str,
    at: datetime,
    by: User,
    settled: order_postings.Settled | None = None,
) -> Journal:
    """
    Book that the money of an order is back on the account ``cash``, and free it for what it was taken from.

    Asking for the right is the caller's part.

    :raises OrderNotPossible: if it was never sent, or is over without money
    """
    found = lock(order=order)
    if after(Move.RETURN, State(found.state)) is None:
        raise refused(order=found)
    found.ended_on = on
    _move(found, Move.RETURN, found.book.organization, by, at)
    entry = order_postings.came_back(
        head_of(order=found, part=key, on=on),
        found.amount_minor,
        cash=cash,
        payee=dims_of(order=found),
        settled=settled,
    )
    [journal] = journals.write(entries=[entry], at=at, by=by)
    release(order=found, on=on, at=at, by=by)
    return journal


@atomic
def reject(*, order: PaymentOrder, reason: str, on: date, at: datetime, by: User) -> PaymentOrder:
    """
    Note that bank or provider refused an order for good: no money moved, and it is free again.

    Asking for the right is the caller's part.

    :raises OrderNotPossible: if it was never sent, or is over
    """
    found = lock(order=order)
    if after(Move.REJECT, State(found.state)) is None:
        raise refused(order=found)
    found.ended_on = on
    _move(found, Move.REJECT, found.book.organization, by, at, reason=reason[:500])
    release(order=found, on=on, at=at, by=by)
    return found


@atomic
def refuse(*, order: PaymentOrder, reason: str, within: Organization, by: User, at: datetime) -> PaymentOrder:
    """
    Note that the bank refused an order that was sent to it: no money moved, and it is free again.

    :raises MissingRight: if ``by`` may not release payments of the books' organization
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises OrderNotPossible: if it was never sent, is over, or went through a provider, which answers itself
    """
    found = _begin(order, Permission.PAYMENT_RELEASE, within, by)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    if found.file_id is None:
        raise refused(order=found)
    return reject(order=found, reason=reason.strip(), on=local_day(at), at=at, by=by)


def _look_whether_it_is_there(order: PaymentOrder) -> None:
    refund = order.refund if order.kind == PaymentOrder.Kind.REFUND else None
    if refund is None:
        return
    if refund.note is not None:
        both = [key for key in (refund.note.pk, refund.note.corrects_id) if key is not None]
        list(Invoice.objects.filter(pk__in=both).locked())
        if is_paid_by_promise(refund.note.corrects_id):
            raise BillNotPaid
        left = owed_for(note=refund.note, book=order.book)
    else:
        assert refund.receipt_id is not None, "a refund is of a receipt or of a note"
        receipt = Receipt.objects.filter(pk=refund.receipt_id).locked().select_related("fact").get()
        if is_disputed(receipt):
            raise RefundDisputed(order=order.reference)
        left = receipt.left_minor
    if left < order.amount_minor:
        raise RefundNotLeft(order=order.reference)


def _left_before(order: PaymentOrder, key: str) -> bool:
    """Tell whether the money of an order was seen to leave, by another line than that of ``key``."""
    seen = Journal.objects.filter(book=order.book_id, source_type=SOURCE, source_id=order.public_id)
    return seen.filter(kind=Event.PAYMENT_SEEN.value).exclude(idempotency_key=key).exists()


def propose(*, order: PaymentOrder, by: User, at: datetime) -> PaymentOrder:
    """Write a new order down, with its first step; the caller asked for the right and locked its source."""
    order.maker, order.maker_name, order.made_at = by.public_id, by.name, at
    order.save(force_insert=True)
    _write_down(order, Move.PROPOSE, "", order.book.organization, by, at, "")
    return order


def lock(*, order: PaymentOrder) -> PaymentOrder:
    """Return an order under its lock, read again."""
    rows = PaymentOrder.objects.filter(pk=order.pk).locked()
    return rows.select_related("book__organization", "payee", "refund__receipt", "refund__note").get()


def refused(*, order: PaymentOrder) -> OrderNotPossible:
    """Say how far an order is."""
    return OrderNotPossible(order=order.reference, state=order.get_state_display())


def release(*, order: PaymentOrder, on: date, at: datetime, by: User) -> Journal:
    """Take the entry that holds an order's money back."""
    hold = Journal.objects.select_related("book").get(
        book=order.book_id, idempotency_key=head_of(order=order, part="hold", on=on).key
    )
    head = head_of(order=order, part="release", on=on)
    back = entry_of(hold).reversed(key=head.key, on=on, of=hold.public_id)
    [journal] = journals.write(entries=[back], at=at, by=by)
    return journal


def source_of(*, order: PaymentOrder) -> str:
    """Return the account that an order's money is taken from."""
    if order.kind == PaymentOrder.Kind.PAYOUT:
        return chart.OWNER_PAYABLE
    receipt = order.refund.receipt
    return receipt.holding if receipt else chart.REFUNDS


def dims_of(*, order: PaymentOrder) -> Dims:
    """Return what the lines of an order are about."""
    payee = order.payee.public_id
    if order.kind == PaymentOrder.Kind.PAYOUT:
        return Dims(party=payee, owner=payee)
    note = order.refund.note
    return Dims(party=payee, invoice=note.public_id if note else "")


def head_of(*, order: PaymentOrder, part: str, on: date) -> Head:
    """Return what journals of an order say; ``part`` tells them apart."""
    return Head(
        book=order.book.code,
        key=f"{SOURCE}:{order.public_id}:{part}",
        on=on,
        currency=order.currency,
        memo=order.reference,
        source_type=SOURCE,
        source_id=order.public_id,
    )


def in_book(*, book: Book, within: Organization, permission: Permission, by: User) -> None:
    """
    Ask whether somebody may act on payments of a book for an organization.

    :raises MissingRight: if the book is another organization's, or the roles there do not allow it
    """
    if within.pk != book.organization_id:
        raise MissingRight(organization=within.name, permission=str(permission))
    require(by, permission, within=within)


def _check_payee(order: PaymentOrder) -> None:
    """Look whether an owner may be paid; what goes back to a payer is its own."""
    if order.kind == PaymentOrder.Kind.PAYOUT:
        admission.require_all_verified(organizations=[order.payee])


def _begin(order: PaymentOrder, permission: Permission, within: Organization, by: User) -> PaymentOrder:
    in_book(book=order.book, within=within, permission=permission, by=by)
    return lock(order=order)


def _move(
    order: PaymentOrder, move: Move, within: Organization, by: User, at: datetime, *, reason: str = ""
) -> None:
    before = State(order.state)
    then = after(move, before)
    assert then is not None, "the caller looked"
    order.state = then.value
    order.save()
    _write_down(order, move, before.value, within, by, at, reason)


def _write_down(
    order: PaymentOrder, move: Move, before: str, within: Organization, by: User, at: datetime, reason: str
) -> None:
    facts = {"amount_minor": order.amount_minor, "currency": order.currency}
    step = OrderStep(order=order, move=move, status_before=before, status_after=order.state)
    steps.append(step=step, behind=order.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    action = f"payment_order.{move.lower()}"
    audit.record(by=by, action=action, subject=order.public_id, at=at, within=within, reason=reason, **facts)
