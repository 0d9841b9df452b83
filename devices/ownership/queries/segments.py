"""Whose data are which, and when that changes: what the read door decides by."""

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Prefetch, prefetch_related_objects

from devices.models import Channel, Device
from devices.ownership.models import Agreement, Grant
from devices.ownership.models.duties import erased_of
from devices.ownership.rules import tables
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.segments import Lending, Segment, Tenure, segments
from devices.ownership.rules.tables import Version
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period

# Every read goes through these three, and Django would take longer to write them than the database to answer.
BOUND = """
SELECT b.period, b.equipment_id, machine.public_id, owner.public_id,
    EXISTS (SELECT FROM ownership_grant g
        WHERE g.equipment_id = b.equipment_id AND g.recipient_id = %(reader)s AND g.given_at IS NOT NULL),
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
WHERE b.device_id = %(device)s AND b.period && tstzrange(%(start)s, %(end)s)
"""
AGREED = """
SELECT a.id, a.equipment_id, a.public_id, a.version, a.period,
    machine.public_id, owner.public_id, lessee.public_id, a.billing_channels, a.reference, a.competitor,
    a.suspended_at IS NOT NULL OR a.ordered_at IS NOT NULL,
    (SELECT jsonb_agg(jsonb_build_array(v.terms, v.valid_from, v.covers_earlier) ORDER BY v.number)
        FROM ownership_agreementversion v WHERE v.agreement_id = a.id),
    a.under_id, a.above,
    (SELECT jsonb_agg(jsonb_build_array(lower(below.period), upper(below.period)))
        FROM ownership_agreement below WHERE below.under_id = a.id)
FROM ownership_agreement a
JOIN marketplace_equipment machine ON machine.id = a.equipment_id
JOIN marketplace_organization owner ON owner.id = a.owner_id
JOIN marketplace_organization lessee ON lessee.id = a.lessee_id
WHERE a.equipment_id = ANY(%(machines)s) AND a.period && tstzrange(%(start)s, %(end)s)
"""
VERSIONS = """
SELECT DISTINCT a.public_id, a.version
FROM devices_binding b JOIN ownership_agreement a ON a.equipment_id = b.equipment_id
WHERE b.device_id = %(device)s AND b.period && a.period
    AND b.period && tstzrange(%(start)s, %(end)s) AND a.period && tstzrange(%(start)s, %(end)s)
"""


class _Bound(NamedTuple):
    """A row of ``BOUND``."""

    period: Any
    machine: int
    name: str
    owner: str
    granted: bool
    erased: str | None  # JSON


class _Agreed(NamedTuple):
    """A row of ``AGREED``; ``versions`` and ``sublet`` (the periods that are sub-let) are JSON."""

    key: int
    machine: int
    id: str
    version: int
    period: Any
    name: str
    owner: str
    lessee: str
    billing_channels: list[str]
    reference: str
    competitor: bool
    suspended: bool
    versions: str | None
    under: int | None
    above: list[str]
    sublet: str | None


def segments_of(device: Device, period: Period, reader: Organization | None = None) -> list[Segment]:
    """
    Cut a period where the rights over the device's data change; never cached.

    Two queries, and one more where there are grants to ``reader``. Versions of agreements are read before
    the grants under them: one that is withdrawn in between is found when versions are compared.
    """
    asked = {"device": device.pk, "reader": reader.pk if reader else None, **_bounds(period)}
    bound = [_Bound(*row) for row in _rows(BOUND, asked)]
    machines = {one.machine for one in bound}
    rows = _rows(AGREED, asked | {"machines": list(machines)}) if machines else []
    agreed = [_Agreed(*row) for row in rows]
    given = _granted(reader, {one.machine for one in bound if one.granted})
    tenures = [
        Tenure(
            Period(one.period.lower, one.period.upper),
            one.name,
            one.owner,
            tuple(given[one.machine, None]),
            erased_of(json.loads(one.erased or "[]")),
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


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _bounds(period: Period) -> dict[str, datetime | None]:
    return {"start": period.start, "end": period.end}


def channels_of(device: Device, *, keys: Collection[str] | None = None, keep: bool = False) -> list[Channel]:
    """
    Return a device's channels by number, each with its asset; one query, or none if they were kept.

    With ``keys`` only those. ``keep`` is for pages, which ask for them and then for readings.
    """
    graded = Channel.objects.select_related("asset")
    if keep:
        prefetch_related_objects([device], Prefetch("channels", graded))
    kept = "channels" in getattr(device, "_prefetched_objects_cache", {})
    if kept:
        found = [one for one in device.channels.all() if keys is None or one.key in keys]
    else:
        named = {} if keys is None else {"key__in": keys}
        found = list(graded.filter(device=device, **named))
    return sorted(found, key=attrgetter("number"))


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
    return {
        (agreement, version)
        for agreement, version in _rows(VERSIONS, {"device": device.pk, **_bounds(period)})
    }


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
        or party_of(organization.public_id, "", owner=one.owner, lessee=one.lessee, above=one.above)
        is not Party.STRANGER
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
    whole = Period(row.period.lower, row.period.upper)
    agreed = [
        Version(terms, datetime.fromisoformat(since), covers_earlier)
        for terms, since, covers_earlier in json.loads(row.versions or "[]")
    ]
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
        for stretch in tables.stretches(whole, agreed)
        for period in stretch.period.without(_times(row.sublet))
    ]


def _times(written: str | None) -> list[Period]:
    read = datetime.fromisoformat
    return [Period(read(start), read(end) if end else None) for start, end in json.loads(written or "[]")]
