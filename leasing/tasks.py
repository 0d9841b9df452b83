"""Celery tasks: load by id, call one action."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from leasing.actions import (
    annexes,
    downtime,
    health,
    leases,
    maintenance,
    maintenance_meters,
    slot_work,
    sublease_ends,
)
from leasing.models import Annex, Lease, MaintenanceRule, SlotBooking, Sublease, Ticket
from leasing.queries.maintenance import machines_of
from marketplace.actions import claims, parties
from marketplace.models import Claim, Equipment


@shared_task
def run_clock(**kwargs: Any) -> int:
    """Queue each lease and sub-lease at its end, each on its own, so that one fault stops no other."""
    due = list(Lease.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True))
    for pk in due:
        close_due.delay(lease_id=pk)
    sublet = list(Sublease.objects.due(timezone.now()).order_by("-pk").values_list("pk", flat=True))
    for pk in sublet:
        close_due_sublease.delay(sublease_id=pk)
    for pk in SlotBooking.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True):
        close_due_slot.delay(booking_id=pk)
    for pk in Claim.objects.run_out(timezone.now()).order_by("pk").values_list("pk", flat=True):
        lapse_hold.delay(claim_id=pk)
    for pk in Ticket.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True):
        attend_ticket.delay(ticket_id=pk)
    for pk in Annex.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True):
        close_due_annex.delay(annex_id=pk)
    return len(due) + len(sublet)


@shared_task
def close_due_annex(annex_id: int, **kwargs: Any) -> None:
    """Let a change of a lease lapse, or come into effect; nothing if it is done already."""
    annex = Annex.objects.select_related("lease__lessor", "lease__lessee").get(pk=annex_id)
    annexes.close_due(annex=annex, by=parties.robot(name="clock"), at=timezone.now())


@shared_task
def lapse_hold(claim_id: int, **kwargs: Any) -> None:
    """Show a machine as free whose hold has run out, though its lessee still negotiates."""
    claim = Claim.objects.select_related("equipment__owner").get(pk=claim_id)
    claims.lapse(claim=claim, by=parties.robot(name="clock"), at=timezone.now())


@shared_task
def close_due_sublease(sublease_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one sub-lease; nothing if it is done already."""
    sublease = Sublease.objects.with_sides().get(pk=sublease_id)
    sublease_ends.close_due(sublease=sublease, by=parties.robot(name="clock"), at=timezone.now())


@shared_task
def attend_ticket(ticket_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one ticket, and measure its standstill; nothing if it is done already."""
    given: dict[str, Any] = {"by": parties.robot(name="clock"), "at": timezone.now()}
    found = Ticket.objects.with_sides()
    downtime.close_due(ticket=found.get(pk=ticket_id), **given)
    downtime.measure(ticket=found.get(pk=ticket_id), **given)


@shared_task
def close_due_slot(booking_id: int, **kwargs: Any) -> None:
    """Let one slot booking expire that nobody confirmed; nothing if somebody did."""
    booking = SlotBooking.objects.with_sides().get(pk=booking_id)
    slot_work.close_due(booking=booking, by=parties.robot(name="clock"), at=timezone.now())


@shared_task
def close_due(lease_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one lease; nothing if it is done already."""
    lease = Lease.objects.get(pk=lease_id)
    leases.close_due(lease=lease, by=parties.robot(name="clock"), at=timezone.now())


@shared_task
def run_maintenance(**kwargs: Any) -> int:
    """Queue each machine and rule of maintenance, each on its own, so that one fault stops no other."""
    pairs = [
        (rule.pk, machine)
        for rule in MaintenanceRule.objects.active().order_by("pk")
        for machine in machines_of(rule).order_by("pk").values_list("pk", flat=True)
    ]
    for rule_id, equipment_id in pairs:
        attend_maintenance.delay(rule_id=rule_id, equipment_id=equipment_id)
    return len(pairs)


@shared_task
def attend_maintenance(rule_id: int, equipment_id: int, **kwargs: Any) -> None:
    """Read on what a machine did, and open what comes due; nothing if it is done already."""
    rule = MaintenanceRule.objects.select_related("owner", "category").get(pk=rule_id)
    equipment = Equipment.objects.select_related("owner").get(pk=equipment_id)
    given: dict[str, Any] = {"by": parties.robot(name="clock"), "at": timezone.now()}
    maintenance_meters.measure(rule=rule, equipment=equipment, **given)
    maintenance.attend(rule=rule, equipment=equipment, **given)


@shared_task
def run_health(**kwargs: Any) -> int:
    """Queue each machine in service that a device speaks for, each on its own."""
    in_service = Equipment.objects.filter(status=Equipment.Status.IN_SERVICE, bindings__isnull=False)
    found = list(in_service.distinct().order_by("pk").values_list("pk", flat=True))
    for equipment_id in found:
        look_at_health.delay(equipment_id=equipment_id)
    return len(found)


@shared_task
def look_at_health(equipment_id: int, **kwargs: Any) -> None:
    """Compare the alarms of one machine with those before; nothing if that was done today."""
    equipment = Equipment.objects.select_related("owner").get(pk=equipment_id)
    health.look(equipment=equipment, by=parties.robot(name="clock"), at=timezone.now())
