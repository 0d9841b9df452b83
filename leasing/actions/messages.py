"""Messages about a lease: its two sides write to each other."""

from datetime import datetime

from leasing.models import Lease
from marketplace.actions import messages
from marketplace.models import Message, Organization, User


def write(
    *,
    lease: Lease,
    within: Organization,
    kind: str,
    text: str,
    by: User,
    at: datetime,
    meet_at: datetime | None = None,
) -> Message:
    """
    Write to the other side of a lease; the first message begins its conversation.

    :raises MissingRight: if ``by`` may not write for ``within``
    :raises NotASide: if ``within`` is neither lessor nor lessee
    :raises MessageInvalid: with every fault at its field
    :raises TooManyMessages: if ``within`` writes faster than anybody reads
    """
    return messages.write_about(
        reference=lease.public_id,
        listing=lease.listing,
        asker=lease.lessee,
        within=within,
        kind=kind,
        text=text,
        meet_at=meet_at,
        by=by,
        at=at,
    )
