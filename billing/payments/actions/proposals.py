"""What all proposals have in common: why, and who decided. Those who call ask for rights, and lock."""

from datetime import datetime

from billing.payments.models.proposals import Proposal
from marketplace.models import User
from marketplace.shared.errors import Flaw

LONGEST_REASON = 500


def flaws_of_reason(*, reason: str, said: str) -> list[Flaw]:
    """Return the flaw of a reason that is missing, too long, or no text, in the words ``said``."""
    if 0 < len(reason.strip()) <= LONGEST_REASON and "\x00" not in reason:
        return []
    return [Flaw("/reason", "required", said)]


def decide(*, proposal: Proposal, state: str, by: User, at: datetime) -> None:
    """Write down who decided a proposal, with what it led to."""
    proposal.state = state  # type: ignore[attr-defined]
    proposal.checker, proposal.checker_name, proposal.checked_at = by.public_id, by.name, at
    proposal.save()
