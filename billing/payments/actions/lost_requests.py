"""Requests for money that the provider may have opened though its answer was lost: found by what they say."""

from datetime import datetime, timedelta

from billing.payments.models import PaymentRequest
from billing.payments.rules.providers import OnlineProvider, Outcome
from marketplace.gateway.transactions import atomic

# Who asked waits no longer for an answer then; what was sent may still arrive until the second.
ANSWERED_WITHIN = timedelta(minutes=10)
ARRIVES_WITHIN = timedelta(hours=24)
CLOCKS = timedelta(hours=1)  # by how much the clocks of both sides may differ


def close(*, provider: OnlineProvider, at: datetime) -> int:
    """
    Close the requests whose opening was never answered, and return how many were; the clock does it.

    Nobody was led to such a request, so nobody pays it knowingly. One that was paid nevertheless is noted
    with its name at the provider, and what it brought is booked as ever. What is not found a day after is
    closed: it never arrived. Without an answer it stays for the next time.

    :raises ProviderSilent: if the provider does not answer when it is looked for
    """
    waiting = PaymentRequest.objects.filter(provider=provider.code, provider_reference="", is_cancelled=False)
    rows = waiting.filter(made_at__lte=at - ANSWERED_WITHIN).order_by("pk")
    return sum(_close(row, provider, at) for row in rows)


def _close(request: PaymentRequest, provider: OnlineProvider, at: datetime) -> bool:
    found = provider.find_request(request.public_id, request.made_at - CLOCKS)
    if found is None:
        return at >= request.made_at + ARRIVES_WITHIN and _noted(request, "", is_cancelled=True)
    result = provider.cancel_request(str(found["id"]), f"cancel:{request.public_id}")
    if result.outcome is Outcome.UNKNOWN:
        return False
    return _noted(request, str(found["id"]), is_cancelled=result.outcome is Outcome.DONE)


@atomic
def _noted(request: PaymentRequest, reference: str, *, is_cancelled: bool) -> bool:
    """Write down what was found, unless the provider's answer came after all; tell whether it is closed."""
    rows = PaymentRequest.objects.filter(pk=request.pk, provider_reference="", is_cancelled=False)
    return bool(rows.update(provider_reference=reference, is_cancelled=is_cancelled)) and is_cancelled
