"""What waits for a decision of the platform between the two sides of a lease."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Max, OuterRef, Q, Subquery

from leasing.models import DamageClaim, Lease, ReferralWord, Settlement, Ticket
from leasing.rules import referrals, tickets
from leasing.rules.leases import SETTLED
from marketplace.models.parties import OrganizationKind

BEFORE_IT = (tickets.Move.CONTEST, tickets.Move.LAPSE)


class Kind(StrEnum):
    """What is to be decided."""

    RETURN = "RETURN"
    DAMAGE = "DAMAGE"
    SETTLEMENT = "SETTLEMENT"
    STANDSTILL = "STANDSTILL"


@dataclass(frozen=True)
class Waiting:
    """One thing that waits since a moment; ``name`` is its public id."""

    kind: Kind
    lease: Lease
    name: str
    machine: str
    since: datetime


def waiting_for_platform() -> list[Waiting]:
    """
    Return what the platform was asked to decide, or decides because the two do not agree; the oldest first.

    What it cannot decide because it is a side itself, or because the lease is settled, is not there.
    """
    found = [*_returns(), *_damage(), *_settlements(), *_standstills()]
    return sorted(found, key=lambda one: (one.since, one.name))


def _between(path: str = "lease") -> Q:
    """Keep what belongs to a lease that is not settled, between two that are not the platform."""
    platform = OrganizationKind.PLATFORM
    sides = Q(**{f"{path}__lessor__kind": platform}) | Q(**{f"{path}__lessee__kind": platform})
    return ~sides & ~Q(**{f"{path}__status__in": sorted(SETTLED)})


def _returns() -> list[Waiting]:
    """Return the objected returns whose last word is the question of a side."""
    last = ReferralWord.objects.filter(record=OuterRef("record")).order_by("-position").values("pk")[:1]
    asked = ReferralWord.objects.filter(_between("record__lease"), pk=Subquery(last), act=referrals.Act.REFER)
    asked = asked.select_related("record__unit__equipment", "record__lease__lessor", "record__lease__lessee")
    return [
        Waiting(
            Kind.RETURN,
            one.record.lease,
            one.record.public_id,
            one.record.unit.equipment.name,
            one.at,
        )
        for one in asked
    ]


def _damage() -> list[Waiting]:
    found = DamageClaim.objects.filter(_between()).open().exclude(referred_at=None).with_sides()
    return [
        Waiting(Kind.DAMAGE, one.lease, one.public_id, one.unit.equipment.name, one.referred_at)
        for one in found
        if one.referred_at is not None
    ]


def _settlements() -> list[Waiting]:
    found = Settlement.objects.filter(_between()).open().exclude(referred_at=None)
    return [
        Waiting(Kind.SETTLEMENT, one.lease, one.public_id, one.lease.terms["listing_title"], one.referred_at)
        for one in found.select_related("lease__lessor", "lease__lessee")
        if one.referred_at is not None
    ]


def _standstills() -> list[Waiting]:
    """Return the standstills that are contested; nobody asks, the platform decides."""
    found = Ticket.objects.filter(_between(), attribution=tickets.Attribution.CONTESTED).with_sides()
    found = found.annotate(contested_at=Max("steps__occurred_at", filter=Q(steps__move__in=BEFORE_IT)))
    return [
        Waiting(
            Kind.STANDSTILL,
            one.lease,
            one.public_id,
            one.unit.equipment.name,
            one.contested_at or one.reported_at,
        )
        for one in found
    ]
