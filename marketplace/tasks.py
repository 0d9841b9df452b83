"""Celery tasks: load by id, call one action."""

import logging
import secrets
import time
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.utils import timezone, translation

from marketplace.actions import deliveries, events, notifications, search_documents, taken_times
from marketplace.gateway.posting import post
from marketplace.models import Notification, WebhookAttempt, WebhookDelivery

LANGUAGES = ("zh-hans", "en")
IN_ONE_GO = 20  # messages to one endpoint, then the others have their turn
COMPARED_AT_ONCE = 20_000  # listings
ROUND_S = 30  # seconds after which a round begins no other message
logger = logging.getLogger(__name__)


@shared_task
def send_notifications(**kwargs: Any) -> int:
    """Send what waits in the outbox, in both languages; what cannot be sent is put back."""
    sent = 0
    for one, addresses in notifications.take_out(at=timezone.now()):
        told = [_in(language, one) for language in LANGUAGES]
        link = f"\n\n{settings.SITE_URL}{one.link}" if one.link else ""
        try:
            send_mail(told[0], "\n\n".join(told) + link, None, addresses)
        except OSError:
            logger.exception("%s could not be sent", one.public_id)
            notifications.put_back(notification=one)
        else:
            sent += 1
    return sent


@shared_task
def tell_events(**kwargs: Any) -> None:
    """Number what stands, and queue a round for every endpoint for which something is due."""
    while events.number(at=timezone.now()) == events.AT_ONCE:
        continue
    due = WebhookDelivery.objects.due(timezone.now()).order_by()
    for endpoint_id in sorted(due.values_list("endpoint", flat=True).distinct()):
        send_due.delay(endpoint_id=endpoint_id)


@shared_task
def send_due(endpoint_id: int, **kwargs: Any) -> int:
    """
    Send what is due for one endpoint; a second round of the same one is not begun beside it.

    A round ends after ``ROUND_S``, and where nobody answers: others have their turn, the next goes on.
    """
    busy, token = f"webhooks:{endpoint_id}", secrets.token_hex(8)
    if not cache.add(busy, token, timeout=int(deliveries.LEASE.total_seconds())):
        return 0
    sent, until = 0, time.monotonic() + ROUND_S
    try:
        while sent < IN_ONE_GO and time.monotonic() < until:
            ended = send_one(endpoint_id)
            if ended is None:
                break
            sent += 1
            if ended.status is None:
                break
    finally:
        if cache.get(busy) == token:  # a round that took too long leaves the mark of the next one
            cache.delete(busy)
    return sent


def send_one(endpoint_id: int) -> deliveries.Ended | None:
    """Send what is due first for an endpoint, if there is something, and return how that ended."""
    taken = deliveries.take(endpoint=endpoint_id, at=timezone.now())
    if taken is None:
        return None
    if taken.headers:
        posted = post(taken.url, taken.headers, taken.body, is_local_fine=settings.WEBHOOK_LOCAL)
        ended = deliveries.Ended(*posted)
    else:
        ended = deliveries.Ended(WebhookAttempt.Outcome.NO_SECRET)
    deliveries.note(delivery=taken.delivery, number=taken.number, ended=ended, at=timezone.now())
    return ended


@shared_task
def purge_events(**kwargs: Any) -> None:
    """Let go of events that are older than thirty days."""
    while events.purge(at=timezone.now()):
        continue


@shared_task
def keep_search(**kwargs: Any) -> None:
    """Make what listings are found by that is missing or older than a day, for some time in a go."""
    until, at = time.monotonic() + ROUND_S, timezone.now()
    while time.monotonic() < until:
        if not search_documents.renew_missing(at=at) and not search_documents.renew_oldest(at=at):
            break


@shared_task
def keep_times(**kwargs: Any) -> None:
    """Make anew when listings are taken of which something changed, for some time in a go."""
    until, at = time.monotonic() + ROUND_S, timezone.now()
    while taken_times.renew(at=at) and time.monotonic() < until:
        continue


@shared_task
def check_times(**kwargs: Any) -> int:
    """Compare with the claims when listings are taken, as searches know it; mend and report what is wrong."""
    wrong, at = [], timezone.now()
    for first in range(0, taken_times.last_key(), COMPARED_AT_ONCE):
        wrong += taken_times.compare(at=at, first=first, last=first + COMPARED_AT_ONCE)
    if wrong:
        logger.error("taken times of %d listings did not agree with their claims: %s", len(wrong), wrong[:20])
    return len(wrong)


@shared_task
def count_search(**kwargs: Any) -> None:
    """Count the tokens of the catalogue anew: questions are answered by them the faster way."""
    search_documents.count()


def _in(language: str, one: Notification) -> str:
    with translation.override(language):
        return one.said
