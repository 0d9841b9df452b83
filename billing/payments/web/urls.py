"""Page addresses of payments."""

from django.urls import path

from billing.payments.web import exceptions, matching, orders, pay, payees

urlpatterns = [
    path("invoices/<str:public_id>/pay/", pay.invoice, name="invoice-pay"),
    path("payouts/", orders.listed, name="payment-orders"),
    path("payouts/propose/", orders.propose, name="payment-orders-propose"),
    path("payouts/send/", orders.send, name="payment-orders-send"),
    path("payouts/files/<str:public_id>/", orders.file, name="order-file"),
    path("payouts/<str:public_id>/", orders.shown, name="payment-order"),
    path("payouts/<str:public_id>/act/<str:verb>/", orders.act, name="payment-order-act"),
    path("matching/", matching.board, name="match-board"),
    path("matching/run/", matching.start, name="match-start"),
    path("matching/lines/<str:public_id>/allocate/", matching.allocate, name="match-allocate"),
    path("matching/suggestions/<str:public_id>/<str:verb>/", matching.decide, name="match-suggestion"),
    path("matching/allocations/<str:public_id>/undo/", matching.undo, name="match-undo"),
    path("matching/exceptions/", exceptions.listed, name="recon-exceptions"),
    path("matching/exceptions/<str:public_id>/<str:verb>/", exceptions.act, name="recon-exception-act"),
    path("payees/", payees.listed, name="payees"),
    path("payees/<str:public_id>/act/<str:verb>/", payees.act, name="payee-act"),
]
