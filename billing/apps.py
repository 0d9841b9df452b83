from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, what was paid, and whether it agrees."""

    name = "billing"

    def ready(self) -> None:
        from billing.queries import is_all_billed
        from leasing.actions import closing

        closing.ask_too(name="billing", check=is_all_billed)
