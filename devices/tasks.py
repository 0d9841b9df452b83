"""Celery tasks: load by id, call one action."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from devices.actions import partitions, sealing, silences
from marketplace.actions.parties import robot


@shared_task
def prepare_partitions(**kwargs: Any) -> None:
    """Make the partitions of this month and the two that follow."""
    partitions.prepare(at=timezone.now())


@shared_task
def seal_log(**kwargs: Any) -> None:
    """Append what was delivered since the last time to the evidence log, and sign its head."""
    sealing.seal(by=robot(name="clock"), at=timezone.now())


@shared_task
def watch_silences(**kwargs: Any) -> None:
    """Note the leased devices that fell silent, and end the silences of those that speak again."""
    silences.watch(by=robot(name="clock"), at=timezone.now())
