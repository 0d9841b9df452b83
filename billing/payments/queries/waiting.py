"""What waits to be looked at again."""

from datetime import datetime, timedelta

from billing.payments.models import Operation, ProviderEvent, Settlement
from billing.payments.rules.operations import CLOSED

OVERLAP = timedelta(days=14)
AT_ONCE = 500


def events() -> list[tuple[str, str]]:
    """Return (provider, id) of messages that were not looked at, or wait for what they belong to."""
    states = (ProviderEvent.State.RECEIVED, ProviderEvent.State.PARKED)
    rows = ProviderEvent.objects.filter(state__in=states).order_by("pk")
    return list(rows.values_list("provider", "event_id")[:AT_ONCE])


def operations() -> list[str]:
    """Return the public ids of operations that the provider did not answer for good."""
    rows = Operation.objects.exclude(state__in=[state.value for state in CLOSED]).order_by("pk")
    return list(rows.values_list("public_id", flat=True)[:AT_ONCE])


def since(provider: str) -> datetime | None:
    """Return from when on payouts are asked for: two weeks before the last one; all, if none is known."""
    last = Settlement.objects.filter(provider=provider).order_by("-created_at").first()
    return last.created_at - OVERLAP if last else None
