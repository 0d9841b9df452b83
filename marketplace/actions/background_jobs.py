"""
Background jobs: begun by an action, done by the worker step by step, stopped by those who may.

Who does a kind of work says so once (:func:`register`); the walls are kept, as upper rooms register theirs.
A step and what the job says of it stand in one transaction: a step that was delivered twice finds the first
one done, and a worker that is killed leaves the job where its last step ended.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_noop
from psycopg.errors import LockNotAvailable

from marketplace.actions import audit, events, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import BackgroundJob, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.event_types import EventType
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotPossible
from marketplace.shared.later import later

LOST_AFTER: Final = timedelta(seconds=60)  # without a step; one takes a second
FORGOTTEN_AFTER: Final = timedelta(
    minutes=10
)  # in the queue: its message may be lost, or many wait before it
STOPPED_WITHIN: Final = 3  # seconds; the last step of all or none may take longer
MOST_TAKEN_UP: Final = 3  # in a row without a step
Status = BackgroundJob.Status
TEXTS: Final = {
    "background_job_lost": gettext_noop(
        "No worker could go on with it. What was done stands. Start it again, or tell the platform."
    ),
    "background_job_failed": gettext_noop(
        "A fault of ours ended it. What was done stands. Tell the platform, with its number."
    ),
    "background_job_cancelled": gettext_noop("It was stopped by {who}. What was done stands."),
}


class JobRunning(NotPossible):
    """The same work is being done already."""

    code = "background_job_running"
    text = gettext_noop("This is being done already. Wait until it has ended, or stop it.")


class JobEnded(NotPossible):
    """What has ended cannot be stopped."""

    code = "background_job_ended"
    text = gettext_noop("It has ended already.")


class JobBusy(NotPossible):
    """A step that takes long is being done, after which the job can be stopped, or has ended."""

    code = "background_job_busy"
    text = gettext_noop("A long step is being done. Try again in a minute.")


@dataclass(frozen=True)
class Step:
    """How a step ended: how much is done of all, and whether that was the last one."""

    done: int
    is_last: bool


@dataclass(frozen=True)
class Kind:
    """
    A kind of long work.

    ``step(job=, at=)`` does the next piece within the transaction that is open. ``unit`` is what progress
    counts; ``page`` and ``address`` are paths of the result, with ``{subject}``. Whoever has ``permission``
    may stop it, of what ``is_own`` only who began it. ``told(job=)`` is what the person is told at the end,
    with the facts; nothing if ``None``.
    """

    step: Callable[..., Step]
    unit: str
    page: str
    address: str
    permission: Permission
    reads: Scope
    writes: Scope
    told: Callable[..., tuple[Told, Mapping[str, str]] | None] = field(default=lambda *, job: None)
    is_own: bool = False


KINDS: Final[dict[str, Kind]] = {}


def register(*, name: str, kind: Kind) -> None:
    """Say who does a kind of work; rooms do so when they are made ready."""
    KINDS[name] = kind


@atomic
def start(
    *, kind: str, subject: str, title: str, total: int, organization: Organization, by: User, at: datetime
) -> BackgroundJob:
    """
    Begin long work about ``subject`` (a public id), which the worker goes on with after the commit.

    :raises MissingRight: if ``by`` may not do this kind of work
    :raises JobRunning: if this is being done already
    """
    require(by, KINDS[kind].permission, within=organization)
    if BackgroundJob.objects.open().filter(kind=kind, subject=subject).exists():
        raise JobRunning
    job = BackgroundJob.objects.create(
        organization=organization,
        made_by=by,
        kind=kind,
        subject=subject,
        title=title[:120],
        total=total,
        made_at=at,
        moved_at=at,
    )
    audit.record(by=by, action="background_job.start", subject=job.public_id, at=at, within=organization)
    later("marketplace.tasks.work_on_job", job_id=job.pk)
    return job


@atomic
def begin(*, job: int, at: datetime) -> None:
    """
    Say that a worker has taken a job, by its key, before its first step.

    It stands by itself, so that a worker which is killed in that step is seen to be lost.
    """
    found = BackgroundJob.objects.open().locked().filter(pk=job, status=Status.QUEUED).first()
    if found is not None:
        found.status, found.started_at, found.moved_at = Status.RUNNING, found.started_at or at, at
        found.save()


@atomic
def advance(*, job: int, at: datetime) -> bool:
    """
    Do the next step of a job, by its key; return whether there is more to do.

    The job is locked meanwhile: two workers do two steps one after the other, never one twice.
    """
    found = BackgroundJob.objects.open().locked().filter(pk=job).first()
    if found is None:
        return False
    if found.status == Status.QUEUED:
        found.status, found.started_at = Status.RUNNING, found.started_at or at
    step = KINDS[found.kind].step(job=found, at=at)
    found.done, found.moved_at, found.taken_up = step.done, at, 0
    if step.is_last:
        _end(found, Status.SUCCEEDED, at)
    found.save()
    return not step.is_last


@atomic
def put_back(*, job: int, at: datetime) -> None:
    """Queue a job, by its key, behind the others; while it waits no worker is missed."""
    found = BackgroundJob.objects.open().locked().filter(pk=job).first()
    if found is not None:
        found.status, found.moved_at = Status.QUEUED, at
        found.save()
        later("marketplace.tasks.work_on_job", job_id=job)


@atomic
def cancel(*, job: BackgroundJob, by: User, at: datetime) -> BackgroundJob:
    """
    Stop a job after the step that is being done; what was done stands.

    :raises MissingRight: if ``by`` may not do this kind of work, or it is somebody's own
    :raises JobEnded: if it has ended
    :raises JobBusy: if its step takes longer than ``STOPPED_WITHIN``
    """
    require(by, KINDS[job.kind].permission, within=job.organization)
    if KINDS[job.kind].is_own and job.made_by_id != by.pk:
        raise MissingRight(organization=job.organization.name)
    found = _soon(job)
    if found is None:
        raise JobEnded
    _end(found, Status.CANCELLED, at, "background_job_cancelled", who=by.name)
    found.save()
    audit.record(
        by=by, action="background_job.cancel", subject=found.public_id, at=at, within=job.organization
    )
    return found


def _soon(job: BackgroundJob) -> BackgroundJob | None:
    """Lock a job that is open, and do not wait for long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{STOPPED_WITHIN}s"])
            return BackgroundJob.objects.open().locked().filter(pk=job.pk).first()
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise JobBusy from error
        raise


