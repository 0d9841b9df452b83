from django.apps import AppConfig


class OwnershipConfig(AppConfig):
    """Who may know and use what machines report."""

    name = "devices.ownership"
    label = "ownership"

    def ready(self) -> None:
        """Let what is not over of trade in data hinder a closing; say an offer's data terms on its page."""
        from devices.ownership.queries import own_data  # models are there from now on
        from devices.ownership.web import listing_terms
        from marketplace.queries import own_data as files
        from marketplace.web import added

        added.show_too(name="data_terms", part=listing_terms.of_listing)

        files.hinder(name="ownership", look=own_data.hindrances)
