from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Who trades, what is offered, when it is free."""

    name = "marketplace"
