"""The conversation about a lease: its two sides write to each other."""

from datetime import datetime

from leasing.models import Lease
from marketplace.actions import messages
from marketplace.models import Conversation, Organization, User


def begin(*, lease: Lease, within: Organization, by: User, at: datetime) -> Conversation:
    """
    Return the conversation about a lease, which begins with the first who wants to write in it.

    :raises MissingRight: if ``by`` may not write for ``within``
    :raises NotASide: if ``within`` is neither lessor nor lessee
    """
    return messages.begin(
        reference=lease.public_id, listing=lease.listing, asker=lease.lessee, within=within, by=by, at=at
    )
