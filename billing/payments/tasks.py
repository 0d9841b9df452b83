"""Celery tasks of payments: load by id, call one action."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from billing.payments.actions import statements
from billing.payments.models import StatementFile
from marketplace.actions.parties import robot

CLOCK = "clock"
LOST = timedelta(minutes=10)


@shared_task
def read_statement(file_id: int, **kwargs: Any) -> None:
    """Read one file of a bank."""
    file = StatementFile.objects.select_related("bank_account__book__organization").get(pk=file_id)
    statements.read(file=file, at=timezone.now(), by=robot(name=CLOCK))


@shared_task
def read_statements(**kwargs: Any) -> None:
    """Queue files whose worker was lost."""
    lost = StatementFile.objects.filter(state=StatementFile.State.TAKEN, taken_at__lt=timezone.now() - LOST)
    for file_id in lost.values_list("pk", flat=True):
        read_statement.delay(file_id=file_id)
