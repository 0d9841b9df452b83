from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """How money comes in, is matched, and goes out."""

    name = "billing.payments"
    label = "payments"

    def ready(self) -> None:
        """
        Let books be exported with what banks and providers say, and be checked for what payments keep; let
        owners have their share of what authorities pay.
        """
        from billing.actions import checks, subsidy_settlements
        from billing.payments.actions import releases
        from billing.payments.queries import outside, own_data
        from billing.payments.queries.checks import LOOKS
        from billing.payments.rules.checks import CHECKS
        from billing.queries import exports
        from marketplace.queries import own_data as files

        files.add(own_data.tables())
        files.hinder(name="payments", look=own_data.hindrances)
        checks.look_too(checks=CHECKS, looks=LOOKS)
        for told in (outside.by_banks, outside.by_providers):
            if told not in exports.outside:
                exports.outside.append(told)
        if releases.follow_keys not in subsidy_settlements.paid_too:
            subsidy_settlements.paid_too.append(releases.follow_keys)
