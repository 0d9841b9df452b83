from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Who trades, what is offered, when it is free."""

    name = "marketplace"

    def ready(self) -> None:
        """Say who does the long work of this room."""
        from marketplace.actions import announcement_telling, background_jobs, imports, own_data

        background_jobs.register(name=imports.NAME, kind=imports.KIND)
        for name, kind in (own_data.KINDS | announcement_telling.KINDS).items():
            background_jobs.register(name=name, kind=kind)
