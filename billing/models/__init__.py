"""Facts of billing: usage windows, invoices, numbers."""

from billing.models.acceptances import Acceptance
from billing.models.awards import AwardTax
from billing.models.checkpoints import Checkpoint
from billing.models.corrections import CorrectedDay, Correction
from billing.models.disputes import LineDispute
from billing.models.inspections import Inspection
from billing.models.invoices import Invoice, InvoiceLine, InvoiceLineFact, InvoiceLineUsage
from billing.models.numbers import BillingMark, NumberSequence
from billing.models.plans import MeteringPlan
from billing.models.reviews import ReviewDecision, ReviewItem
from billing.models.tax_invoices import TaxDocument, TaxInvoice
from billing.models.windows import UsageWindow, Watermark, WindowSet

__all__ = [
    "Acceptance",
    "AwardTax",
    "BillingMark",
    "Checkpoint",
    "CorrectedDay",
    "Correction",
    "Inspection",
    "Invoice",
    "InvoiceLine",
    "InvoiceLineFact",
    "InvoiceLineUsage",
    "LineDispute",
    "MeteringPlan",
    "NumberSequence",
    "ReviewDecision",
    "ReviewItem",
    "TaxDocument",
    "TaxInvoice",
    "UsageWindow",
    "Watermark",
    "WindowSet",
]
