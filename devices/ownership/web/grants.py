"""Pages: grants, the consent to a remote diagnosis, and what a withdrawal takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.actions import grants
from devices.ownership.actions.grants import Wanted
from devices.ownership.models import Agreement, Grant
from devices.ownership.rules.grants import State
from devices.ownership.web import console, fields, words
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 30
HOURS = (1, 2, 4, 8, 24)
USUAL = 2
STATES = {
    State.ASKED: (gettext_noop("waits for an answer"), "info"),
    State.LAPSED: (gettext_noop("not answered in time"), "off"),
    State.REFUSED: (gettext_noop("refused"), "off"),
    State.WAITING: (gettext_noop("given, not open yet"), "info"),
    State.OPEN: (gettext_noop("open"), "run"),
    State.ENDED: (gettext_noop("has ended"), "off"),
    State.WITHDRAWN: (gettext_noop("withdrawn"), "off"),
}


def rows(found: Any, organization: Organization, at: datetime) -> list[dict[str, Any]]:
    """Return grants as the agreement's page lists them."""
    return [_row(grant, organization, at) for grant in found]


@login_required
def all_of(request: HttpRequest) -> HttpResponseBase:
    """List the grants that concern the organization: what waits for its answer first."""
    organization, at = acting_organization(request), clock.now()
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    found = queries.grants_of(organization).exclude(kind=Grant.Kind.SHARING)
    if form := asked_format(request):
        columns = [_("Kind"), _("Machine"), _("State"), _("Reference"), _("What it says"), _("Reason")]
        cells = (_cells(_row(one, organization, at)) for one in found)
        return table_answer(form, "grants", columns, cells)
    asked = rows(queries.grants_to_answer(organization, at)[:PAGE], organization, at)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = {row["grant"].pk for row in asked}
    page.rows = [row for row in rows(page, organization, at) if row["grant"].pk not in shown]  # type: ignore[attr-defined]
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    platform = organization.kind == OrganizationKind.PLATFORM
    sides = Q(owner=organization) | Q(agreements__lessee=organization)
    offers = may and (platform or Equipment.objects.filter(sides).exists())
    context = {"asked": asked, "page": page, "platform": platform}
    context["may"] = {"ask": may and not platform, "offer": offers}
    return console.show(request, "ownership/grants.html", "data-grants", context)


