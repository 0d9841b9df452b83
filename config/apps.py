from django.apps import AppConfig


class JijianConfig(AppConfig):
    """The outside of the house: settings, glue, templates, the demonstration."""

    name = "config"

    def ready(self) -> None:
        """Make the Celery application the current one in every process."""
        from config import celery  # noqa: F401
