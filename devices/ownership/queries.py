"""Reads of rights: who may see what, and who looked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum, prefetch_related_objects

from devices.models import Channel, Device, Gap, Holding, MeterChange, Quarantined, Silence
from devices.ownership.models import AccessEvent, Agreement, DataAsset, Duty, Grant, Notice, Proposal
from devices.ownership.models.assets import question_of
from devices.ownership.models.duties import erased_of, erasures_beside
from devices.ownership.models.log import tree
from devices.ownership.rules import event_log, register, tables
from devices.ownership.rules.decisions import Decision, Effect, Question, decide
from devices.ownership.rules.defaults import Matrix, matrix
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.notices import Machine, Reporter, Source
from devices.ownership.rules.odrl import expressing, granting
from devices.ownership.rules.odrl.writing import written
from devices.ownership.rules.parties import THIRD_PARTIES, Party, party_of
from devices.ownership.rules.segments import Lending, Segment, Tenure, segments
from devices.rules import clocks
from devices.rules.readings import Refused, microseconds, moment
from devices.rules.silence import Presence
from marketplace.models import Claim, Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared import merkle
from marketplace.shared.period import Period

PURPOSES = {
    Party.OWNER: "asset_protection",
    Party.LESSEE: "operation",
    Party.PLATFORM: "metering",
}

LATELY = timedelta(days=7)  # over which a notice measures how much a device reports
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MOST_EXPRESSED = 40  # grants in a policy, the newest: a policy has at most 500 rules
LATEST = 500  # deliveries in which clock events are looked for

SHOWN_PARTIES = (Party.LESSEE, Party.OWNER, Party.PLATFORM, Party.MAKER, Party.SERVICE_PROVIDER)


def segments_of(device: Device, period: Period, reader: Organization | None = None) -> list[Segment]:
    """
    Cut a period where the rights over the device's data change; never cached.

    Three queries, and one more where there are grants to ``reader``. Versions of agreements are read before
    the grants under them: one that is withdrawn in between is found when versions are compared.
    """
    bound = device.bindings.overlapping(period.start, period.end).select_related("equipment__owner")
    to_reader = Grant.objects.given().filter(recipient=reader)
    granted = Exists(to_reader.filter(equipment=OuterRef("equipment")))
    spoken = list(bound.annotate(granted=granted, gone=erasures_beside("device")))
    held = Agreement.objects.filter(equipment__in={one.equipment_id for one in spoken})
    agreed = list(held.overlapping(period).with_terms().select_related("equipment", "owner", "lessee"))
    given = _granted(to_reader, {one.equipment_id for one in spoken if one.granted})
    tenures = [
        Tenure(
            one.span,
            one.equipment.public_id,
            one.equipment.owner.public_id,
            tuple(given[one.equipment_id, None]),
            erased_of(one.gone),
        )
        for one in spoken
    ]
    lendings = [
        lending for one in agreed for lending in _lendings(one, tuple(given[one.equipment_id, one.pk]))
    ]
    return segments(period, device_owner=device.owner.public_id, tenures=tenures, lendings=lendings)


def channels_of(device: Device, *, keep: bool = False) -> list[Channel]:
    """
    Return a device's channels by number, each with its asset; one query, or none if they were kept.

    ``keep`` is for pages, which ask for them and then for readings.
    """
    graded = Channel.objects.select_related("asset")
    if keep:
        prefetch_related_objects([device], Prefetch("channels", graded))
    kept = "channels" in getattr(device, "_prefetched_objects_cache", {})
    found = device.channels.all() if kept else graded.filter(device=device)
    return sorted(found, key=attrgetter("number"))


def _granted(to_reader: "QuerySet[Grant]", machines: set[int]) -> dict[tuple[int, int | None], list[Granted]]:
    """Return what was given to a reader, by machine and agreement, and what has ended: it explains."""
    found: dict[tuple[int, int | None], list[Granted]] = defaultdict(list)
    given = to_reader.filter(equipment__in=machines).order_by("pk") if machines else ()
    for one in given:
        found[one.equipment_id, one.agreement_id].append(one.granted)
    return found


def versions_in(device: Device, period: Period) -> set[tuple[str, int]]:
    """Return the agreements, with their versions, on a device's data of a period; one query, never cached."""
    held = Agreement.objects.overlapping(period).filter(
        equipment__bindings__device=device,
        equipment__bindings__period__overlap=(period.start, period.end),
        period__overlap=F("equipment__bindings__period"),
    )
    return set(held.values_list("public_id", "version"))


