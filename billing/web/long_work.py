"""All long work of an organization on one page: what it is, who began it, how far it is, and its result."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.models import InvoiceRun
from billing.permissions import runs_in
from billing.queries import states_in
from billing.rules.run_states import RunState
from marketplace.actions.background_jobs import KINDS
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import BackgroundJob, Organization
from marketplace.permissions import allowed
from marketplace.queries import acting_organization
from marketplace.queries.background_jobs import problem_of, shown
from marketplace.shared import clock

PAGE, RUNS = 20, 5
LOOK_AGAIN = 5  # seconds
BADGES = {"QUEUED": "idle", "RUNNING": "info", "SUCCEEDED": "run", "FAILED": "fault", "CANCELLED": "off"}
WORKING = (RunState.PREVIEWING, RunState.APPROVED, RunState.RUNNING)


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the background jobs that the reader may know of, the newest first, and the last invoice runs."""
    organization = acting_organization(request)
    found = _known(organization, request)
    if form := asked_format(request):
        columns = [_("Work"), _("Begun by"), _("Begun"), _("State"), _("Steps done"), _("Steps in all")]
        return list_answer(form, "long-work", [*columns, _("Ended at"), _("Reason")], found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [_row(one, organization, request) for one in page]
    runs = runs_in(organization, request.user).select_related("maker")[:RUNS]  # type: ignore[arg-type]
    billed = [_run(one) for one in runs]
    context = {"page": page, "rows": rows, "runs": billed, "look_again": LOOK_AGAIN}
    context["is_open"] = any(one["is_open"] for one in [*rows, *billed])
    return render(request, "billing/long_work.html", context)


def _known(organization: Organization, request: HttpRequest) -> Any:
    """Return the jobs of the organization; what somebody has made of oneself is that person's alone."""
    own = [name for name, kind in KINDS.items() if kind.is_own]
    found = BackgroundJob.objects.filter(organization=organization).select_related("made_by")
    return found.filter(~Q(kind__in=own) | Q(made_by=request.user)).order_by("-pk")


def _row(job: BackgroundJob, organization: Organization, request: HttpRequest) -> dict[str, Any]:
    kind = KINDS[job.kind]
    said = shown(job, clock.now())
    return {
        "job": job,
        "badge": BADGES[job.status],
        "is_open": job.is_open,
        "left": said["job_left"],
        "problem": said["job_problem"],
        "result": kind.page.format(subject=job.subject),
        "may_stop": job.is_open and allowed(request.user, kind.permission, within=organization),  # type: ignore[arg-type]
    }


def _run(run: InvoiceRun) -> dict[str, Any]:
    is_open = run.state in WORKING
    done, total = run.looked, run.total
    if is_open and run.state != RunState.PREVIEWING:
        states = states_in(run)
        total = sum(states.values())
        done = total - states.get("READY", 0)
    badge = "info" if is_open else "idle" if run.state == RunState.PREVIEWED else "off"
    return {"run": run, "is_open": is_open, "badge": badge, "done": done, "total": total}


def _cells(job: BackgroundJob) -> list[object]:
    """Return a job as a row of a file."""
    told = [job.title, job.made_by.name, moment_cell(job.made_at), job.get_status_display()]
    return [*told, job.done, job.total, moment_cell(job.finished_at), problem_of(job)]
