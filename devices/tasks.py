"""Celery tasks: load by id, call one action."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from devices.actions import partitions


@shared_task
def prepare_partitions(**kwargs: Any) -> None:
    """Make the partitions of this month and the two that follow."""
    partitions.prepare(at=timezone.now())
