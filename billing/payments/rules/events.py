"""Which messages of Stripe are looked at, and how a message is kept whatever is in it."""

from typing import Any

# The version of the objects that the pinned SDK reads; an endpoint is given the same one.
API_VERSION = "2026-10-28.endive"
HANDLED = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.processing",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.amount_capturable_updated",
        "charge.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "transfer.created",
        "transfer.reversed",
        "payout.created",
        "payout.paid",
        "payout.failed",
        "payout.canceled",
        "payout.reconciliation_completed",
        "topup.succeeded",
        "topup.failed",
        "v2.core.account[configuration.recipient].capability_status_updated",
    }
)
UNSTORABLE = str.maketrans({0: "�", **dict.fromkeys(range(0xD800, 0xE000), "�")})


def fault_of_version(api_version: str) -> str:
    """Return why a message is parked by its version; a thin one has none, its object is fetched."""
    if api_version in {"", API_VERSION}:
        return ""
    return f"version {api_version[:40]}, we read {API_VERSION}"


def storable(value: Any) -> Any:
    """Return a JSON value without the characters that a database refuses (NUL, half of a pair)."""
    if isinstance(value, str):
        return value.translate(UNSTORABLE)
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [storable(each) for each in value]
    return value
