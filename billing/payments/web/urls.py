"""Page addresses of payments."""

from django.urls import path

from billing.payments.web import finance, orders, pay, payees, statements

urlpatterns = [
    path("finance/", finance.today, name="finance"),
    path("finance/months/<str:month>/", finance.close, name="month-close"),
    path("finance/months/<str:month>/lock/<str:level>/", finance.lock, name="month-lock"),
    path("finance/months/<str:month>/vouchers/<str:program>/", finance.vouchers, name="month-vouchers"),
    path("invoices/<str:public_id>/pay/", pay.invoice, name="invoice-pay"),
    path("payouts/", orders.listed, name="payment-orders"),
    path("payouts/propose/", orders.propose, name="payment-orders-propose"),
    path("payouts/send/", orders.send, name="payment-orders-send"),
    path("payouts/files/<str:public_id>/", orders.file, name="order-file"),
    path("payouts/<str:public_id>/", orders.shown, name="payment-order"),
    path("payouts/<str:public_id>/act/<str:verb>/", orders.act, name="payment-order-act"),
    path("payees/", payees.listed, name="payees"),
    path("payees/<str:public_id>/act/<str:verb>/", payees.act, name="payee-act"),
    path("bank/statements/", statements.files, name="statement-files"),
    path("bank/statements/<str:public_id>/", statements.file, name="statement-file"),
    path("bank/statements/<str:public_id>/columns/", statements.columns, name="statement-file-columns"),
    path("bank/lines/", statements.lines, name="bank-lines"),
]
