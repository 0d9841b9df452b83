"""Whose data are which, and when that changes: what the read door decides by."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Prefetch, prefetch_related_objects

from devices.models import Channel, Device
from devices.ownership.models import Agreement, DataAsset, Grant
from devices.ownership.models.agreements import TERMS, versions_of
from devices.ownership.models.duties import erased_of
from devices.ownership.rules import tables
from devices.ownership.rules.grants import Granted, Kind
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Lending, Segment, Tenure, segments
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared import prepared
from marketplace.shared.period import Period

# Every read goes through these, and Django would take longer to write them than the database to answer.
BOUND = """
SELECT lower(b.period), upper(b.period), b.equipment_id, machine.public_id, owner.public_id,
    EXISTS (SELECT FROM ownership_grant g
        WHERE g.equipment_id = b.equipment_id AND g.recipient_id = %(reader)b AND g.given_at IS NOT NULL),
    (SELECT jsonb_agg(jsonb_build_object(
            'start', lower(gone.period), 'end', upper(gone.period), 'retention', gone.retention,
            'channels', gone.channels, 'ordered_at', gone.ordered_at, 'certificate', (
                SELECT c.public_id FROM ownership_certificate c JOIN ownership_duty d ON d.id = c.duty_id
                WHERE d.public_id = gone.reference)
        ) ORDER BY gone.period, gone.id)
        FROM devices_erasure gone WHERE gone.device_id = b.device_id)
FROM devices_binding b
JOIN marketplace_equipment machine ON machine.id = b.equipment_id
JOIN marketplace_organization owner ON owner.id = machine.owner_id
WHERE b.device_id = %(device)b AND b.period && tstzrange(%(start)b, %(end)b)
"""
AGREED = f"""
SELECT a.id, a.equipment_id, a.public_id, a.version, lower(a.period), upper(a.period),
    machine.public_id, owner.public_id, lessee.public_id, a.billing_channels, a.reference, a.competitor,
    a.suspended_at IS NOT NULL OR a.ordered_at IS NOT NULL, {TERMS}, a.under_id, a.above,
    (SELECT jsonb_agg(jsonb_build_array(lower(below.period), upper(below.period)))
        FROM ownership_agreement below WHERE below.under_id = a.id)
FROM ownership_agreement a
JOIN marketplace_equipment machine ON machine.id = a.equipment_id
JOIN marketplace_organization owner ON owner.id = a.owner_id
JOIN marketplace_organization lessee ON lessee.id = a.lessee_id
WHERE a.equipment_id = ANY(%(machines)b::bigint[]) AND a.period && tstzrange(%(start)b, %(end)b)
"""  # noqa: S608
VERSIONS = """
SELECT DISTINCT a.public_id, a.version
FROM devices_binding b JOIN ownership_agreement a ON a.equipment_id = b.equipment_id
WHERE b.device_id = %(device)b AND b.period && a.period
    AND b.period && tstzrange(%(start)b, %(end)b) AND a.period && tstzrange(%(start)b, %(end)b)
"""
# A channel as Django would read it, and of its asset what decisions need.
OF_CHANNEL = tuple(one.attname for one in Channel._meta.concrete_fields)
OF_ASSET = ("id", "public_id", "grade")  # in the order of the model
CHANNELS = f"""
SELECT {", ".join(f"c.{one}" for one in OF_CHANNEL)}, asset.id, asset.public_id, asset.grade
FROM devices_channel c LEFT JOIN ownership_dataasset asset ON asset.channel_id = c.id
WHERE c.device_id = %(device)b
"""  # noqa: S608
NAMED = CHANNELS + "AND c.key = ANY(%(keys)b::text[])"


class _Bound(NamedTuple):
    """A row of ``BOUND``."""

    start: datetime
    end: datetime | None
    machine: int
    name: str
    owner: str
    granted: bool
    erased: list[dict[str, Any]] | None


class _Agreed(NamedTuple):
    """
    A row of ``AGREED``; of each version terms, since when, and whether it covers earlier data.

    ``sublet`` are the times that are sub-let, from and until when.
    """

    key: int
    machine: int
    id: str
    version: int
    start: datetime
    end: datetime | None
    name: str
    owner: str
    lessee: str
    billing_channels: list[str]
    reference: str
    competitor: bool
    suspended: bool
    versions: list[tuple[dict[str, Any], str, bool]] | None
    under: int | None
    above: list[str]
    sublet: list[tuple[str, str | None]] | None


def segments_of(device: Device, period: Period, reader: Organization | None = None) -> list[Segment]:
    """
    Cut a period where the rights over the device's data change; never cached.

    Two queries, and one more where there are grants to ``reader``. Versions of agreements are read before
    the grants under them: one that is withdrawn in between is found when versions are compared.
    """
    asked = {"device": device.pk, "reader": reader.pk if reader else None, **_bounds(period)}
    bound = [_Bound(*row) for row in prepared.rows(statement=BOUND, given=asked)]
    machines = list({one.machine for one in bound})
    rows = prepared.rows(statement=AGREED, given=asked | {"machines": machines}) if machines else []
    agreed = [_Agreed(*row) for row in rows]
    given = _granted(reader, {one.machine for one in bound if one.granted})
    tenures = [
        Tenure(
            Period(one.start, one.end),
            one.name,
            one.owner,
            tuple(given[one.machine, None]),
            erased_of(one.erased or ()),
        )
        for one in bound
    ]
    over = _over(agreed)
    lendings = [
        found
        for one in agreed
        for found in _lendings(one, tuple(given[one.machine, one.key]), tuple(over[one.key]))
    ]
    return segments(period, device_owner=device.owner.public_id, tenures=tenures, lendings=lendings)


def _bounds(period: Period) -> dict[str, datetime | None]:
    return {"start": period.start, "end": period.end}


def channels_of(device: Device, *, keys: Collection[str] | None = None, keep: bool = False) -> list[Channel]:
    """
    Return a device's channels by number, each with its asset; one query, or none if they were kept.

    With ``keys`` only those. ``keep`` is for pages, which ask for them and then for readings.
    """
    if keep:
        prefetch_related_objects([device], Prefetch("channels", Channel.objects.select_related("asset")))
    if "channels" in getattr(device, "_prefetched_objects_cache", {}):
        found = [one for one in device.channels.all() if keys is None or one.key in keys]
    elif keys is None:
        found = [_channel(*row) for row in prepared.rows(statement=CHANNELS, given={"device": device.pk})]
    else:
        asked = {"device": device.pk, "keys": list(keys)}
        found = [_channel(*row) for row in prepared.rows(statement=NAMED, given=asked)]
    return sorted(found, key=attrgetter("number"))


def _channel(*row: Any) -> Channel:
    """Return the row of a channel as the model that it is, with its asset if it is registered."""
    using, (asset, *rest) = DEFAULT_DB_ALIAS, row[len(OF_CHANNEL) :]
    found = Channel.from_db(using, OF_CHANNEL, row[: len(OF_CHANNEL)])
    known = None if asset is None else DataAsset.from_db(using, OF_ASSET, (asset, *rest))
    Channel._meta.get_field("asset").set_cached_value(found, known)
    return found


def _granted(reader: Organization | None, machines: set[int]) -> dict[tuple[int, int | None], list[Granted]]:
    """Return what was given to a reader, by machine and agreement, and what has ended: it explains."""
    found: dict[tuple[int, int | None], list[Granted]] = defaultdict(list)
    if reader is not None and machines:
        given = Grant.objects.given().filter(recipient=reader, equipment__in=machines)
        for one in given.order_by("pk"):
            found[one.equipment_id, one.agreement_id].append(one.granted)
    return found


def versions_in(device: Device, period: Period) -> set[tuple[str, int]]:
    """Return the agreements, with their versions, on a device's data of a period; one query, never cached."""
    asked = {"device": device.pk, **_bounds(period)}
    return {(agreement, version) for agreement, version in prepared.rows(statement=VERSIONS, given=asked)}