@atomic
def fail(*, job: int, code: str = "background_job_failed", at: datetime) -> None:
    """End a job, by its key, without a result; one that has ended stays as it is."""
    found = BackgroundJob.objects.open().locked().filter(pk=job).first()
    if found is not None:
        _end(found, Status.FAILED, at, code)
        found.save()


@atomic
def take_up(*, at: datetime) -> list[int]:
    """
    Find the jobs whose worker was lost, and return those to be gone on with, by their keys.

    One that was taken up three times and never got on ends with that as its reason. One that only waits may
    wait: workers are busy. It is queued again now and then, in case that its message was lost.
    """
    fresh = []
    stuck = BackgroundJob.objects.stuck(running=at - LOST_AFTER, queued=at - FORGOTTEN_AFTER)
    for found in stuck.free():
        found.taken_up += found.status == Status.RUNNING
        found.status, found.moved_at = Status.QUEUED, at
        if found.taken_up > MOST_TAKEN_UP:
            _end(found, Status.FAILED, at, "background_job_lost")
        else:
            fresh.append(found.pk)
        found.save()
    return fresh


def _end(job: BackgroundJob, status: Status, at: datetime, code: str = "", **facts: str) -> None:
    """Say how a job ended, to programs of the organization and to the person who began it."""
    job.status, job.finished_at = status, at
    job.started_at = job.started_at or at
    job.problem = {"code": code, "text": TEXTS[code], "facts": facts} if code else {}
    events.publish(type=EventType.JOB_FINISHED, object=job.public_id, to=[job.organization], at=at)
    kind = KINDS[job.kind]
    told = kind.told(job=job) if status == Status.SUCCEEDED else None
    if status == Status.FAILED:
        told = (Told.BACKGROUND_JOB_FAILED, {"name": job.title})
    if told:
        notifications.notify(
            kind=told[0],
            to=[job.organization],
            person=job.made_by,
            facts=told[1],
            link=kind.page.format(subject=job.subject),
            at=at,
        )
