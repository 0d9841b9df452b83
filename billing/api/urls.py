"""REST addresses of billing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from billing.api.acceptances import LeaseAcceptances
from billing.api.award_taxes import LeaseAwardTaxes
from billing.api.book_periods import BookLocks, BookUnlockApprove, BookUnlockDrop, BookUnlocks
from billing.api.books import BookAccount, BookDeposits, BookList, BookReceivables, BookTrialBalance, BookVat
from billing.api.budgets import BudgetViewSet
from billing.api.checks import CheckFindingViewSet, CheckList
from billing.api.commission import LeaseCommission
from billing.api.console import IncomeView, Utilisation
from billing.api.corrections import CorrectionApprove, LeaseCorrections, LeaseStatement, LeaseStatementPdf
from billing.api.dunning import DunningHoldViewSet, DunningLetterViewSet, DunningPolicyViewSet, OverdueList
from billing.api.funds import FundClaimViewSet, FundContributionViewSet, FundTransferViewSet, FundViewSet
from billing.api.indicators import (
    IndicatorBaselineViewSet,
    IndicatorCsv,
    IndicatorDetail,
    IndicatorList,
    IndicatorRows,
    IndicatorXlsx,
)
from billing.api.inspections import LeaseInspections
from billing.api.invoices import InvoiceViewSet
from billing.api.late_interest import LateTermsViewSet
from billing.api.loan_products import LoanLicenceViewSet, LoanProductViewSet
from billing.api.loans import LeaseLoanData, LoanViewSet
from billing.api.mediations import MediationViewSet
from billing.api.provisional import LeaseBill, LeaseObjections, ObjectionAnswer, ObjectionWithdraw
from billing.api.reviews import LeaseReviews, ReviewDecide
from billing.api.rules import LogRulesView
from billing.api.runs import BillingModeView, InvoiceRunViewSet, RunItemViewSet
from billing.api.subsidies import (
    SubsidyAdmissionViewSet,
    SubsidyGrantViewSet,
    SubsidyProgrammeViewSet,
    SubsidySettlementViewSet,
)
from billing.api.tapes import BookTape, BookTapeCsv, BookTapes
from billing.api.usage import LeaseUsage
from billing.api.what_if import LeaseWhatIf

router = SimpleRouter()
router.register("invoices", InvoiceViewSet, "api-invoice")
router.register("mediations", MediationViewSet, "api-mediation")
router.register("budgets", BudgetViewSet, "api-budget")
router.register("check-findings", CheckFindingViewSet, "api-check-finding")
router.register("loan-licences", LoanLicenceViewSet, "api-loan-licence")
router.register("loan-products", LoanProductViewSet, "api-loan-product")
router.register("loans", LoanViewSet, "api-loan")
router.register("late-terms", LateTermsViewSet, "api-late-terms")
router.register("dunning-policies", DunningPolicyViewSet, "api-dunning-policy")
router.register("dunning-letters", DunningLetterViewSet, "api-dunning-letter")
router.register("dunning-holds", DunningHoldViewSet, "api-dunning-hold")
router.register("funds", FundViewSet, "api-fund")
router.register("fund-contributions", FundContributionViewSet, "api-fund-contribution")
router.register("fund-claims", FundClaimViewSet, "api-fund-claim")
router.register("fund-transfers", FundTransferViewSet, "api-fund-transfer")
router.register("subsidy-programmes", SubsidyProgrammeViewSet, "api-subsidy-programme")
router.register("subsidy-admissions", SubsidyAdmissionViewSet, "api-subsidy-admission")
router.register("subsidy-grants", SubsidyGrantViewSet, "api-subsidy-grant")
router.register("subsidy-settlements", SubsidySettlementViewSet, "api-subsidy-settlement")
router.register("indicator-baselines", IndicatorBaselineViewSet, "api-indicator-baseline")
router.register("invoice-runs", InvoiceRunViewSet, "api-invoice-run")
router.register(r"invoice-runs/(?P<public_id>[^/.]+)/items", RunItemViewSet, "api-invoice-run-item")

urlpatterns = [
    path("utilisation/", Utilisation.as_view(), name="api-utilisation"),
    path("income/", IncomeView.as_view(), name="api-income"),
    path("", include(router.urls)),
    path("overdue/", OverdueList.as_view(), name="api-overdue"),
    path("checks/", CheckList.as_view(), name="api-check-list"),
    path("indicators/", IndicatorList.as_view(), name="api-indicator-list"),
    path("indicators/csv/", IndicatorCsv.as_view(), name="api-indicator-csv"),
    path("indicators/xlsx/", IndicatorXlsx.as_view(), name="api-indicator-xlsx"),
    path("indicators/<str:code>/", IndicatorDetail.as_view(), name="api-indicator-detail"),
    path("indicators/<str:code>/rows/", IndicatorRows.as_view(), name="api-indicator-rows"),
    path("books/", BookList.as_view(), name="api-book-list"),
    path("books/<str:code>/trial-balance/", BookTrialBalance.as_view(), name="api-book-trial-balance"),
    path(
        "books/<str:code>/accounts/<str:account>/<str:currency>/",
        BookAccount.as_view(),
        name="api-book-account",
    ),
    path("books/<str:code>/receivables/", BookReceivables.as_view(), name="api-book-receivables"),
    path("books/<str:code>/deposits/", BookDeposits.as_view(), name="api-book-deposits"),
    path("books/<str:code>/vat/", BookVat.as_view(), name="api-book-vat"),
    path("books/<str:code>/tapes/", BookTapes.as_view(), name="api-book-tapes"),
    path("books/<str:code>/tapes/<str:item>/", BookTape.as_view(), name="api-book-tape"),
    path("books/<str:code>/tapes/<str:item>/csv/", BookTapeCsv.as_view(), name="api-book-tape-csv"),
    path("books/<str:code>/locks/", BookLocks.as_view(), name="api-book-locks"),
    path("books/<str:code>/unlocks/", BookUnlocks.as_view(), name="api-book-unlocks"),
    path(
        "books/<str:code>/unlocks/<str:item>/approve/",
        BookUnlockApprove.as_view(),
        name="api-book-unlock-approve",
    ),
    path("books/<str:code>/unlocks/<str:item>/drop/", BookUnlockDrop.as_view(), name="api-book-unlock-drop"),
    path("billing-mode/", BillingModeView.as_view(), name="api-billing-mode"),
    path("log/rules/", LogRulesView.as_view(), name="api-log-rules"),
    path("leases/<str:public_id>/commission/", LeaseCommission.as_view(), name="api-lease-commission"),
    path("leases/<str:public_id>/usage/", LeaseUsage.as_view(), name="api-lease-usage"),
    path("leases/<str:public_id>/provisional-bill/", LeaseBill.as_view(), name="api-lease-bill"),
    path("leases/<str:public_id>/objections/", LeaseObjections.as_view(), name="api-lease-objections"),
    path(
        "leases/<str:public_id>/objections/<str:item>/answer/",
        ObjectionAnswer.as_view(),
        name="api-objection-answer",
    ),
    path(
        "leases/<str:public_id>/objections/<str:item>/withdraw/",
        ObjectionWithdraw.as_view(),
        name="api-objection-withdraw",
    ),
    path("leases/<str:public_id>/corrections/", LeaseCorrections.as_view(), name="api-lease-corrections"),
    path(
        "leases/<str:public_id>/corrections/<str:item>/approve/",
        CorrectionApprove.as_view(),
        name="api-correction-approve",
    ),
    path("leases/<str:public_id>/statement/", LeaseStatement.as_view(), name="api-lease-statement"),
    path(
        "leases/<str:public_id>/statement/pdf/", LeaseStatementPdf.as_view(), name="api-lease-statement-pdf"
    ),
    path("leases/<str:public_id>/award-taxes/", LeaseAwardTaxes.as_view(), name="api-lease-award-taxes"),
    path("leases/<str:public_id>/what-if/", LeaseWhatIf.as_view(), name="api-lease-what-if"),
    path("leases/<str:public_id>/loan-data/", LeaseLoanData.as_view(), name="api-lease-loan-data"),
    path("leases/<str:public_id>/inspections/", LeaseInspections.as_view(), name="api-lease-inspections"),
    path("leases/<str:public_id>/meter-tests/", LeaseAcceptances.as_view(), name="api-lease-acceptances"),
    path("leases/<str:public_id>/reviews/", LeaseReviews.as_view(), name="api-lease-reviews"),
    path(
        "leases/<str:public_id>/reviews/<str:item>/decide/", ReviewDecide.as_view(), name="api-review-decide"
    ),
]
