"""The day of an organization: what waits for it on either side of its leases."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from devices.ownership.models import Notice
from leasing.models import (
    Annex,
    AtRisk,
    ConditionRecord,
    Deposit,
    DepositOrder,
    Lease,
    MaintenanceTicket,
    Overdue,
    Signature,
    Ticket,
    Transition,
)
from leasing.rules import maintenance, tickets
from leasing.rules.condition import Kind
from leasing.rules.day import HORIZON, SHOWN, Group, Lack, lacks
from leasing.rules.leases import OVER, RUNNING, UNDER_CONTRACT, Move, Side, Status
from marketplace.models import Organization

TO_REPAIR = [
    tickets.Status.OPEN,
    tickets.Status.ACKNOWLEDGED,
    tickets.Status.IN_WORK,
    tickets.Status.REOPENED,
]


@dataclass(frozen=True)
class Entry:
    """
    One thing that waits: ``subject`` of ``lease``, at ``when`` if it has a time; ``total`` are all of its
    group, of which ``SHOWN`` are fetched.
    """

    group: Group
    side: Side
    lease: Lease
    subject: Model
    when: datetime | None
    total: int
    lacks: tuple[Lack, ...] = ()


def day_of(organization: Organization, at: datetime) -> dict[tuple[Side, Group], list[Entry]]:
    """Return what waits for an organization, by side and group, in order of time; eight queries."""
    found: dict[tuple[Side, Group], list[Entry]] = {}
    for entry in _entries(organization, at):
        found.setdefault((entry.side, entry.group), []).append(entry)
    return found


def _entries(organization: Organization, at: datetime) -> Iterator[Entry]:
    yield from _leases(organization, at)
    yield from _late(organization)
    yield from _at_risk(organization)
    yield from _records(organization)
    yield from _tickets(organization)
    yield from _deposits(organization)
    yield from _changes(organization, at)
    yield from _maintenance(organization)


def _leases(organization: Organization, at: datetime) -> Iterator[Entry]:
    """Yield what is to be decided or signed, what is handed over soon, and what ends soon."""
    soon, ours = at + HORIZON, Q(lessor=organization)
    signed = Exists(Signature.objects.filter(contract__lease=OuterRef("pk"), organization=organization))
    decide = ours & Q(status__in=[Status.REQUESTED, Status.COUNTERED, Status.ACCEPTED])
    answer = Q(lessee=organization, status=Status.QUOTED)
    found = _mine(Lease.objects.all(), organization, "").annotate(
        day_group=Case(
            When(decide | answer, then=Value(Group.DECIDE.value)),
            When(Q(status=Status.APPROVED) & ~signed, then=Value(Group.DECIDE.value)),
            When(status=Status.CONTRACTED, starts_at__lte=soon, then=Value(Group.BEGINNING.value)),
            When(status__in=sorted(RUNNING), ends_at__lte=soon, then=Value(Group.ENDING.value)),
            output_field=CharField(),
        ),
        day_when=Case(
            When(status__in=sorted(RUNNING), then=F("ends_at")),
            default=Coalesce("quote_ends_at", "starts_at"),
        ),
        deposit_held=Exists(Deposit.objects.filter(lease=OuterRef("pk"))),
        notice_accepted=_notice_accepted(),
        last_plan=_last_plan(),
    )
    rows = _first(found.exclude(day_group=None).select_related("lessor", "lessee"), ("day_group",))
    for one in rows:
        missing = _lacks(one) if one.day_group == Group.BEGINNING else ()
        side = _side(one, organization)
        yield Entry(Group(one.day_group), side, one, one, one.day_when, one.day_total, missing)


def _notice_accepted() -> Subquery:
    newest = Notice.objects.filter(reference=OuterRef("public_id")).order_by("-number")
    return Subquery(newest.values("acceptance__pk")[:1])


def _last_plan() -> Subquery:
    plans = Transition.objects.filter(lease=OuterRef("pk"), move=Move.PLAN).order_by("-position")
    return Subquery(plans.values("facts")[:1])


def _lacks(lease: Any) -> tuple[Lack, ...]:
    return lacks(
        deposit_due=lease.terms["deposit_minor"],
        deposit_held=lease.deposit_held,
        notice_accepted=lease.notice_accepted is not None,
        plan=lease.last_plan,
    )


def _late(organization: Organization) -> Iterator[Entry]:
    found = _mine(Overdue.objects.open(), organization, "unit__lease__").annotate(day_when=F("since"))
    rows = found.select_related("unit__equipment", "unit__lease__lessor", "unit__lease__lessee")
    yield from _made(Group.LATE, rows, organization, lambda one: one.unit.lease)


def _at_risk(organization: Organization) -> Iterator[Entry]:
    risky = AtRisk.objects.open().values("claim__reference")
    found = _mine(Lease.objects.filter(public_id__in=risky), organization, "")
    rows = found.annotate(day_when=F("starts_at")).select_related("lessor", "lessee")
    yield from _made(Group.AT_RISK, rows, organization, lambda one: one)


def _records(organization: Organization) -> Iterator[Entry]:
    """Yield the newest records of the other side that wait for a word; one of a hand-over until it begins."""
    theirs = Q(side=Side.LESSOR, lease__lessee=organization)
    theirs |= Q(side=Side.LESSEE, lease__lessor=organization)
    newer = ConditionRecord.objects.filter(
        unit=OuterRef("unit"), kind=OuterRef("kind"), number__gt=OuterRef("number")
    )
    begun = Q(kind=Kind.HANDOVER) & ~Q(
        unit__active_from=None, lease__status__in=sorted(RUNNING | UNDER_CONTRACT)
    )
    found = ConditionRecord.objects.filter(theirs, answer=None).exclude(begun).exclude(Exists(newer))
    ours = _mine(found.annotate(day_when=F("answer_until")), organization, "lease__")
    rows = ours.select_related("unit__equipment", "lease__lessor", "lease__lessee")
    yield from _made(Group.RECORDS, rows, organization, lambda one: one.lease)


def _tickets(organization: Organization) -> Iterator[Entry]:
    """Yield what the lessor repairs, what the lessee confirms, and who bears it where this side answers."""
    repair = Q(lease__lessor=organization, status__in=TO_REPAIR)
    confirm = Q(lease__lessee=organization, status=tickets.Status.SOLVED)
    answer = Q(attribution=tickets.Attribution.PROPOSED) & ~Q(proposed_by=organization)
    found = _mine(Ticket.objects.filter(repair | confirm | answer), organization, "lease__")
    rows = found.annotate(day_when=F("reported_at"))
    rows = rows.select_related("unit__equipment", "lease__lessor", "lease__lessee")
    yield from _made(Group.TICKETS, rows, organization, lambda one: one.lease)


def _deposits(organization: Organization) -> Iterator[Entry]:
    """Yield what the lessor still holds of leases that are over, and orders that wait for a second person."""
    ordered = Exists(DepositOrder.objects.filter(deposit=OuterRef("pk"), stage=DepositOrder.Stage.OPEN))
    over = Q(lease__status__in=sorted(OVER), held_minor__gt=0)
    found = Deposit.objects.annotate(is_ordered=ordered).filter(over | Q(is_ordered=True))
    ours = _mine(found.filter(lease__lessor=organization), organization, "lease__")
    rows = ours.annotate(day_when=F("lease__ends_at")).select_related("lease__lessor", "lease__lessee")
    yield from _made(Group.DEPOSITS, rows, organization, lambda one: one.lease)


def _changes(organization: Organization, at: datetime) -> Iterator[Entry]:
    """Yield the changes of leases that the other side proposes, until they lapse."""
    theirs = Q(side=Side.LESSOR, lease__lessee=organization)
    theirs |= Q(side=Side.LESSEE, lease__lessor=organization)
    found = Annex.objects.open().filter(theirs, valid_until__gt=at, lease__status__in=sorted(RUNNING))
    ours = _mine(found.annotate(day_when=F("valid_until")), organization, "lease__")
    rows = ours.select_related("lease__lessor", "lease__lessee")
    yield from _made(Group.CHANGES, rows, organization, lambda one: one.lease)


def _maintenance(organization: Organization) -> Iterator[Entry]:
    """Yield the times within leases that the other side proposes; what the clock proposes is the owner's."""
    lessee = Q(lease__lessee=organization) & (Q(proposed_by=None) | ~Q(proposed_by=organization))
    owner = Q(equipment__owner=organization, lease__lessor=organization, proposed_by=F("lease__lessee"))
    found = MaintenanceTicket.objects.filter(lessee | owner, status=maintenance.Status.PROPOSED)
    ours = _mine(found.annotate(day_when=F("starts_at")), organization, "lease__")
    rows = ours.select_related("rule", "equipment", "lease__lessor", "lease__lessee")
    yield from _made(Group.MAINTENANCE, rows, organization, lambda one: one.lease)


