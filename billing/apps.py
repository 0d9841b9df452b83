from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, what was paid, and whether it agrees."""

    name = "billing"

    def ready(self) -> None:
        from billing.queries import is_all_billed, own_data
        from leasing.actions import closing
        from marketplace.queries import own_data as files

        closing.ask_too(name="billing", check=is_all_billed)
        files.add(own_data.tables())
        files.hinder(name="billing", look=own_data.hindrances)
