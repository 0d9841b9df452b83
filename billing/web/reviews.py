"""What is held on a lease, and what both sides say of it; nobody else sees it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import corrections, inspections
from billing.actions import reviews as actions
from billing.models import Correction, Inspection, Invoice, ReviewDecision, ReviewItem
from billing.permissions import lease_with_books
from billing.rules.reviews import Verdict
from billing.web import words
from billing.web.notes import reason_words
from devices.models import Device
from devices.ownership.models import Agreement
from leasing.models import Lease
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.rules.count_rules import GOOD_PARTS, PARTS
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

MOST = 200


@login_required
def reviews(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """List what is held, the open items first, with what each side said."""
    lease, within = side_of(request, public_id)
    items = ReviewItem.objects.filter(unit__lease=lease).select_related("device", "unit__lease")
    if form := asked_format(request):
        cells = (_cells(_row(one)) for one in items.prefetch_related("decisions__by"))
        return table_answer(form, f"held-{lease.number}", _heads(), cells)
    found = items.prefetch_related("decisions__by")[:MOST]
    may = allowed(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    rows = [_row(item) for item in found]
    context = {
        "lease": lease,
        "zone": lease.agreed.zone.key,
        "waiting": [row for row in rows if row["is_open"]],
        "closed": [row for row in rows if not row["is_open"]],
        "may_decide": may,
        "units": lease.units.select_related("equipment") if _makes_parts(lease) else [],
        "results": Inspection.objects.filter(unit__lease=lease).select_related("organization")[:MOST],
        "verdicts": [{"code": code, "label": label} for code, label in ReviewDecision.Says.choices],
        "within": within,
        "corrections": _waiting(lease, request.user) if _reads_books(request, within) else [],  # type: ignore[arg-type]
        "may_approve": _runs_books(request, lease, within),
    }
    return render(request, "billing/reviews.html", context)


@require_POST
@login_required
def approve(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Let the notes of a correction that waits be issued, for the lessor or the platform."""
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    found = get_object_or_404(lease.corrections, public_id=item)
    try:
        corrections.approve(
            correction=found,
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The notes are issued."))
    return redirect("invoices")


def _waiting(lease: Lease, user: User) -> list[dict[str, Any]]:
    readable = Invoice.objects.visible_to(user).select_related("seller")
    found = Correction.objects.waiting().filter(lease=lease)
    return [
        {
            "correction": one,
            "reasons": reason_words(one.reasons),
            "notes": list(one.notes.all()),
        }
        for one in found.prefetch_related(Prefetch("notes", readable))
    ]


def _reads_books(request: HttpRequest, within: Organization) -> bool:
    return allowed(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]


def _runs_books(request: HttpRequest, lease: Lease, within: Organization) -> bool:
    may = allowed(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
    return may and within.pk == lease.lessor_id


@login_required
def of_device(request: HttpRequest, public_id: str) -> HttpResponse:
    """List what is held of a device's readings and waits for both sides; a part of the device's page."""
    device = _device(request, public_id)
    mine = ReviewItem.objects.visible_to(request.user).waiting().filter(device=device)  # type: ignore[arg-type]
    found = mine.select_related("unit__lease").prefetch_related("decisions__by")[:MOST]
    part = "_device_reviews" if request.htmx else "device_reviews"  # type: ignore[attr-defined]
    context = {"device": device, "rows": [_row(item) for item in found]}
    return render(request, f"billing/{part}.html", context)


@require_POST
@login_required
def decide(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Say for one's own side whether a held quantity counts."""
    lease, within = side_of(request, public_id)
    found = get_object_or_404(ReviewItem, unit__lease=lease, public_id=item)
    given = request.POST.get("verdict", "")
    if given not in list(Verdict):
        raise Http404
    try:
        decided = actions.decide(
            item=found,
            within=within,
            verdict=Verdict(given),
            reason=request.POST.get("reason", ""),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _said(decided))
    return redirect("reviews", lease.public_id)


@require_POST
@login_required
def inspection(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say how many parts of a day were rejected."""
    lease, within = side_of(request, public_id)
    require(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    try:
        unit = lease.units.get(public_id=request.POST.get("unit", ""))
        inspections.report(
            unit=unit,
            local_day=date.fromisoformat(request.POST.get("day", "")),
            rejected=int(request.POST.get("rejected", "")),
            reference=request.POST.get("reference", ""),
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (ValueError, OverflowError, ObjectDoesNotExist):
        messages.error(request, _("Choose a machine and a day, and write a whole number."))
    except Invalid as error:
        told = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(told))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The result is written down; rejected parts are held for both sides."))
    return redirect("reviews", lease.public_id)


def _device(request: HttpRequest, public_id: str) -> Device:
    """Return a device of an organization of the reader, or one whose machine it leases or leased; or 404."""
    mine = Organization.objects.of(request.user)  # type: ignore[arg-type]
    leased = Agreement.objects.filter(equipment__bindings__device=OuterRef("pk"), lessee__in=mine)
    return get_object_or_404(Device, Q(owner__in=mine) | Exists(leased), public_id=public_id)


def _said(item: ReviewItem) -> str:
    if item.verdict is None:
        return _("Your decision is written down. It takes effect when the other side says the same.")
    return _("Both sides agree. The usage of the day is brought up to date.")


def _makes_parts(lease: Lease) -> bool:
    return any(rule.meter in (PARTS, GOOD_PARTS) for rule in lease.agreed.count_rules)


def side_of(request: HttpRequest, public_id: str) -> tuple[Lease, Organization]:
    """Return the lease and the side for which the reader acts; the lease does not exist for others."""
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(visible, public_id=public_id)
    mine = set(Organization.objects.of(request.user))  # type: ignore[arg-type]
    sides = [side for side in (lease.lessor, lease.lessee) if side in mine]
    if not sides:
        raise Http404
    acting = acting_organization(request)
    return lease, acting if acting in sides else sides[0]


def _heads() -> list[str]:
    names = [_("Day"), _("Device"), _("Meter"), _("Quantity"), _("Unit"), _("Why it is held")]
    return [*names, _("What became of it"), _("What the sides say")]


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a held quantity as a row of a file, with the words of both sides."""
    item = row["item"]
    said = "; ".join(
        f"{one.get_side_display()}: {one.get_verdict_display()} ({one.reason})" for one in row["decisions"]
    )
    told = [item.get_reason_display(), item.get_outcome_display(), said]
    return [item.local_day, item.device.name, row["meter"], row["quantity"], row["unit"], *told]


def _row(item: ReviewItem) -> dict[str, Any]:
    return {
        "item": item,
        "is_open": item.outcome == ReviewItem.Outcome.WAITING,
        "meter": words.meter_name(item.meter),
        "quantity": words.shown(item.meter, item.quantity),
        "exact": words.exactly(item.meter, item.quantity),
        "unit": words.unit_name(item.meter),
        "decisions": list(item.decisions.all()),
    }
