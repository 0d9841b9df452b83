"""The page of a background job: how far it is, to be left and opened again."""

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from marketplace.actions import background_jobs
from marketplace.actions.background_jobs import KINDS
from marketplace.models import BackgroundJob
from marketplace.permissions import allowed
from marketplace.queries import background_jobs as queries
from marketplace.shared import clock


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far a job is, and the way to its result."""
    job = _job(request, public_id)
    kind = KINDS[job.kind]
    context = queries.shown(job, clock.now()) | {
        "result": kind.page.format(subject=job.subject),
        "may_stop": allowed(request.user, kind.permission, within=job.organization)  # type: ignore[arg-type]
        and (job.made_by_id == request.user.pk or not kind.is_own),
    }
    return render(request, "marketplace/background_job.html", context)


@require_POST
@login_required
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop a job after the step that is being done."""
    job = _job(request, public_id)
    with suppress(
        background_jobs.JobEnded, background_jobs.JobBusy
    ):  # its page says how it ended, or goes on
        background_jobs.cancel(job=job, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect(KINDS[job.kind].page.format(subject=job.subject))


def _job(request: HttpRequest, public_id: str) -> BackgroundJob:
    visible = BackgroundJob.objects.visible_to(request.user).select_related("organization")  # type: ignore[arg-type]
    return get_object_or_404(visible, public_id=public_id)
