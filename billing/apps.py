from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed, what was paid, and whether it agrees."""

    name = "billing"

    def ready(self) -> None:
        from billing.queries import is_all_billed, own_data
        from billing.queries.mediations import line_cases, lines_to_mediate
        from leasing.actions import closing
        from leasing.queries import mediation, open_cases
        from marketplace.queries import own_data as files

        closing.ask_too(name="billing", check=is_all_billed)
        mediation.wait_too(kind=mediation.Kind.LINE, beside=lines_to_mediate())
        open_cases.add(name="billing", cases=line_cases)
        files.add(own_data.tables())
        files.hinder(name="billing", look=own_data.hindrances)
