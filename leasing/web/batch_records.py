"""Records of a leased machine: the lessee's page, and what the page of a hand-over says of them."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import batch_records
from leasing.models import Lease, LeaseUnit
from leasing.rules.batch_records import LESSEE_KINDS, calibration_runs_out
from leasing.web.equipment_records import records_page
from marketplace.models import EquipmentRecord
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock

RUNS_OUT = gettext_lazy("The calibration runs out on {day}, before the lease ends. Plan the next one.")


@login_required
def of_lease(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the records of a leased machine to the sides of its lease; the lessee writes down its own."""
    visible = Lease.objects.visible_to(request.user).select_related("lessor", "lessee")  # type: ignore[arg-type]
    lease = get_object_or_404(visible, public_id=public_id)
    unit = _unit(request, lease)
    unit.lease = lease
    organization = acting_organization(request)
    found: Any = EquipmentRecord.objects.filter(equipment=unit.equipment)
    if organization != lease.lessor:
        found = batch_records.open_to_lessee(unit=unit, at=clock.now())

    def add(**given: Any) -> Any:
        return batch_records.add(unit=unit, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]

    may_operate = allowed(request.user, Permission.LEASE_OPERATE, within=lease.lessee)  # type: ignore[arg-type]
    context = {"machine": unit.equipment, "heading": lease.number, "lease": lease}
    context |= {"warnings": warnings(unit, clock.now())}
    may_add = may_operate and batch_records.has_machine(unit=unit)
    if request.method == "POST":
        may_add = True  # the action says why not
    query = f"unit={unit.public_id}&"
    return records_page(request, found, lease.lessee, LESSEE_KINDS, may_add, add, context, query)


def handover_part(unit: LeaseUnit, at: datetime) -> dict[str, Any]:
    """Return what the page of a hand-over shows: which records are missing now, and what will run out."""
    missing = batch_records.missing_before_hand_over(unit=unit, at=at)
    flaws = batch_records.flaws_of(missing=missing, page=_("Records of the machine"))
    return {
        "records_missing": [_(flaw.text).format(**flaw.facts) for flaw in flaws],
        "records_page": batch_records.owners_page(unit=unit),
        "records_warnings": warnings(unit, at),
    }


def warnings(unit: LeaseUnit, at: datetime) -> list[str]:
    """Say that the calibration of a machine runs out during its lease, if it does."""
    until = calibration_runs_out(batch_records.values_of(unit=unit), at, unit.lease.ends_at)
    return [RUNS_OUT.format(day=date_format(timezone.localtime(until), "Y-m-d H:i"))] if until else []


def _unit(request: HttpRequest, lease: Lease) -> LeaseUnit:
    """Return the machine that the address names, or the first of the lease."""
    units = lease.units.select_related("equipment__category", "equipment__owner").order_by("pk")
    named = request.GET.get("unit")
    if named:
        return get_object_or_404(units, public_id=named)
    return units.first() or get_object_or_404(units, pk=None)
