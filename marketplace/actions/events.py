"""
What other programs are told of: written in the transaction in which it happens, numbered once that stands.

A number is given after the commit, by one at a time, so that whoever reads on from a number passes over none.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from marketplace.actions import gathering
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    Event,
    EventHead,
    Organization,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from marketplace.rules.event_types import TYPES, EventType
from marketplace.rules.webhooks import KEPT
from marketplace.shared.request_id import current_request_id

AT_ONCE = 1000  # events that get their number in one transaction
_LOCK = 0x4A4A4556  # "JJEV"


def publish(
    *, type: EventType, object: str, to: Iterable[Organization], at: datetime, once: str = ""
) -> list[Event]:
    """
    Tell programs of organizations of something, in the transaction in which it happens.

    ``object`` is the public id of what it is about: each of the organizations may read it, which is the
    caller's part. What has ``once`` is told an organization at most once. Synthetic ones are told nothing.
    """
    rows = entries(type=type, object=object, to=to, at=at, once=once)
    if once:
        return Event.objects.bulk_create(rows, ignore_conflicts=True)
    return gathering.write(rows=rows)


def entries(
    *, type: EventType, object: str, to: Iterable[Organization], at: datetime, once: str = ""
) -> list[Event]:
    """Return events as :func:`publish` writes them, unsaved: for actions that write very many at once."""
    return [
        new_row(
            Event,
            organization_id=key,
            type=type.value,
            version=TYPES[type].version,
            object=object,
            occurred_at=at,
            request_id=current_request_id()[:64],
            once=once,
        )
        for key in {one.pk: one for one in to if not one.is_synthetic}
    ]


@atomic
def number(*, at: datetime) -> int:
    """
    Give events that stand their places, and make a delivery of each for every endpoint that wants it.

    Return how many; who comes while somebody else does it waits, and finds the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    found = list(Event.objects.filter(sequence=None).order_by("pk")[:AT_ONCE])
    by_organization: dict[int, list[Event]] = defaultdict(list)
    for event in found:
        by_organization[event.organization_id].append(event)
    heads = _heads(sorted(by_organization))
    for key, events in by_organization.items():
        for event in events:
            heads[key].last += 1
            event.sequence = heads[key].last
    EventHead.objects.bulk_update(heads.values(), ["last"])
    Event.objects.bulk_update(found, ["sequence"])
    _deliver(by_organization, at)
    return len(found)


@atomic
def purge(*, at: datetime, most: int = 5000) -> int:
    """
    Let go of events that are older than thirty days, with what was sent of them; return how many went.

    They go from the lowest number on, below any that is younger; one that is still to be sent stays.
    Secrets that sign no more go, too.
    """
    WebhookSecret.objects.filter(ends_at__lte=at).delete()
    keys = _old(at - KEPT, most)
    deliveries = WebhookDelivery.objects.filter(event__in=keys)
    WebhookAttempt.objects.filter(delivery__in=deliveries.values("pk"))._raw_delete("default")
    deliveries._raw_delete("default")
    Event.objects.filter(pk__in=keys)._raw_delete("default")
    return len(keys)


def _old(limit: datetime, most: int) -> list[int]:
    told = Event.objects.told()
    old = told.filter(occurred_at__lt=limit)
    waiting = WebhookDelivery.objects.filter(event=OuterRef("pk"), state=WebhookDelivery.State.WAITING)
    keys: list[int] = []
    for key in sorted(old.order_by().values_list("organization", flat=True).distinct()):
        found = old.filter(organization=key).exclude(Exists(waiting))
        young = told.filter(organization=key, occurred_at__gte=limit)
        first = young.order_by("sequence").values_list("sequence", flat=True).first()
        if first is not None:
            found = found.filter(sequence__lt=first)
        keys += found.order_by("sequence").values_list("pk", flat=True)[: most - len(keys)]
    return keys


def _heads(organizations: Sequence[int]) -> dict[int, EventHead]:
    EventHead.objects.bulk_create(
        [EventHead(organization_id=key) for key in organizations], ignore_conflicts=True
    )
    return {one.organization_id: one for one in EventHead.objects.filter(organization__in=organizations)}


def _deliver(events: dict[int, list[Event]], at: datetime) -> None:
    """
    Tests are for one endpoint, which has its delivery already.

    Endpoints are read under their locks: whoever switches one off meanwhile stops these, too.
    """
    endpoints = WebhookEndpoint.objects.active().filter(organization__in=list(events)).locked()
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint=endpoint, event=event, next_at=at, made_at=at)
        for endpoint in endpoints
        for event in events[endpoint.organization_id]
        if event.type != EventType.WEBHOOK_TEST and (not endpoint.types or event.type in endpoint.types)
    )
