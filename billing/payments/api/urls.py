"""REST addresses of payments, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from billing.payments.api.account_statements import (
    AccountStatement,
    AccountStatementPdf,
    PayoutStatement,
    PayoutStatementPdf,
)
from billing.payments.api.bills import AcceptanceBillViewSet
from billing.payments.api.chains import InvoiceChain
from billing.payments.api.made import PaymentMadeViewSet
from billing.payments.api.matching import (
    AllocationViewSet,
    MatchRun,
    PayerAccountViewSet,
    ReceiptViewSet,
    ReconExceptionViewSet,
    SuggestionViewSet,
)
from billing.payments.api.movements import ClassificationViewSet, MovementViewSet
from billing.payments.api.orders import (
    BankAccountViewSet,
    InvoicePayment,
    OrderFileViewSet,
    PayeeAccountViewSet,
    PaymentOrderViewSet,
)
from billing.payments.api.played import PlayedLineView
from billing.payments.api.rebookings import RebookingViewSet
from billing.payments.api.statements import BankLineViewSet, BankStatementViewSet, StatementFileViewSet
from billing.payments.api.take_backs import TakeBackViewSet

router = SimpleRouter()
router.register("acceptance-bills", AcceptanceBillViewSet, "api-acceptance-bill")
router.register("suggestions", SuggestionViewSet, "api-suggestion")
router.register("recon-exceptions", ReconExceptionViewSet, "api-recon-exception")
router.register("receipts", ReceiptViewSet, "api-receipt")
router.register("allocations", AllocationViewSet, "api-allocation")
router.register("payments-made", PaymentMadeViewSet, "api-payment-made")
router.register("payer-accounts", PayerAccountViewSet, "api-payer-account")
router.register("matching", MatchRun, "api-matching")
router.register("payment-orders", PaymentOrderViewSet, "api-payment-order")
router.register(r"payment-orders/(?P<public_id>[^/.]+)/take-backs", TakeBackViewSet, "api-take-back")
router.register("order-files", OrderFileViewSet, "api-order-file")
router.register("payee-accounts", PayeeAccountViewSet, "api-payee-account")
router.register("bank-accounts", BankAccountViewSet, "api-bank-account")
router.register("statement-files", StatementFileViewSet, "api-statement-file")
router.register("bank-statements", BankStatementViewSet, "api-bank-statement")
router.register("bank-lines", BankLineViewSet, "api-bank-line")
router.register(r"bank-lines/(?P<public_id>[^/.]+)/rebookings", RebookingViewSet, "api-rebooking")
router.register("movements", MovementViewSet, "api-movement")
router.register(r"movements/(?P<key>[^/]+)/classifications", ClassificationViewSet, "api-classification")

urlpatterns = [
    path("", include(router.urls)),
    path("test/bank-lines/", PlayedLineView.as_view(), name="api-test-bank-lines"),
    path("account-statement/", AccountStatement.as_view(), name="api-account-statement"),
    path("account-statement/pdf/", AccountStatementPdf.as_view(), name="api-account-statement-pdf"),
    path(
        "payment-orders/<str:public_id>/statement/",
        PayoutStatement.as_view(),
        name="api-payout-statement",
    ),
    path(
        "payment-orders/<str:public_id>/statement/pdf/",
        PayoutStatementPdf.as_view(),
        name="api-payout-statement-pdf",
    ),
    path("invoices/<str:public_id>/payment/", InvoicePayment.as_view(), name="api-invoice-payment"),
    path("invoices/<str:public_id>/chain/", InvoiceChain.as_view(), name="api-invoice-chain"),
]
