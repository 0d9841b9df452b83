from django.apps import AppConfig


class LeasingConfig(AppConfig):
    """The agreement and its life."""

    name = "leasing"

    def ready(self) -> None:
        """Say on the page of a listing what its owner is known for, and let it be searched by that."""
        from leasing.queries import own_data  # models are there from now on
        from leasing.queries.lessees import machines_let_to
        from leasing.queries.owner_records import finished_leases
        from leasing.web import ratings
        from marketplace.actions import owner_records
        from marketplace.queries import equipment_documents
        from marketplace.queries import own_data as files
        from marketplace.web import added

        added.show_too(name="ratings", part=ratings.of_listing)
        equipment_documents.told_by(name="leasing", machines=machines_let_to)
        files.add(own_data.tables())
        files.hinder(name="leasing", look=own_data.hindrances)
        owner_records.told_by(name="leasing", finished=finished_leases)
