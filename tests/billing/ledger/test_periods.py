"""Locking periods and opening them again."""

from datetime import date, timedelta

import pytest

from billing.actions import periods
from billing.actions.periods import (
    LockedDayNotOver,
    LockedHard,
    NothingToUnlock,
    SamePersonUnlocks,
    UnlockDecided,
    UnlockInvalid,
)
from billing.models import PeriodLock, PeriodUnlock
from billing.rules.locks import Level
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests.billing.ledger.world import LATER, NOON

SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)


def lock(office, through=OCTOBER, level=Level.HARD, by=None, at=NOON):
    return periods.lock(book=office.book, through=through, level=level, at=at, by=by or office.chief)


def order(office, through=SEPTEMBER, by=None, reason="an invoice came late"):
    return periods.order_unlock(
        book=office.book, through=through, reason=reason, at=NOON, by=by or office.chief
    )


def locked(office):
    return PeriodLock.objects.of(office.book)


class TestLock:
    @pytest.mark.parametrize("level", Level)
    def test_is_written_down(self, office, level):
        lock(office, level=level)

        assert locked(office) == ((OCTOBER, None) if level is Level.SOFT else (None, OCTOBER))
        entry = AuditEntry.objects.get(action="period.lock")
        assert (entry.subject, entry.facts) == ("P", {"level": level.value, "through": "2026-10-31"})

    def test_needs_the_right(self, office):
        with pytest.raises(MissingRight):
            lock(office, by=office.clerk)
        assert locked(office) == (None, None)

    def test_of_a_day_that_is_not_over_is_refused(self, office):
        today = date(2026, 11, 1)  # noon in Shanghai

        with pytest.raises(LockedDayNotOver):
            lock(office, through=today)
        assert locked(office) == (None, None)
        lock(office, through=today, at=NOON + timedelta(hours=12))

    def test_locked_softly_goes_back_by_one(self, office):
        lock(office, level=Level.SOFT)
        lock(office, SEPTEMBER, level=Level.SOFT)
        assert locked(office).soft == SEPTEMBER
        lock(office, None, level=Level.SOFT)
        assert locked(office).soft is None

    @pytest.mark.parametrize("through", [SEPTEMBER, None])
    def test_locked_hard_does_not(self, office, through):
        lock(office)

        with pytest.raises(LockedHard):
            lock(office, through)
        assert locked(office).hard == OCTOBER

    def test_locked_hard_goes_forward(self, office):
        lock(office, SEPTEMBER)
        lock(office)

        assert locked(office).hard == OCTOBER


class TestUnlock:
    @pytest.fixture(autouse=True)
    def locked(self, office):
        lock(office)

    @pytest.mark.parametrize("through", [SEPTEMBER, None])
    def test_opens_by_two(self, office, through):
        unlock = order(office, through)
        assert locked(office).hard == OCTOBER

        step = periods.approve_unlock(unlock=unlock, at=LATER, by=office.second)

        assert locked(office).hard == through
        assert (step.unlock, step.person) == (unlock, office.second.public_id)
        assert PeriodUnlock.objects.get().checker == office.second.public_id

    def test_by_one_is_refused(self, office):
        unlock = order(office)

        with pytest.raises(SamePersonUnlocks):
            periods.approve_unlock(unlock=unlock, at=LATER, by=office.chief)
        assert locked(office).hard == OCTOBER

    def test_is_decided_once(self, office):
        unlock = order(office)
        periods.drop_unlock(unlock=unlock, at=LATER, by=office.chief)

        with pytest.raises(UnlockDecided):
            periods.approve_unlock(unlock=unlock, at=LATER, by=office.second)
        with pytest.raises(UnlockDecided):
            periods.drop_unlock(unlock=unlock, at=LATER, by=office.second)
        assert locked(office).hard == OCTOBER

    @pytest.mark.parametrize("through", [OCTOBER, date(2026, 11, 30)])
    def test_of_what_is_open_is_refused(self, office, through):
        with pytest.raises(NothingToUnlock):
            order(office, through)
        assert not PeriodUnlock.objects.exists()

    def test_that_came_after_another_is_refused(self, office):
        first, second = order(office, None), order(office)
        periods.approve_unlock(unlock=first, at=LATER, by=office.second)

        with pytest.raises(NothingToUnlock):
            periods.approve_unlock(unlock=second, at=LATER, by=office.second)
        second.refresh_from_db()
        assert second.stage == PeriodUnlock.Stage.OPEN

    def test_says_why(self, office):
        with pytest.raises(UnlockInvalid) as refused:
            order(office, reason=" ")
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/reason"]

    def test_needs_the_right(self, office):
        unlock = order(office)

        for act in (
            lambda: order(office, by=office.clerk),
            lambda: periods.approve_unlock(unlock=unlock, at=NOON, by=office.clerk),
            lambda: periods.drop_unlock(unlock=unlock, at=NOON, by=office.clerk),
        ):
            with pytest.raises(MissingRight):
                act()
        assert locked(office).hard == OCTOBER
