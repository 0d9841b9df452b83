"""REST addresses of payments, below /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from billing.payments.api.statements import BankLineViewSet, BankStatementViewSet, StatementFileViewSet

router = SimpleRouter()
router.register("statement-files", StatementFileViewSet, "api-statement-file")
router.register("bank-statements", BankStatementViewSet, "api-bank-statement")
router.register("bank-lines", BankLineViewSet, "api-bank-line")

urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
