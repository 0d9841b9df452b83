"""What is open between an organization and others: who does the next thing, by when, and where."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leasing.queries.mediation import Kind
from leasing.queries.open_cases import OpenCase, open_cases
from leasing.web.case_words import LABELS, WAITS, KindForm, next_words, page_of
from leasing.web.decisions import may_decide
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, moment_cell, table_answer
from marketplace.queries import acting_organization

PAGE = 50
BADGES = {"YOU": "fault", "EITHER": "idle", "PLATFORM": "run", "OTHER": "off"}


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what the acting organization and others do not agree on; ``?format=`` gives it as a file."""
    organization, wanted = acting_organization(request), KindForm(request.GET, kinds=Kind)
    kind = wanted.chosen if wanted.is_valid() else None
    found = [] if kind is None else open_cases(organization, request.user, kind)  # type: ignore[arg-type]
    if form := asked_format(request):
        refuse_unread(wanted)
        return table_answer(form, "open-cases", _heads(), (_cells(one) for one in found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": wanted,
        "filtered": bool(request.GET.get("kind")),
        "page": page,
        "rows": [_row(one) for one in page],
        "decides": may_decide(request, organization),
    }
    return render(request, "leasing/open_cases.html", context)


def _row(one: OpenCase) -> dict[str, Any]:
    return {
        "case": one,
        "label": LABELS[one.kind],
        "url": page_of(one.kind, one.name, one.lease),
        "waits": WAITS[one.waits],
        "badge": BADGES[one.waits],
        "next": next_words(one),
    }


def _heads() -> list[str]:
    heads = [_("Kind"), _("Number"), _("Machine"), _("Other side"), _("Since")]
    return [*heads, _("Whose turn it is"), _("What happens next"), _("Until when"), "id"]


def _cells(one: OpenCase) -> list[object]:
    about = [str(LABELS[one.kind]), one.number, one.machine, one.other, moment_cell(one.since)]
    turn = [str(WAITS[one.waits]), str(next_words(one)), moment_cell(one.until)]
    return [*about, *turn, one.name]
