from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, what was paid, and whether it agrees."""

    name = "billing"
