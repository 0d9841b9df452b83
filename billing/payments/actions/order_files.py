"""Approved orders become a file for the bank: somebody who proposed none of them releases it."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.models.loan_products import local_day
from billing.payments.actions import orders
from billing.payments.gateway.bank import METHOD as BANK
from billing.payments.gateway.bank import BankTransfer
from billing.payments.models import BankAccount, OrderFile, PaymentOrder
from billing.payments.rules import order_files
from billing.payments.rules.order_files import Debtor, Transfer
from billing.payments.rules.providers import Outcome
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Invalid


class PaymentFileInvalid(Invalid):
    """These orders do not go into one file."""

    code = "payment_file_invalid"
    text = gettext_noop(
        "A file carries approved bank orders of one book in the currency of the account. Choose others."
    )


@atomic
def make(
    *,
    bank_account: BankAccount,
    chosen: Sequence[PaymentOrder],
    format: str,
    within: Organization,
    by: User,
    at: datetime,
    pay_on: date | None = None,
) -> OrderFile:
    """
    Write approved orders into a file for the bank, and note them as sent; the file is kept as it is.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises PaymentFileInvalid: if there is none, or one is no bank order of this book and currency
    :raises SecondPersonMissing: if ``by`` proposed one of them
    :raises OrderNotPossible: if one is not approved, or was sent
    """
    orders.in_book(book=bank_account.book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    mine = PaymentOrder.objects.filter(pk__in=[order.pk for order in chosen]).locked()
    found = list(mine.select_related("payee_account", "payee"))
    if not found or format not in OrderFile.Format.values or not bank_account.is_open:
        raise PaymentFileInvalid
    if any(not _fits(order, bank_account) for order in found):
        raise PaymentFileInvalid
    made = OrderFile(
        bank_account=bank_account,
        format=format,
        total_minor=sum(order.amount_minor for order in found),
        currency=bank_account.currency,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    made.content = _written(made, found, pay_on or local_day(at))
    made.sha256 = hashlib.sha256(made.content).hexdigest()
    made.save(force_insert=True)
    orders.sent(orders=found, within=within, by=by, at=at, file=made)
    audit.record(
        by=by,
        action="order_file.make",
        subject=made.public_id,
        at=at,
        within=within,
        orders=[order.public_id for order in found],
        total_minor=made.total_minor,
        sha256=made.sha256,
    )
    return made


def _fits(order: PaymentOrder, account: BankAccount) -> bool:
    of_bank = order.provider == BANK and order.payee_account is not None
    return of_bank and order.book_id == account.book_id and order.currency == account.currency


def _written(made: OrderFile, found: Sequence[PaymentOrder], pay_on: date) -> bytes:
    account = made.bank_account
    debtor = Debtor(account.holder, account.number, account.bank_code)
    bank = BankTransfer(account)
    transfers = [_transfer(order, bank) for order in found]
    if made.format == OrderFile.Format.TABLE:
        return order_files.table(debtor, transfers)
    message = made.public_id.removeprefix("pof_")
    return order_files.pain001(message, debtor, transfers, made_at=made.made_at, pay_on=pay_on)


def _transfer(order: PaymentOrder, bank: BankTransfer) -> Transfer:
    payee = order.payee_account
    assert payee is not None, "looked at before"
    said = bank.pay_out(payee.public_id, order.amount_minor, order.currency, order.reference, order.public_id)
    if said.outcome is Outcome.REJECTED:
        raise PaymentFileInvalid
    return Transfer(memo=order.memo, **said.answer)
