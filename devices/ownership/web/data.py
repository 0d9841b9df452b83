"""Pages: who may see what, and who looked."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.models import AccessEvent, Agreement
from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.explanations import ARTICLES, CATEGORIES, EFFECTS, PARTIES, REASONS
from devices.ownership.rules.persons import WORDS
from devices.ownership.rules.sentences import purpose_words, rule_words
from devices.ownership.web import amendments, console, grants, words
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.period import Period

PAGE, SHORT = 30, 10
MOST_GRANTS = 50
METERING = "meter_of_record"


@login_required
def agreements(request: HttpRequest) -> HttpResponseBase:
    """Say what waits for this person, then list the agreements of the organization."""
    organization, at = _reader(request), clock.now()
    held = Agreement.objects.of(organization).select_related("equipment", "owner", "lessee").order_by("-pk")
    if form := asked_format(request):
        columns = [_("Machine"), _("Role"), _("Other side"), _("From"), _("Until"), _("State")]
        return list_answer(
            form, "data-agreements", columns, held, lambda one: _held_cells(_held(one, organization, at))
        )
    page = Paginator(held, PAGE).get_page(request.GET.get("page"))
    page.rows = [_held(one, organization, at) for one in page]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "waiting": console.waiting(request, organization, at),
        "platform": organization.kind == OrganizationKind.PLATFORM,
    }
    return console.show(request, "ownership/data_list.html", "data-agreements", context)


@login_required
def log(request: HttpRequest) -> HttpResponseBase:
    """List every read that concerns the organization: all, without the meter, or refusals alone."""
    organization, only = _reader(request), request.GET.get("only", "")
    events, here = queries.events_visible_in(organization), reverse("data-log")
    if only == "others":
        events = events.exclude(purpose=METERING)
    elif only == "refused":
        events = events.filter(outcome=AccessEvent.Outcome.DENY)
    if form := asked_format(request):
        return _log_file(form, events, organization)
    choices = [
        {"label": label, "url": f"{here}?only={code}" if code else here, "active": code == only}
        for code, label in (
            ("", _("All reads")),
            ("others", _("Without the meter")),
            ("refused", _("Refusals only")),
        )
    ]
    context = {"page": _log(request, events, organization), "refused": only == "refused", "choices": choices}
    return console.show(request, "ownership/log.html", "data-log", context)


@login_required
def agreement(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show who may see what under one agreement, what can be done, why it is so, and who looked."""
    if form := asked_format(request):
        organization = _reader(request)
        held = get_object_or_404(Agreement.objects.of(organization), public_id=public_id)
        return _log_file(form, _events(held, organization), organization)
    return _page(request, public_id)


@require_POST
@login_required
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose that a party reads a category otherwise; what stands against it is said at its field."""
    held = Agreement.objects.of(acting_organization(request)).select_related("owner", "lessee")
    found = get_object_or_404(held, public_id=public_id)
    form = amendments.ProposalForm(request.POST)
    made, status = amendments.proposed(request, found, form)
    if made is None:
        return _page(request, public_id, form, status)
    messages.success(request, _("Proposed. It holds when the other side accepts it."))
    return redirect("data-agreement", public_id)


def _page(
    request: HttpRequest, public_id: str, form: amendments.ProposalForm | None = None, status: int = 200
) -> HttpResponse:
    """Show an agreement; ``form`` is a proposal with faults."""
    organization = _reader(request)
    held = Agreement.objects.of(organization).with_terms().select_related("equipment", "owner", "lessee")
    below = Agreement.objects.filter(under=OuterRef("pk")).order_by("period").values("period")
    found = get_object_or_404(held.annotate(sublet=ArraySubquery(below)), public_id=public_id)
    given, at = queries.grants_of(organization).filter(agreement=found), clock.now()
    table = queries.table_of(found)
    rows = queries.who_may(table, suspended=found.is_suspended, competitor=found.competitor)
    context = {
        "agreement": found,
        "standing": words.standing(found, at),
        "users": words.users(found, rows, table),
        "rows": _matrix(rows, table),
        "form": form or amendments.ProposalForm(),
        **amendments.state(found, organization, request.user),  # type: ignore[arg-type]
        "copies": _copies(found) if organization == found.lessee else [],
        "parties": [_(PARTIES[party]) for party in queries.SHOWN_PARTIES],
        "page": _log(request, _events(found, organization), organization, SHORT),
        "grants": grants.rows(given[:MOST_GRANTS], organization, at),
        "may_grant": allowed(request.user, Permission.DATA_GRANT, within=organization),  # type: ignore[arg-type]
        "is_lessee": organization == found.lessee,
        "may_erase": organization == found.lessee
        and allowed(request.user, Permission.DATA_ERASE, within=organization),  # type: ignore[arg-type]
        "diagnosis": _diagnosis(request, found, organization, at),
        "may_share": found.lessee_id == organization.pk
        and allowed(request.user, Permission.DATA_GRANT, within=organization),  # type: ignore[arg-type]
    }
    return console.show(request, "ownership/data_detail.html", "data-agreements", context, status=status)


@login_required
def policy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the rights of an agreement as an ODRL policy."""
    organization = _reader(request)
    held = Agreement.objects.of(organization).with_terms().select_related("owner", "lessee")
    found = get_object_or_404(held, public_id=public_id)
    text = json.dumps(queries.policy_of(found), ensure_ascii=False, indent=2)
    name = f"{found.public_id}.jsonld"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/ld+json", headers=headers)


