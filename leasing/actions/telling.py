"""Tell the sides of a lease what happened to it, in the transaction in which it happens."""

from collections.abc import Mapping
from datetime import datetime

from leasing.models import Lease
from leasing.rules.leases import Move
from marketplace.actions.notifications import notify
from marketplace.models import Notification, Organization
from marketplace.rules.notifications import Kind

# Every move has its sentence; one that is new in the table does not start without.
KINDS: Mapping[Move, Kind] = {move: Kind(f"lease_{move}") for move in Move}
PLATFORM = "计件 Jijian"


def of_step(*, lease: Lease, move: Move, within: Organization | None, at: datetime) -> list[Notification]:
    """Tell the side that did not make the move; both, if the clock made it, which acts for nobody."""
    others = [one for one in (lease.lessor, lease.lessee) if within is None or one.pk != within.pk]
    facts = {
        "who": within.name if within else PLATFORM,
        "lease": lease.number,
        "machine": str(lease.terms["listing_title"]),
    }
    return notify(kind=KINDS[move], to=others, facts=facts, at=at, link=f"/leases/{lease.public_id}/")
