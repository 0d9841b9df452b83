"""Whose data are which, and when that changes: what the read door decides by."""

from collections import defaultdict
from operator import attrgetter

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, prefetch_related_objects

from devices.models import Channel, Device
from devices.ownership.models import Agreement, Grant
from devices.ownership.models.duties import erased_of, erasures_beside
from devices.ownership.rules import tables
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Lending, Segment, Tenure, segments
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period


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
