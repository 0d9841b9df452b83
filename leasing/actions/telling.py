"""Tell the sides of a lease what happened to it, in the transaction in which it happens."""

from collections.abc import Mapping
from datetime import datetime

from leasing.models import Lease
from leasing.rules.leases import Move
from marketplace.actions.notifications import notify
from marketplace.models import Notification, Organization
from marketplace.rules.notifications import Kind

# What the actions of these moves tell says more: until when, how much, which change.
TOLD_BY_THEIR_ACTIONS = frozenset(
    {
        Move.APPROVE,
        Move.CONTRACT,
        Move.SECURE,
        Move.PLAN,
        Move.HAND_OVER,
        Move.SUSPEND,
        Move.RESUME,
        Move.CHANGE,
        Move.GIVE_NOTICE,
        Move.TERMINATE,
        Move.LOSE,
        Move.BUY_OUT,
        Move.RETURN,
        Move.REFER_RETURN,
        Move.DECIDE_RETURN,
        Move.INSPECT,
        Move.REPAIR,
        Move.READY,
        Move.CLAIM_DAMAGE,
        Move.ANSWER_DAMAGE,
        Move.DECIDE_DAMAGE,
        Move.SETTLE,
        Move.CLOSE,
    }
)
# Every other move has its sentence; one that is new in the table does not start without.
KINDS: Mapping[Move, Kind] = {
    move: Kind(f"lease_{move}") for move in Move if move not in TOLD_BY_THEIR_ACTIONS
}
PLATFORM = "计件 Jijian"


def of_step(*, lease: Lease, move: Move, within: Organization | None, at: datetime) -> list[Notification]:
    """Tell the side that did not make the move; both, if the clock made it, which acts for nobody."""
    if move in TOLD_BY_THEIR_ACTIONS:
        return []
    others = [one for one in (lease.lessor, lease.lessee) if within is None or one.pk != within.pk]
    facts = {
        "who": within.name if within else PLATFORM,
        "lease": lease.number,
        "machine": str(lease.terms["listing_title"]),
    }
    return notify(kind=KINDS[move], to=others, facts=facts, at=at, link=f"/leases/{lease.public_id}/")
