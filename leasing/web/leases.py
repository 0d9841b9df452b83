"""The leases of an organization, and one lease with its next step."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.ownership.models import Notice
from devices.ownership.rules.term_words import term_words
from leasing.actions import moves
from leasing.actions.acts import ACTS
from leasing.filters import LeaseFilter
from leasing.models import Lease, Sublease
from leasing.queries.commission import with_commission
from leasing.queries.next_steps import next_of, with_next
from leasing.queries.overdue import with_overlays
from leasing.queries.prices import plan_at
from leasing.rules.annexes import Kind as ChangeKind
from leasing.rules.estimates import estimate
from leasing.rules.leases import BOUND, OVER, RUNNING, UNDER_OFFER, Move, Side, Status, can
from leasing.rules.next_steps import Next
from leasing.web import contracts, damage, finance, handovers, notices, owner_commission, sublease_words
from leasing.web.differences import offer_rows
from leasing.web.files import first_day, last_day
from leasing.web.next_words import step
from leasing.web.words import (
    MANDATES,
    estimate_rows,
    events,
    expected_rows,
    headline,
    history_cells,
    history_heads,
    said,
)
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Equipment, Organization, SavedFilter
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, free_units, room_in, taxes_stated, with_stated
from marketplace.rules import count_words
from marketplace.rules.pricing import words
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.rules.saved_filters import kept_query
from marketplace.shared import clock, versions
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 50
PAST = (*OVER, Status.REFUSED, Status.CANCELLED, Status.EXPIRED)
TABS = {
    "open": (gettext_lazy("To decide"), tuple(UNDER_OFFER)),
    "coming": (gettext_lazy("Accepted"), tuple(BOUND)),
    "running": (gettext_lazy("Running"), tuple(RUNNING)),
    "past": (gettext_lazy("Past"), PAST),
}
DONE = {
    Move.ACCEPT: gettext_lazy("Accepted. The machine is kept for the lessee."),
    Move.APPROVE: gettext_lazy("Approved. The contract is drawn up."),
    Move.REFUSE: gettext_lazy("Refused. The lessee reads your reason."),
    Move.CANCEL: gettext_lazy("Cancelled. Nothing is owed."),
    Move.ACTIVATE: gettext_lazy("The lease runs, and the lessee may read its data."),
    Move.END: gettext_lazy("Ended. The machine is free again after its way back."),
}


@login_required
def leases(request: HttpRequest) -> HttpResponseBase:
    """List the leases of the acting organization, on either side, in four heaps."""
    organization = acting_organization(request)
    visible = Lease.objects.visible_to(request.user).of(organization)  # type: ignore[arg-type]
    filterset = LeaseFilter(request.GET, queryset=visible, request=request)
    found = filterset.qs
    counts = dict(found.order_by().values_list("status").annotate(Count("pk")))
    tab = _tab(request.GET.get("tab", ""), counts)
    now = clock.now()
    shown = with_next(found.filter(status__in=TABS[tab][1]).with_parties(), organization, now).order_by("-pk")
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(
            form, f"leases-{tab}", _heads(), (_cells(one, organization, now) for one in shown)
        )
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": filterset.form,
        "tab": tab,
        "tabs": [_tab_link(request, name, tab, counts) for name in TABS],
        "page": page,
        "rows": [_row(lease, organization, now) for lease in page],
        "any": bool(counts),
        "saved": SavedFilter.objects.of(request.user, organization).filter(page="leases"),  # type: ignore[arg-type]
        "query": kept_query(request.GET.urlencode()),
        "may_watch": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
        "may_limit": allowed(request.user, Permission.CREDIT_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "leasing/leases_list.html", context)


@login_required
def lease(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show how a lease stands and the one thing to do next; its history is a file as well."""
    rows = with_commission(_visible(request))
    shown = get_object_or_404(with_stated(rows, "lessor"), public_id=public_id)
    if form := asked_format(request):
        return table_answer(form, f"history-{shown.number}", history_heads(), history_cells(shown))
    terms, organization = shown.agreed, acting_organization(request)
    side = side_of(shown, organization)
    price = terms.price_plan
    if any(one.reason_code == ChangeKind.REPRICE for one in shown.transitions.all()):
        price = plan_at(shown, clock.now())
    taxes = taxes_stated(shown, shown.lessor, clock.today())
    made = estimate(
        price,
        shown.usage_expected,
        shown.period,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        taxes=taxes,
    )
    context = {
        "lease": shown,
        "side": side,
        "headline": headline(shown, side),
        "events": events(shown),
        "expected": expected_rows(shown),
        "estimate": made,
        "rows": estimate_rows(made),
        "plan_words": [_(phrase.msgid).format(**phrase.facts) for phrase in words.phrases(price)],
        "count_words": [
            [_(phrase.msgid).format(**phrase.facts) for phrase in count_words.phrases(rule)]
            for rule in terms.count_rules
        ],
        "data_words": term_words(terms.data_terms, _),
        "can": _possible(request, shown),
        **_free(shown),
        **_offers(shown),
        "may_read_invoices": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
        "may_ask_again": _may_ask_again(request, shown, side),
        "handover_now": shown.period.contains(clock.now()),
        **_notice(request, shown),
        **handovers.part(request, shown),
        **contracts.part(shown, side),
        **finance.part(shown),
        **damage.part(shown),
        **owner_commission.part(request, shown, taxes[PLATFORM]),
        **_sublet(request, shown, organization),
    }
    return render(request, "leasing/leases_detail.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back to the lease; a refusal is said there."""
    shown = get_object_or_404(_visible(request), public_id=public_id)
    name = Move(move)
    try:
        ACTS[name](
            lease=shown,
            by=request.user,
            at=clock.now(),
            expected=versions.typed(request.POST.get("version", "")),
            **_given(request, name),
        )
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("lease", public_id)


def side_of(shown: Lease, organization: Organization) -> Side | None:
    """Return the side of the lease on which the organization stands."""
    if shown.lessor == organization:
        return Side.LESSOR
    return Side.LESSEE if shown.lessee == organization else None


def _visible(request: HttpRequest) -> Any:
    visible = Lease.objects.visible_to(request.user)  # type: ignore[arg-type]
    return with_overlays(visible.with_parties().with_disputes()).prefetch_related("transitions")


def _possible(request: HttpRequest, shown: Lease) -> dict[str, bool]:
    """Tell which moves to offer as buttons; the actions ask again."""
    return {
        str(name): can(name, Status(shown.status))
        and any(
            allowed(request.user, right, within=side)  # type: ignore[arg-type]
            for side, right in moves.rights_of(lease=shown, move=name)
        )
        for name in (*DONE, Move.QUOTE, Move.COUNTER)
    }


def _offers(shown: Lease) -> dict[str, Any]:
    """Return what was offered, and what the reader may be asked when it accepts."""
    rows = offer_rows(shown)
    negotiated = len(rows) > 1
    mandates = [(each.value, label) for each, label in MANDATES.items()]
    return {"offers": rows if negotiated else [], "last_offer": rows[0]["offer"], "mandates": mandates}


def _notice(request: HttpRequest, shown: Lease) -> dict[str, Any]:
    """Tell how the data notice stands, from the moment on that there is one."""
    if shown.status in UNDER_OFFER:
        return {}
    found = Notice.objects.latest_for(shown.public_id)
    return {"notice": found, "notice_state": notices.state(shown, request.user, found)}  # type: ignore[arg-type]


def _sublet(request: HttpRequest, shown: Lease, organization: Organization) -> dict[str, Any]:
    """Tell who has the machine of a lease that was handed over, and whether the reader may sub-let it."""
    if shown.active_from is None:
        return {}
    found = Sublease.objects.of(organization).filter(lease=shown).with_sides().order_by("-pk")
    right = allowed(request.user, Permission.LEASE_DECIDE, within=shown.lessee)  # type: ignore[arg-type]
    return {
        "sublet": [sublease_words.row(one, organization) for one in found],
        "may_sublet": shown.status == Status.ACTIVE and organization == shown.lessee and right,
    }


def _heads() -> list[str]:
    names = [_("Number"), _("Machine"), _("Partner"), _("Our side"), _("First day"), _("Last day")]
    return [*names, _("State"), _("Next step")]


def _cells(lease: Lease, organization: Organization, now: datetime) -> list[object]:
    row = _row(lease, organization, now)
    days = first_day(row["starts_at"], row["zone"]), last_day(row["ends_at"], row["zone"])
    return [
        row["number"],
        row["title"],
        row["partner"],
        str(row["role"]),
        *days,
        str(row["status_label"]),
        _next(row),
    ]


def _next(row: dict[str, Any]) -> str:
    return str(row["step"]["label"]) if row["step"] else ""


def _may_ask_again(request: HttpRequest, shown: Lease, side: Side | None) -> bool:
    """Tell whether the lessee of a lease that came to nothing can ask for the machine once more."""
    over = shown.status in (Status.REFUSED, Status.CANCELLED, Status.EXPIRED)
    offered = shown.listing.is_open_to(shown.lessee)
    right = allowed(request.user, Permission.LEASE_REQUEST, within=shown.lessee)  # type: ignore[arg-type]
    return over and offered and side == Side.LESSEE and right


def _free(shown: Lease) -> dict[str, Any]:
    """Return the machines that the lessor can choose, and whether one can be made free otherwise."""
    if shown.status not in UNDER_OFFER - {Status.QUOTED}:
        return {"free": []}
    units = free_units(shown.period, listing=shown.listing).select_related("equipment")
    free = [unit.equipment for unit in units.order_by("equipment")]
    return {"free": free, "room": bool(free) or room_in(shown.listing, shown.period) is not None}


def _given(request: HttpRequest, name: Move) -> dict[str, Any]:
    if name in (Move.REFUSE, Move.CANCEL):
        return {"reason": request.POST.get("reason", "")[:2000]}
    if name != Move.ACCEPT:
        return {}
    given = {field: request.POST.get(field, "")[:120] for field in ("digest", "mandate", "mandate_reference")}
    if not request.POST.get("equipment"):
        return given
    mine = Equipment.objects.visible_to(request.user)  # type: ignore[arg-type]
    return given | {"equipment": get_object_or_404(mine, public_id=request.POST["equipment"])}


def _tab(asked: str, counts: dict[str, int]) -> str:
    """Return the heap that was asked for, or the first that holds something."""
    if asked in TABS:
        return asked
    full = (name for name, (_label, states) in TABS.items() if any(counts.get(state) for state in states))
    return next(full, "open")


def _tab_link(request: HttpRequest, name: str, active: str, counts: dict[str, int]) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    query["tab"] = name
    label, states = TABS[name]
    count = sum(counts.get(state, 0) for state in states)
    return {"label": label, "url": f"?{query.urlencode()}", "active": name == active, "count": count}


def _row(shown: Lease, organization: Organization, now: datetime) -> dict[str, Any]:
    given, found = shown.lessor == organization, next_of(shown, organization, now)
    return {
        "number": shown.number,
        "url": reverse("lease", args=[shown.public_id]),
        "title": shown.terms["listing_title"],
        "partner": shown.lessee.name if given else shown.lessor.name,
        "role": _("leased out") if given else _("leased in"),
        "starts_at": shown.starts_at,
        "ends_at": shown.ends_at,
        "zone": shown.terms["zone"],
        "status": shown.status,
        "status_label": shown.get_status_display(),
        "step": step(shown, found),
        "other": found == Next.WAIT,
    }
