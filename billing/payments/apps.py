from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """How money comes in, is matched, and goes out."""

    name = "billing.payments"
    label = "payments"

    def ready(self) -> None:
        from billing.actions import checks
        from billing.payments.queries.checks import LOOKS
        from billing.payments.rules.checks import CHECKS

        checks.look_too(checks=CHECKS, looks=LOOKS)
