"""Pages: what has to be done about data until when, and the certificates of what was erased."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from devices.models import Device
from devices.ownership.actions import duties
from devices.ownership.filters import DutyFilter
from devices.ownership.models import Certificate, Duty, PaymentDuty
from devices.ownership.permissions import terms
from devices.ownership.rules.duties import (
    ERASABLE,
    KINDS,
    PRIVATE,
    RETENTIONS,
    SOURCES,
    STATES,
    WAIVED_BECAUSE,
    State,
    state,
)
from devices.ownership.rules.sentences import listed
from devices.ownership.web import console, fields, sharing_rows, words
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock, signing
from marketplace.shared.errors import NotPossible

PAGE, MOST_PAYMENTS = 50, 20
PLACES = {"database": gettext_noop("the database")}
UNDONE_FIRST = (
    F("fulfilled_at").desc(nulls_first=True),
    F("waived_at").desc(nulls_first=True),
    "due_at",
    "pk",
)
BADGES = {
    State.OPEN: "idle",
    State.DUE: "info",
    State.OVERDUE: "fault",
    State.HELD: "off",
    State.FULFILLED: "run",
    State.WAIVED: "off",
}


@login_required
def due_list(request: HttpRequest) -> HttpResponseBase:
    """List the duties that concern the organization: what is undone first."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    found = Duty.objects.visible_in(organization).shown().order_by(*UNDONE_FIRST)
    filterset = DutyFilter(request.GET, queryset=found)
    machines = [("", _("All")), *fields.machines_of(organization)]
    filterset.form.fields["machine"].widget = forms.Select(choices=machines)
    at = clock.now()
    books = allowed(request.user, Permission.INVOICE_READ, within=organization)  # type: ignore[arg-type]
    if form := asked_format(request):
        if books and request.GET.get("table") == "payments":
            return _payment_file(form, organization, at)
        refuse_unread(filterset)
        return _file(form, filterset.qs, at)
    page = Paginator(filterset.qs, PAGE).get_page(request.GET.get("page"))
    may = allowed(request.user, Permission.DATA_ERASE, within=organization)  # type: ignore[arg-type]
    percents = Duty.objects.percents(page)
    page.rows = [_row(one, organization, percents, may, at) for one in page]  # type: ignore[attr-defined]
    platform = organization.kind == OrganizationKind.PLATFORM
    shared = sharing_rows.owed(organization, at)
    context = {"page": page, "form": filterset.form, "platform": platform, "shared": shared}
    context["payments"] = _payments(organization, at) if books else []
    return console.show(request, "ownership/duties.html", "data-duties", context)


@require_POST
@login_required
def ask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have private data erased now."""
    organization, duty = _mine(request, public_id)
    retentions = duty.retentions
    return _done(
        request,
        lambda: duties.ask(
            agreement=duty.agreement,
            retentions=retentions,
            by=request.user,  # type: ignore[arg-type]
            within=organization,
            at=clock.now(),
        ),
        _("It is due now. The data go within minutes; the certificate follows."),
    )


@require_POST
@login_required
def postpone(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put erasing off once."""
    organization, duty = _mine(request, public_id)
    return _done(
        request,
        lambda: duties.postpone(duty=duty, by=request.user, within=organization, at=clock.now()),  # type: ignore[arg-type]
        _("Erasing is put off. Export your data before the new day."),
    )


@login_required
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a certificate, ready to be printed."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    sides = ("duty__agreement__equipment", "duty__agreement__owner", "duty__agreement__lessee", "key")
    mine = Certificate.objects.visible_in(organization).select_related(*sides)
    found = get_object_or_404(mine, public_id=public_id)
    said = json.loads(found.text.splitlines()[1])
    names = dict(
        Device.objects.filter(public_id__in={one["device"] for one in said["gone"]}).values_list(
            "public_id", "name"
        )
    )
    context = {
        "certificate": found,
        "agreement": found.duty.agreement,
        "duty": found.duty,
        "classes": _classes(found.duty),
        "source": _(SOURCES[found.duty.source]),
        "gone": [_gone(one, names) for one in said["gone"]],
        "facts": _facts(found, said),
        "signature": signing.written(bytes(found.signature)),
    }
    return console.show(request, "ownership/certificate.html", "data-duties", context)


