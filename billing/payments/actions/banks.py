"""Accounts of ours at banks, and the sub-units that single leases pay to."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_noop

from billing.models import Book
from billing.payments.actions.orders import in_book
from billing.payments.models import BankAccount, SubAccount
from billing.payments.models.banks import HOLDINGS
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import PLACES

LIMITS = {"holder": 120, "number": 40, "bank_name": 120}
LONGEST_CODE = 20


class BankAccountInvalid(Invalid):
    """The account cannot be opened like this; ``flaws`` say why."""

    code = "bank_account_invalid"
    text = gettext_noop("The bank account cannot be written down like this. Mend what is marked.")


@atomic
def open_account(
    *,
    book: Book,
    ledger_code: str,
    holder: str,
    number: str,
    bank_name: str,
    within: Organization,
    by: User,
    at: datetime,
    bank_code: str = "",
    currency: str = "CNY",
) -> BankAccount:
    """
    Write down an account of a book at a bank; the same account again is the same row.

    ``ledger_code`` is the account of the chart on which its money stands: 1002.01, .02, .03 or .09.

    :raises MissingRight: if ``by`` may not lock the book
    :raises BankAccountInvalid: if something is missing, unknown, or the number is another account's
    """
    in_book(book=book, within=within, permission=Permission.BOOK_LOCK, by=by)
    given = {"holder": holder.strip(), "bank_name": bank_name.strip(), "bank_code": bank_code.strip()}
    given |= {"number": "".join(number.split()).replace("-", ""), "currency": currency}
    _check(given | {"ledger_code": ledger_code})
    made, is_new = BankAccount.objects.get_or_create(
        number=given.pop("number"),
        currency=given.pop("currency"),
        defaults=given | {"book": book, "ledger_code": ledger_code, "opened_at": at},
    )
    if (made.book_id, made.ledger_code) != (book.pk, ledger_code):
        taken = gettext_noop("This number is written down for another account already.")
        raise BankAccountInvalid(flaws=[Flaw("/number", "taken", taken)])
    if is_new:
        audit.record(by=by, action="bank_account.open", subject=made.public_id, at=at, within=within)
    return made


@atomic
def open_sub_account(
    *, bank_account: BankAccount, lease: Lease, number: str, within: Organization, by: User, at: datetime
) -> SubAccount:
    """
    Give a lease a sub-unit of an account of its own (记账子单元): what arrives there is for that lease.

    The same again is the same row.

    :raises MissingRight: if ``by`` may not lock the book
    :raises BankAccountInvalid: if the number is empty or in use, or the lease has another one
    """
    in_book(book=bank_account.book, within=within, permission=Permission.BOOK_LOCK, by=by)
    plain = "".join(number.split())
    if not plain or len(plain) > 40 or not (plain.isascii() and plain.isalnum()):
        said = gettext_noop("A sub-unit has a number of digits and letters.")
        raise BankAccountInvalid(flaws=[Flaw("/number", "invalid", said)])
    Lease.objects.filter(pk=lease.pk).locked().get()
    known = SubAccount.objects.filter(lease=lease).first()
    taken = SubAccount.objects.filter(bank_account=bank_account, number=plain).exclude(lease=lease).exists()
    if taken or (known and (known.bank_account_id, known.number) != (bank_account.pk, plain)):
        said = gettext_noop("The lease or the number is bound otherwise already.")
        raise BankAccountInvalid(flaws=[Flaw("/number", "taken", said)])
    if known is not None:
        return known
    made = SubAccount.objects.create(bank_account=bank_account, lease=lease, number=plain, opened_at=at)
    audit.record(
        by=by, action="sub_account.open", subject=lease.public_id, at=at, within=within, number=plain
    )
    return made


def _check(given: Mapping[str, str]) -> None:
    flaws = [
        Flaw(f"/{name}", "required", gettext_noop("A bank account has a holder, a number and a bank."))
        for name, most in LIMITS.items()
        if not given[name] or len(given[name]) > most
    ]
    number = given["number"]
    if number and not (number.isascii() and number.isalnum()):
        flaws.append(Flaw("/number", "invalid", gettext_noop("Write the number with digits and letters.")))
    if given["ledger_code"] not in HOLDINGS:
        said = gettext_noop("The books have no such account of a bank.")
        flaws.append(Flaw("/ledger_code", "unknown", said))
    if given["currency"] not in PLACES:
        flaws.append(Flaw("/currency", "unknown", gettext_noop("This currency is not known here.")))
    if len(given["bank_code"]) > LONGEST_CODE:
        said = gettext_noop("A code of a bank has at most 20 characters.")
        flaws.append(Flaw("/bank_code", "too_long", said))
    if flaws:
        raise BankAccountInvalid(flaws=flaws)
