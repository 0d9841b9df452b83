from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """What machines report."""

    name = "devices"
