"""What of a device besides its readings an organization may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from devices.models import Device, Gap, Holding, MeterChange, Quarantined, Silence
from devices.ownership.models import Agreement
from devices.ownership.queries.segments import may_know
from devices.rules import clocks
from devices.rules.readings import Refused, microseconds, moment
from devices.rules.silence import Presence
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period

LATEST = 500  # deliveries in which clock events are looked for


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
    ).not_sublet(OuterRef(OuterRef(moment)))
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