@login_required
def grant(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one grant, exactly what it opens, and what can be done about it."""
    organization, found = _found(request, public_id)
    if found.kind == Grant.Kind.SHARING:
        return redirect("data-sharing-request", found.public_id)
    at = clock.now()
    row = _row(found, organization, at)
    context = {
        "grant": found,
        "row": row,
        "may": allowed(request.user, Permission.DATA_GRANT, within=organization),  # type: ignore[arg-type]
        "effect": queries.effect_of_withdrawal(found) if found.given_at else None,
        "devices": _readable(found, row, organization, at),
    }
    return console.show(request, "ownership/grant.html", "data-grants", context)


@require_POST
@login_required
def give(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give what was shown."""
    digest = request.POST.get("digest", "")
    return _done(request, public_id, grants.give, _("Given. It can be withdrawn at any time."), digest=digest)


@require_POST
@login_required
def refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    """Refuse a request."""
    reason = request.POST.get("reason", "")
    return _done(request, public_id, grants.refuse, _("Refused. Nothing was opened."), reason=reason)


@require_POST
@login_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a grant at once."""
    return _done(request, public_id, grants.withdraw, _("Withdrawn. The next read is refused."))


@require_POST
@login_required
def close_job(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that a service job is done."""
    return _done(request, public_id, grants.close_job, _("The job is closed."))


@login_required
def diagnosis(request: HttpRequest, public_id: str) -> HttpResponse:
    """
    Show exactly what a remote diagnosis opens to the owner and for how long, and open it.

    The lessee gives it with one click; the owner asks for it.
    """
    organization = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    held = Agreement.objects.of(organization).select_related("equipment__owner", "owner", "lessee")
    agreement = get_object_or_404(held, public_id=public_id)
    hours = _hours(request.POST.get("hours") or request.GET.get("hours"))
    gives = organization.pk == agreement.lessee_id
    at, status = clock.now(), 200
    if request.method == "POST":
        status = _diagnose(request, agreement, organization, timedelta(hours=hours), gives=gives)
        if status == 200:
            return redirect("data-agreement", agreement.public_id)
    context = {
        "agreement": agreement,
        "hours": hours,
        "choices": HOURS,
        "gives": gives,
        "end": at + timedelta(hours=hours),
        "reason": request.POST.get("reason", ""),
    }
    return console.show(request, "ownership/diagnosis.html", "data-agreements", context, status=status)


def _diagnose(
    request: HttpRequest, agreement: Agreement, within: Organization, lasts: timedelta, *, gives: bool
) -> int:
    """Give or ask for it; return the status of the answer, with what stands against it as a message."""
    wanted = Wanted(
        kind=Grant.Kind.REMOTE_DIAGNOSIS,
        equipment=agreement.equipment,
        agreement=agreement,
        recipient=agreement.owner,
        categories=["machine_condition"],
        right=Grant.Right.READ,
        purpose="maintenance",
        lasts=lasts,
    )
    given: dict[str, Any] = {"wanted": wanted, "by": request.user, "at": clock.now()}
    try:
        if gives:
            grants.offer(within=within, **given)
            messages.success(request, _("Open from now on. You can withdraw it at any time."))
        else:
            grants.ask(reason=request.POST.get("reason", ""), **given)
            messages.success(request, _("The lessee sees your request."))
    except (NotPossible, Invalid) as error:
        messages.error(request, fields.told(error))
        return error.status
    return 200


def _hours(text: str | None) -> int:
    return int(text) if text in {str(one) for one in HOURS} else USUAL


def _found(request: HttpRequest, public_id: str) -> tuple[Organization, Grant]:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization, get_object_or_404(queries.grants_of(organization), public_id=public_id)


def _done(
    request: HttpRequest, public_id: str, act: Callable[..., Grant], told: str, **facts: Any
) -> HttpResponse:
    organization, found = _found(request, public_id)
    try:
        act(grant=found, within=organization, by=request.user, at=clock.now(), **facts)
    except (NotPossible, Invalid) as error:
        messages.error(request, fields.told(error))
    else:
        messages.success(request, told)
    return redirect("data-grant", public_id)


def _readable(
    found: Grant, row: dict[str, Any], organization: Organization, at: datetime
) -> list[dict[str, str]]:
    """Return the devices whose pages the recipient of an open grant can read now."""
    if row["state"] != State.OPEN or organization.pk != found.recipient_id:
        return []
    now = found.equipment.bindings.overlapping(at, at + timedelta(seconds=1)).select_related("device")
    return [{"public_id": one.device.public_id, "name": one.device.name} for one in now]


def _row(found: Grant, organization: Organization, at: datetime) -> dict[str, Any]:
    state = found.state(at)
    label, kind = STATES[state]
    agreement = found.agreement
    lessee = agreement is not None and agreement.lessee_id == organization.pk
    mine = found.given_for_id == organization.pk
    in_force = state in (State.OPEN, State.WAITING)
    return {
        "grant": found,
        # What was given by a licence bears its name in the interfaces, which says nothing to a reader.
        "reference": "" if found.reference.startswith("lic_") else found.reference,
        "sentence": _sentence(found, state),
        "state": state,
        "label": _(label),
        "kind": kind,
        "in_force": in_force,
        "agreement_known": agreement is not None
        and organization.pk in (agreement.lessee_id, agreement.owner_id),
        "answers": state == State.ASKED and _could_give(found, organization),
        "withdraws": in_force
        and found.kind != Grant.Kind.PRODUCT
        and (mine or (lessee and found.kind != Grant.Kind.ORDER)),
        "closes": in_force
        and found.kind == Grant.Kind.SERVICE_JOB
        and found.job_closed_at is None
        and organization.pk in (found.recipient_id, found.given_for_id),
    }


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a grant as a row of a file."""
    one = row["grant"]
    told = [row["label"], one.reference, row["sentence"], one.reason]
    return [one.get_kind_display(), str(one.equipment), *map(str, told)]


def _sentence(found: Grant, state: State) -> str:
    """Say what a grant opens, or would open."""
    sentence = found.sentence(words.moment)
    return _("If it is given: {sentence}").format(sentence=sentence) if state == State.ASKED else sentence


def _could_give(found: Grant, organization: Organization) -> bool:
    """Tell whether to show buttons; the action decides."""
    if organization.pk == found.recipient_id or found.kind == Grant.Kind.SHARING:
        return False
    if found.kind == Grant.Kind.ORDER:
        return organization.kind == OrganizationKind.PLATFORM
    if found.agreement is None:
        return organization.pk == found.equipment.owner_id
    job = found.kind == Grant.Kind.SERVICE_JOB
    return organization.pk == found.agreement.lessee_id or (
        job and organization.pk == found.agreement.owner_id
    )
