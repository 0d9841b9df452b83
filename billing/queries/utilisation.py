"""What became of the time of an owner's machines: on offer, leased, run; week by week or month by month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from billing.models import WindowSet
from billing.rules.utilisation import (
    NOTHING,
    PUBLISHED,
    STOPPED,
    Bucket,
    By,
    Span,
    Use,
    added,
    offered,
    use_of,
)
from leasing.models import LeaseUnit, SlotBooking
from marketplace.models import Equipment, Listing, ListingUnit, Organization
from marketplace.models.audit import AuditEntry

CREATED = "listing.create"
RUN_TIME = "run_time"  # in seconds
NAMING = ("public_id", "name", "serial_number", "created_at", "site__name")
TRUNCATED = {By.WEEK: TruncWeek, By.MONTH: TruncMonth}


@dataclass(frozen=True)
class MachineUse:
    """One machine with its use in each bucket, in their order."""

    machine: Equipment
    by_bucket: tuple[Use, ...]

    @cached_property
    def total(self) -> Use:
        """Its use in all buckets."""
        return added(self.by_bucket)


def utilisation_of(
    owner: Organization, by: By, spans: Sequence[Bucket], now: datetime, *, machine: str = ""
) -> list[MachineUse]:
    """
    Return the use of an owner's machines, by name; of one machine alone if it is named. Six queries.

    Run time is that of the usage windows of the owner's leases, as both sides know them; no telemetry is
    read, so a machine that nobody leases is not seen to run. Of a machine that is returned only what names
    it is read.
    """
    machines = Equipment.objects.filter(owner=owner).select_related("site").only(*NAMING)
    if machine:
        machines = machines.filter(public_id=machine)
    mine = list(machines.order_by("name", "pk"))
    start, end = spans[0].start, spans[-1].end
    listed, leased = _listed(owner, mine, now), _leased(owner, start, end, now)
    ran = _ran(owner, by, spans)
    return [
        MachineUse(
            one,
            tuple(
                use_of(
                    listed=listed.get(one.pk, []),
                    leased=leased.get(one.pk, []),
                    ran=ran.get((one.pk, span.first), NOTHING),
                    within=span,
                )
                for span in spans
            ),
        )
        for one in mine
    ]


def by_bucket(found: Iterable[MachineUse], count: int) -> list[Use]:
    """Add up machines, bucket by bucket."""
    machines = [one.by_bucket for one in found]
    return [added(uses[place] for uses in machines) for place in range(count)]


def _listed(owner: Organization, machines: Sequence[Equipment], now: datetime) -> dict[int, list[Span]]:
    """Return when each machine was on offer, as the audit trail of its listings has it."""
    known = Listing.objects.filter(owner=owner).values_list("public_id", "pk", "published_at")
    listings, since = {}, {}
    for public_id, pk, published_at in known:
        listings[public_id] = pk
        if published_at is not None:
            since[pk] = published_at
    words: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    held: dict[int, set[str]] = defaultdict(set)
    trail = AuditEntry.objects.filter(
        subject__in=listings, action__in=[PUBLISHED, *STOPPED, CREATED], at__lte=now
    ).order_by("at", "pk")
    for subject, action, at, facts in trail.values_list("subject", "action", "at", "facts"):
        if action == CREATED:
            held[listings[subject]] |= set(facts.get("machines", ()))
        else:
            words[listings[subject]].append((at, action))
    for pk, at in since.items():  # of before the trail
        if not any(word == PUBLISHED for _at, word in words[pk]):
            words[pk].insert(0, (at, PUBLISHED))
    return _by_machine(owner, machines, {pk: offered(said, now) for pk, said in words.items()}, held)


def _by_machine(
    owner: Organization,
    machines: Sequence[Equipment],
    spans: dict[int, list[Span]],
    held: dict[int, set[str]],
) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    units = ListingUnit.objects.filter(listing__owner=owner)
    now_in: dict[int, set[int]] = defaultdict(set)
    for listing, machine in units.values_list("listing", "equipment"):
        now_in[listing].add(machine)
    own = {one.public_id: one.pk for one in machines}
    known = {one.pk: one.created_at for one in machines}
    for listing, offers in spans.items():
        named = {own[one] for one in held[listing] if one in own}
        for machine in named | now_in[listing]:
            if machine in known:  # nothing was on offer before its owner had it here
                since = known[machine]
                found[machine] += [(max(start, since), end) for start, end in offers if end > since]
    return found


def _leased(owner: Organization, start: datetime, end: datetime, now: datetime) -> dict[int, list[Span]]:
    units = LeaseUnit.objects.filter(equipment__owner=owner, active_from__lt=end)
    units = units.exclude(active_to__lte=start)
    slots = SlotBooking.objects.filter(equipment__owner=owner, status=SlotBooking.State.DONE)
    slots = slots.filter(starts_at__lt=end, ends_at__gt=start)
    found: dict[int, list[Any]] = defaultdict(list)
    for machine, since, until in units.values_list("equipment", "active_from", "active_to"):
        found[machine].append((since, until or now))
    for machine, since, until in slots.values_list("equipment", "starts_at", "ends_at"):
        found[machine].append((since, until))
    return found


def _ran(owner: Organization, by: By, spans: Sequence[Bucket]) -> dict[tuple[int, date], timedelta]:
    sets: QuerySet[Any] = WindowSet.objects.newest().filter(
        unit__equipment__owner=owner,
        meter=RUN_TIME,
        local_day__gte=spans[0].first,
        local_day__lt=spans[-1].after,
    )
    rows = sets.order_by().values(machine=F("unit__equipment"), since=TRUNCATED[by]("local_day"))
    return {
        (row["machine"], row["since"]): _seconds(row["total"]) for row in rows.annotate(total=Sum("quantity"))
    }


def _seconds(quantity: Decimal) -> timedelta:
    return timedelta(microseconds=int(quantity * 1_000_000))
