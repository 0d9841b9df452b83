"""Insurance policies on pages: of one's machine, and those that both sides of a lease see."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from leasing.actions import insurance
from leasing.models import InsurancePolicy, Lease, LeaseUnit
from leasing.rules.insurance import SOON
from leasing.web.insurance_forms import InsuranceForm, beginning, last_day
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Equipment, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 50


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the policies of one's own machine, and write one down."""
    mine = Equipment.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)
    found = InsurancePolicy.objects.filter(equipment=machine)
    old = _old(request, found.filter(lease=None), machine.owner)
    form = _form(request, on_lease=False, old=old, units=[])

    def add(**given: Any) -> Any:
        return insurance.add(equipment=machine, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]

    may_add = allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    context = {"machine": machine, "heading": machine.name, "may_add": may_add}
    return _page(request, found, form, add, None, context)


@login_required
def of_lease(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what covers the machines of a lease in its time; each side writes its own down."""
    visible = Lease.objects.visible_to(request.user).select_related("lessor", "lessee")  # type: ignore[arg-type]
    lease = get_object_or_404(visible, public_id=public_id)
    within = acting_organization(request)
    units = list(lease.units.select_related("equipment").order_by("pk"))
    old = _old(request, InsurancePolicy.objects.filter(lease=lease), within)
    form = _form(request, on_lease=True, old=old, units=units)

    def add(**given: Any) -> Any:
        unit = _unit(units, old, form.cleaned_data.get("unit", ""))
        unit.lease = lease
        return insurance.add_to_lease(
            unit=unit,
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given,
        )

    is_side = within in (lease.lessor, lease.lessee)
    may_add = bool(units) and is_side and allowed(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    context = {"lease": lease, "heading": lease.number, "may_add": may_add}
    return _page(request, InsurancePolicy.objects.of_lease(lease), form, add, lease, context)


def handover_part(unit: LeaseUnit, at: datetime) -> dict[str, Any]:
    """Tell the page of a hand-over whether the machine has no property insurance; nothing is refused."""
    return {"uninsured": not insurance.has_property_cover(unit=unit, at=at)}


def _page(
    request: HttpRequest,
    found: Any,
    form: InsuranceForm,
    add: Callable[..., Any],
    lease: Lease | None,
    context: dict[str, Any],
) -> HttpResponseBase:
    within, now = acting_organization(request), clock.now()
    if wanted := asked_format(request):
        cover = [_("Sum insured"), _("Currency"), _("From"), _("Until"), _("Cancelled from this day on")]
        columns = [_("Policy"), _("Insurer"), _("Number"), _("Machine"), _("Lease"), _("Holder"), *cover]
        columns += [_("State"), _("Fingerprint (SHA-256)"), _("Note")]
        cells = lambda one: _cells(_row(one, within, lease, now))  # noqa: E731 (one line a row)
        return list_answer(wanted, "insurance", columns, found.listed(), cells)
    if request.method == "POST" and form.is_valid() and _added(form, add):
        messages.success(request, _("Written down. It cannot be changed; a newer record can take its place."))
        return redirect(request.path)
    page = Paginator(found.listed(), PAGE).get_page(request.GET.get("page"))
    rows = [_row(one, within, lease, now) for one in page]
    context |= {"page": page, "rows": rows, "form": form, "old": form.old}
    return render(request, "leasing/insurance.html", context, status=400 if form.errors else 200)


def _row(policy: InsurancePolicy, within: Organization, lease: Lease | None, now: datetime) -> dict[str, Any]:
    """Return what a page shows of a policy: how it stands, and whether the reader may replace it."""
    replaced = getattr(policy, "replaced_by", None) is not None
    here = policy.organization_id == within.pk and policy.lease_id == (lease.pk if lease else None)
    standing, words, kind = _standing(policy, replaced, now)
    return {
        "policy": policy,
        "standing": standing,
        "words": words,
        "badge": kind,
        "first_day": timezone.localdate(policy.starts_at),
        "last_day": last_day(policy.ends_at),
        "cancelled": timezone.localdate(policy.cancelled_at) if policy.cancelled_at else None,
        "may_replace": here and not replaced,
    }


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a policy as a row of a file."""
    policy: InsurancePolicy = row["policy"]
    named = [policy.get_kind_display(), policy.insurer, policy.number, policy.equipment.name]
    lease = policy.lease.number if policy.lease else ""
    days = [row["first_day"], row["last_day"], row["cancelled"]]
    money = [policy.sum.amount, policy.sum.currency]
    end = [row["words"], policy.document_sha256, policy.note]
    return [*named, lease, policy.get_holder_display(), *money, *days, *end]


def _standing(policy: InsurancePolicy, replaced: bool, now: datetime) -> tuple[str, str, str]:
    if replaced:
        return "REPLACED", _("a newer one holds"), "off"
    if policy.cancelled_at and policy.cancelled_at <= now:
        return "CANCELLED", _("cancelled"), "off"
    if policy.covers_until <= now:
        return "OVER", _("run out"), "fault"
    if policy.starts_at > now:
        return "COMING", _("to come"), "idle"
    if policy.covers_until <= now + SOON:
        return "SOON", _("runs out soon"), "info"
    return "HOLDS", _("covers now"), "run"


def _form(
    request: HttpRequest, *, on_lease: bool, old: InsurancePolicy | None, units: list[Any]
) -> InsuranceForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return InsuranceForm(*sent, on_lease=on_lease, old=old, units=units, initial=beginning(old))


def _old(request: HttpRequest, found: Any, within: Organization) -> InsurancePolicy | None:
    """Return the record that the address names, if it can be replaced by the reader."""
    named = request.GET.get("replaces", "")
    mine = found.in_force().filter(organization=within).select_related("equipment")
    return mine.filter(public_id=named).first() if named else None


def _unit(units: list[LeaseUnit], old: InsurancePolicy | None, named: str) -> LeaseUnit:
    """Return the machine that was chosen, that of the record that is replaced, or the first."""
    for unit in units:
        if unit.equipment_id == old.equipment_id if old else unit.public_id == named:
            return unit
    return units[0]


def _added(form: InsuranceForm, add: Callable[..., Any]) -> bool:
    try:
        add(given=form.given(), replaces=form.old.public_id if form.old else "")
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors
