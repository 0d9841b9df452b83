"""Which providers are set up, and how to reach them; the keys decide, and nothing else."""

from django.conf import settings

from billing.payments.gateway.stripe import StripeProvider
from billing.payments.rules.providers import OnlineProvider


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


def known(code: str) -> str:
    """Return the code of a provider that is set up, empty for another one."""
    return code if code in online() else ""
