"""The clock of a test installation goes forward, for everybody, and says so."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from redis.exceptions import RedisError

from marketplace.actions import clocks
from marketplace.models import AuditEntry, Event, MovedClock
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.queries.clocks import KEY
from marketplace.shared import clock
from tests.factories import marketplace as make
from tests.modes.conftest import MACHINE

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def who(installation):
    works = make.organization()
    return {"within": works, "by": make.member(works), "at": MACHINE}


@pytest.fixture
def queued(monkeypatch):
    """Collect what is queued after the commit instead of sending it."""
    found = []
    monkeypatch.setattr("marketplace.actions.clocks.later", lambda task, **given: found.append(task))
    return found


def unmoved():
    return MovedClock.objects.values_list("ahead", "moved_at", "moved_by").get() == (timedelta(0), None, "")


class TestMoving:
    def test_by_a_span_moves_the_clock_and_tells_audit_trail_and_programs(
        self, who, queued, django_capture_on_commit_callbacks
    ):
        other = make.organization()
        with django_capture_on_commit_callbacks(execute=True):
            clocks.move_by(span=30 * DAY, **who)

        assert clock.now() == MACHINE + 30 * DAY
        assert clock.machine_now() == MACHINE
        entry = AuditEntry.objects.get(action="clock.move")
        assert (entry.at, entry.actor) == (MACHINE + 30 * DAY, who["by"].public_id)
        assert entry.facts["to"] == (MACHINE + 30 * DAY).isoformat()
        told = Event.objects.filter(type="clock.moved", occurred_at=MACHINE + 30 * DAY)
        assert {one.organization for one in told} == {who["within"], other}
        assert queued == ["marketplace.tasks.catch_up"]

    def test_to_a_time_sets_exactly_that(self, who, queued):
        clocks.move_to(to=MACHINE + 3 * HOUR, **who)

        assert MovedClock.objects.get().ahead == 3 * HOUR
        assert MovedClock.objects.get().moved_by == who["by"].public_id

    def test_twice_adds_up(self, who, queued):
        for _number in range(2):
            clocks.move_by(span=HOUR, **who)

        assert MovedClock.objects.get().ahead == 2 * HOUR

    def test_leaves_today_where_the_pages_are_read(self, who, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            clocks.move_by(span=13 * HOUR, **who)

        assert f"{clock.today()}" == "2026-11-21"


class TestRefusals:
    @pytest.mark.parametrize("span", [timedelta(0), -HOUR])
    def test_a_span_that_is_none(self, who, queued, span):
        with pytest.raises(clocks.ClockMoveInvalid) as caught:
            clocks.move_by(span=span, **who)

        assert [flaw.pointer for flaw in caught.value.flaws] == ["/days"]
        assert unmoved()
        assert queued == []

    @pytest.mark.parametrize("to", [MACHINE - HOUR, MACHINE])
    def test_a_time_that_is_over(self, who, queued, to):
        with pytest.raises(clocks.ClockOnlyForward):
            clocks.move_to(to=to, **who)

        assert unmoved()
        assert not Event.objects.exists()

    def test_farther_than_four_hundred_days_in_all(self, who, queued):
        clocks.move_by(span=400 * DAY, **who)
        with pytest.raises(clocks.ClockTooFar):
            clocks.move_by(span=timedelta(microseconds=1), **who)

        assert MovedClock.objects.get().ahead == 400 * DAY
        assert AuditEntry.objects.filter(action="clock.move").count() == 1

    @pytest.mark.parametrize("act", [{"span": DAY}, {"to": MACHINE + DAY}])
    def test_a_live_database_which_does_not_become_one_of_test_mode(self, settings, queued, act):
        settings.JIJIAN_MODE = "test"
        works = make.organization()
        who = {"within": works, "by": make.member(works), "at": MACHINE}
        move = clocks.move_by if "span" in act else clocks.move_to
        with pytest.raises(clocks.ClockNotThere):
            move(**act, **who)

        assert not MovedClock.objects.exists()
        assert not AuditEntry.objects.filter(action="clock.move").exists()

    @pytest.mark.parametrize("act", [{"span": DAY}, {"to": MACHINE + DAY}])
    def test_somebody_who_connects_no_programs(self, who, queued, act):
        viewer = make.member(who["within"], Role.VIEWER)
        move = clocks.move_by if "span" in act else clocks.move_to
        with pytest.raises(MissingRight):
            move(**act, **who | {"by": viewer})

        assert unmoved()


class TestTheDatabase:
    @pytest.mark.parametrize("ahead", [HOUR, timedelta(0)])
    def test_lets_the_clock_go_forward_alone(self, installation, ahead):
        MovedClock.objects.update(ahead=DAY, moved_at=MACHINE, moved_by="usr")
        with pytest.raises((IntegrityError, InternalError), match="only goes forward"), transaction.atomic():
            MovedClock.objects.update(ahead=ahead)
        with pytest.raises((IntegrityError, InternalError), match="only goes forward"), transaction.atomic():
            MovedClock.objects.all().delete()

        assert MovedClock.objects.get().ahead == DAY

    def test_refuses_what_is_too_far_by_nobody_or_a_second_one(self, installation):
        for wrong in (
            {"ahead": 401 * DAY, "moved_at": MACHINE, "moved_by": "usr"},
            {"ahead": DAY, "moved_at": MACHINE, "moved_by": ""},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                MovedClock.objects.update(**wrong)
        with pytest.raises(IntegrityError), transaction.atomic():
            MovedClock.objects.create(id=2)

        assert unmoved()

    def test_knows_the_time_of_rows_that_say_it_of_themselves(self, installation):
        def ahead():
            with connection.cursor() as cursor:
                cursor.execute("SELECT marketplace_now() - statement_timestamp()")
                return cursor.fetchone()[0]

        before = ahead()
        MovedClock.objects.update(ahead=DAY, moved_at=MACHINE, moved_by="usr")
        assert (before, ahead()) == (timedelta(0), DAY)


class TestReading:
    def test_all_processes_are_told_at_the_commit(self, who, queued, django_capture_on_commit_callbacks):
        assert clock.now() == MACHINE  # and remembered
        with django_capture_on_commit_callbacks(execute=True):
            clocks.move_by(span=DAY, **who)

        assert cache.get(KEY) == DAY

    def test_what_is_remembered_holds_for_a_second_at_most(self, installation):
        clock.now()

        assert 0 <= cache._cache.get_client().pttl(cache.make_key(KEY)) <= 1000

    def test_without_the_cache_the_row_is_read(self, installation, monkeypatch):
        def broken(*given, **named):
            raise RedisError("away")

        MovedClock.objects.update(ahead=DAY, moved_at=MACHINE, moved_by="usr")
        monkeypatch.setattr(cache, "get", broken)
        monkeypatch.setattr(cache, "set", broken)

        assert clock.now() == MACHINE + DAY

    def test_a_live_installation_goes_by_its_machine_whatever_its_database_holds(
        self, installation, settings
    ):
        MovedClock.objects.update(ahead=DAY, moved_at=MACHINE, moved_by="usr")
        settings.JIJIAN_MODE = "live"

        assert clock.now() == MACHINE
