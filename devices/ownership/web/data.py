"""Pages: who may see what, and who looked."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from devices.ownership import queries
from devices.ownership.models import AccessEvent, Agreement
from devices.ownership.rules.explanations import ARTICLES, CATEGORIES, EFFECTS, PARTIES, REASONS
from devices.ownership.rules.sentences import purpose_words, rule_words
from devices.ownership.web import amendments, grants
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared.period import Period

PAGE = 30
MOST_GRANTS = 50


@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    """List the agreements of the organization, and every read that concerns it."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    held = Agreement.objects.of(organization).select_related("equipment", "owner", "lessee").order_by("-pk")
    events = queries.events_visible_in(organization)
    got = queries.grants_of(organization).filter(recipient=organization)[:MOST_GRANTS]
    context = {
        "agreements": held[:200],
        "page": _log(request, events, organization),
        "grants": grants.rows(got, organization, timezone.now()),
    }
    return render(request, "ownership/data_list.html", context)


@login_required
def agreement(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show who may see what under one agreement, why, and who looked."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    held = Agreement.objects.of(organization).with_terms().select_related("equipment", "owner", "lessee")
    found = get_object_or_404(held, public_id=public_id)
    events = queries.events_visible_in(organization).filter(agreements__contains=[found.public_id])
    given, at = queries.grants_of(organization).filter(agreement=found), timezone.now()
    context = {
        "agreement": found,
        "rows": _matrix(found),
        **amendments.state(found, organization, request.user),  # type: ignore[arg-type]
        "copies": _copies(found) if organization == found.lessee else [],
        "parties": [_(PARTIES[party]) for party in queries.SHOWN_PARTIES],
        "page": _log(request, events, organization),
        "grants": grants.rows(given[:MOST_GRANTS], organization, at),
        "diagnosis": _diagnosis(request, found, organization, at),
    }
    return render(request, "ownership/data_detail.html", context)


@login_required
def policy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the rights of an agreement as an ODRL policy."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
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


def _copies(held: Agreement) -> list[dict[str, Any]]:
    """Return, for each device that spoke for the machine, the time of which the lessee may take a copy."""
    until = held.span.end or timezone.now()
    if until <= held.span.start:
        return []
    lent = Period(held.span.start, until)
    found = held.equipment.bindings.overlapping(lent.start, lent.end).select_related("device")
    times = [(one.device, lent.intersect(Period(one.period.lower, one.period.upper))) for one in found]
    return [{"device": device, "from": time.start, "to": time.end} for device, time in times if time]


def _diagnosis(request: HttpRequest, found: Agreement, organization: Any, at: datetime) -> str:
    """Tell what this side can do about a remote diagnosis now: give it, ask for it, or nothing."""
    if not found.span.contains(at) or not allowed(request.user, Permission.DATA_GRANT, within=organization):  # type: ignore[arg-type]
        return ""
    return "give" if found.lessee_id == organization.pk else "ask"


def _matrix(shown: Agreement) -> list[dict[str, Any]]:
    table = queries.table_of(shown)
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
        for row in queries.who_may(table, suspended=shown.is_suspended)
    ]


def _log(request: HttpRequest, events: Any, organization: Any) -> Any:
    page = Paginator(events, PAGE).get_page(request.GET.get("page"))
    page.rows = [_event(event, organization) for event in page]  # type: ignore[attr-defined]
    return page


def _event(event: AccessEvent, organization: Any) -> dict[str, Any]:
    shown = queries.decisions_shown(event, organization)
    reasons = {one["reason"] for one in shown if one["effect"] == "DENY"}
    return {
        "at": event.at,
        "who": event.organization_name or _("Platform"),
        "device": event.device_name,
        "purpose": purpose_words(event.purpose, _),
        "outcome": event.outcome,
        "label": event.get_outcome_display(),
        "channels": len(event.channels),
        "why": [_(REASONS[reason]) for reason in sorted(reasons)],
    }
