"""Money goes back: what is left of a receipt, or what a credit note over a paid invoice owes."""

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_noop

from billing.models import Book, Invoice
from billing.payments.actions import orders, payouts
from billing.payments.actions.allocations import lock_bill, lock_invoices, look_again
from billing.payments.actions.orders import BillNotPaid
from billing.payments.models import PayeeAccount, PaymentOrder, Receipt, Refund
from billing.payments.queries.held_back import is_disputed, is_paid_by_promise, owed_for
from billing.payments.rules.bill_states import State
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money

LONGEST_REASON = 500


class RefundInvalid(Invalid):
    """The refund cannot be asked for like this; ``flaws`` say why."""

    code = "refund_invalid"
    text = gettext_noop("The refund cannot be proposed like this. Mend what is marked.")


class NothingToRefund(NotPossible):
    """Less is left than should go back."""

    code = "nothing_to_refund"
    text = gettext_noop(
        "{left} can be given back, and {wanted} should be. Undo an allocation first, or ask for less."
    )


class PayerUnknown(NotPossible):
    """Nobody knows whose money it is."""

    code = "payer_unknown"
    text = gettext_noop("Nobody knows yet who paid this. Say whose money it is, then it can be given back.")


class ReceiptDisputed(NotPossible):
    """The payer took the money back through its bank."""

    code = "receipt_disputed"
    text = gettext_noop("The payer disputes this payment, so its money is not here. Wait for the decision.")


@atomic
def of_receipt(
    *,
    receipt: Receipt,
    amount_minor: int,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    provider: str = payouts.BANK,
    seen_minor: int | None = None,
) -> PaymentOrder:
    """
    Propose to give back what is left of a receipt, or a part of it, to its payer; minor units.

    What waits for its second person already counts as taken. With the approval it leaves the receipt.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises RefundInvalid: if the amount is not positive, or there is no reason
    :raises PayerUnknown: if the receipt is of an unknown payer
    :raises ReceiptDisputed: if the payer disputes the charge: its money is not here
    :raises BillNotPaid: if it is an acceptance bill that is not honoured
    :raises LeftChanged: if something else is left than ``seen_minor``, where that is given: sent twice
    :raises NothingToRefund: if less is left
    :raises NoPayeeAccount: if no approved account of the payer is known
    """
    orders.in_book(book=receipt.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    _check(amount_minor, reason)
    lock_bill(receipt=receipt)
    rows = Receipt.objects.filter(pk=receipt.pk).locked()
    found = rows.select_related("book", "payer", "fact", "bill").get()
    if found.payer is None:
        raise PayerUnknown
    if found.bill is not None and found.bill.state != State.HONOURED:
        raise BillNotPaid
    if is_disputed(found):
        raise ReceiptDisputed
    free = found.left_minor - _waiting(Refund.objects.filter(receipt=found))
    look_again(left_minor=free, seen_minor=seen_minor, currency=found.currency)
    _enough(free, amount_minor, found.currency)
    return _propose(
        found.book, found.payer, amount_minor, found.currency, provider, reason, by, at, receipt=found
    )


@atomic
def of_note(
    *,
    note: Invoice,
    book: Book,
    amount_minor: int,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    provider: str = payouts.BANK,
    seen_minor: int | None = None,
) -> PaymentOrder:
    """
    Propose to give back what a credit note over a paid invoice left owing (2241.04); minor units.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises RefundInvalid: if the amount is not positive, or there is no reason
    :raises BillNotPaid: if an acceptance bill that is not honoured pays something of the corrected invoice
    :raises LeftChanged: if something else is owed than ``seen_minor``, where that is given: sent twice
    :raises NothingToRefund: if less is owed
    :raises NoPayeeAccount: if no approved account of the payer is known
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    _check(amount_minor, reason)
    keys = [key for key in (note.pk, note.corrects_id) if key is not None]
    lock_invoices(keys=keys)
    if is_paid_by_promise(note.corrects_id):
        raise BillNotPaid
    owed = owed_for(note=note, book=book) - _waiting(Refund.objects.filter(note=note))
    look_again(left_minor=owed, seen_minor=seen_minor, currency=note.currency)
    _enough(owed, amount_minor, note.currency)
    return _propose(book, note.buyer, amount_minor, note.currency, provider, reason, by, at, note=note)


def _waiting(refunds: QuerySet[Refund]) -> int:
    proposed = refunds.filter(order__state=PaymentOrder.State.PROPOSED)
    return int(proposed.aggregate(total=Sum("order__amount_minor"))["total"] or 0)


def _check(amount_minor: int, reason: str) -> None:
    flaws = []
    if amount_minor <= 0:
        flaws.append(Flaw("/amount_minor", "not_positive", gettext_noop("Say how much goes back, above 0.")))
    if not reason.strip():
        flaws.append(Flaw("/reason", "required", gettext_noop("Say why the money goes back.")))
    if len(reason) > LONGEST_REASON:
        flaws.append(Flaw("/reason", "too_long", gettext_noop("A reason has at most 500 characters.")))
    if flaws:
        raise RefundInvalid(flaws=flaws)


def _enough(left: int, wanted: int, currency: str) -> None:
    if wanted > left:
        raise NothingToRefund(left=_shown(max(left, 0), currency), wanted=_shown(wanted, currency))


def _shown(minor: int, currency: str) -> str:
    return f"{currency} {Money(minor, currency).amount:,f}"


def _propose(
    book: Book,
    payee: Organization,
    amount_minor: int,
    currency: str,
    provider: str,
    reason: str,
    by: User,
    at: datetime,
    **of: Receipt | Invoice,
) -> PaymentOrder:
    account: PayeeAccount | None = None
    reference = ""
    if provider == payouts.BANK:
        account, reference = payouts.payee_of(owner=payee, currency=currency, provider=provider)
    order = PaymentOrder(
        kind=PaymentOrder.Kind.REFUND,
        provider=provider,
        book=book,
        payee=payee,
        payee_account=account,
        payee_reference=reference,
        amount_minor=amount_minor,
        currency=currency,
        memo=reason.strip()[:140],
    )
    orders.propose(order=order, by=by, at=at)
    Refund.objects.create(order=order, reason=reason.strip(), **of)
    return order
