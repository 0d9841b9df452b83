"""Celery tasks: load by id, call one action."""

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation

from marketplace.actions import notifications
from marketplace.models import Notification

LANGUAGES = ("zh-hans", "en")
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


def _in(language: str, one: Notification) -> str:
    with translation.override(language):
        return one.said
