from django.apps import AppConfig


class LeasingConfig(AppConfig):
    """The agreement and its life."""

    name = "leasing"
