"""Rights in tables, lists and policies: what is agreed, granted and registered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value

from devices.models import Device, Holding
from devices.ownership.models import AccessEvent, Agreement, DataAsset, Grant
from devices.ownership.models.readable import Special
from devices.ownership.queries.segments import segments_of
from devices.ownership.rules import register, tables
from devices.ownership.rules.asking import question
from devices.ownership.rules.decisions import Decision, Effect, Question, decide
from devices.ownership.rules.defaults import Matrix, matrix
from devices.ownership.rules.notices import Machine, Reporter, Source
from devices.ownership.rules.odrl import expressing, granting
from devices.ownership.rules.odrl.writing import written
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Segment
from marketplace.models import Equipment, Organization
from marketplace.shared.period import Period

PURPOSES = {
    Party.OWNER: "asset_protection",
    Party.LESSEE: "operation",
    Party.PLATFORM: "metering",
}

LATELY = timedelta(days=7)  # over which a notice measures how much a device reports

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

MOST_EXPRESSED = 40  # grants in a policy, the newest: a policy has at most 500 rules

SHOWN_PARTIES = (Party.LESSEE, Party.OWNER, Party.PLATFORM, Party.MAKER, Party.SERVICE_PROVIDER)


def grants_of(organization: Organization) -> "QuerySet[Grant]":
    """Return the grants that concern an organization, newest first, with what their sentences name."""
    found = Grant.objects.visible_in(organization).order_by("-pk")
    return found.select_related("equipment__owner", "recipient", "agreement__lessee", "given_for")


@dataclass(frozen=True)
class WithdrawalEffect:
    """
    What a withdrawal takes, and what it cannot take back.

    ``reads`` is how often something was handed out by the grant, ``delivered`` how many readings and figures
    those answers held; both stay in the log, and with the recipient.
    """

    reads: int
    delivered: int


def effect_of_withdrawal(grant: Grant) -> WithdrawalEffect:
    """Return what was handed out by a grant so far."""
    rule = grant.granted.rule
    raw, figures = ([{"rule": rule, "effect": effect}] for effect in (Effect.RAW, Effect.AGGREGATE))
    made = AccessEvent.objects.decisions_made().filter(organization=grant.recipient.public_id)
    used = made.filter(Q(decisions__contains=raw) | Q(decisions__contains=figures))
    reads = list(used.values_list("public_id", flat=True))
    counts = AccessEvent.objects.filter(kind=AccessEvent.Kind.COUNT, closes__in=reads)
    delivered = counts.aggregate(total=Sum("delivered"))["total"] or 0
    return WithdrawalEffect(len(reads), delivered)


def table_of(agreement: Agreement) -> Matrix:
    """Return the table of rights over what is generated under an agreement now; read it ``with_terms``."""
    return tables.in_force(agreement.agreed) or matrix()


def who_may(
    table: Matrix | None = None, *, suspended: bool = False, competitor: bool = False
) -> list[dict[str, Any]]:
    """Return a table of rights: a row per category, an answer per party, as decided at the door."""
    table = table or matrix()
    told = partial(_answers, table=table, suspended=suspended, competitor=competitor)
    return [
        {"category": category, "grade": row.grade, "answers": told(category)}
        for category, row in table.categories.items()
        if category != "derived_benchmarks"
    ]


@dataclass(frozen=True)
class Seen:
    """The rights of a moment that an organization may see: how long they hold, and who the sides are."""

    rights: list[register.Right]
    begins: datetime | None = None
    ends: datetime | None = None
    agreement: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    may_read: bool = False  # whether the organization may read anything of that moment now


def assets_known_to(
    organization: Organization, *, at: datetime, purpose: str | None = None
) -> "QuerySet[DataAsset]":
    """Return the assets that an organization may know of, and whether it may read what is generated now."""
    special = Special.of(organization, at)
    known = DataAsset.objects.known_to(organization, at=at, special=special)
    told = known.with_readable(organization, at=at, purpose=purpose, special=special)
    return told.select_related("device__owner", "channel").prefetch_related("derived_from")


def asset_known_to(organization: Organization, public_id: str, at: datetime) -> DataAsset | None:
    """
    Return one asset if an organization may know of it; a side needs no look at grants and own terms.

    ``is_side`` says whether it owns, leases or leased what the asset is of, or is the platform.
    """
    last = _leases(organization, OuterRef("device"), at).values("period")[:1]
    sides = DataAsset.objects.of_sides(organization, at=at).annotate(own_lease=Subquery(last))
    sides = sides.annotate(is_side=Value(True))
    found = sides.select_related("device__owner", "channel").filter(public_id=public_id).first()
    if found is not None:
        return found
    others = assets_known_to(organization, at=at).prefetch_related(None).filter(public_id=public_id).first()
    if others is not None:
        others.own_lease, others.is_side = None, False  # type: ignore[attr-defined]
    return others


def rights_over(asset: DataAsset, at: datetime, now: datetime) -> tuple[Segment, list[register.Right]]:
    """
    Return every right over what is generated at ``at``, as it is ``now``, and the stretch in which it holds.

    Grants that have begun or will begin are among them, each with its time.
    """
    pieces = segments_of(asset.device, Period(min(at, BEGINNING), None))
    segment = next(one for one in pieces if one.period.contains(at))
    asked = replace(question(segment, asset.subject, party=Party.STRANGER, at=now), generated=at)
    return segment, register.rights(asked, _got(asset, segment, at))


def _got(asset: DataAsset, segment: Segment, at: datetime) -> list[register.Got]:
    """Return the grants over what a series says at a moment."""
    lending, owner, lessee, above = segment.lending, segment.owner, segment.lessee, segment.above
    device = asset.device
    about = Q(equipment__bindings__device=device, equipment__bindings__period__contains=at)
    about &= Q(agreement__public_id=lending.id) if lending else Q(agreement=None)
    given = Grant.objects.given().filter(about, generated__contains=at).select_related("recipient")
    return [
        register.Got(
            party_of(to.public_id, to.kind, owner=owner, lessee=lessee, above=above),
            to.public_id,
            one.granted,
        )
        for one in given.order_by("pk")
        if one.granted.is_about(asset.subject.key, asset.public_id)
        for to in [one.recipient]
    ]


def rights_seen(asset: DataAsset, organization: Organization, at: datetime, now: datetime) -> Seen:
    """
    Return the rights over what is generated at ``at``, as they are ``now``.

    All of them to who was a side then and to the platform, else its own.
    """
    segment, rights = rights_over(asset, at, now)
    owner, lessee, above = segment.owner, segment.lessee, segment.above
    me = party_of(organization.public_id, organization.kind, owner=owner, lessee=lessee, above=above)
    own = [one for one in rights if one.party == me and one.organization in (None, organization.public_id)]
    may_read = any(register.reads(one, now) for one in own)
    if me not in register.SIDES:
        return Seen(own, may_read=may_read)
    names: dict[str, str] = {Party.OWNER: owner}
    if lessee:
        names[Party.LESSEE] = lessee
    if above:
        names[Party.ABOVE] = above[-1]
    begins = None if segment.period.start <= BEGINNING else segment.period.start
    agreement = segment.lending.id if segment.lending else None
    return Seen(rights, begins, segment.period.end, agreement, names, may_read)


def own_moment(asset: DataAsset, organization: Organization, at: datetime) -> datetime:
    """Return the moment that an organization asks about if it names none: now, or the last of its lease."""
    if organization.pk == asset.device.owner_id:
        return at
    if hasattr(asset, "own_lease"):
        last = asset.own_lease
    else:
        last = _leases(organization, asset.device, at).values_list("period", flat=True).first()
    if last is None or last.upper is None or last.upper > at:
        return at
    ends: datetime = last.upper
    return ends - timedelta(microseconds=1)


def _leases(organization: Organization, device: Device | OuterRef, at: datetime) -> "QuerySet[Agreement]":
    """Return the agreements by which an organization leased what a device spoke for, the last first."""
    held = Agreement.objects.filter(lessee=organization, equipment__bindings__device=device)
    return held.filter(period__startswith__lte=at).order_by("-period")


def policy_of(agreement: Agreement) -> dict[str, Any]:
    """
    Return the rights under an agreement as an ODRL policy in JSON-LD: what the door of rights enforces.

    It is the policy of what is generated now, by the version in force; read the agreement ``with_terms``.
    """
    owner, lessee, name = agreement.owner.public_id, agreement.lessee.public_id, agreement.public_id
    table, found = table_of(agreement), Grant.objects.given().filter(agreement=agreement, withdrawn_at=None)
    if agreement.is_suspended:
        table, found = tables.suspended(table), found.filter(kind=Grant.Kind.ORDER)
    told = found.select_related("recipient")[:MOST_EXPRESSED]
    given = ((one.granted, one.recipient.public_id, Party(one.party)) for one in told)
    grants = granting.permissions(name, agreement.span, given, table)
    return written(expressing.policy_of(name, owner=owner, lessee=lessee, table=table, grants=grants))


def machines_told(equipment: Iterable[Equipment], period: Period, at: datetime) -> list[Machine]:
    """Return what reports for machines during a period, as a notice tells it, with the volume of late."""
    found = []
    for machine in sorted(equipment, key=attrgetter("public_id")):
        bound = machine.bindings.overlapping(period.start, period.end).select_related("device")
        heard = {binding.device.public_id: binding.device for binding in bound}
        reporters = tuple(_reporter(heard[one], at) for one in sorted(heard))
        found.append(Machine(machine.public_id, machine.name, reporters))
    return found


def _reporter(device: Device, at: datetime) -> Reporter:
    sources = tuple(
        Source(one.key, one.name_zh or one.name, one.kind, one.category, one.retention, one.unit)
        for one in device.channels.order_by("number")
    )
    lately = Holding.objects.of(device).filter(received_lo__gte=at - LATELY, received_lo__lt=at)
    total = lately.aggregate(total=Sum("count"))["total"]
    daily = None if total is None else -(-total // LATELY.days)
    return Reporter(device.public_id, device.name, sources, daily)


def _answers(category: str, table: Matrix, suspended: bool, competitor: bool) -> list[tuple[Party, Decision]]:
    answers = []
    for party in SHOWN_PARTIES:
        billed = category == "billing_counters"
        purpose = "billing" if billed else PURPOSES.get(party, "maintenance")
        cell = table.cell(party, category)
        if cell is not None and cell.purposes and purpose not in cell.purposes:
            purpose = min(cell.purposes)
        question = Question(
            party,
            category,
            purpose,
            billing_channel=billed,
            table=table,
            suspended=suspended,
            competitor=competitor,
        )
        answers.append((party, decide(question)))
    return answers
