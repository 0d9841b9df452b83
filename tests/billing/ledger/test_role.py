"""The application's database role keeps books, and can rewrite none."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from billing.actions import journals, periods, sealing
from billing.models import AccountBalance, PeriodLock, Seal
from billing.rules.locks import Level
from tests.billing.ledger.world import DAY, LATER, NOON, entry, payable

ROLE = "books_application"
REWRITES = (
    "UPDATE billing_journal SET memo = 'x'",
    "DELETE FROM billing_journalline",
    "UPDATE billing_account SET has_floor = false",
    "DELETE FROM billing_seal",
    "UPDATE billing_periodlock SET through = NULL",
    "ALTER TABLE billing_journal DISABLE TRIGGER ALL",
)


@pytest.fixture
def as_application(office):
    call_command("grant_app_role", role=ROLE, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
    yield office
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_posts_takes_back_seals_and_locks(as_application):
    office = as_application
    post = {"at": NOON, "by": office.clerk}
    first = journals.post(entry=entry(), **post)
    journals.reverse(journal=first, key="r", on=DAY, reason="", **post)
    journals.post(entry=payable(office, 500, "in"), **post)
    journals.post(entry=payable(office, -200, "out"), **post)
    sealing.seal(book=office.book, at=LATER, by=office.clock)
    day = DAY - timedelta(days=1)
    periods.lock(book=office.book, through=day, level=Level.HARD, at=LATER, by=office.chief)
    unlock = periods.order_unlock(book=office.book, through=None, reason="late", at=LATER, by=office.chief)
    periods.approve_unlock(unlock=unlock, at=LATER, by=office.second)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert AccountBalance.objects.get().balance_minor == 300
    assert (Seal.objects.count(), PeriodLock.objects.count()) == (4, 2)
    assert sealing.verify(book=office.book) == []


@pytest.mark.parametrize("change", REWRITES)
def test_rewrites_nothing(as_application, change):
    journals.post(entry=entry(), at=NOON, by=as_application.clerk)

    refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert sealing.verify(book=as_application.book) == []
