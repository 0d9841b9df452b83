"""What the database refuses whoever writes, with plain SQL and past every action."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from billing.actions import books, invoices, journals, periods, sealing
from billing.models import (
    Account,
    AccountBalance,
    BookingTerms,
    Journal,
    JournalLine,
    PeriodLock,
    PeriodUnlock,
    Seal,
)
from billing.rules.locks import Level
from config.roles import APPEND_ONLY
from tests import once
from tests.billing.actions.test_invoices import DUE
from tests.billing.actions.test_invoices import OCTOBER as PERIOD
from tests.billing.ledger import world
from tests.billing.ledger.world import DAY, LATER, NOON, entry, payable
from tests.billing.world import build
from tests.marketplace.vectors import FINANCE

OCTOBER = DAY - timedelta(days=1)
WHY = {case["why"] for case in FINANCE["ledger_rejections"]}


@once.fixture
def posted(office):
    """Return a journal of 100 minor units on two accounts."""
    return journals.post(entry=entry(), at=NOON, by=office.clerk)


@contextmanager
def refused(match):
    with pytest.raises((DatabaseError, psycopg.Error), match=match), transaction.atomic():
        yield


def bare(office, key="bare", **given):
    """Insert a journal without lines, as nobody should."""
    facts = {
        "book": office.book,
        "kind": "ADJUSTMENT",
        "effective_date": DAY,
        "occurred_on": DAY,
        "posted_at": NOON,
        "idempotency_key": key,
        "content_hash": "0" * 64,
        "actor": "usr_x",
        "actor_name": "X",
    }
    return Journal.objects.create(**facts | given)


def line(journal, account, minor, **given):
    facts = {
        "journal": journal,
        "account": account,
        "amount_minor": minor,
        "currency": account.currency,
        "effective_date": journal.effective_date,
        "posted_at": journal.posted_at,
    }
    return JournalLine(**facts | given)


def add(*lines):
    JournalLine.objects.bulk_create(lines)


def now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestJournals:
    def test_that_balance_go_in(self, office, posted):
        debit, credit = Account.objects.order_by("code")
        made = bare(office)
        add(line(made, debit, 70), line(made, credit, -70))
        now()

        assert made.lines.count() == 2

    @pytest.mark.parametrize("minors", [(70, -69), (70,), (70, 70)])
    def test_that_do_not_balance_are_refused(self, office, posted, minors):
        accounts = Account.objects.order_by("code")
        with refused("do not balance"):
            made = bare(office)
            add(*(line(made, account, minor) for account, minor in zip(accounts, minors, strict=False)))
        assert list(Journal.objects.all()) == [posted]

    def test_that_balance_only_across_currencies_are_refused(self, office, posted):
        assert "balanced only across currencies" in WHY
        debit = Account.objects.get(code="1002.01")
        other = Account.objects.create(
            book=office.book, code="6001.02", currency="HKD", kind="INCOME", normal_side="CREDIT"
        )
        with refused("do not balance"):
            made = bare(office)
            add(line(made, debit, 100), line(made, other, -100))
        assert JournalLine.objects.count() == 2

    def test_of_many_in_one_copy_are_refused_for_one(self, office, posted):
        debit, credit = Account.objects.order_by("code")
        columns = "journal_id, account_id, amount_minor, currency, effective_date, posted_at"
        with refused("do not balance"):
            made = [bare(office, f"b{number}") for number in range(3)]
            copied = f"COPY billing_journalline ({columns}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(copied) as copy:
                for one, minors in zip(made, ((10, -10), (20, -20), (30, -31)), strict=True):
                    for account, minor in zip((debit, credit), minors, strict=True):
                        copy.write_row((one.pk, account.pk, minor, "CNY", DAY, NOON))
        assert Journal.objects.count() == 1

    def test_without_lines_are_refused_at_the_commit(self, office):
        with refused("has no lines"):
            bare(office)
            now()
        assert not Journal.objects.exists()

    def test_lines_of_nothing_are_refused(self, office, posted):
        debit, credit = Account.objects.order_by("code")
        with refused("not_nothing"):
            made = bare(office)
            add(line(made, debit, 0), line(made, credit, 0))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"effective_date": DAY + timedelta(days=1)},
            {"posted_at": LATER},
            {"currency": "HKD"},
        ],
    )
    def test_lines_that_say_otherwise_than_their_journal_are_refused(self, office, posted, wrong):
        debit, credit = Account.objects.order_by("code")
        with refused("do not belong"):
            made = bare(office)
            add(line(made, debit, 7, **wrong), line(made, credit, -7, **wrong))
        assert Journal.objects.count() == 1

    def test_lines_on_accounts_of_another_book_are_refused(self, office, posted):
        fund = books.open_book(
            code="F", name="Fund", kind="FUND", organization=office.platform, at=NOON, by=office.chief
        )
        with refused("do not belong"):
            made = bare(office, book=fund)
            add(
                *(
                    line(made, account, sign * 7)
                    for account, sign in zip(Account.objects.all(), (1, -1), strict=True)
                )
            )

    def test_keys_are_used_once(self, office, posted):
        with refused("billing_journal_key"):
            bare(office, "k1")

    def test_are_taken_back_once_and_whole(self, office, posted):
        assert "reverse twice" in WHY
        debit, credit = Account.objects.order_by("code")
        with refused("does not take back"):
            made = bare(office, reverses=posted)
            add(line(made, debit, -99), line(made, credit, 99))
            now()
        journals.reverse(journal=posted, key="r", on=DAY, reason="", at=NOON, by=office.clerk)
        with refused("reverses_id"):
            bare(office, reverses=posted)

    def test_do_not_count_before_they_happened(self, office):
        with refused("not_before_the_fact"):
            bare(office, occurred_on=DAY + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_no_line_is_added_to_a_journal_of_an_earlier_transaction():
    office = world.office()
    posted = journals.post(entry=entry(), at=NOON, by=office.clerk)
    debit, credit = Account.objects.order_by("code")

    with refused("posted before"):
        add(line(posted, debit, 5), line(posted, credit, -5))
    assert posted.lines.count() == 2


class TestHistory:
    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    @pytest.mark.parametrize("table", ["account", "journal", "journalline", "seal", "periodlock"])
    def test_is_never_changed(self, office, posted, table, change):
        assert "update or delete of a posted line" in WHY
        sealing.seal(book=office.book, at=NOON, by=office.clock)
        periods.lock(book=office.book, through=OCTOBER, level=Level.SOFT, at=NOON, by=office.chief)

        with refused("append-only"), connection.cursor() as cursor:
            cursor.execute(change.format(f"billing_{table}"))
        assert JournalLine.objects.filter(journal=posted).count() == 2

    def test_is_out_of_the_application_s_hands(self):
        tables = {"account", "journal", "journalline", "seal", "periodlock"}

        assert {f"billing_{table}" for table in tables} <= set(APPEND_ONLY)

    def test_of_a_book_stays_its_own(self, office):
        with refused("append-only"):
            type(office.book).objects.update(currency="HKD")
        with refused("append-only"):
            office.book.delete()
        type(office.book).objects.update(name="Renamed")


class TestFloors:
    def test_are_held_past_the_action(self, office):
        journals.post(entry=payable(office, 500, "in"), at=NOON, by=office.clerk)
        bank, owed = Account.objects.order_by("code")
        with refused("floor"):
            made = bare(office)
            add(line(made, bank, -501), line(made, owed, 501))
        assert AccountBalance.objects.get().balance_minor == 500

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE billing_accountbalance SET balance_minor = 10000",
            "DELETE FROM billing_accountbalance",
            "INSERT INTO billing_accountbalance SELECT id, 5 FROM billing_account WHERE NOT has_floor",
        ],
    )
    def test_are_not_written_by_hand(self, office, change):
        journals.post(entry=payable(office, 500, "in"), at=NOON, by=office.clerk)

        with refused("by the lines of journals alone"), connection.cursor() as cursor:
            cursor.execute(change)
        assert AccountBalance.objects.get().balance_minor == 500


class TestPeriods:
    def test_locked_hard_take_nothing(self, office):
        periods.lock(book=office.book, through=OCTOBER, level=Level.HARD, at=NOON, by=office.chief)

        with refused("locked on this day"):
            bare(office, effective_date=OCTOBER, occurred_on=OCTOBER)
        assert not Journal.objects.exists()

    def test_locked_hard_go_back_by_an_order_of_two_alone(self, office):
        periods.lock(book=office.book, through=OCTOBER, level=Level.HARD, at=NOON, by=office.chief)
        unlock = periods.order_unlock(book=office.book, through=None, reason="late", at=NOON, by=office.chief)
        step = {
            "book": office.book,
            "level": "HARD",
            "through": None,
            "person": "x",
            "person_name": "X",
            "at": NOON,
        }

        for given in ({}, {"unlock": unlock}):
            with refused("two people"):
                PeriodLock.objects.create(**step | given)
        with refused("two_persons"):
            PeriodUnlock.objects.update(stage="DONE", checker=unlock.maker, checked_at=NOON)
        assert PeriodLock.objects.of(office.book).hard == OCTOBER

    def test_orders_stay_as_they_were_given(self, office):
        periods.lock(book=office.book, through=OCTOBER, level=Level.HARD, at=NOON, by=office.chief)
        unlock = periods.order_unlock(book=office.book, through=None, reason="late", at=NOON, by=office.chief)

        with refused("append-only"):
            PeriodUnlock.objects.update(reason="other")
        with refused("append-only"):
            unlock.delete()
        periods.drop_unlock(unlock=unlock, at=NOON, by=office.chief)
        with refused("append-only"):
            PeriodUnlock.objects.update(stage="OPEN", checker="")


class TestSeals:
    @pytest.mark.parametrize(
        "wrong", [{"number": 2}, {"number": 0}, {"prev_hash": "f" * 64}, {"sealed_at": NOON - timedelta(1)}]
    )
    def test_stand_on_the_one_before(self, office, posted, wrong):
        facts = {"journal": posted, "book": office.book, "number": 1, "hash": "a" * 64, "sealed_at": NOON}

        with refused("stands on the one before"):
            Seal.objects.create(**facts | wrong)
        assert not Seal.objects.exists()

    def test_are_never_overtaken(self, office, posted):
        sealing.seal(book=office.book, at=LATER, by=office.clock)

        with refused("sealed later"):
            bare(office, posted_at=NOON)
        assert Journal.objects.count() == 1


def test_how_a_lease_is_booked_stays_after_its_first_invoice(office):
    scene = build("okuma")
    rent, _ = invoices.draft(lease=scene.lease, period=PERIOD, at=DUE, by=scene.clock)
    invoices.issue(invoice=rent, at=DUE, by=scene.clock)

    with refused("never changes after its first invoice"):
        BookingTerms.objects.update(commission_rate="0.5")
    assert BookingTerms.objects.get().commission_rate == 0
