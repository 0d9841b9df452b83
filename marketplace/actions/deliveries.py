"""One event for one endpoint: taken to be sent by one alone, noted as it ended, sent again if asked for."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from django.utils.translation import gettext_noop

from marketplace.actions import audit, webhooks
from marketplace.gateway.transactions import atomic
from marketplace.models import User, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from marketplace.permissions import Permission, require
from marketplace.rules import webhooks as rules
from marketplace.shared.errors import NotPossible

LEASE = timedelta(minutes=5)  # longer than one try can take; whoever died is followed after it
_FINE = 10**6
State, Outcome = WebhookDelivery.State, WebhookAttempt.Outcome


class DeliveryEnded(NotPossible):
    """It is over, so nothing is to be stopped."""

    code = "delivery_ended"
    text = gettext_noop("This delivery is over. Send it again if it did not arrive.")


@dataclass(frozen=True)
class Taken:
    """What is to be sent: to where, what, and the number of the try."""

    delivery: int
    number: int
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Ended:
    """How a try ended: of ``WebhookAttempt.Outcome``, with the status and the beginning of the answer."""

    outcome: str
    status: int | None = None
    answer: str = ""
    duration_ms: int = 0


@atomic
def take(*, endpoint: int, at: datetime, sent_at: datetime | None = None) -> Taken | None:
    """
    Take the oldest that is due for an endpoint, or nothing; who takes it sends it, and notes how it ended.

    What somebody else takes at this moment is passed over. ``sent_at`` is the time that is signed, which
    receivers compare with their own: the machine's, also where ``at`` is set ahead.
    """
    due = WebhookDelivery.objects.due(at).filter(endpoint=endpoint).order_by("pk")
    free = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
    found = free.select_related("event__organization", "endpoint").first()
    if found is None:
        return None
    found.tries, found.sent, found.next_at = found.tries + 1, found.sent + 1, at + LEASE
    found.save(update_fields=["tries", "sent", "next_at"])
    return _signed(found, at, sent_at or at)


@atomic
def note(*, delivery: int, number: int, ended: Ended, at: datetime, chance: Fraction | None = None) -> None:
    """
    Write down how a try ended, and what is next; an endpoint that is gone or failed for days is switched off.

    A try that somebody else has followed meanwhile changes nothing more, unless it arrived.
    """
    about = WebhookDelivery.objects.values_list("endpoint", flat=True).get(pk=delivery)
    endpoint = WebhookEndpoint.objects.locked().select_related("organization").get(pk=about)
    found = WebhookDelivery.objects.locked().get(pk=delivery)
    _write(found, number, ended, at)
    arrived = ended.outcome == Outcome.ARRIVED
    if arrived:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
    if found.state != State.WAITING or not (arrived or number == found.sent):
        return
    if arrived:
        _end(found, State.DELIVERED, at)
        return
    drawn = Fraction(secrets.randbelow(_FINE), _FINE) if chance is None else chance
    wait = rules.pause(found.tries, drawn)
    if wait is None:
        _end(found, State.FAILED, at)
    else:
        found.next_at = at + wait
        found.save(update_fields=["next_at"])
    _failed(endpoint, ended, at)


@atomic
def resend(*, delivery: WebhookDelivery, by: User, at: datetime) -> WebhookDelivery:
    """
    Send again, or now, what arrived, was given up, stopped, or waits; its round of tries begins anew.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookOff: if its endpoint is switched off or taken away
    """
    require(by, Permission.API_KEY_EDIT, within=delivery.endpoint.organization)
    endpoint = WebhookEndpoint.objects.locked().get(pk=delivery.endpoint_id)
    if not endpoint.is_active:
        raise webhooks.WebhookOff
    found = WebhookDelivery.objects.locked().get(pk=delivery.pk)
    found.state, found.tries, found.next_at, found.ended_at = State.WAITING, 0, at, None
    found.save()
    _audit(delivery, "resend", by, at)
    return found


@atomic
def stop(*, delivery: WebhookDelivery, by: User, at: datetime) -> WebhookDelivery:
    """
    Try no more.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises DeliveryEnded: if it is over
    """
    require(by, Permission.API_KEY_EDIT, within=delivery.endpoint.organization)
    found = WebhookDelivery.objects.locked().get(pk=delivery.pk)
    if found.state != State.WAITING:
        raise DeliveryEnded
    _end(found, State.STOPPED, at)
    _audit(delivery, "stop", by, at)
    return found


def _signed(found: WebhookDelivery, at: datetime, sent_at: datetime) -> Taken:
    body = json.dumps(found.event.document(), ensure_ascii=False, separators=(",", ":")).encode()
    held = found.endpoint.secrets.holding(at).select_related("endpoint")
    keys = [text for one in held if (text := one.text()) is not None]
    headers = {}
    if keys:
        headers = rules.headers(keys, found.event.public_id, int(sent_at.timestamp()), body)
    return Taken(found.pk, found.sent, found.endpoint.url, headers, body)


def _write(found: WebhookDelivery, number: int, ended: Ended, at: datetime) -> None:
    WebhookAttempt.objects.create(
        delivery=found,
        number=number,
        outcome=ended.outcome,
        status=ended.status,
        answer=ended.answer.replace("\0", "")[: rules.SENT_BACK],
        duration_ms=ended.duration_ms,
        at=at,
    )


def _end(found: WebhookDelivery, state: str, at: datetime) -> None:
    found.state, found.next_at, found.ended_at = state, None, at
    found.save(update_fields=["state", "next_at", "ended_at"])


def _failed(endpoint: WebhookEndpoint, ended: Ended, at: datetime) -> None:
    if not endpoint.is_active:
        return
    if endpoint.failing_since is None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=at)
        endpoint.failing_since = at
    if ended.status == rules.GONE:
        webhooks.give_up(endpoint=endpoint, reason=WebhookEndpoint.Reason.GONE, at=at)
    elif at - endpoint.failing_since >= rules.GIVE_UP:
        webhooks.give_up(endpoint=endpoint, reason=WebhookEndpoint.Reason.FAILING, at=at)


def _audit(delivery: WebhookDelivery, verb: str, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"webhook_delivery.{verb}",
        subject=delivery.public_id,
        at=at,
        within=delivery.endpoint.organization,
    )
