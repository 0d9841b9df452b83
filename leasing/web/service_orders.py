"""Service orders: the provider's list, one order for all sides, and those of a lease."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import service_openings
from leasing.actions.service_orders import ACTS
from leasing.models import Lease, ServiceOrder
from leasing.rules.leases import RUNNING, UNDER_CONTRACT
from leasing.rules.service_orders import FINAL, LONGEST_CONTACT, TABLE, Move, Side, can, promised
from leasing.web import service_order_words as words
from leasing.web.words import said
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.models.services import described
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.services import Basis
from marketplace.shared import clock, versions
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 50
DONE = {
    Move.PROPOSE: gettext_lazy("Proposed. The other side is told."),
    Move.AGREE: gettext_lazy("The day is agreed."),
    Move.START: gettext_lazy("Written down: the work has begun."),
    Move.FINISH: gettext_lazy("Reported. The customer accepts it or objects within five days."),
    Move.ACCEPT: gettext_lazy("Accepted. It is owed from now on."),
    Move.OBJECT: gettext_lazy("Objected. The provider reads why."),
    Move.CANCEL: gettext_lazy("Dropped. The other side is told."),
}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what the acting organization has to do for others, the open ones first, with the next step."""
    organization = acting_organization(request)
    past = request.GET.get("tab") == "past"
    found = ServiceOrder.objects.filter(provider=organization).with_sides().with_machines()
    found = found.filter(status__in=FINAL) if past else found.exclude(status__in=FINAL)
    order = ("-pk",) if past else ("starts_at", "month_from", "pk")
    found = found.order_by(*order)
    if form := asked_format(request):
        cells = (words.cells(one, organization) for one in found)
        return table_answer(form, "service-orders", words.heads(), cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"label": _("To do"), "url": "?", "active": not past, "count": None},
        {"label": _("Accepted and dropped"), "url": "?tab=past", "active": past, "count": None},
    ]
    rows = [words.row(one, organization) for one in page]
    return render(request, "leasing/jobs_list.html", {"page": page, "rows": rows, "tabs": tabs})


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one order: the work, how it stands, and the one thing to do next."""
    order, organization = _found(request, public_id)
    side, knows = order.side_of(organization), order.knows_lease(organization)
    context = {
        "order": order,
        "zone": order.lease.agreed.zone.key,
        "work": words.facts(order),
        "events": words.events(order),
        "can": _possible(request, order, organization),
        "side": side,
        "lease": order.lease if knows else None,
        "by_hour": order.basis == Basis.HOUR,
        "most_contact": LONGEST_CONTACT,
    }
    return render(request, "leasing/job.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back to the order; a refusal is said there."""
    order, organization = _found(request, public_id)
    name = Move(move)
    try:
        ACTS[name](
            order=order,
            within=organization,
            by=request.user,
            at=clock.now(),
            expected=versions.typed(request.POST.get("version", "")),
            **_given(request, name, order),
        )
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("job", public_id)


@login_required
def of_lease(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the sides of a lease which services come with it, and how the order of each stands."""
    lease, organization = _lease(request, public_id)
    found = ServiceOrder.objects.filter(lease=lease).with_sides().with_machines().order_by("-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    orders = lease.status in RUNNING | UNDER_CONTRACT and allowed(
        request.user,  # type: ignore[arg-type]
        Permission.LEASE_REQUEST,
        within=lease.lessee,
    )
    again = orders and organization == lease.lessee
    services = [
        described(one) | {"again": again and one.basis is not Basis.MONTH}
        for one in promised(lease.agreed.services, lessee=lease.lessee.public_id)
    ]
    context = {
        "lease": lease,
        "services": services,
        "page": page,
        "rows": [words.row(one, organization) for one in page],
    }
    return render(request, "leasing/lease_services.html", context)


@require_POST
@login_required
def order_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Order a service of the terms once more, and go to the order."""
    lease, _organization = _lease(request, public_id)
    given: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        made = service_openings.order_again(lease=lease, service=request.POST.get("service", ""), **given)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
        return redirect("lease-services", public_id)
    messages.success(request, _("Ordered. The provider is told; now agree on a day."))
    return redirect("job", made.public_id)


def _lease(request: HttpRequest, public_id: str) -> tuple[Lease, Organization]:
    organization = acting_organization(request)
    mine = Lease.objects.of(organization).select_related("lessor", "lessee", "listing__site")
    return get_object_or_404(mine, public_id=public_id), organization


def _found(request: HttpRequest, public_id: str) -> tuple[ServiceOrder, Organization]:
    organization = acting_organization(request)
    mine = ServiceOrder.objects.of(organization).with_sides().with_machines()
    return get_object_or_404(mine, public_id=public_id), organization


def _possible(request: HttpRequest, order: ServiceOrder, organization: Organization) -> dict[str, bool]:
    """Tell which moves to offer as buttons; the actions ask again."""
    side: Side | None = order.side_of(organization)
    if side is None:
        return {}
    rights = {name: TABLE[name].rights[side] for name in DONE if can(name, side, order.stand)}
    return {
        str(name): allowed(request.user, Permission(right), within=organization)  # type: ignore[arg-type]
        for name, right in rights.items()
    }


def _given(request: HttpRequest, name: Move, order: ServiceOrder) -> dict[str, Any]:
    if name in (Move.OBJECT, Move.CANCEL):
        return {"text": request.POST.get("text", "")}
    if name is Move.FINISH:
        return {"text": request.POST.get("text", ""), "hours": _hours(request.POST.get("hours", ""))}
    contact = {"contact": request.POST.get("contact", "")}
    if name is Move.PROPOSE:
        return contact | {"starts_at": _local(request.POST.get("starts_at", ""), order.lease.agreed.zone)}
    return contact if name is Move.AGREE else {}


def _local(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment that was typed on the wall clock of the lease; what nobody can read is long past."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return datetime.min.replace(year=1970, tzinfo=zone)


def _hours(text: str) -> Decimal | None:
    """Return the hours that were typed; what nobody can read is no number."""
    try:
        return Decimal(text.strip()) if text.strip() else None
    except InvalidOperation:
        return Decimal("NaN")
