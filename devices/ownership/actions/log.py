"""Write the log of reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from devices.models import Device
from devices.ownership.models import AccessEvent, Agreement, LoggedPerson
from devices.ownership.models.persons import REMEMBERED, STILL_NAMED
from devices.ownership.rules.decisions import Decision
from devices.ownership.rules.rulings import Ruling, described, outcome, written
from marketplace.models import Organization, User
from marketplace.shared import prepared
from marketplace.shared.period import Period
from marketplace.shared.request_id import current_request_id


def written_down(
    *, kind: str, by: User, at: datetime, within: Organization | None = None, **facts: Any
) -> AccessEvent:
    """
    Write one event, also inside a transaction; who the person is stands beside the log, under a pseudonym.

    ``within`` is the organization for which it read, nothing for the platform's own machinery.
    """
    person = LoggedPerson.objects.known(by, within.public_id if within else "", at)
    event = _event(kind, person, at, within, facts)
    prepared.insert(event)
    return event


def decided(
    *,
    device: Device,
    channels: Sequence[str],
    period: Period,
    purpose: str,
    rulings: Sequence[Ruling],
    concerned: Sequence[tuple[str, str | None]],
    within: Organization,
    by: User,
    at: datetime,
) -> AccessEvent:
    """
    Write down who asked for what and what was decided, and commit it, before anything is read.

    :raises RuntimeError: inside a transaction
    """
    facts = {
        "device": device.public_id,
        "device_name": device.name,
        "channels": list(channels),
        "asked_from": period.start,
        "asked_to": period.end,
        "purpose": purpose[:60],
        "decisions": written(rulings),
        "outcome": outcome(ruling.decision.effect for ruling in rulings),
        "concerns": sorted({one for pair in concerned for one in pair if one}),
        "agreements": sorted({r.segment.lending.id for r in rulings if r.segment.lending}),
    }
    return _committed(by, at, within, facts)


def metered(
    *,
    device: Device,
    decisions: Mapping[str, Decision],
    period: Period | None,
    reference: str,
    by: User,
    at: datetime,
) -> str:
    """
    Write down one run of the meter of record, and commit it.

    :raises RuntimeError: inside a transaction
    """
    users = Q(under=None) | Q(period__overlap=(period.start, period.end)) if period else Q()
    found = Agreement.objects.filter(users, reference=reference)
    held = list(found.select_related("owner", "lessee"))
    sides = {side.public_id for one in held for side in (one.owner, one.lessee)} or {device.owner.public_id}
    facts = {
        "device": device.public_id,
        "device_name": device.name,
        "channels": list(decisions),
        "asked_from": period.start if period else None,
        "asked_to": period.end if period else None,
        "purpose": "meter_of_record",
        "decisions": [
            {"party": "platform", "channels": [key], **described(one)} for key, one in decisions.items()
        ],
        "outcome": outcome(decision.effect for decision in decisions.values()),
        "concerns": sorted(sides),
        "agreements": sorted(one.public_id for one in held),
        "reference": reference,
    }
    return _committed(by, at, None, facts).public_id


def close(*, event: AccessEvent, delivered: int, at: datetime) -> None:
    """Write down how much was handed out; the decision itself is never touched again."""
    copied = ("person", "organization", "organization_name", "device", "device_name", "channels")
    more = ("asked_from", "asked_to", "purpose", "outcome", "concerns", "agreements", "request_id")
    closing = AccessEvent(
        kind=AccessEvent.Kind.COUNT,
        closes=event.public_id,
        at=at,
        delivered=delivered,
        **{name: getattr(event, name) for name in (*copied, *more)},
    )
    prepared.insert(closing.seal_person())


def _committed(by: User, at: datetime, within: Organization | None, facts: Mapping[str, Any]) -> AccessEvent:
    organization = within.public_id if within else ""
    with prepared.committed_alone():
        person = LoggedPerson.objects.remembered(by, organization, at)
        event = _event(AccessEvent.Kind.DECISION, person, at, within, facts)
        if not prepared.insert(event, only_if=STILL_NAMED, of=[person.public_id]):
            REMEMBERED.clear()  # somebody had the name masked, or it was never committed
            person = LoggedPerson.objects.known(by, organization, at)
            event = _event(AccessEvent.Kind.DECISION, person, at, within, facts)
            prepared.insert(event)
    return event


def _event(
    kind: str, person: LoggedPerson, at: datetime, within: Organization | None, facts: Mapping[str, Any]
) -> AccessEvent:
    organization = within.public_id if within else ""
    event = AccessEvent(
        kind=kind,
        at=at,
        person=person,
        organization=organization,
        organization_name=within.name if within else "",
        request_id=current_request_id(),
        **facts,
    )
    return event.seal_person()
