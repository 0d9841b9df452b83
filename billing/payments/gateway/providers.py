"""Which providers are set up, and how to reach them; the keys decide, and nothing else."""

from django.conf import settings
from django.utils.translation import gettext_noop

from billing.payments.gateway.bank import METHOD as BANK
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.rules.providers import OnlineProvider
from marketplace.shared.errors import NotPossible


class PaidByBank(NotPossible):
    """The order goes to the bank in a file, not through a provider."""

    code = "paid_by_bank"
    text = gettext_noop("Payment {order} goes to the bank in a file. Write the file on the page of payouts.")


class ProviderMissing(NotPossible):
    """The provider of the order has no key here."""

    code = "provider_missing"
    text = gettext_noop(
        "Payment {order} goes through {provider}, which is not set up here. Drop it and pay by bank."
    )


def online() -> dict[str, OnlineProvider]:
    """Return the providers that hold a balance of ours, by code; those without a key are left out."""
    if not settings.STRIPE_API_KEY:
        return {}
    found = StripeProvider(
        settings.STRIPE_API_KEY,
        secret=settings.STRIPE_WEBHOOK_SECRET,
        address=settings.STRIPE_ADDRESS,
        env=settings.STRIPE_ENVIRONMENT,
    )
    return {found.code: found}


def through(code: str, order: str) -> str:
    """
    Return the code of the provider through which an order goes.

    :raises PaidByBank: if it goes to the bank in a file
    :raises ProviderMissing: if the provider is not set up
    """
    if code in online():
        return code
    raise PaidByBank(order=order) if code == BANK else ProviderMissing(order=order, provider=code)
