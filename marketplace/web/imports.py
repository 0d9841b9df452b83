"""Machines and listings in bulk: paste, send a file, try it, take it in."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.actions import imports
from marketplace.actions.background_jobs import JobRunning
from marketplace.gateway.files import asked_format, list_answer, moment_cell, table_answer
from marketplace.models import Import, ImportRow, Listing
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, background_jobs
from marketplace.queries.import_files import rejected, rejected_document, shown_errors, template
from marketplace.rules.import_columns import COLUMNS
from marketplace.rules.import_files import MOST_BYTES, MOST_ROWS
from marketplace.shared import clock

PAGE = 20
MOST_SHOWN = 100
Status = ImportRow.Status


class ImportForm(forms.Form):
    """A file, or cells that were copied from one."""

    file = forms.FileField(
        label=gettext_lazy("A file (CSV, XLSX or JSON)"),
        required=False,
        max_length=200,
        widget=forms.FileInput({"accept": ".csv,.xlsx,.json,text/csv,application/json"}),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or paste cells from a spreadsheet, with their headings"),
        required=False,
        max_length=MOST_BYTES,
        strip=False,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "wrap": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        pasted = (told.get("pasted") or "").strip()
        if "file" not in self.errors and bool(told.get("file")) == bool(pasted):
            self.add_error("file", _("Choose a file, or paste cells: one of them."))
        return told

    def content(self) -> bytes:
        """Return what was sent, no more than is read."""
        file = self.cleaned_data["file"]
        return bytes(file.read(MOST_BYTES + 1)) if file else self.cleaned_data["pasted"].encode()

    def show(self, error: imports.ImportNotRead) -> None:
        """Say at the form what is wrong with the file."""
        name = "file" if self.cleaned_data["file"] else "pasted"  # what has an error is not cleaned any more
        for flaw in error.flaws:
            self.add_error(name, _(flaw.text).format(**flaw.facts))


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """Take a file and try it, and list those that came before."""
    organization = acting_organization(request)
    mine = Import.objects.filter(organization=organization).select_related("job", "made_by").order_by("-pk")
    if asked := asked_format(request):
        columns = [_("File"), _("When"), _("Who did it"), _("State"), _("Number of rows"), _("only tried")]
        return list_answer(asked, "imports", columns, mine, _cells)
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = imports.take(
                organization=organization,
                content=form.content(),
                name=(file.name or "") if file else "",
                mode=Import.Mode.REJECT_FAILED_ROWS,
                is_trial=True,
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except imports.ImportNotRead as error:
            form.show(error)
        else:
            return redirect("import", made.public_id)
    context = {
        "form": form,
        "page": Paginator(mine, PAGE).get_page(request.GET.get("page")),
        "may_edit": _may(request, organization),
        "columns": [{"name": one.label(get_language() or ""), "column": one} for one in COLUMNS],
        "most": MOST_ROWS,
    }
    return render(request, "marketplace/imports.html", context, status=400 if form.errors else 200)


@login_required
def template_file(request: HttpRequest) -> HttpResponseBase:
    """Hand out a file to fill in."""
    return table_answer(asked_format(request) or "csv", "machines", *template())


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far an import is, what would come of it or came, and what to mend."""
    found = _import(request, public_id)
    counts = found.counts()
    job = background_jobs.shown(found.job, clock.now())
    back = list(found.rows.filter(status=Status.REFUSED).order_by("place")[:MOST_SHOWN])
    ended = not job.get("job_open")
    context = job | {
        "import": found,
        "counts": counts,
        "good": counts[Status.READY] + counts[Status.WAITING],
        "refused": [{"row": row, "errors": shown_errors(row)} for row in back],
        "more": counts[Status.REFUSED] - len(back),
        "listings": _listings(found) if ended else [],
        "may_run": ended and found.ran_at is None and found.headings and _may(request, found.organization),
        "may_stop": _may(request, found.organization),
        "is_returned": ended and not found.is_trial and found.ran_at is None,
    }
    return render(request, "marketplace/import.html", context)


@require_POST
@login_required
def run(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the rows in: only the good ones, or all or none."""
    found = _import(request, public_id)
    asked = request.POST.get("mode", "")
    mode = asked if asked in Import.Mode.values else Import.Mode.REJECT_ALL
    with suppress(
        imports.ImportDone, imports.ImportLetGo, JobRunning
    ):  # sent twice: the page shows what the first one did
        imports.run(found=found, mode=mode, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("import", found.public_id)


@login_required
def rejected_file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand out the rows that came back, in the form in which they were sent."""
    found = _import(request, public_id)
    name = f"{found.public_id}-rejected"
    if found.format == Import.Format.JSON:
        answer = JsonResponse({"rows": rejected_document(found)}, json_dumps_params={"ensure_ascii": False})
        answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return answer
    return table_answer(found.format.lower(), name, *rejected(found))


def _import(request: HttpRequest, public_id: str) -> Import:
    visible = Import.objects.visible_to(request.user).select_related("organization", "job", "made_by")  # type: ignore[arg-type]
    return get_object_or_404(visible, public_id=public_id)


def _cells(one: Import) -> list[object]:
    """Return an import as a row of a file."""
    state, total = (one.job.get_status_display(), one.job.total) if one.job else ("", None)
    trial = _("yes") if one.is_trial else _("no")
    return [one.name, moment_cell(one.made_at), one.made_by.name, state, total, trial]


def _listings(found: Import) -> list[Listing]:
    made = found.rows.filter(status=Status.CREATED).exclude(listing="").order_by("place")
    keys = list(made.values_list("listing", flat=True)[:MOST_SHOWN])
    return list(Listing.objects.filter(public_id__in=keys).order_by("pk"))


def _may(request: HttpRequest, organization: Any) -> bool:
    return allowed(request.user, Permission.EQUIPMENT_EDIT, within=organization)  # type: ignore[arg-type]