def may_know(organization: Organization, device: Device, period: Period) -> bool:
    """
    Tell whether an organization is a side of any part of the period, or holds or held a grant over it.

    Pages ask this to hide buttons; whose grant has ended is told so by the door.
    """
    return bool(own_times(organization, device, period))


def own_times(organization: Organization, device: Device, period: Period) -> list[Period]:
    """Return those parts of the period of which an organization is a side or holds a grant, in order."""
    return [
        one.period
        for one in segments_of(device, period, organization)
        if one.grants
        or party_of(organization.public_id, "", owner=one.owner, lessee=one.lessee) is not Party.STRANGER
    ]


def may_ask(organization: Organization, device: Device, period: Period) -> bool:
    """
    Tell whether an organization is answered about a device at all: a side of the period, or the platform.

    Everybody else is told that there is no such device. What the answer holds is the door's to decide.
    """
    platform = organization.kind == OrganizationKind.PLATFORM
    return platform or may_know(organization, device, period)


def is_lent(equipment: Equipment, period: Period) -> bool:
    """Tell whether what the machine reports was a lessee's at any moment of a period."""
    return Agreement.objects.filter(equipment=equipment).overlapping(period).exists()


def silences_of(device: Device, organization: Organization) -> "QuerySet[Silence]":
    """Return a device's silences, newest first: its owner's are all, a lessee's those of its own time."""
    return _in_own_time(device.silences.order_by("-pk"), "since", device, organization)


def meter_changes_seen(device: Device, organization: Organization) -> "QuerySet[MeterChange]":
    """Return all records of a device's meter changes, newest first: a lessee's are those of its own time."""
    found = device.meter_changes.select_related("channel", "corrects", "correction").order_by("-pk")
    return _in_own_time(found, "at", device, organization)


def _in_own_time(
    found: "QuerySet[Any]", moment: str, device: Device, organization: Organization
) -> "QuerySet[Any]":
    """Keep what happened while the organization leased what the device spoke for; its owner's is all."""
    if organization.pk == device.owner_id:
        return found
    leased = Agreement.objects.filter(
        lessee=organization,
        period__contains=OuterRef(moment),
        equipment__bindings__device=OuterRef("device"),
        equipment__bindings__period__contains=OuterRef(moment),
    )
    return found.filter(Exists(leased))


def quarantine_seen(device: Device, organization: Organization) -> "QuerySet[Quarantined]":
    """Return the refused items that wait, newest first: a lessee's are those of its own time."""
    return _in_own_time(device.quarantined.open().order_by("-pk"), "received_at", device, organization)


def gaps_seen(device: Device, organization: Organization) -> "QuerySet[Gap]":
    """Return a device's open gaps, newest first: its owner's are all, a lessee's those of its own time."""
    found = device.gaps.open().select_related("epoch").order_by("-pk")
    return _in_own_time(found, "noticed_at", device, organization)


def withheld(
    device: Device,
    organization: Organization,
    items: Iterable[Quarantined],
    bindings: Iterable[Any] | None = None,
) -> set[int]:
    """
    Return, by primary key, the refused items whose content is not shown: it never passes the read door.

    A refused item may say what a lessee's process did, in any channel, readable or not. So only the owner
    sees content, and only of what was said and came while the machine was not lent. A time that cannot be
    read may be any time. ``bindings`` are those of :func:`bindings_lent`, if they are at hand.
    """
    waiting = list(items)
    if not waiting or organization.pk != device.owner_id:
        return {one.pk for one in waiting}
    lent = [
        time
        for binding in (bindings_lent(device) if bindings is None else bindings)
        for held in binding.lent
        if (time := binding.span.intersect(Period(held.lower, held.upper))) is not None
    ]
    return {one.pk for one in waiting if any(_said_in(one, time) for time in lent)}


def bindings_lent(device: Device) -> "QuerySet[Any]":
    """Return a device's bindings, newest first, each with the periods in which its machine was ``lent``."""
    held = Agreement.objects.filter(equipment=OuterRef("equipment")).values("period")
    found = device.bindings.select_related("equipment").order_by("-period")
    return found.annotate(lent=ArraySubquery(held))


def _said_in(item: Quarantined, lent: Period) -> bool:
    """Tell whether an item may have been said in this time; it came after it was said."""
    if item.received_at < lent.start:
        return False
    if lent.contains(item.received_at) or "raw" in item.item:
        return True
    try:
        said = item.item.get("at")
        return lent.contains(moment(said if isinstance(said, int) else microseconds(str(said))))
    except (Refused, OverflowError):
        return True


@dataclass(frozen=True)
class Life:
    """
    How a device is: whether it is heard, and how far its clock is off, in seconds (below 0: ahead).

    ``presence`` is ``None`` for those who have no part in the device now.
    """

    presence: Presence | None = None
    heard: datetime | None = None
    offset: int | None = None
    jumps: tuple[clocks.Jump, ...] = ()


