"""What is open between an organization and the other side: who does the next thing, and by when."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import OuterRef, Q, Subquery

from leasing.models import DamageClaim, Lease, ReferralWord, Settlement, Ticket, TicketStep
from leasing.queries.mediation import Kind
from leasing.rules import referrals, tickets
from leasing.rules.damage import State as Claimed
from leasing.rules.leases import SETTLED
from marketplace.models import Organization, User


class Waits(StrEnum):
    """Who does the next thing; where it is ``EITHER``, whoever does not want to leave it so."""

    YOU = "YOU"
    EITHER = "EITHER"
    PLATFORM = "PLATFORM"
    OTHER = "OTHER"


@dataclass(frozen=True)
class OpenCase:
    """
    One thing on which an organization and another do not agree, or not yet.

    ``name`` is its public id, ``number`` that of its lease or invoice, ``until`` the moment by which the next
    thing is to be done, if there is one. ``may_be_mediated`` says of a disputed line whether the platform can
    still be asked.
    """

    kind: Kind
    waits: Waits
    name: str
    number: str
    machine: str
    other: str
    zone: str
    since: datetime
    until: datetime | None = None
    lease: Lease | None = None
    may_be_mediated: bool = False


Cases = Callable[[Organization, User], list[OpenCase]]
BESIDE: Final[dict[str, Cases]] = {}
FIRST: Final = list(Waits)
ASKED_ABOUT: Final = (tickets.Attribution.PROPOSED, tickets.Attribution.CONTESTED)


def add(*, name: str, cases: Cases) -> None:
    """Let an upper room add what is open there; it does so when it is made ready."""
    BESIDE[name] = cases


def open_cases(organization: Organization, user: User, kind: str = "") -> list[OpenCase]:
    """
    Return what is open between an organization and others, what waits for it first, then the oldest.

    Upper rooms add what ``user`` may read there. With a ``kind`` that alone is returned.
    """
    found = [*_returns(organization), *_damage(organization), *_settlements(organization)]
    found += _standstills(organization)
    for cases in BESIDE.values():
        found += cases(organization, user)
    kept = [one for one in found if not kind or one.kind == kind]
    return sorted(kept, key=lambda one: (FIRST.index(one.waits), one.since, one.name))


def _of(organization: Organization, path: str = "lease") -> Q:
    """Keep what belongs to a lease of an organization that is not settled."""
    side = Q(**{f"{path}__lessor": organization}) | Q(**{f"{path}__lessee": organization})
    return side & ~Q(**{f"{path}__status__in": sorted(SETTLED)})


def _case(
    organization: Organization,
    kind: Kind,
    lease: Lease,
    name: str,
    machine: str,
    since: datetime,
    waits: Waits,
    until: datetime | None = None,
) -> OpenCase:
    other = lease.lessee if lease.lessor_id == organization.pk else lease.lessor
    zone = lease.terms["zone"]
    return OpenCase(kind, waits, name, lease.number, machine, other.name, zone, since, until, lease)


def _waits_for(one: Organization, organization: Organization) -> Waits:
    return Waits.YOU if one.pk == organization.pk else Waits.OTHER


def _returns(organization: Organization) -> Iterator[OpenCase]:
    """Yield the returns of which a side asked the platform last."""
    last = ReferralWord.objects.filter(record=OuterRef("record")).order_by("-position").values("pk")[:1]
    asked = ReferralWord.objects.filter(
        _of(organization, "record__lease"), pk=Subquery(last), act=referrals.Act.REFER
    )
    for one in asked.select_related(
        "record__unit__equipment", "record__lease__lessor", "record__lease__lessee"
    ):
        record = one.record
        machine = record.unit.equipment.name
        about = (organization, Kind.RETURN, record.lease, record.public_id, machine)
        yield _case(*about, one.at, Waits.PLATFORM)


def _damage(organization: Organization) -> Iterator[OpenCase]:
    """Yield the damage claims that are neither agreed, decided nor withdrawn."""
    for one in DamageClaim.objects.filter(_of(organization)).open().with_sides():
        about = (organization, Kind.DAMAGE, one.lease, one.public_id, one.unit.equipment.name)
        if one.referred_at is not None:
            yield _case(*about, one.referred_at, Waits.PLATFORM)
        elif one.state == Claimed.CONTESTED:
            yield _case(*about, one.raised_at, Waits.EITHER)
        else:
            waits = _waits_for(one.lease.lessee, organization)
            yield _case(*about, one.raised_at, waits, one.reply_until)


def _settlements(organization: Organization) -> Iterator[OpenCase]:
    """Yield the statements that wait for an answer or for the platform."""
    found = Settlement.objects.filter(_of(organization)).open()
    for one in found.select_related("lease__lessor", "lease__lessee"):
        title = one.lease.terms["listing_title"]
        about = (organization, Kind.SETTLEMENT, one.lease, one.public_id, title)
        if one.referred_at is not None:
            yield _case(*about, one.referred_at, Waits.PLATFORM)
        else:
            yield _case(*about, one.made_at, _waits_for(one.answers, organization), one.answer_by)


def _standstills(organization: Organization) -> Iterator[OpenCase]:
    """Yield the standstills of which a side said who bears them, and the other has not agreed."""
    steps = TicketStep.objects.filter(
        ticket=OuterRef("pk"), move__in=[tickets.Move.PROPOSE, tickets.Move.CONTEST, tickets.Move.LAPSE]
    ).order_by("-occurred_at")
    asked: Any = Ticket.objects.filter(_of(organization), attribution__in=ASKED_ABOUT)
    for one in asked.annotate(said_at=Subquery(steps.values("occurred_at")[:1])).with_sides():
        about = (organization, Kind.STANDSTILL, one.lease, one.public_id, one.unit.equipment.name)
        since = one.said_at or one.reported_at
        if one.attribution == tickets.Attribution.CONTESTED:
            yield _case(*about, since, Waits.PLATFORM)
        else:
            waits = Waits.OTHER if one.proposed_by_id == organization.pk else Waits.YOU
            yield _case(*about, since, waits, one.reply_by)
