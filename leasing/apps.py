from django.apps import AppConfig


class LeasingConfig(AppConfig):
    """The agreement and its life."""

    name = "leasing"

    def ready(self) -> None:
        from leasing.queries.owner_records import finished_leases
        from marketplace.actions import owner_records

        owner_records.told_by(name="leasing", finished=finished_leases)