def may_know(organization: Organization, device: Device, period: Period) -> bool:
    """
    Tell whether an organization is a side of any part of the period, or holds or held a grant over it.

    Pages ask this to hide buttons; whose grant has ended is told so by the door.
    """
    return bool(own_times(organization, device, period))


def own_times(organization: Organization, device: Device, period: Period) -> list[Period]:
    """
    Return those parts of the period of which an organization is a side or holds a grant, in order.

    A licence of a data product is about single series: it tells nothing else of the device.
    """
    return [one.period for one in segments_of(device, period, organization) if _is_own(one, organization)]


def _is_own(segment: Segment, organization: Organization) -> bool:
    if any(one.kind is not Kind.PRODUCT for one in segment.grants):
        return True
    party = party_of(
        organization.public_id, "", owner=segment.owner, lessee=segment.lessee, above=segment.above
    )
    return party is not Party.STRANGER


def may_ask(organization: Organization, device: Device, period: Period) -> bool:
    """
    Tell whether an organization is answered about a device at all: a side, a buyer or the platform.

    Everybody else is told that there is no such device. What the answer holds is the door's to decide.
    """
    if organization.kind == OrganizationKind.PLATFORM:
        return True
    return any(
        _is_own(one, organization) or any(grant.generated.contains(one.period.start) for grant in one.grants)
        for one in segments_of(device, period, organization)
    )


def is_lent(equipment: Equipment, period: Period) -> bool:
    """Tell whether what the machine reports was a lessee's at any moment of a period."""
    return Agreement.objects.filter(equipment=equipment).overlapping(period).exists()


def _over(rows: list[_Agreed]) -> dict[int, list[tuple[str, int]]]:
    """Return of each agreement those that it is under, with their versions: they cover its whole time."""
    known = {one.key: one for one in rows}
    found: dict[int, list[tuple[str, int]]] = {}
    for one in rows:
        found[one.key], over = [], one.under
        while over is not None:
            found[one.key].append((known[over].id, known[over].version))
            over = known[over].under
    return found


def _lendings(row: _Agreed, grants: tuple[Granted, ...], over: tuple[tuple[str, int], ...]) -> list[Lending]:
    """Return a lending for each stretch of an agreement that is not sub-let and in which other terms hold."""
    whole = Period(row.start, row.end)
    return [
        Lending(
            id=row.id,
            version=row.version,
            period=period,
            equipment=row.name,
            owner=row.owner,
            lessee=row.lessee,
            billing_channels=frozenset(row.billing_channels),
            reference=row.reference,
            table=stretch.table,
            whole=whole,
            suspended=row.suspended,
            grants=grants,
            competitor=row.competitor,
            above=tuple(row.above),
            over=over,
        )
        for stretch in tables.stretches(whole, versions_of(row.versions))
        for period in stretch.period.without(_times(row.sublet))
    ]


def _times(written: list[tuple[str, str | None]] | None) -> list[Period]:
    read = datetime.fromisoformat
    return [Period(read(start), read(end) if end else None) for start, end in written or ()]
