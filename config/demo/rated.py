"""Leases of the shop that are settled, and what their two sides said of each other, published together."""

from datetime import timedelta
from typing import Any

from config.demo.parties import People
from config.demo.shop import TITLE
from leasing.actions import ratings, settlements
from leasing.models import Lease, Rating
from leasing.rules.leases import Status

OWNER = "yuanlan"
SETTLED = timedelta(hours=30)  # after the end of use
AN_HOUR = timedelta(hours=1)
CRITERIA = ("as_agreed", "machine", "punctual", "contact")
# Of the first lease of each that is over: what the lessee says, what the owner says.
SAID = {
    "jingyi": (((5, 4, 5, 4), "尺寸稳定，交接准时。"), ((5, 5, 4, 4), "设备归还干净，付款偏慢。")),
    "xiaotiejiang": (((4, 5, 5, 5), "换型快，计数与自检一致。"), ((5, 5, 5, 5), "沟通及时，按时归还。")),
    "hengli": (((5, 5, 4, 5), "临时停工，远澜同意提前检查。"), ((5, 5, 5, 5), "")),
}


def begin(people: People) -> None:
    """Settle one lease of each lessee of the lathes, and let both sides rate; what is there stays."""
    if Rating.objects.exists():
        return
    for key, (lessee, owner) in SAID.items():
        over = Lease.objects.filter(listing__title=TITLE, status=Status.ENDED)
        lease = over.filter(lessee=people.organizations[key]).order_by("starts_at").first()
        if lease is None:  # somebody who plays with it has settled it
            continue
        _settle(people, lease, key)
        for side, (scores, text) in ((key, lessee), (OWNER, owner)):
            given: dict[str, Any] = {"scores": dict(zip(CRITERIA, scores, strict=True)), "text": text}
            ratings.rate(lease=lease, at=lease.ends_at + SETTLED + 2 * AN_HOUR, **given, **_who(people, side))


def _settle(people: People, lease: Lease, key: str) -> None:
    at = lease.ends_at + SETTLED
    made = settlements.propose(lease=lease, at=at, **_who(people, OWNER))
    settlements.agree(settlement=made, digest=made.digest, at=at + AN_HOUR, **_who(people, key))


def _who(people: People, key: str) -> dict[str, Any]:
    return {"within": people.organizations[key], "by": people.admins[key]}
