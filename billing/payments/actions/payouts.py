"""Owners are paid what was collected for them: line by line of their accounts, in one order each."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models import AccountBalance, Book
from billing.models.loan_products import local_day
from billing.payments.actions import orders
from billing.payments.models import PayeeAccount, PaymentOrder, PayoutItem, ProviderAccount
from billing.payments.queries import payable
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.posting import Head
from marketplace.actions import admission
from marketplace.actions.admission import NotVerified
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import NotPossible

BANK, STRIPE = "bank_transfer", "stripe"


class NoPayeeAccount(NotPossible):
    """Nobody knows where the owner is to be paid."""

    code = "no_payee_account"
    text = gettext_noop(
        "{owner} has no account to be paid to. Ask them to name one; somebody of the platform approves it."
    )


class NothingPayable(NotPossible):
    """Nothing was collected that is not paid or under way."""

    code = "nothing_payable"
    text = gettext_noop("Nothing is to be paid to {owner}: what was collected is paid or under way.")


@atomic
def propose(
    *,
    book: Book,
    owner: Organization,
    within: Organization,
    by: User,
    at: datetime,
    currency: str = "CNY",
    provider: str = BANK,
    through: date | None = None,
    fewest_minor: int = 1,
) -> PaymentOrder:
    """
    Propose to pay an owner all that was collected for it and no other standing payout pays.

    What it is for is each line of its account 2241.01: releases of invoices, less levies, reversals and what
    else came off; what the owner owes (1221.01) is set off first. Two who propose at once meet at the
    account: the second finds nothing left. ``through``
    leaves out what counts later, ``fewest_minor`` is the least that is worth an order (fen).

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises NotVerified: if the owner signed up itself, or failed its regular check, and is not verified
    :raises NothingPayable: if there is less
    :raises NoPayeeAccount: if no approved account of the owner is known, or its provider's is not ready
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    admission.require_verified(organization=owner)
    held = payable.lock_accounts(book, [owner])
    _set_off(book, owner, currency, held, by, at)
    found = [
        one for one in payable.payables(book, owners=[owner], through=through) if one.currency == currency
    ]
    if not found or found[0].amount_minor < fewest_minor:
        raise NothingPayable(owner=owner.name)
    account, reference = payee_of(owner=owner, currency=currency, provider=provider)
    order = PaymentOrder(
        kind=PaymentOrder.Kind.PAYOUT,
        provider=provider,
        book=book,
        payee=owner,
        payee_account=account,
        payee_reference=reference,
        amount_minor=found[0].amount_minor,
        currency=currency,
    )
    orders.propose(order=order, by=by, at=at)
    PayoutItem.objects.bulk_create(PayoutItem(order=order, line=line) for line in found[0].lines)
    return order


def propose_all(
    *, book: Book, within: Organization, by: User, at: datetime, through: date | None = None
) -> tuple[list[PaymentOrder], list[Organization]]:
    """
    Propose a payout to each owner for whom something was collected; each is an action of its own.

    Return the orders, and the owners who named no account or are not verified.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    made: list[PaymentOrder] = []
    nowhere: list[Organization] = []
    for one in payable.payable_sums(book, through=through):
        try:
            made.append(
                propose(
                    book=book,
                    owner=one.owner,
                    currency=one.amount.currency,
                    within=within,
                    by=by,
                    at=at,
                    through=through,
                )
            )
        except (NoPayeeAccount, NotVerified):
            nowhere.append(one.owner)
        except NothingPayable:
            continue  # somebody proposed it meanwhile
    return made, nowhere


def _set_off(
    book: Book, owner: Organization, currency: str, held: Sequence[AccountBalance], by: User, at: datetime
) -> None:
    """Set what an owner owes off against what is collected for it, as far as that goes, under the lock."""
    debt = payable.debt_of(book, owner, currency)
    there = sum(one.balance_minor for one in held if one.account.currency == currency)
    waiting = payable.ordered_of(book, owner, currency)
    minor = min(debt, there - waiting)
    if minor <= 0:
        return
    about = Dims(party=owner.public_id, owner=owner.public_id)
    number = payable.set_offs_of(book, owner)
    head = Head(
        book=book.code,
        key=f"set_off:{owner.public_id}:{number + 1}",
        on=local_day(at),
        currency=currency,
        source_type="set_off",
        source_id=owner.public_id,
    )
    entry = posting.move(Event.OWNER_SET_OFF, head, minor, debit=about, credit=about)
    journals.write(entries=[entry], at=at, by=by)


def payee_of(*, owner: Organization, currency: str, provider: str) -> tuple[PayeeAccount | None, str]:
    """
    Return where an organization is paid: its approved account, or its reference at a provider.

    :raises NoPayeeAccount: if there is none that may be used
    """
    if provider == BANK:
        known = PayeeAccount.objects.filter(
            organization=owner, currency=currency, stage=PayeeAccount.Stage.APPROVED
        ).first()
        if known is None:
            raise NoPayeeAccount(owner=owner.name)
        return known, ""
    ready = ProviderAccount.objects.filter(
        organization=owner, provider=provider, state=ProviderAccount.State.ACTIVE
    ).first()
    if ready is None:
        raise NoPayeeAccount(owner=owner.name)
    return None, ready.reference


def lines_of(*, order: PaymentOrder) -> Sequence[PayoutItem]:
    """Return what a payout pays, with the journal and invoice behind each line."""
    found = order.payout_items.select_related("line__journal", "line__invoice", "line__lease")
    return list(found.order_by("line"))
