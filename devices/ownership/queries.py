"""Reads of rights: who may see what, and who looked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet

from devices.models import Device, Gap, Holding, MeterChange, Quarantined, Silence
from devices.ownership.models import AccessEvent, Agreement
from devices.ownership.models.log import tree
from devices.ownership.rules import event_log
from devices.ownership.rules.decisions import Decision, Question, decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.odrl import expressing
from devices.ownership.rules.odrl.writing import written
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Lending, Segment, Tenure, segments
from devices.rules import clocks
from devices.rules.readings import Refused, microseconds, moment
from devices.rules.silence import Presence
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared import merkle
from marketplace.shared.period import Period

PURPOSES = {
    Party.OWNER: "asset_protection",
    Party.LESSEE: "operation",
    Party.PLATFORM: "metering",
}

LATEST = 500  # deliveries in which clock events are looked for

SHOWN_PARTIES = (Party.LESSEE, Party.OWNER, Party.PLATFORM, Party.MAKER, Party.SERVICE_PROVIDER)


def segments_of(device: Device, period: Period) -> list[Segment]:
    """Cut a period where the rights over the device's data change; three queries, never cached."""
    bound = device.bindings.overlapping(period.start, period.end).select_related("equipment__owner")
    tenures = [
        Tenure(
            Period(one.period.lower, one.period.upper), one.equipment.public_id, one.equipment.owner.public_id
        )
        for one in bound
    ]
    held = Agreement.objects.filter(equipment__public_id__in={one.equipment for one in tenures})
    lendings = [
        _lending(one) for one in held.overlapping(period).select_related("equipment", "owner", "lessee")
    ]
    return segments(period, device_owner=device.owner.public_id, tenures=tenures, lendings=lendings)


def versions_in(device: Device, period: Period) -> set[tuple[str, int]]:
    """Return the agreements, with their versions, on a device's data of a period; one query, never cached."""
    held = Agreement.objects.overlapping(period).filter(
        equipment__bindings__device=device,
        equipment__bindings__period__overlap=(period.start, period.end),
        period__overlap=F("equipment__bindings__period"),
    )
    return set(held.values_list("public_id", "version"))


def may_know(organization: Organization, device: Device, period: Period) -> bool:
    """Tell whether an organization is a side of any part of the period: pages ask this to hide buttons."""
    return bool(own_times(organization, device, period))


def own_times(organization: Organization, device: Device, period: Period) -> list[Period]:
    """Return those parts of the period of which an organization is a side, in order of time."""
    return [
        one.period
        for one in segments_of(device, period)
        if party_of(organization.public_id, "", owner=one.owner, lessee=one.lessee) is not Party.STRANGER
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


def who_may() -> list[dict[str, Any]]:
    """Return the table of default rights: a row per category, an answer per party, as decided at the door."""
    return [
        {"category": category, "grade": matrix().categories[category].grade, "answers": _answers(category)}
        for category in matrix().categories
        if category != "derived_benchmarks"
    ]


def policy_of(agreement: Agreement) -> dict[str, Any]:
    """Return the rights under an agreement as an ODRL policy in JSON-LD: what the door of rights enforces."""
    owner, lessee = agreement.owner.public_id, agreement.lessee.public_id
    return written(expressing.policy_of(agreement.public_id, owner=owner, lessee=lessee, table=matrix()))


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
        if me in (decision.get("owner"), decision.get("lessee"))
        or (whole and decision.get("party") != "stranger")
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


def _without_others(decisions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A stranger that asked learns that it was refused, not whose the data are, nor when that changed."""
    hidden = ("agreement", "owner", "lessee")
    for foreign, found in groupby(decisions, key=lambda one: one.get("party") == "stranger"):
        run = list(found)
        if not foreign:
            yield from run
            continue
        whole = {"from": run[0].get("from"), "to": run[-1].get("to")}
        shown = [{name: value for name, value in (one | whole).items() if name not in hidden} for one in run]
        yield from (one for place, one in enumerate(shown) if one not in shown[:place])


def _answers(category: str) -> list[tuple[Party, Decision]]:
    answers = []
    for party in SHOWN_PARTIES:
        billed = category == "billing_counters"
        purpose = "billing" if billed else PURPOSES.get(party, "maintenance")
        cell = matrix().cell(party, category)
        if cell is not None and cell.purposes and purpose not in cell.purposes:
            purpose = min(cell.purposes)
        answers.append((party, decide(Question(party, category, purpose, billing_channel=billed))))
    return answers


def _lending(agreement: Agreement) -> Lending:
    return Lending(
        id=agreement.public_id,
        version=agreement.version,
        period=agreement.span,
        equipment=agreement.equipment.public_id,
        owner=agreement.owner.public_id,
        lessee=agreement.lessee.public_id,
        billing_channels=frozenset(agreement.billing_channels),
        reference=agreement.reference,
    )