@login_required
def of_lease(request: HttpRequest, reference: str) -> HttpResponse:
    """Lead from a lease to the agreement on its data."""
    held = Agreement.objects.of(acting_organization(request)).filter(reference=reference).order_by("pk")
    found = held.first()
    if found is None:
        raise Http404
    return redirect("data-agreement", found.public_id)


def _reader(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _held(one: Agreement, organization: Organization, at: datetime) -> dict[str, Any]:
    word, kind = words.standing(one, at)
    lessee = one.lessee_id == organization.pk
    role = "owner" if lessee else "lessee"
    return {
        "agreement": one,
        "other": one.owner if lessee else one.lessee,
        "role": _(PARTIES[role]),
        "word": word,
        "kind": kind,
    }


def _held_cells(row: dict[str, Any]) -> list[object]:
    """Return an agreement as a row of a file."""
    held: Agreement = row["agreement"]
    ends = [moment_cell(held.period.lower), moment_cell(held.period.upper)]
    return [str(held.equipment), str(row["role"]), str(row["other"]), *ends, str(row["word"])]


def _copies(held: Agreement) -> list[dict[str, Any]]:
    """Return, for each device that spoke for the machine, the time of which the lessee may take a copy."""
    until = held.span.end or clock.now()
    if until <= held.span.start:
        return []
    lent = Period(held.span.start, until)
    found = held.equipment.bindings.overlapping(lent.start, lent.end).select_related("device")
    times = [(one.device, lent.intersect(Period(one.period.lower, one.period.upper))) for one in found]
    return [{"device": device, "from": time.start, "to": time.end} for device, time in times if time]


def _diagnosis(request: HttpRequest, found: Agreement, organization: Organization, at: datetime) -> str:
    """Tell what this side can do about a remote diagnosis now: give it, ask for it, or nothing."""
    if not found.span.contains(at) or not allowed(request.user, Permission.DATA_GRANT, within=organization):  # type: ignore[arg-type]
        return ""
    return "give" if found.lessee_id == organization.pk else "ask"


def _matrix(rows: list[dict[str, Any]], table: Matrix) -> list[dict[str, Any]]:
    return [
        {
            "category": _(CATEGORIES[row["category"]]),
            "answers": [
                {
                    "party": _(PARTIES[party]),
                    "kind": {"RAW": "run", "AGGREGATE": "info"}.get(decision.effect, "off"),
                    "effect": _(EFFECTS[decision.effect]),
                    "reason": _(REASONS[decision.reason]),
                    "rule": rule_words(decision.rule, _, table),
                    "articles": [_(ARTICLES[one]) for one in decision.basis],
                }
                for party, decision in row["answers"]
            ],
        }
        for row in rows
    ]


def _events(held: Agreement, organization: Organization) -> Any:
    """Return the reads under one agreement, but those of the platform's meter."""
    events = queries.events_visible_in(organization).filter(agreements__contains=[held.public_id])
    return events.exclude(purpose=METERING)


def _log_file(form: str, events: Any, organization: Organization) -> HttpResponseBase:
    columns = [_("When"), _("Who"), _("Person"), _("Purpose"), _("Device"), _("Outcome"), _("Reason")]

    def cells(event: AccessEvent) -> list[object]:
        row = _event(event, organization)
        named = [row[name] for name in ("who", "person", "purpose", "device", "label")]
        return [moment_cell(event.at), *map(str, named), " ".join(map(str, row["why"]))]

    return list_answer(form, "access-log", columns, events, cells)


def _log(request: HttpRequest, events: Any, organization: Organization, size: int = PAGE) -> Any:
    page = Paginator(events, size).get_page(request.GET.get("page"))
    page.rows = [_event(event, organization) for event in page]  # type: ignore[attr-defined]
    return page


def _event(event: AccessEvent, organization: Organization) -> dict[str, Any]:
    shown = queries.decisions_shown(event, organization)
    reasons = {one["reason"] for one in shown if one["effect"] == "DENY"}
    person = queries.person_shown(event, organization)
    return {
        "at": event.at,
        "who": event.organization_name or _("Platform"),
        "person": (person.shown_name or _(WORDS[person.state])) if person else "",
        "device": event.device_name,
        "purpose": purpose_words(event.purpose, _),
        "outcome": event.outcome,
        "label": event.get_outcome_display(),
        "channels": len(event.channels),
        "why": [_(REASONS[reason]) for reason in sorted(reasons)],
    }
