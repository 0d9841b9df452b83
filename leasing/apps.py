from django.apps import AppConfig


class LeasingConfig(AppConfig):
    """The agreement and its life."""

    name = "leasing"

    def ready(self) -> None:
        """Say on the page of a listing what its owner is known for."""
        from leasing.web import ratings  # models are there from now on
        from marketplace.web import added

        added.show_too(name="ratings", part=ratings.of_listing)
