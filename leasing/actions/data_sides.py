"""Who accepted the data terms of a lease, and who acts for the owner of its machines' data."""

from devices.ownership.rules import data_terms
from devices.ownership.rules.data_terms import Acceptance
from leasing.models import Lease, Offer
from leasing.rules.leases import Move, Side
from marketplace.actions import parties
from marketplace.models import User
from marketplace.permissions import Permission, allowed


def accepted_terms(*, lease: Lease) -> list[Acceptance]:
    """Return who accepted the data terms: who offered them last, and who accepted that offer."""
    digest = data_terms.digest(lease.agreed.data_terms)
    sides = {Side.LESSEE: ("lessee", lease.lessee), Side.LESSOR: ("owner", lease.lessor)}
    offer, step = Offer.objects.latest_for(lease), lease.transitions.get(move=Move.ACCEPT)
    said = {offer.side: (offer.made_by, offer.made_by_name, offer.made_at)}
    other = Side.LESSOR if offer.side == Side.LESSEE else Side.LESSEE
    said[other] = (step.actor, step.actor_name, step.occurred_at)
    return [
        Acceptance(party, organization.public_id, *said[side], digest)
        for side, (party, organization) in sides.items()
    ]


def for_owner(*, lease: Lease, by: User) -> User:
    """Return who acts for the owner of the data: the person, or the platform on the owner's own word."""
    if allowed(by, Permission.LEASE_OPERATE, within=lease.lessor):
        return by
    return parties.robot(name="clock")
