"""Facts of billing: usage windows, invoices, numbers, and the books."""

from billing.models.acceptances import Acceptance
from billing.models.booking_terms import BookingTerms
from billing.models.checkpoints import Checkpoint
from billing.models.inspections import Inspection
from billing.models.invoices import Invoice, InvoiceLine, InvoiceLineUsage
from billing.models.ledger import Account, AccountBalance, Book, Journal, JournalLine, Seal
from billing.models.numbers import BillingMark, NumberSequence
from billing.models.periods import PeriodLock, PeriodUnlock
from billing.models.plans import MeteringPlan
from billing.models.reviews import ReviewDecision, ReviewItem
from billing.models.windows import UsageWindow, Watermark, WindowSet

__all__ = [
    "Acceptance",
    "Account",
    "AccountBalance",
    "BillingMark",
    "Book",
    "BookingTerms",
    "Checkpoint",
    "Inspection",
    "Invoice",
    "InvoiceLine",
    "InvoiceLineUsage",
    "Journal",
    "JournalLine",
    "MeteringPlan",
    "NumberSequence",
    "PeriodLock",
    "PeriodUnlock",
    "ReviewDecision",
    "ReviewItem",
    "Seal",
    "UsageWindow",
    "Watermark",
    "WindowSet",
]
