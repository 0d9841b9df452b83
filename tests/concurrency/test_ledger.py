"""Two post, take back, withdraw, seal and lock at once; each race is shown without its guard as well."""

from contextlib import contextmanager
from datetime import date, timedelta
from threading import Event
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from billing.actions import journals, periods, sealing
from billing.models import AccountBalance, Journal, PeriodLock, Seal
from billing.models.ledger import AccountBalanceQuerySet, BookQuerySet
from billing.rules.locks import Level
from tests.billing.ledger import world
from tests.billing.ledger.world import DAY, LATER, NOON, entry, payable
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = date(2026, 10, 31)


@pytest.fixture
def office(transactional_db):
    return world.office()


def post(office, given, at=NOON):
    return journals.post(entry=given, at=at, by=fresh(office.clerk))


def test_two_post_one_fact_and_it_is_one_journal(office):
    with meet(journals, "Rows"):
        first, second = at_once(*[lambda: post(office, entry())] * 2)

    assert first == second
    assert Journal.objects.get().lines.count() == 2


@contextmanager
def without_constraint():
    """Take the unique key of reversals away, and put it back when their rows are gone."""
    table = "ALTER TABLE billing_journal"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid"
            " AND c.conkey = ARRAY[a.attnum]"
            " WHERE c.conrelid = 'billing_journal'::regclass AND c.contype = 'u'"
            " AND a.attname = 'reverses_id'"
        )
        name = cursor.fetchone()[0]
        cursor.execute(f"{table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE billing_journal CASCADE")
            cursor.execute(f"{table} ADD CONSTRAINT {name} UNIQUE (reverses_id)")


class TestTwoReversals:
    def both(self, office):
        first = post(office, entry())

        def back(key):
            return lambda: journals.reverse(
                journal=Journal.objects.get(pk=first.pk),
                key=key,
                on=DAY,
                reason="",
                at=NOON,
                by=fresh(office.clerk),
            )

        with meet(journals, "Rows"):
            return at_once(back("r1"), back("r2"))

    def test_are_one(self, office):
        assert outcome(self.both(office)) == ["AlreadyReversed", "Journal"]
        assert Journal.objects.count() == 2

    def test_are_two_without_the_unique_key(self, office):
        with without_constraint():
            assert outcome(self.both(office)) == ["Journal", "Journal"]
            assert Journal.objects.count() == 3


class TestTwoWithdrawals:
    def both(self, office):
        post(office, payable(office, 500, "in"))
        acts = [lambda key=key: post(office, payable(office, -400, key)) for key in ("w1", "w2")]
        with meet(journals, "Rows"):
            return at_once(*acts)

    def test_pass_no_floor(self, office):
        assert outcome(self.both(office)) == ["BalanceTooLow", "Journal"]
        assert AccountBalance.objects.get().balance_minor == 100

    def test_without_the_lock_the_second_is_refused_by_the_database_alone(self, office):
        unlocked = patch.object(AccountBalanceQuerySet, "locked", lambda self: self.order_by("account_id"))
        with unlocked, meet(journals, "_check_floors"):
            results = self.both(office)

        assert outcome(results) == ["IntegrityError", "Journal"]
        assert AccountBalance.objects.get().balance_minor == 100


class TestBesidePosting:
    """One posts and has not committed yet when the other seals or locks."""

    def race(self, office, other):
        posted, go = Event(), Event()

        def slow():
            with transaction.atomic():
                made = post(office, entry(on=OCTOBER))
                posted.set()
                go.wait(3)
            return made

        def beside():
            posted.wait(10)
            try:
                return other()
            finally:
                go.set()

        return at_once(slow, beside)

    def seal(self, office):
        return sealing.seal(book=office.book, at=LATER, by=fresh(office.clock))

    def lock(self, office):
        return periods.lock(
            book=office.book, through=OCTOBER, level=Level.HARD, at=LATER, by=fresh(office.chief)
        )

    def test_sealing_waits_and_seals_it(self, office):
        _, sealed = self.race(office, lambda: self.seal(office))

        assert sealed == 1
        assert Seal.objects.get().journal == Journal.objects.get()

    def test_sealing_without_the_lock_leaves_behind_what_was_posted_before(self, office):
        with patch.object(BookQuerySet, "locked", lambda self: self.order_by("pk")):
            _, sealed = self.race(office, lambda: self.seal(office))

        assert sealed == 0
        assert Journal.objects.get().posted_at < LATER

    def test_a_period_is_locked_when_it_is_done(self, office):
        made, lock = self.race(office, lambda: self.lock(office))

        assert (made.effective_date, lock.through) == (OCTOBER, OCTOBER)
        assert PeriodLock.objects.of(office.book).hard == OCTOBER


def test_who_posts_beside_a_lock_posts_behind_it(office):
    locked, go = Event(), Event()

    def slow():
        with transaction.atomic():
            made = periods.lock(
                book=office.book, through=OCTOBER, level=Level.HARD, at=LATER, by=fresh(office.chief)
            )
            locked.set()
            go.wait(1)
        return made

    def beside():
        locked.wait(10)
        return post(office, entry(on=OCTOBER))

    _, made = at_once(slow, beside)

    assert (made.effective_date, made.occurred_on) == (OCTOBER + timedelta(days=1), OCTOBER)
