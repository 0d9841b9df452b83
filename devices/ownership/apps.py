from django.apps import AppConfig


class OwnershipConfig(AppConfig):
    """Who may know and use what machines report."""

    name = "devices.ownership"
    label = "ownership"

    def ready(self) -> None:
        """Let what is not over of trade in data hinder a closing."""
        from devices.ownership.queries import own_data  # models are there from now on
        from marketplace.queries import own_data as files

        files.hinder(name="ownership", look=own_data.hindrances)
