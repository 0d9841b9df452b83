"""Page addresses of billing."""

from django.urls import path

from billing.web import acceptances, invoices, readings, reviews, statements, usage

urlpatterns = [
    path("leases/<str:public_id>/usage/", usage.usage, name="usage"),
    path("leases/<str:public_id>/usage/summary/", usage.summary, name="lease-usage-summary"),
    path("leases/<str:public_id>/statement/", statements.statement, name="lease-statement"),
    path("leases/<str:public_id>/meter-tests/", acceptances.acceptances, name="acceptances"),
    path("leases/<str:public_id>/meter-tests/record/", acceptances.record, name="acceptance-record"),
    path("leases/<str:public_id>/reviews/", reviews.reviews, name="reviews"),
    path("leases/<str:public_id>/reviews/inspection/", reviews.inspection, name="inspection-report"),
    path("leases/<str:public_id>/reviews/<str:item>/decide/", reviews.decide, name="review-decide"),
    path("devices/<str:public_id>/held/", reviews.of_device, name="device-reviews"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<str:public_id>/", invoices.invoice, name="invoice"),
    path("invoices/<str:public_id>/evidence/", invoices.evidence, name="invoice-evidence"),
    path("invoices/<str:public_id>/lines/<int:position>/", invoices.line, name="invoice-line"),
    path(
        "invoices/<str:public_id>/lines/<int:position>/readings/<int:window>/",
        readings.readings,
        name="invoice-readings",
    ),
]
