"""How an invoice is paid by bank transfer: to which account, under which reference, and how much is open."""

from dataclasses import dataclass
from typing import Any

from billing.models import Book, Invoice
from billing.payments.models import BankAccount, SubAccount
from billing.queries.open_amounts import with_open
from billing.rules import accounts as chart
from billing.rules.references import grouped, reference_of
from marketplace.shared.money import Money

PLATFORM = "P"


@dataclass(frozen=True)
class Slip:
    """What a payer copies into a transfer; ``account`` is ``None`` while the platform named none."""

    invoice: Invoice
    account: BankAccount | None
    number: str
    reference: str
    billed: Money
    open: Money

    @property
    def favour(self) -> Money:
        """What is the payer's, 0 or more: the notes gave more than was left to pay."""
        return -self.open if self.open.minor < 0 else Money.zero(self.open.currency)

    @property
    def grouped(self) -> str:
        """The reference in groups, as people read it out."""
        return grouped(self.reference)


def slip_of(invoice: Invoice) -> Slip:
    """
    Return how an issued invoice is paid, its notes set off: what is open of all its versions together.
    """
    series = Invoice.objects.issued().filter(**invoice.series) if not invoice.is_interest else None
    documents = with_open(Invoice.objects.filter(pk=invoice.pk) if series is None else series.of_periods())
    rows: list[Any] = list(documents)
    account, number = _account_of(invoice)
    return Slip(
        invoice=invoice,
        account=account,
        number=number,
        reference=reference_of(invoice.pk),
        billed=Money(sum(row.gross_minor for row in rows), invoice.currency),
        open=Money(sum(row.open_minor for row in rows), invoice.currency),
    )


def _account_of(invoice: Invoice) -> tuple[BankAccount | None, str]:
    """Return the account to pay to: the sub-unit of the lease, or the account of client money."""
    of_lease = SubAccount.objects.filter(lease=invoice.lease_id, bank_account__currency=invoice.currency)
    sub = of_lease.select_related("bank_account").first() if invoice.lease_id else None
    if sub is not None and sub.bank_account.is_open:
        return sub.bank_account, sub.number
    book = Book.objects.filter(code=PLATFORM).first()
    found = BankAccount.objects.filter(
        book=book, ledger_code=chart.CLIENT_MONEY, currency=invoice.currency, is_open=True
    ).first()
    return found, found.number if found else ""