def life_of(device: Device, organization: Organization, at: datetime) -> Life:
    """Return how a device is now, to its owner and to who leases it now; to others, nothing."""
    now = Period(at, at + timedelta(microseconds=1))
    if organization.pk != device.owner_id and not may_know(organization, device, now):
        return Life()
    deliveries = Holding.objects.heard(device, latest=LATEST)
    off = clocks.offset(deliveries)
    return Life(
        presence=device.presence(at),
        heard=device.head.last_received_at,
        offset=None if off is None else clocks.seconds(off),
        jumps=tuple(clocks.jumps(deliveries)),
    )


def partners_of(organization: Organization) -> set[int]:
    """
    Return, by primary key, whose signatures an organization may see.

    Those are its own, those of the other sides of its agreements, and of hubs and the platform.
    """
    held = Agreement.objects.of(organization).values_list("owner", "lessee")
    witnesses = Organization.objects.filter(kind__in=(OrganizationKind.HUB, OrganizationKind.PLATFORM))
    return {organization.pk, *chain.from_iterable(held), *witnesses.values_list("pk", flat=True)}


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


def assets_known_to(
    organization: Organization, *, at: datetime, purpose: str | None = None
) -> "QuerySet[DataAsset]":
    """Return the assets that an organization may know of, and whether it may read what is generated now."""
    known = DataAsset.objects.known_to(organization, at=at)
    told = known.with_readable(organization, at=at, purpose=purpose)
    return told.select_related("device__owner", "channel").prefetch_related("derived_from")


def rights_over(asset: DataAsset, at: datetime) -> tuple[Segment, list[register.Right]]:
    """Return every right over what an asset holds of a moment, and the stretch of time in which it holds."""
    pieces = segments_of(asset.device, Period(min(at, BEGINNING), None))
    segment = next(one for one in pieces if one.period.contains(at))
    lending = segment.lending
    billing = lending.billing_channels if lending else ()
    asked = question_of(asset, party=Party.STRANGER, leased=lending is not None, billing=billing)
    return segment, register.rights(asked)


def rights_seen(asset: DataAsset, organization: Organization, at: datetime) -> Seen:
    """Return the rights of a moment: all of them to who was a side then and to the platform, else its own."""
    segment, rights = rights_over(asset, at)
    me = party_of(organization.public_id, organization.kind, owner=segment.owner, lessee=segment.lessee)
    if me not in register.ALWAYS_KNOW:
        return Seen([one for one in rights if one.party == me])
    names: dict[str, str] = {Party.OWNER: segment.owner}
    if segment.lessee:
        names[Party.LESSEE] = segment.lessee
    begins = None if segment.period.start <= BEGINNING else segment.period.start
    agreement = segment.lending.id if segment.lending else None
    return Seen(rights, begins, segment.period.end, agreement, names)


def own_moment(asset: DataAsset, organization: Organization, at: datetime) -> datetime:
    """Return the moment that an organization asks about if it names none: now, or the last of its lease."""
    if organization.pk == asset.device.owner_id:
        return at
    held = Agreement.objects.filter(lessee=organization, equipment__bindings__device=asset.device)
    last = held.filter(period__startswith__lte=at).order_by("-period").first()
    if last is None or last.span.end is None or last.span.end > at:
        return at
    return last.span.end - timedelta(microseconds=1)


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


def events_visible_in(organization: Organization) -> Any:
    """Return the decisions that concern an organization, newest first."""
    return AccessEvent.objects.visible_in(organization).decisions_made().order_by("-pk")


