"""Page addresses of billing."""

from django.urls import path

from billing.web import (
    acceptances,
    books,
    disputes,
    invoices,
    official,
    readings,
    red_letters,
    reviews,
    statements,
    usage,
    what_if,
)

urlpatterns = [
    path("leases/<str:public_id>/usage/", usage.usage, name="usage"),
    path("leases/<str:public_id>/usage/summary/", usage.summary, name="lease-usage-summary"),
    path("leases/<str:public_id>/what-if/", what_if.page, name="what-if"),
    path("leases/<str:public_id>/statement/", statements.statement, name="lease-statement"),
    path("leases/<str:public_id>/meter-tests/", acceptances.acceptances, name="acceptances"),
    path("leases/<str:public_id>/meter-tests/record/", acceptances.record, name="acceptance-record"),
    path("leases/<str:public_id>/reviews/", reviews.reviews, name="reviews"),
    path("leases/<str:public_id>/reviews/inspection/", reviews.inspection, name="inspection-report"),
    path(
        "leases/<str:public_id>/reviews/corrections/<str:item>/approve/",
        reviews.approve,
        name="correction-approve",
    ),
    path("leases/<str:public_id>/reviews/<str:item>/decide/", reviews.decide, name="review-decide"),
    path("devices/<str:public_id>/held/", reviews.of_device, name="device-reviews"),
    path("books/", books.books, name="books"),
    path("books/<str:code>/", books.book, name="book"),
    path("books/<str:code>/<str:account>/<str:currency>/", books.account, name="book-account"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/red-letters/", red_letters.red_letters, name="red-letters"),
    path("invoices/<str:public_id>/", invoices.invoice, name="invoice"),
    path("invoices/<str:public_id>/evidence/", invoices.evidence, name="invoice-evidence"),
    path("invoices/<str:public_id>/official/", official.official, name="invoice-official"),
    path("invoices/<str:public_id>/official/face/", official.face, name="invoice-official-face"),
    path("invoices/<str:public_id>/official/record/", official.record, name="invoice-official-record"),
    path("invoices/<str:public_id>/official/upload/", official.upload, name="invoice-official-upload"),
    path("invoices/<str:public_id>/official/withdraw/", official.withdraw, name="invoice-official-withdraw"),
    path("invoices/<str:public_id>/official/use/", red_letters.use, name="invoice-official-use"),
    path("invoices/<str:public_id>/official/red/", red_letters.apply, name="invoice-red-apply"),
    path(
        "invoices/<str:public_id>/official/red/<str:item>/<str:act>/",
        red_letters.move,
        name="invoice-red-move",
    ),
    path("invoices/<str:public_id>/lines/<int:position>/", invoices.line, name="invoice-line"),
    path(
        "invoices/<str:public_id>/lines/<int:position>/dispute/<str:act>/",
        disputes.dispute,
        name="invoice-dispute",
    ),
    path(
        "invoices/<str:public_id>/lines/<int:position>/readings/<int:window>/",
        readings.readings,
        name="invoice-readings",
    ),
]
