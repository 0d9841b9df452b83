"""What waits for a decision of the platform between the two sides of a lease."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leasing.models import DamageClaim, Lease, ReferralWord, Settlement, Ticket, TicketStep
from leasing.models.damage import DamageClaimQuerySet
from leasing.rules import referrals, tickets
from leasing.rules.leases import SETTLED
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind

BEFORE_IT = (tickets.Move.CONTEST, tickets.Move.LAPSE)


class Kind(StrEnum):
    """What is to be decided."""

    RETURN = "RETURN"
    DAMAGE = "DAMAGE"
    SETTLEMENT = "SETTLEMENT"
    STANDSTILL = "STANDSTILL"
    LINE = "LINE"
    DISPUTE = "DISPUTE"


@dataclass(frozen=True)
class Waiting:
    """
    One thing that waits since a moment; ``name`` is its public id, ``number`` that of its lease or invoice.

    Of an invoice, seller and buyer stand for lessor and lessee, and no lease is named.
    """

    kind: Kind
    name: str
    number: str
    machine: str
    lessor: Organization
    lessee: Organization
    zone: str
    since: datetime
    lease: Lease | None = None


@dataclass(frozen=True)
class Beside:
    """What an upper room adds of a kind: rows that count, each with ``waits_since``, and the same listed."""

    rows: Callable[[], QuerySet[Any]]
    listed: Callable[[], list[Waiting]]


BESIDE: Final[dict[Kind, Beside]] = {}


def wait_too(*, kind: Kind, beside: Beside) -> None:
    """Let what an upper room puts before the platform wait here as well; it says so when it is made ready."""
    BESIDE[kind] = beside


def waiting_for_platform(kind: str = "") -> list[Waiting]:
    """
    Return what the platform was asked about, or decides because the two do not agree; the oldest first.

    What it cannot decide because it is a side itself, or because the lease is settled, is not there. With a
    ``kind`` that alone is asked for.
    """
    lists: dict[Kind, Callable[[], list[Waiting]]] = {
        Kind.RETURN: _listed_returns,
        Kind.DAMAGE: _listed_damage,
        Kind.SETTLEMENT: _listed_settlements,
        Kind.STANDSTILL: _listed_standstills,
    } | {name: one.listed for name, one in BESIDE.items()}
    found = [one for name, listed in lists.items() if not kind or name == kind for one in listed()]
    return sorted(found, key=lambda one: (one.since, one.name))


def _between(path: str = "lease") -> Q:
    """Keep what belongs to a lease that is not settled, between two that are not the platform."""
    platform = OrganizationKind.PLATFORM
    sides = Q(**{f"{path}__lessor__kind": platform}) | Q(**{f"{path}__lessee__kind": platform})
    return ~sides & ~Q(**{f"{path}__status__in": sorted(SETTLED)})


def to_decide() -> dict[Kind, QuerySet[Any]]:
    """Return the same as querysets that count, each row with ``waits_since``."""
    return {
        Kind.RETURN: _returns(),
        Kind.DAMAGE: _damage().annotate(waits_since=F("referred_at")),
        Kind.SETTLEMENT: _settlements().annotate(waits_since=F("referred_at")),
        Kind.STANDSTILL: _standstills(),
    } | {kind: one.rows() for kind, one in BESIDE.items()}


def of_lease(kind: Kind, lease: Lease, name: str, machine: str, since: datetime) -> Waiting:
    """Return what waits of a lease that was read with its sides."""
    zone = lease.terms["zone"]
    return Waiting(kind, name, lease.number, machine, lease.lessor, lease.lessee, zone, since, lease)


def _returns() -> QuerySet[ReferralWord]:
    """Return the questions of a side that are the last word on an objected return."""
    last = ReferralWord.objects.filter(record=OuterRef("record")).order_by("-position").values("pk")[:1]
    asked = ReferralWord.objects.filter(_between("record__lease"), pk=Subquery(last), act=referrals.Act.REFER)
    return asked.annotate(waits_since=F("at"))


def _damage() -> DamageClaimQuerySet:
    return DamageClaim.objects.filter(_between()).open().exclude(referred_at=None)


def _settlements() -> QuerySet[Settlement]:
    return Settlement.objects.filter(_between()).open().exclude(referred_at=None)


def _standstills() -> QuerySet[Ticket]:
    """Return the standstills that are contested; nobody asks, the platform decides."""
    found = Ticket.objects.filter(_between(), attribution=tickets.Attribution.CONTESTED)
    steps = TicketStep.objects.filter(ticket=OuterRef("pk"), move__in=BEFORE_IT).order_by("-occurred_at")
    contested = Subquery(steps.values("occurred_at")[:1])
    return found.annotate(waits_since=Coalesce(contested, F("reported_at")))


def _listed_returns() -> list[Waiting]:
    asked = _returns().select_related(
        "record__unit__equipment", "record__lease__lessor", "record__lease__lessee"
    )
    return [
        of_lease(
            Kind.RETURN,
            one.record.lease,
            one.record.public_id,
            one.record.unit.equipment.name,
            one.at,
        )
        for one in asked
    ]


def _listed_damage() -> list[Waiting]:
    return [
        of_lease(Kind.DAMAGE, one.lease, one.public_id, one.unit.equipment.name, one.referred_at)
        for one in _damage().with_sides()
        if one.referred_at is not None
    ]


def _listed_settlements() -> list[Waiting]:
    return [
        of_lease(Kind.SETTLEMENT, one.lease, one.public_id, one.lease.terms["listing_title"], one.referred_at)
        for one in _settlements().select_related("lease__lessor", "lease__lessee")
        if one.referred_at is not None
    ]


def _listed_standstills() -> list[Waiting]:
    found: Any = _standstills()
    return [
        of_lease(Kind.STANDSTILL, one.lease, one.public_id, one.unit.equipment.name, one.waits_since)
        for one in found.with_sides()
    ]
