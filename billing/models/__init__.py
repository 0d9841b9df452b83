"""Facts of billing: usage windows, invoices, numbers, and the books."""

from billing.models.acceptances import Acceptance
from billing.models.awards import AwardTax
from billing.models.booking_terms import BookingTerms
from billing.models.budgets import Budget, BudgetCrossing
from billing.models.checkpoints import Checkpoint
from billing.models.checks import CheckFinding, CheckResult, CheckRun
from billing.models.corrections import CorrectedDay, Correction
from billing.models.disputes import LineDispute
from billing.models.dunning import DunningHold, DunningItem, DunningLetter, DunningPolicy, PaymentPromise
from billing.models.fund_claims import FundClaim, FundClaimStep, FundTransfer
from billing.models.funds import Fund, FundContribution, FundMembership, FundRules
from billing.models.indicators import IndicatorBaseline
from billing.models.inspections import Inspection
from billing.models.invoices import Invoice, InvoiceLine, InvoiceLineFact, InvoiceLineUsage
from billing.models.late_interest import InterestClaim, InterestWaiver, LateTerms
from billing.models.ledger import Account, AccountBalance, Book, Journal, JournalLine, Seal
from billing.models.loan_products import LoanLicence, LoanProduct
from billing.models.loans import LoanApplication, LoanInstalment, LoanOffer, LoanPayment, LoanStep
from billing.models.looks import BillingFailure, FactsLook
from billing.models.mediations import LineMediation, MediationStep
from billing.models.numbers import BillingMark, NumberSequence
from billing.models.overdue import OverdueTelling
from billing.models.periods import PeriodLock, PeriodUnlock
from billing.models.plans import MeteringPlan
from billing.models.provisional import BillObjection, BillTelling
from billing.models.red_letters import RedLetter, RedLetterMove, TaxInvoiceUse
from billing.models.reviews import ReviewDecision, ReviewItem
from billing.models.runs import BillingMode, InvoiceRun, RunItem, RunPart
from billing.models.subsidies import (
    SubsidyAdmission,
    SubsidyBudget,
    SubsidyGrant,
    SubsidyProgramme,
    SubsidyRules,
)
from billing.models.subsidy_settlements import SubsidyItem, SubsidySettlement, SubsidyStep
from billing.models.synthetic import SyntheticContract
from billing.models.tapes import Tape
from billing.models.tax_invoices import TaxDocument, TaxInvoice
from billing.models.windows import UsageWindow, Watermark, WindowSet

__all__ = [
    "Acceptance",
    "Account",
    "AccountBalance",
    "AwardTax",
    "BillObjection",
    "BillTelling",
    "BillingFailure",
    "BillingMark",
    "BillingMode",
    "Book",
    "BookingTerms",
    "Budget",
    "BudgetCrossing",
    "CheckFinding",
    "CheckResult",
    "CheckRun",
    "Checkpoint",
    "CorrectedDay",
    "Correction",
    "DunningHold",
    "DunningItem",
    "DunningLetter",
    "DunningPolicy",
    "FactsLook",
    "Fund",
    "FundClaim",
    "FundClaimStep",
    "FundContribution",
    "FundMembership",
    "FundRules",
    "FundTransfer",
    "IndicatorBaseline",
    "Inspection",
    "InterestClaim",
    "InterestWaiver",
    "Invoice",
    "InvoiceLine",
    "InvoiceLineFact",
    "InvoiceLineUsage",
    "InvoiceRun",
    "Journal",
    "JournalLine",
    "LateTerms",
    "LineDispute",
    "LineMediation",
    "LoanApplication",
    "LoanInstalment",
    "LoanLicence",
    "LoanOffer",
    "LoanPayment",
    "LoanProduct",
    "LoanStep",
    "MediationStep",
    "MeteringPlan",
    "NumberSequence",
    "OverdueTelling",
    "PaymentPromise",
    "PeriodLock",
    "PeriodUnlock",
    "RedLetter",
    "RedLetterMove",
    "ReviewDecision",
    "ReviewItem",
    "RunItem",
    "RunPart",
    "Seal",
    "SubsidyAdmission",
    "SubsidyBudget",
    "SubsidyGrant",
    "SubsidyItem",
    "SubsidyProgramme",
    "SubsidyRules",
    "SubsidySettlement",
    "SubsidyStep",
    "SyntheticContract",
    "Tape",
    "TaxDocument",
    "TaxInvoice",
    "TaxInvoiceUse",
    "UsageWindow",
    "Watermark",
    "WindowSet",
]
