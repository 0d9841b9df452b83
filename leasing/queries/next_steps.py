"""What lists of leases read along, so that each can say what its reader does next."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from devices.ownership.models import Notice
from leasing.models import ConditionRecord, Lease, Rating, RatingRound, Signature
from leasing.rules.condition import Kind
from leasing.rules.day import HORIZON
from leasing.rules.leases import RUNNING, UNDER_CONTRACT, Side, Status
from leasing.rules.next_steps import Next, Stands, next_step
from marketplace.models import Equipment, Organization


def with_next(leases: "QuerySet[Lease]", organization: Organization, at: datetime) -> "QuerySet[Lease]":
    """Read with leases what :func:`next_of` needs of them, in columns of the same query."""
    signed = Signature.objects.filter(contract__lease=OuterRef("pk"), organization=organization)
    newest = Notice.objects.filter(reference=OuterRef("public_id")).order_by("-number")
    rounds = RatingRound.objects.filter(lease=OuterRef("pk"), published_at=None, closes_at__gt=at)
    rated = Rating.objects.filter(round__lease=OuterRef("pk"), rated_by=organization)
    return leases.annotate(
        step_signed=Exists(signed),
        step_notice=Subquery(newest.values("acceptance__pk")[:1]),
        step_record=Subquery(_records(organization).values("public_id")[:1]),
        step_rates=Exists(rounds) & ~Exists(rated),
    )


def next_of(lease: Any, organization: Organization, at: datetime) -> Next:
    """Return what an organization does next with a lease that was read :func:`with_next`."""
    if organization.pk not in (lease.lessor_id, lease.lessee_id):
        return Next.NOTHING
    stands = Stands(
        signed=lease.step_signed,
        notice_accepted=lease.step_notice is not None,
        record_waits=lease.step_record is not None,
        ends_soon=lease.ends_at <= at + HORIZON,
        may_rate=lease.step_rates,
    )
    side = Side.LESSOR if lease.lessor_id == organization.pk else Side.LESSEE
    return next_step(Status(lease.status), side, stands)


def sides_of(organization: Organization) -> tuple[bool, bool]:
    """Tell whether an organization has machines or leases out, and whether it leases in. One query."""
    leases = Lease.objects.order_by()
    owns = Exists(Equipment.objects.filter(owner=OuterRef("pk"))) | Exists(
        leases.filter(lessor=OuterRef("pk"))
    )
    found = Organization.objects.filter(pk=organization.pk).annotate(
        owns=owns, leases_in=Exists(leases.filter(lessee=OuterRef("pk")))
    )
    return found.values_list("owns", "leases_in").get()


def running_in(organization: Organization, at: datetime, most: int) -> list[Lease]:
    """Return what an organization leases in and runs now, what ends first first. One query."""
    found = Lease.objects.filter(lessee=organization, status__in=sorted(RUNNING)).select_related("lessor")
    return list(with_next(found, organization, at).order_by("ends_at", "pk")[:most])


def _records(organization: Organization) -> "QuerySet[ConditionRecord]":
    """Keep the records of the other side of a lease that nobody answered; of a hand-over until it begins."""
    theirs = Q(side=Side.LESSOR, lease__lessee=organization)
    theirs |= Q(side=Side.LESSEE, lease__lessor=organization)
    newer = ConditionRecord.objects.filter(
        unit=OuterRef("unit"), kind=OuterRef("kind"), number__gt=OuterRef("number")
    )
    begun = Q(kind=Kind.HANDOVER) & ~Q(
        unit__active_from=None, lease__status__in=sorted(RUNNING | UNDER_CONTRACT)
    )
    found = ConditionRecord.objects.filter(theirs, lease=OuterRef("pk"), answer=None)
    return found.exclude(begun).exclude(Exists(newer)).order_by("answer_until", "pk")
