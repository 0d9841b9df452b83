"""Sealing: in the order of posting, in parts, and what the chain shows when rows were changed."""

from datetime import date, timedelta

import pytest
from django.db import connection

from billing import tasks
from billing.actions import journals, sealing
from billing.models import Journal, Seal
from billing.queries.ledger import trial_balance
from marketplace.permissions import MissingRight
from tests.billing.ledger.world import DAY, LATER, NOON, entry


def post(office, key, at=NOON, minor=100):
    return journals.post(entry=entry(key, minor), at=at, by=office.clerk)


def seal(office, at=LATER, **how):
    return sealing.seal(book=office.book, at=at, by=office.clock, **how)


class TestSeal:
    def test_chains_in_the_order_of_posting(self, office):
        late, early = post(office, "a", NOON + timedelta(hours=1)), post(office, "b")

        assert seal(office) == 2

        first, second = Seal.objects.order_by("number")
        assert (first.journal, second.journal) == (early, late)
        assert (first.number, first.prev_hash, second.prev_hash) == (1, "", first.hash)
        assert sealing.verify(book=office.book) == []

    def test_goes_on_where_it_stopped(self, office):
        for number in range(5):
            post(office, f"k{number}", NOON + timedelta(minutes=number))

        assert [seal(office, most=2) for _ in range(4)] == [2, 2, 1, 0]
        assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        assert sealing.verify(book=office.book, most=2) == []

    def test_of_a_part_lets_the_rest_be_posted_as_it_was(self, office):
        post(office, "a")
        post(office, "b", NOON + timedelta(hours=1))
        seal(office, most=1)

        assert Seal.objects.get().sealed_at == NOON
        assert post(office, "c", NOON + timedelta(minutes=5)).posted_at == NOON + timedelta(minutes=5)
        assert seal(office) == 2

    def test_leaves_what_is_posted_later(self, office):
        post(office, "a", LATER)

        assert seal(office, at=NOON) == 0

    def test_needs_the_right(self, office):
        post(office, "a")

        with pytest.raises(MissingRight):
            sealing.seal(book=office.book, at=LATER, by=office.clerk)
        assert not Seal.objects.exists()

    def test_is_done_by_the_clock(self, office):
        post(office, "a")

        tasks.seal_books()

        assert Seal.objects.get().number == 1

    def test_is_done_by_the_clock_until_nothing_waits(self, office, monkeypatch):
        monkeypatch.setattr(sealing, "AT_ONCE", 1)
        real = sealing.seal
        monkeypatch.setattr(sealing, "seal", lambda **given: real(**given, most=1))
        post(office, "a")
        post(office, "b")  # of one moment: they are sealed together, however many they are
        post(office, "c", NOON + timedelta(hours=1))

        tasks.seal_books()

        assert Seal.objects.count() == 3


def test_a_trial_balance_as_known_at_a_seal_never_changes(office):
    post(office, "a", minor=100)
    seal(office, at=LATER)
    before = trial_balance(office.book, DAY, known_at=LATER)

    post(office, "late", at=NOON, minor=7)

    assert trial_balance(office.book, DAY, known_at=LATER - timedelta(seconds=1)) == before
    assert trial_balance(office.book, DAY) != before
    assert trial_balance(office.book, date(2026, 1, 1)) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE billing_journalline SET amount_minor = amount_minor * 2",
        "UPDATE billing_journal SET memo = 'other'",
        "UPDATE billing_journal SET actor = 'usr_other'",
        "UPDATE billing_journal SET effective_date = effective_date + 1",
        "UPDATE billing_seal SET hash = repeat('f', 64)",
    ],
)
def test_what_an_owner_of_the_tables_changes_past_the_triggers_is_found(office, change):
    post(office, "a")
    seal(office)

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(change)
        cursor.execute("SET session_replication_role = DEFAULT")

    assert len(sealing.verify(book=office.book)) == 1
    assert Journal.objects.count() == 1