def inclusion(position: int, size: int) -> list[bytes]:
    """Return the proof that an entry of the log of reads is in its tree of ``size`` entries."""
    return merkle.inclusion_proof(position, size, tree(merkle.inclusion_path(position, size)))


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the log of reads of ``second`` entries continues the one of ``first``."""
    return merkle.consistency_proof(first, second, tree(merkle.consistency_path(first, second)))


def opened(event: AccessEvent, organization: Organization) -> list[dict[str, Any]]:
    """
    Open those commitments of an event's entry that an organization may see, each with its salt.

    Whoever asked sees who of its people it was, and the decisions as they were written; of others' events,
    the decisions about its own data; of the meter's, all.
    """
    me, logged = organization.public_id, event.logged
    asked = event.organization == me
    whole = asked or (not event.organization and me in event.concerns)
    names = [(event_log.PERSON, event_log.person(logged))] if asked else []
    names += [
        (event_log.decision_name(place), decision)
        for place, decision in enumerate(event.decisions)
        if me in (decision.get("owner"), decision.get("lessee")) or (whole and not _of_others(decision))
    ]
    return [
        {"name": name, "salt": event_log.salt_of(logged.salt, name).hex(), "content": content}
        for name, content in names
    ]


def decisions_shown(event: AccessEvent, organization: Organization) -> list[dict[str, Any]]:
    """Keep the decisions that an organization may see: all if it asked, else those about its own data."""
    me = organization.public_id
    if event.organization == me or (not event.organization and me in event.concerns):
        return list(_without_others(event.decisions))
    return [one for one in event.decisions if me in (one.get("owner"), one.get("lessee"))]


def _of_others(decision: dict[str, Any]) -> bool:
    """Tell whether whoever asked was no side and holds no grant: then it is not told whose the data are."""
    if decision.get("party") == "stranger":
        return True
    own = decision.get("rule", "").startswith("grant:")
    return decision.get("party") in THIRD_PARTIES and not own


def _without_others(decisions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A stranger that asked learns that it was refused, not whose the data are, nor when that changed."""
    hidden = ("agreement", "owner", "lessee")
    for foreign, found in groupby(decisions, key=_of_others):
        run = list(found)
        if not foreign:
            yield from run
            continue
        whole = {"from": run[0].get("from"), "to": run[-1].get("to")}
        shown = [{name: value for name, value in (one | whole).items() if name not in hidden} for one in run]
        yield from (one for place, one in enumerate(shown) if one not in shown[:place])


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


def _lendings(agreement: Agreement, grants: tuple[Granted, ...] = ()) -> list[Lending]:
    """Return a lending for each stretch of an agreement in which other terms hold: mostly one."""
    return [
        Lending(
            id=agreement.public_id,
            version=agreement.version,
            period=stretch.period,
            equipment=agreement.equipment.public_id,
            owner=agreement.owner.public_id,
            lessee=agreement.lessee.public_id,
            billing_channels=frozenset(agreement.billing_channels),
            reference=agreement.reference,
            table=stretch.table,
            whole=agreement.span,
            suspended=agreement.is_suspended,
            grants=grants,
            competitor=agreement.competitor,
        )
        for stretch in tables.stretches(agreement.span, agreement.agreed)
    ]


def grants_to_answer(organization: Organization, at: datetime) -> "QuerySet[Grant]":
    """Return the requests that an organization can still answer, the oldest first."""
    lessee, own = Q(agreement__lessee=organization), Q(agreement=None, equipment__owner=organization)
    job = Q(kind=Grant.Kind.SERVICE_JOB, agreement__owner=organization)
    now = Q(kind=Grant.Kind.REMOTE_DIAGNOSIS, agreement__period__contains=at)
    asked = grants_of(organization).filter(asked_at__isnull=False, given_at=None, refused_at=None)
    mine = asked.filter(lessee | own | job, now | Q(readable__endswith__gt=at))
    return mine.exclude(recipient=organization).exclude(kind=Grant.Kind.ORDER).order_by("pk")


def proposals_to_answer(organization: Organization, at: datetime) -> "QuerySet[Proposal]":
    """Return what other sides propose to an organization for agreements that run, the oldest first."""
    to_lessee = Q(agreement__lessee=organization, side=Proposal.Side.OWNER)
    to_owner = Q(agreement__owner=organization, side=Proposal.Side.LESSEE)
    runs = Q(agreement__period__upper_inf=True) | Q(agreement__period__endswith__gt=at)
    found = Proposal.objects.open().filter(to_lessee | to_owner, runs, agreement__closed_at=None)
    sides = ("agreement__equipment", "agreement__owner", "agreement__lessee")
    return found.select_related(*sides).order_by("pk")


def notices_to_accept(organization: Organization) -> "QuerySet[Notice]":
    """Return the notices that a lessee has to accept before a machine is handed over, the oldest first."""
    same = {"reference": OuterRef("reference")}
    held = Claim.objects.active().filter(reason=Claim.Reason.LEASE, **same)
    newer = Notice.objects.filter(number__gt=OuterRef("number"), **same)
    found = Notice.objects.filter(Exists(held), ~Exists(newer), lessee=organization, acceptance=None)
    return found.select_related("owner").order_by("pk")


def erasures_until(organization: Organization, until: datetime) -> "QuerySet[Duty]":
    """Return what of an organization's agreements is to be erased until a moment and nobody suspends."""
    found = Duty.objects.visible_in(organization).undone().filter(kind=Duty.Kind.ERASE, due_at__lte=until)
    return found.shown().filter(held_for__isnull=True)  # type: ignore[misc]
