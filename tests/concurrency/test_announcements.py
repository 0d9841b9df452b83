"""Two publish one draft; one is withdrawn while organizations are told of it: on real transactions."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import DatabaseError

from marketplace.actions import announcement_telling, announcements, audit, background_jobs, notifications
from marketplace.actions.announcements import AnnouncementMoved
from marketplace.actions.background_jobs import JobRunning
from marketplace.models import Announcement, BackgroundJob
from marketplace.models.announcements import AnnouncementQuerySet
from marketplace.queries import announcements as kept
from marketplace.rules import announcements as rules
from tests.concurrency.test_joining import together
from tests.concurrency.test_leases import fresh
from tests.governing.announcing import HOUR, NEWS, begin, told
from tests.joining.world import AT
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    yield begin()
    cache.delete(kept.KEY)


@contextmanager
def no_lock():
    with patch.object(AnnouncementQuerySet, "locked", lambda self: self):
        yield


class TestPublishing:
    @pytest.fixture
    def publish(self, desk):
        made = desk.drafted()

        def publish():
            who = desk.who() | {"by": fresh(desk.clerk)}
            return announcements.publish(announcement=made, **who)

        return publish

    def test_happens_once(self, publish):
        with together(audit, "record"):
            results = at_once(publish, publish)

        assert {type(one) for one in results} == {Announcement, AnnouncementMoved}
        assert BackgroundJob.objects.count() == 1

    def test_without_the_lock_the_database_alone_refuses(self, publish):
        with no_lock():
            interposed, results = in_between(rules, "too_late", publish)
            with interposed, pytest.raises(DatabaseError):
                publish()

        assert [type(one) for one in results] == [Announcement]
        assert BackgroundJob.objects.count() == 1


class TestWithdrawing:
    @pytest.fixture
    def acts(self, desk):
        made = desk.published()
        job = BackgroundJob.objects.get()

        def tell():
            return background_jobs.advance(job=job.pk, at=AT)

        def withdraw():
            who = desk.who(AT + HOUR) | {"by": fresh(desk.clerk)}
            announcements.withdraw(announcement=made, reason="x", **who)
            after = BackgroundJob.objects.get(kind=announcement_telling.WITHDRAWN)
            background_jobs.advance(job=after.pk, at=AT + HOUR)

        return tell, withdraw

    def test_reaches_all_who_were_told(self, acts):
        with together(notifications, "notify"):
            at_once(*acts)

        assert told() == told("announcement_withdrawn")

    def test_without_the_lock_some_are_told_of_it_alone(self, acts):
        tell, withdraw = acts
        with no_lock():
            interposed, _results = in_between(notifications, "notify", withdraw)
            with interposed:
                tell()

        assert (len(told()), told("announcement_withdrawn")) == (2, [])


class TestTellingTheRest:
    @pytest.fixture
    def tell(self, desk):
        made = desk.published()
        background_jobs.fail(job=BackgroundJob.objects.get().pk, at=AT)

        def tell():
            who = desk.who(AT + HOUR) | {"by": fresh(desk.clerk)}
            return announcements.tell_rest(announcement=made, **who)

        return tell

    def test_begins_once(self, tell):
        with together(announcement_telling, "begin"):
            results = at_once(tell, tell)

        assert {type(one) for one in results} == {Announcement, JobRunning}
        assert BackgroundJob.objects.open().count() == 1

    def test_without_the_lock_the_database_alone_refuses(self, tell):
        with no_lock():
            interposed, _results = in_between(BackgroundJob.objects, "create", tell)
            with interposed, pytest.raises(DatabaseError):
                tell()

        assert BackgroundJob.objects.open().count() == 1


class TestLayingDown:
    @pytest.fixture
    def acts(self, desk):
        made = desk.published()

        def lay():
            kept.keep_current(AT)

        def withdraw():
            who = desk.who(AT + HOUR) | {"by": fresh(desk.clerk)}
            announcements.withdraw(announcement=made, reason="x", **who)  # lays down when it stands

        return lay, withdraw

    def test_brings_back_nothing_that_was_withdrawn(self, acts):
        with together(kept, "suppress"):
            results = at_once(*acts)

        assert (results[0], kept.current()) == (None, [])

    def test_without_the_lock_it_is_shown_again(self, acts):
        lay, withdraw = acts
        with patch.object(kept, "LOCK", "SELECT 1"):
            interposed, _results = in_between(kept, "suppress", withdraw)
            with interposed:
                lay()

        assert [one.title_zh for one in kept.current()] == [NEWS.title_zh]
