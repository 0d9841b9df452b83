"""What came in for a payment request pays the invoices that it names, as far as they are open."""

from datetime import datetime

from billing.payments.actions import allocations, provider_findings
from billing.payments.actions.allocations import Wanted
from billing.payments.models import Allocation, PaymentRequest, Receipt, ReconException
from billing.payments.queries.expected import receivables
from marketplace.models import User

PASS = "P1"  # noqa: S105 (a pass of the matcher: our own reference)


def settle(*, request: PaymentRequest, receipt: Receipt, by: User, at: datetime) -> list[Allocation]:
    """
    Allocate a receipt to the invoices of its request; what is paid otherwise meanwhile stays with the payer.

    The caller has made the receipt in this transaction; asking for the right is its part. An invoice in
    another currency than the receipt is left to a person.
    """
    items = {item.invoice_id: item.amount_minor for item in request.items.all()}
    invoices = allocations.lock_invoices(keys=list(items))
    opened = receivables(receipt.book, list(invoices))
    left, wanted = receipt.left_minor, []
    for key, invoice in sorted(invoices.items()):
        is_open = sum(minor for minor in opened.get(key, {}).values() if minor > 0)
        minor = min(items[key], is_open, left)
        if minor > 0 and invoice.currency == receipt.currency:
            left -= minor
            why = {"match_pass": PASS, "score": 1, "reasons": []}
            wanted.append(Wanted(key, minor, why=why))
    made = allocations.carry_out(receipt=receipt, wanted=wanted, by=by, at=at) if wanted else []
    if left and items:
        _tell(receipt, left, at)
    return made


def _tell(receipt: Receipt, left: int, at: datetime) -> None:
    """Tell people that more was paid than is open: paid twice, mostly."""
    provider_findings.raise_one(
        book=receipt.book,
        reason=ReconException.Reason.POSSIBLE_DUPLICATE_PAYMENT,
        reference=receipt.public_id,
        amount_minor=left,
        currency=receipt.currency,
        at=at,
    )
