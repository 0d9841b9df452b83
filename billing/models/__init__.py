"""Facts of billing: usage windows, invoices, numbers."""

from billing.models.acceptances import Acceptance
from billing.models.checkpoints import Checkpoint
from billing.models.corrections import CorrectedDay, Correction
from billing.models.disputes import LineDispute
from billing.models.inspections import Inspection
from billing.models.invoices import Invoice, InvoiceLine, InvoiceLineUsage
from billing.models.numbers import BillingMark, NumberSequence
from billing.models.plans import MeteringPlan
from billing.models.reviews import ReviewDecision, ReviewItem
from billing.models.windows import UsageWindow, Watermark, WindowSet

__all__ = [
    "Acceptance",
    "BillingMark",
    "Checkpoint",
    "CorrectedDay",
    "Correction",
    "Inspection",
    "Invoice",
    "InvoiceLine",
    "InvoiceLineUsage",
    "LineDispute",
    "MeteringPlan",
    "NumberSequence",
    "ReviewDecision",
    "ReviewItem",
    "UsageWindow",
    "Watermark",
    "WindowSet",
]
