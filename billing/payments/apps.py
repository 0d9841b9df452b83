from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """How money comes in, is matched, and goes out."""

    name = "billing.payments"
    label = "payments"

    def ready(self) -> None:
        """Let exported books carry what banks and providers say is on their accounts."""
        from billing.payments.queries import outside
        from billing.queries import exports

        for told in (outside.by_banks, outside.by_providers):
            if told not in exports.outside:
                exports.outside.append(told)
