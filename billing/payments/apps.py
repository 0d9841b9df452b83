from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """How money comes in, is matched, and goes out."""

    name = "billing.payments"
    label = "payments"