def _mine(found: QuerySet[Any], organization: Organization, to_lease: str) -> QuerySet[Any]:
    """Keep what belongs to leases of an organization, and say on which side it stands."""
    ours = Q(**{f"{to_lease}lessor": organization})
    theirs = Q(**{f"{to_lease}lessee": organization})
    side = Case(When(ours, then=Value(Side.LESSOR.value)), default=Value(Side.LESSEE.value))
    return found.filter(ours | theirs).annotate(day_side=side)


def _first(found: QuerySet[Any], heap: tuple[str, ...] = ()) -> QuerySet[Any]:
    """Keep the first of each heap and side, each with how many there are."""
    heaps = [F(name) for name in ("day_side", *heap)]
    counted = found.annotate(
        day_total=Window(Count("pk"), partition_by=heaps),
        day_place=Window(RowNumber(), partition_by=heaps, order_by=[F("day_when").asc(), F("pk").asc()]),
    )
    return counted.filter(day_place__lte=SHOWN).order_by("day_when", "pk")


def _made(group: Group, rows: Iterable[Any], organization: Organization, lease_of: Any) -> Iterator[Entry]:
    for one in _first(rows):  # type: ignore[arg-type]
        lease = lease_of(one)
        yield Entry(group, _side(lease, organization), lease, one, one.day_when, one.day_total)


def _side(lease: Lease, organization: Organization) -> Side:
    return Side.LESSOR if lease.lessor_id == organization.pk else Side.LESSEE
