"""REST addresses of billing, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from billing.api.acceptances import LeaseAcceptances
from billing.api.inspections import LeaseInspections
from billing.api.invoices import InvoiceViewSet
from billing.api.reviews import LeaseReviews, ReviewDecide
from billing.api.rules import LogRulesView
from billing.api.usage import LeaseUsage
from billing.api.what_if import LeaseWhatIf

router = SimpleRouter()
router.register("invoices", InvoiceViewSet, "api-invoice")

urlpatterns = [
    path("", include(router.urls)),
    path("log/rules/", LogRulesView.as_view(), name="api-log-rules"),
    path("leases/<str:public_id>/usage/", LeaseUsage.as_view(), name="api-lease-usage"),
    path("leases/<str:public_id>/what-if/", LeaseWhatIf.as_view(), name="api-lease-what-if"),
    path("leases/<str:public_id>/inspections/", LeaseInspections.as_view(), name="api-lease-inspections"),
    path("leases/<str:public_id>/meter-tests/", LeaseAcceptances.as_view(), name="api-lease-acceptances"),
    path("leases/<str:public_id>/reviews/", LeaseReviews.as_view(), name="api-lease-reviews"),
    path(
        "leases/<str:public_id>/reviews/<str:item>/decide/", ReviewDecide.as_view(), name="api-review-decide"
    ),
]
