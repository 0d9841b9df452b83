"""Page addresses of payments."""

from django.urls import path

from billing.payments.web import orders, pay, payees

urlpatterns = [
    path("invoices/<str:public_id>/pay/", pay.invoice, name="invoice-pay"),
    path("payouts/", orders.listed, name="payment-orders"),
    path("payouts/propose/", orders.propose, name="payment-orders-propose"),
    path("payouts/send/", orders.send, name="payment-orders-send"),
    path("payouts/files/<str:public_id>/", orders.file, name="order-file"),
    path("payouts/<str:public_id>/", orders.shown, name="payment-order"),
    path("payouts/<str:public_id>/act/<str:verb>/", orders.act, name="payment-order-act"),
    path("payees/", payees.listed, name="payees"),
    path("payees/<str:public_id>/act/<str:verb>/", payees.act, name="payee-act"),
]
