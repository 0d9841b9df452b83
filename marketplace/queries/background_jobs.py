"""How far background jobs are, for pages and programs that ask again and again."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.models import BackgroundJob

POLLED = ((10, 1), (60, 2), (600, 5))  # up to which age, in seconds, how many seconds to wait
SELDOM = 15


def look_again_after(job: BackgroundJob, at: datetime) -> int:
    """Return after how many seconds it is worth to look again: the older the job, the later."""
    age = (at - job.made_at).total_seconds()
    return next((wait for most, wait in POLLED if age < most), SELDOM)


def problem_of(job: BackgroundJob) -> str:
    """Return why a job ended without a result, in the reader's language; empty if it did not."""
    text, facts = job.problem.get("text", ""), job.problem.get("facts", {})
    return _(text).format(**facts) if text else ""


def shown(job: BackgroundJob | None, at: datetime) -> dict[str, Any]:
    """Return what a page says of a job: how far it is, how long it will take, when to look again."""
    if job is None:
        return {"job": None}
    return {
        "job": job,
        "job_open": job.is_open,
        "job_left": _left(job, at) if job.is_open else "",
        "job_problem": problem_of(job),
        "look_again": look_again_after(job, at),
    }


def _left(job: BackgroundJob, at: datetime) -> str:
    """Say how long the rest will take, by what was done so far."""
    if not job.done or job.started_at is None:
        return ""
    rest = (at - job.started_at) * (job.total - job.done) / job.done
    seconds = max(1, round(rest.total_seconds()))
    if seconds < 90:
        return ngettext("about {n} second left", "about {n} seconds left", seconds).format(n=seconds)
    minutes = round(seconds / 60)
    return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)
