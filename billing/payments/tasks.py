"""Celery tasks of payments: load by id, call one action."""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings

from billing.models import Book
from billing.payments.actions import (
    bill_ends,
    lost_requests,
    matching,
    movements,
    operations,
    provider_events,
    recon_exceptions,
    settlements,
    statements,
)
from billing.payments.gateway import providers
from billing.payments.models import BankAccount, Operation, ProviderEvent, StatementFile
from billing.payments.queries import waiting
from billing.payments.rules.providers import ProviderSilent
from marketplace.actions.parties import robot
from marketplace.shared import clock

CLOCK = "clock"
LOST = timedelta(minutes=10)
logger = logging.getLogger(__name__)


@shared_task
def look_at_event(provider: str, event_id: str, **kwargs: Any) -> None:
    """Look at one message."""
    found = providers.online().get(provider)
    event = ProviderEvent.objects.filter(provider=provider, event_id=event_id).first()
    if found is None or event is None:
        return
    try:
        provider_events.look_at(event=event, provider=found, at=clock.now(), by=robot(name=CLOCK))
    except ProviderSilent:
        logger.warning("%s does not answer; %s waits for the next round", provider, event_id)


@shared_task
def run_operation(operation: str, **kwargs: Any) -> None:
    """Do what is next about one operation."""
    row = Operation.objects.filter(public_id=operation).first()
    found = providers.online().get(row.provider) if row else None
    if row is None or found is None:
        return
    try:
        operations.run(operation=row, provider=found, at=clock.now(), by=robot(name=CLOCK))
    except ProviderSilent:
        logger.warning("%s does not answer; operation %s waits for the next round", row.provider, operation)


@shared_task
def go_round_providers(**kwargs: Any) -> None:
    """Queue what waits: messages that were not looked at, operations without a final answer."""
    for provider, event_id in waiting.events():
        look_at_event.delay(provider=provider, event_id=event_id)
    for operation in waiting.operations():
        run_operation.delay(operation=operation)


@shared_task
def sweep_events(**kwargs: Any) -> None:
    """Take the messages of the last days that never arrived."""
    now = clock.now()
    for found in providers.online().values():
        for event in found.missed_events(now - timedelta(days=settings.PROVIDER_EVENTS_DAYS)):
            provider_events.receive(event=event, provider=found.code, at=now)


@shared_task
def pull_providers(**kwargs: Any) -> None:
    """Pull the movements and payouts of every provider."""
    for code in providers.online():
        pull_movements.delay(provider=code)


@shared_task
def pull_movements(provider: str, **kwargs: Any) -> None:
    """Pull all movements of one provider since the last pull, then payouts; close what was opened unseen."""
    found = providers.online()[provider]
    by, now = robot(name=CLOCK), clock.now()
    movements.pull(provider=found, at=now, by=by)
    for one in found.list_settlements(waiting.since(provider)):
        settlements.take(provider=found, found=one, at=now, by=by)
    lost_requests.close(provider=found, at=now)


@shared_task
def read_statement(file_id: int, **kwargs: Any) -> None:
    """Read one file of a bank."""
    file = StatementFile.objects.select_related("bank_account__book__organization").get(pk=file_id)
    statements.read(file=file, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def read_statements(**kwargs: Any) -> None:
    """Queue files whose worker was lost."""
    lost = StatementFile.objects.filter(state=StatementFile.State.TAKEN, taken_at__lt=clock.now() - LOST)
    for file_id in lost.values_list("pk", flat=True):
        read_statement.delay(file_id=file_id)


@shared_task
def match_all(**kwargs: Any) -> None:
    """Queue the matcher for every book that has an account at a bank."""
    books = BankAccount.objects.order_by("book").values_list("book", flat=True).distinct()
    for book_id in books:
        match_book.delay(book_id=book_id)


@shared_task
def match_book(book_id: int, **kwargs: Any) -> None:
    """Match the lines of one book that wait, and tell what waits too long, and which bills are late."""
    book = Book.objects.select_related("organization").get(pk=book_id)
    acts: dict[str, Any] = {"within": book.organization, "by": robot(name=CLOCK), "at": clock.now()}
    matching.run(book=book, **acts)
    recon_exceptions.age(book=book, **acts)
    bill_ends.watch(book=book, **acts)