def _gone(one: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    retention, device = one["retention"], one["device"]
    times = {edge: parse_datetime(one[edge]) for edge in ("start", "end")}
    channels = listed(one["channels"], _) or _("all")
    return (
        one
        | times
        | {"channels": channels}
        | {"name": names.get(device, device), "what": _(RETENTIONS[retention])}
    )


def _facts(found: Certificate, said: dict[str, Any]) -> list[tuple[str, Any]]:
    """Say all that is signed, name by name."""
    log = said["log"]
    return [
        (_("Number"), found.public_id),
        (_("Duty"), said["duty"]),
        (_("Agreement"), said["agreement"]),
        (_("Asked for by"), _("the lessee") if said["asked_by"] else _("the terms of the agreement")),
        (_("Ordered"), words.moment(parse_datetime(said["ordered_at"]))),  # type: ignore[arg-type]
        (_("Carried out at"), words.moment(parse_datetime(said["done_at"]))),  # type: ignore[arg-type]
        (_("Erased from"), listed((_(PLACES.get(one, one)) for one in said["places"]), _)),
        (_("Backups that may still hold it go by"), parse_date(said["backups_until"])),
        (_("Records of what was erased"), said["size"]),
        (_("Root over the records"), said["root"]),
        (_("Event in the log of reads"), log["event"]),
        (_("Entry in the log of reads"), log["position"]),
        (_("Entries in the log at that moment"), log["size"]),
        (_("Root over the log"), log["root"]),
        (_("Signing key"), found.key_id),
    ]


def _file(form: str, found: Any, at: datetime) -> HttpResponseBase:
    columns = [_("Machine"), _("What"), _("Data"), _("Source"), _("On what day"), _("State")]

    def cells(duty: Duty) -> list[object]:
        where = state(duty.facts, at=at, grace=terms().grace)
        said = [_(KINDS[duty.kind]), _classes(duty), _(SOURCES[duty.source])]  # type: ignore[index]
        return [str(duty.agreement.equipment), *said, moment_cell(duty.due_at), _(STATES[where])]

    return list_answer(form, "data-duties", columns, found, cells)


def _payment_file(form: str, organization: Organization, at: datetime) -> HttpResponseBase:
    sides = [_("For what"), _("Who pays"), _("Who is paid"), _("Amount"), _("Currency")]
    columns = [*sides, _("Until when"), _("State"), _("Reason")]

    def cells(duty: PaymentDuty) -> list[object]:
        row = _payment(duty, at)
        money = [duty.money.amount, duty.money.currency]
        sides = [row["source"], str(duty.debtor), str(duty.creditor)]
        return [*sides, *money, moment_cell(duty.due_at), row["state"], row["why"]]

    return list_answer(form, "data-payments", columns, _owed(organization), cells)


def _payments(organization: Organization, at: datetime) -> list[dict[str, Any]]:
    return [_payment(one, at) for one in _owed(organization)[:MOST_PAYMENTS]]


def _owed(organization: Organization) -> Any:
    first = (F("paid_at").desc(nulls_first=True), F("waived_at").desc(nulls_first=True), "due_at", "pk")
    return PaymentDuty.objects.visible_in(organization).shown().order_by(*first)


def _payment(one: PaymentDuty, at: datetime) -> dict[str, Any]:
    where = one.state(at, terms())
    return {
        "duty": one,
        "source": _(SOURCES[one.source]),
        "state": _(STATES[where]),
        "badge": BADGES[where],
        "why": one.reference or one.waived_because,
    }


def _row(
    duty: Duty, organization: Organization, percents: dict[str, int], may: bool, at: datetime
) -> dict[str, Any]:
    where = state(duty.facts, at=at, grace=terms().grace)
    undone = where in (State.OPEN, State.DUE, State.OVERDUE, State.HELD)
    erasing = duty.kind == Duty.Kind.ERASE and undone
    begun, lessee = duty.public_id in percents, organization.pk == duty.agreement.lessee_id
    own = erasing and not begun and lessee
    own = own and set(duty.retentions) <= set(ERASABLE)
    mine = own and may
    return {
        "duty": duty,
        "agreement": duty.agreement,
        "kind": _(KINDS[duty.kind]),  # type: ignore[index]
        "what": _classes(duty),
        "source": _(SOURCES[duty.source]),
        "state": _(STATES[where]),
        "badge": BADGES[where],
        "percent": percents[duty.public_id] if begun and erasing else None,
        "certificate": getattr(duty, "certificate", None),
        "may_ask": mine and duty.retentions == [PRIVATE] and duty.asked_at is None,
        "may_waive": mine,
        "why": _(WAIVED_BECAUSE.get(duty.waived_because, duty.waived_because)),
        "warn": own and duty.exported_at is None,
        "may_export": own or (duty.kind == Duty.Kind.RETURN and undone and lessee),
        "may_postpone": mine and duty.postponed_at is None,
    }


def _classes(duty: Duty) -> str:
    return listed((_(RETENTIONS[one]) for one in duty.retentions), _)


def _mine(request: HttpRequest, public_id: str) -> tuple[Organization, Duty]:
    organization = acting_organization(request)
    found = get_object_or_404(Duty.objects.visible_in(organization).shown(), public_id=public_id)
    return organization, found


def _done(request: HttpRequest, act: Any, told: str) -> HttpResponse:
    try:
        act()
        messages.success(request, told)
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    return redirect("data-duties")
