"""Versions of days that nothing stands on go; what an invoice, a review or a bundle needs stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction

from billing import tasks
from billing.actions import metering, reviews, superseded
from billing.models import ReviewItem, UsageWindow, WindowSet
from billing.rules.reviews import Verdict
from tests.billing import world
from tests.billing.bundles import papers

START = world.midnight("2026-10-15")
NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NONE = timedelta(0)


def count(scene, *spoken):
    scene.say(*((number, at, "ppartcount", value) for number, at, value in spoken))


def meter(scene, at):
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def grow(scene, runs, first=1, at=NINE):
    """Let the day grow by a version a run."""
    for turn in range(first, first + runs):
        count(scene, (turn, NINE + turn * MINUTE, turn))
        meter(scene, at + turn * MINUTE)


def versions():
    return list(WindowSet.objects.order_by("version").values_list("version", flat=True))


class TestPurging:
    def test_leaves_the_newest_version_of_a_day_that_is_not_billed(self, by_part):
        grow(by_part, 6)
        known = WindowSet.objects.newest().get()
        assert len(versions()) > 3

        gone = superseded.purge(keep=NONE, at=DUE)

        assert gone == known.version - 1
        assert WindowSet.objects.get() == known
        assert set(UsageWindow.objects.values_list("set", flat=True)) == {known.pk}
        assert superseded.purge(keep=NONE, at=DUE) == 0

    def test_keeps_what_was_replaced_lately(self, by_part):
        grow(by_part, 6)
        many = len(versions())

        assert superseded.purge(keep=DAY, at=NINE + timedelta(hours=5)) == 0
        assert superseded.purge(keep=DAY, at=NINE + DAY + 5 * MINUTE) == 2
        assert len(versions()) == many - 2

    def test_looks_at_all_of_them_part_by_part(self, by_part, monkeypatch):
        monkeypatch.setattr(superseded, "AT_ONCE", 2)
        grow(by_part, 7)

        assert superseded.purge(keep=NONE, at=DUE) == 5
        assert len(versions()) == 1

    def test_metering_goes_on_from_what_stayed(self, by_part):
        grow(by_part, 4)
        superseded.purge(keep=NONE, at=DUE)
        grow(by_part, 2, first=5)

        assert WindowSet.objects.newest().get().quantity == 5

    def test_the_task_keeps_them_as_long_as_the_settings_say(self, by_part, settings):
        grow(by_part, 4)
        settings.SUPERSEDED_WINDOWS_KEPT = timedelta(days=36_500)
        tasks.purge_superseded()
        assert len(versions()) == 3

        settings.SUPERSEDED_WINDOWS_KEPT = NONE
        tasks.purge_superseded()
        assert len(versions()) == 1


class TestWhatStays:
    def test_what_an_invoice_was_counted_from_and_everything_after(self, by_part, tmp_path):
        grow(by_part, 4)
        invoice = papers.bill(by_part, DUE)
        counted = WindowSet.objects.newest().get()
        grow(by_part, 3, first=5, at=DUE)
        papers.seal(by_part)
        before = papers.packed(invoice, by_part)

        superseded.purge(keep=NONE, at=DUE + DAY)

        assert versions() == list(range(counted.version, counted.version + 4))
        assert papers.packed(invoice, by_part) == before
        (tmp_path / "bundle.zip").write_bytes(before)
        assert papers.verify(tmp_path / "bundle.zip")[0] == 0

    def test_with_which_a_review_item_opened(self, by_part, tmp_path):
        count(by_part, (1, START - DAY, 5))
        count(by_part, (2, NINE, 9), (3, NINE + MINUTE, 10))
        meter(by_part, NINE + MINUTE)
        for within, by in ((by_part.lessor, by_part.owner), (by_part.lessee, by_part.buyer)):
            said = {"verdict": Verdict.BILL, "reason": "seen", "at": NINE + 2 * MINUTE}
            reviews.decide(item=ReviewItem.objects.get(), within=within, by=by, **said)
        for number, value in ((4, 11), (5, 12), (6, 13)):
            count(by_part, (number, NINE + number * MINUTE, value))
            meter(by_part, NINE + number * MINUTE)
        invoice = papers.bill(by_part, DUE)
        before = papers.packed(invoice, by_part)

        assert superseded.purge(keep=NONE, at=DUE + DAY) == 3

        first, last = WindowSet.objects.order_by("version")
        assert ReviewItem.objects.get().opened_with == first
        assert (first.held, last.held, last.quantity) == (4, 0, 8)
        assert papers.packed(invoice, by_part) == before
        (tmp_path / "bundle.zip").write_bytes(before)
        assert papers.verify(tmp_path / "bundle.zip")[0] == 0

    def test_what_is_held_where_items_are_older_than_that_note(self, by_part):
        count(by_part, (1, START - DAY, 5))
        count(by_part, (2, NINE, 9), (3, NINE + MINUTE, 10))
        meter(by_part, NINE + MINUTE)
        ReviewItem.objects.update(opened_with=None)
        count(by_part, (4, NINE + 4 * MINUTE, 11))
        meter(by_part, NINE + 4 * MINUTE)

        assert superseded.purge(keep=NONE, at=DUE) == 0


class TestTheDatabase:
    @pytest.fixture
    def grown(self, by_part):
        grow(by_part, 4)
        return by_part

    def test_refuses_to_delete_the_newest_and_what_is_billed(self, grown):
        newest = WindowSet.objects.newest().get()
        self.refuses("DELETE FROM billing_windowset WHERE id = %s", newest.pk)

        papers.bill(grown, DUE)
        grow(grown, 2, first=5, at=DUE)

        self.refuses("DELETE FROM billing_windowset WHERE id = %s", newest.pk)
        self.refuses("DELETE FROM billing_windowset WHERE version = %s", newest.version + 1)

    def test_refuses_to_delete_windows_without_their_set(self, grown):
        oldest = WindowSet.objects.earliest("version")
        self.refuses("DELETE FROM billing_usagewindow WHERE set_id = %s", oldest.pk)

    def test_the_application_deletes_nothing_but_through_the_function(self, grown):
        role = "jijian_test_windows"
        call_command("grant_app_role", role=role, stdout=StringIO())
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            for table in ("windowset", "usagewindow", "meteringplan"):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    cursor.execute(f"DELETE FROM billing_{table}")

            assert superseded.purge(keep=NONE, at=DUE) == 2

    def refuses(self, statement, value):
        with (
            pytest.raises(DatabaseError, match=r"stands on it|go with their set"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [value])
