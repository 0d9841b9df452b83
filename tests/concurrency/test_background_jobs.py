"""Two workers have one background job, as a task is delivered twice, on real transactions."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from marketplace.actions import background_jobs
from marketplace.actions.background_jobs import KINDS, Kind, Step
from marketplace.models import BackgroundJob
from marketplace.models.apikeys import Scope
from marketplace.models.background_jobs import BackgroundJobQuerySet
from marketplace.permissions import Permission
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steps():
    """The steps that are done; each waits for the other worker, as far as the lock lets it come."""
    done, meeting = [], Meeting()

    def step(*, job, at):
        done.append(job.done)
        meeting.wait()
        return Step(job.done + 1, is_last=False)

    kind = Kind(
        step=step,
        unit="steps",
        page="/x/{subject}/",
        address="/x/{subject}/",
        permission=Permission.EQUIPMENT_EDIT,
        reads=Scope.EQUIPMENT_READ,
        writes=Scope.EQUIPMENT_WRITE,
    )
    with patch.dict(KINDS, test=kind):
        yield done


@pytest.fixture
def job():
    owner = make.organization()
    given = {"kind": "test", "subject": "x", "title": "x", "total": 9, "organization": owner, "at": NOON}
    return background_jobs.start(**given, by=make.member(owner))


def advance(job):
    return lambda: background_jobs.advance(job=job.pk, at=NOON)


def without_the_lock():
    return patch.object(BackgroundJobQuerySet, "locked", lambda self: self.order_by("pk"))


@pytest.fixture(autouse=True)
def _no_worker():
    with patch("marketplace.actions.background_jobs.later"):
        yield


def test_no_step_is_done_twice(steps, job):
    assert at_once(advance(job), advance(job)) == [True, True]

    job.refresh_from_db()
    assert (steps, job.done) == ([0, 1], 2)


def test_without_the_lock_one_is(steps, job):
    with without_the_lock():
        at_once(advance(job), advance(job))

    job.refresh_from_db()
    assert (steps, job.done) == ([0, 0], 1)


@pytest.fixture
def held(steps, job):
    """A step that takes long: somebody has the lock until the test has ended."""
    BackgroundJob.objects.update(status="RUNNING")
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT FROM marketplace_backgroundjob FOR UPDATE")
        yield job


def test_a_job_in_a_long_step_is_not_lost(held):
    def take_up():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")  # else it would wait for the test
            try:
                return background_jobs.take_up(at=NOON + timedelta(hours=1))
            finally:
                cursor.execute("RESET lock_timeout")  # the connection goes back to the pool

    assert at_once(take_up) == [[]]


def test_nobody_waits_long_to_stop_a_long_step(held):
    with patch.object(background_jobs, "STOPPED_WITHIN", 0.05):
        (refused,) = at_once(lambda: background_jobs.cancel(job=held, by=held.made_by, at=NOON))

    assert isinstance(refused, background_jobs.JobBusy)


def test_a_job_that_is_stopped_meanwhile_stays_stopped(steps, job):
    at_once(advance(job), lambda: background_jobs.cancel(job=job, by=job.made_by, at=NOON))

    job.refresh_from_db()
    assert job.status == "CANCELLED"
