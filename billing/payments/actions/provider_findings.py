"""What does not agree about a provider: one open exception for a reason and what it is about."""

from datetime import datetime
from typing import Any

from billing.models import Book
from billing.payments.models import ReconException
from marketplace.gateway.transactions import atomic
from marketplace.models import User

ABOUT = ("movement", "settlement", "order", "reference")


@atomic
def raise_one(*, book: Book, reason: str, at: datetime, **given: Any) -> None:
    """Open an exception, unless the same one is open."""
    row = ReconException(book=book, reason=reason, opened_at=at, **given)
    ReconException.objects.bulk_create([row], ignore_conflicts=True)


@atomic
def settle(*, reason: str, resolution: str, at: datetime, by: User, **about: Any) -> int:
    """Close what is open for a reason about something, because it agrees now; return how many were."""
    rows = ReconException.objects.open().filter(reason=reason, **about)
    return rows.update(
        state=ReconException.State.RESOLVED,
        resolution=resolution[:500],
        resolved_by=by.public_id,
        resolved_by_name=by.name,
        resolved_at=at,
    )
