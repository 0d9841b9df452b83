"""Background jobs: one at a time, step by step, stopped, lost and taken up, and told of at their end."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from marketplace import tasks
from marketplace.actions import background_jobs, events
from marketplace.actions.background_jobs import (
    KINDS,
    LOST_AFTER,
    MOST_TAKEN_UP,
    JobEnded,
    JobRunning,
    Kind,
    Step,
)
from marketplace.models import BackgroundJob, Event, Notification
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight, Permission
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + LOST_AFTER + timedelta(seconds=1)


@once.fixture
def owner():
    return make.organization()


@once.fixture
def admin(owner):
    return make.member(owner)


@pytest.fixture
def steps(monkeypatch):
    """What the steps of a kind of work for tests do; each of three by default only counts."""
    done = []

    def step(*, job, at):
        done.append(job.done)
        if done == ["fail"] or (done and done[0] == "fail"):
            raise ZeroDivisionError
        return Step(job.done + 1, job.done + 1 == job.total)

    kind = Kind(
        step=step,
        unit="steps",
        page="/x/{subject}/",
        address="/api/v1/x/{subject}/",
        permission=Permission.EQUIPMENT_EDIT,
        reads=Scope.EQUIPMENT_READ,
        writes=Scope.EQUIPMENT_WRITE,
    )
    monkeypatch.setitem(KINDS, "test", kind)
    return done


def begin(owner, by, subject="thing_1"):
    given = {"kind": "test", "subject": subject, "title": "Much work", "total": 3}
    return background_jobs.start(**given, organization=owner, by=by, at=NOON)


def test_is_done_step_by_step_and_told_of_once(owner, admin, steps):
    job = begin(owner, admin)

    assert [background_jobs.advance(job=job.pk, at=NOON) for _ in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    job.refresh_from_db()
    assert (job.status, job.done, job.started_at, job.finished_at) == ("SUCCEEDED", 3, NOON, NOON)
    assert steps == [0, 1, 2]
    (event,) = Event.objects.filter(organization=owner)
    assert (event.type, event.object, event.data["object"]) == ("job.finished", job.public_id, "job")
    assert not Notification.objects.exists()
    events.number(at=NOON)


def test_one_thing_is_worked_on_by_one_job(owner, admin, steps):
    first = begin(owner, admin)

    with pytest.raises(JobRunning):
        begin(owner, admin)
    begin(owner, admin, "thing_2")
    background_jobs.cancel(job=first, by=admin, at=NOON)
    assert begin(owner, admin).pk != first.pk


def test_is_begun_and_stopped_by_those_who_may(owner, admin, steps):
    viewer = make.member(owner, "VIEWER")
    job = begin(owner, admin)

    with pytest.raises(MissingRight):
        begin(owner, viewer, "thing_2")
    with pytest.raises(MissingRight):
        background_jobs.cancel(job=job, by=viewer, at=NOON)
    job.refresh_from_db()
    assert job.status == "QUEUED" and BackgroundJob.objects.count() == 1


def test_what_has_ended_is_not_stopped(owner, admin, steps):
    job = begin(owner, admin)
    background_jobs.cancel(job=job, by=admin, at=NOON)

    with pytest.raises(JobEnded):
        background_jobs.cancel(job=job, by=admin, at=LATER)
    background_jobs.fail(job=job.pk, at=LATER)
    job.refresh_from_db()
    assert (job.status, job.finished_at, steps) == ("CANCELLED", NOON, [])


def test_a_job_whose_worker_was_lost_is_taken_up(owner, admin, steps):
    job = begin(owner, admin)
    background_jobs.advance(job=job.pk, at=NOON)

    assert background_jobs.take_up(at=NOON) == []
    assert background_jobs.take_up(at=LATER) == [job.pk]
    assert background_jobs.take_up(at=LATER) == []  # somebody has it now
    while background_jobs.advance(job=job.pk, at=LATER):
        continue
    job.refresh_from_db()
    assert (job.status, job.taken_up, steps) == ("SUCCEEDED", 0, [0, 1, 2])


def test_a_job_that_never_gets_on_ends_with_that_as_its_reason(owner, admin, steps):
    job, found = begin(owner, admin), []
    for n in range(1, MOST_TAKEN_UP + 3):  # a worker takes it, and is killed in its first step
        background_jobs.begin(job=job.pk, at=NOON + n * 3 * LOST_AFTER)
        found.append(background_jobs.take_up(at=NOON + (n * 3 + 2) * LOST_AFTER))

    assert found == [[job.pk]] * MOST_TAKEN_UP + [[], []]
    job.refresh_from_db()
    assert (job.status, job.problem["code"]) == ("FAILED", "background_job_lost")
    (told,) = Notification.objects.all()
    assert (told.kind, told.person, told.link) == ("background_job_failed", admin, "/x/thing_1/")
    assert "Much work" in told.said


def test_a_job_that_waits_is_not_lost(owner, admin, steps):
    """Others keep the workers busy for an hour: it is queued again now and then, and waits."""
    job = begin(owner, admin)

    minutes = [n for n in range(1, 61) if background_jobs.take_up(at=NOON + timedelta(minutes=n))]

    assert minutes == [11, 22, 33, 44, 55]
    job.refresh_from_db()
    assert (job.status, job.taken_up) == ("QUEUED", 0)


def test_a_job_that_was_put_back_waits_as_well(owner, admin, steps):
    job = begin(owner, admin)
    background_jobs.advance(job=job.pk, at=NOON)
    background_jobs.put_back(job=job.pk, at=NOON)

    assert background_jobs.take_up(at=LATER) == []
    background_jobs.advance(job=job.pk, at=LATER)
    job.refresh_from_db()
    assert (job.status, job.done, job.started_at) == ("RUNNING", 2, NOON)
    background_jobs.cancel(job=job, by=admin, at=LATER)
    background_jobs.put_back(job=job.pk, at=LATER)
    background_jobs.begin(job=job.pk, at=LATER)
    job.refresh_from_db()
    assert job.status == "CANCELLED"


class TestTheWorker:
    def test_does_all_of_a_job(self, owner, admin, steps):
        job = begin(owner, admin)
        tasks.work_on_job(job_id=job.pk)
        tasks.work_on_job(job_id=job.pk)  # delivered twice
        job.refresh_from_db()
        assert (job.status, steps) == ("SUCCEEDED", [0, 1, 2])

    def test_lets_others_have_their_turn(self, owner, admin, steps, monkeypatch):
        job, queued = begin(owner, admin), []
        monkeypatch.setattr(tasks, "ROUND_S", -1)
        monkeypatch.setattr(background_jobs, "later", lambda task, **given: queued.append(given))

        tasks.work_on_job(job_id=job.pk)

        assert (queued, steps) == ([{"job_id": job.pk}], [0])
        assert BackgroundJob.objects.get().status == "QUEUED"

    def test_ends_a_job_by_a_fault_of_ours_with_that_as_its_reason(self, owner, admin, steps):
        job = begin(owner, admin)
        steps.append("fail")
        tasks.work_on_job(job_id=job.pk)
        job.refresh_from_db()
        assert (job.status, job.problem["code"]) == ("FAILED", "background_job_failed")

    def test_leaves_a_job_to_be_taken_up_when_the_database_is_lost(self, owner, admin, steps, monkeypatch):
        job, queued = begin(owner, admin), []
        monkeypatch.setattr(tasks, "is_passing", lambda error: True)
        monkeypatch.setattr(background_jobs, "advance", _lost)
        with pytest.raises(OperationalError):
            tasks.work_on_job(job_id=job.pk)
        job.refresh_from_db()
        assert job.is_open
        BackgroundJob.objects.update(status="RUNNING", moved_at=NOON - timedelta(days=1))
        monkeypatch.setattr(tasks.work_on_job, "delay", lambda **given: queued.append(given))
        tasks.take_up_jobs()
        assert queued == [{"job_id": job.pk}]


def _lost(**_given):
    raise OperationalError
