"""Celery tasks of payments: load by id, call one action."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from billing.models import Book
from billing.payments.actions import matching, recon_exceptions
from billing.payments.models import BankAccount
from marketplace.actions.parties import robot

CLOCK = "clock"


@shared_task
def match_all(**kwargs: Any) -> None:
    """Queue the matcher for every book that has an account at a bank."""
    books = BankAccount.objects.order_by("book").values_list("book", flat=True).distinct()
    for book_id in books:
        match_book.delay(book_id=book_id)


@shared_task
def match_book(book_id: int, **kwargs: Any) -> None:
    """Match the lines of one book that wait, and tell what waits for too long."""
    book = Book.objects.select_related("organization").get(pk=book_id)
    acts: dict[str, Any] = {"within": book.organization, "by": robot(name=CLOCK), "at": timezone.now()}
    matching.run(book=book, **acts)
    recon_exceptions.age(book=book, **acts)
