from django.apps import AppConfig


class OwnershipConfig(AppConfig):
    """Who may know and use what machines report."""

    name = "devices.ownership"
    label = "ownership"
