"""Celery tasks: load by id, call one action."""

from random import shuffle
from typing import Any

from celery import shared_task
from django.db.models import QuerySet

from leasing.actions import (
    annexes,
    closing,
    downtime,
    finance,
    health,
    insurance,
    leases,
    maintenance,
    maintenance_meters,
    overdue,
    ratings,
    readiness,
    service_openings,
    service_orders,
    slot_work,
    sublease_ends,
    trends,
)
from leasing.models import (
    Annex,
    FinanceLease,
    InsurancePolicy,
    Lease,
    LeaseUnit,
    MaintenanceRule,
    MaintenanceTicket,
    RatingRound,
    ServiceOrder,
    SlotBooking,
    Sublease,
    Ticket,
)
from leasing.queries import leases_to_order_for
from leasing.queries.maintenance import machines_of
from leasing.queries.overdue import units_to_attend
from marketplace.actions import claims, parties
from marketplace.models import Claim, Equipment
from marketplace.shared import clock

# Seconds after which what is queued is dropped unread, just before the clock queues it again if it is still
# due: a worker that falls behind, or stood, does not find the same work many times over.
A_MINUTE, AN_HOUR, A_NIGHT = 55, 55 * 60, 6 * 3600


@shared_task(expires=A_MINUTE)
def run_clock(**kwargs: Any) -> int:
    """Queue everything whose time has come, each on its own, so that one fault stops no other."""
    due = [(task, name, pk) for task, name, found in _due() for pk in found.values_list("pk", flat=True)]
    shuffle(due)  # what a slow worker does not reach in its minute is another part each time
    for task, name, pk in due:
        task.delay(**{name: pk})
    return len(due)


def _due() -> list[tuple[Any, str, QuerySet[Any]]]:
    """Return what the clock attends to: the task, what it calls its one thing, and which are due."""
    at, today = clock.now(), clock.today()
    return [
        (close_due, "lease_id", Lease.objects.due(at).order_by("pk")),
        (close_due_sublease, "sublease_id", Sublease.objects.due(at).order_by("-pk")),
        (close_due_slot, "booking_id", SlotBooking.objects.due(at).order_by("pk")),
        (lapse_hold, "claim_id", Claim.objects.run_out(at).order_by("pk")),
        (attend_ticket, "ticket_id", Ticket.objects.due(at).order_by("pk")),
        (close_due_annex, "annex_id", Annex.objects.due(at).order_by("pk")),
        (attend_overdue, "unit_id", units_to_attend(at).order_by("pk")),
        (open_service_orders, "lease_id", leases_to_order_for(at).order_by("pk")),
        (close_due_service_order, "order_id", ServiceOrder.objects.due(at).order_by("pk")),
        (warn_of_machine, "unit_id", LeaseUnit.objects.not_ready(at).order_by("pk")),
        (remind_of_registration, "finance_id", FinanceLease.objects.to_remind(today).order_by("pk")),
        (remind_of_insurance, "policy_id", InsurancePolicy.objects.to_remind(at).order_by("pk")),
        (publish_ratings, "round_id", RatingRound.objects.due(at).order_by("pk")),
    ]


@shared_task(expires=A_MINUTE)
def publish_ratings(round_id: int, **kwargs: Any) -> None:
    """Publish what the sides of a lease wrote when their time is over; nothing if it is published."""
    found = RatingRound.objects.select_related("lease__lessor", "lease__lessee").get(pk=round_id)
    ratings.publish_due(found=found, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def warn_of_machine(unit_id: int, **kwargs: Any) -> None:
    """Tell whoever needs a machine soon that it is back and not ready; once."""
    unit = LeaseUnit.objects.select_related("lease__lessor").get(pk=unit_id)
    readiness.warn(unit=unit, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def remind_of_registration(finance_id: int, **kwargs: Any) -> None:
    """Tell a lessor that a registration ends soon; nothing if it was told."""
    found = FinanceLease.objects.select_related("lease__lessor").get(pk=finance_id)
    finance.remind(finance=found, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def remind_of_insurance(policy_id: int, **kwargs: Any) -> None:
    """Tell who is concerned that a policy ends soon; nothing if it was told."""
    sides = ("organization", "equipment", "lease__lessor", "lease__lessee")
    found = InsurancePolicy.objects.select_related(*sides).get(pk=policy_id)
    insurance.remind(policy=found, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def close_due_annex(annex_id: int, **kwargs: Any) -> None:
    """Let a change of a lease lapse, or come into effect; nothing if it is done already."""
    annex = Annex.objects.select_related("lease__lessor", "lease__lessee").get(pk=annex_id)
    annexes.close_due(annex=annex, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def lapse_hold(claim_id: int, **kwargs: Any) -> None:
    """Show a machine as free whose hold has run out, though its lessee still negotiates."""
    claim = Claim.objects.select_related("equipment__owner").get(pk=claim_id)
    claims.lapse(claim=claim, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def close_due_sublease(sublease_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one sub-lease; nothing if it is done already."""
    sublease = Sublease.objects.with_sides().get(pk=sublease_id)
    sublease_ends.close_due(sublease=sublease, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def attend_ticket(ticket_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one ticket, and measure its standstill; nothing if it is done already."""
    given: dict[str, Any] = {"by": parties.robot(name="clock"), "at": clock.now()}
    found = Ticket.objects.with_sides()
    downtime.close_due(ticket=found.get(pk=ticket_id), **given)
    downtime.measure(ticket=found.get(pk=ticket_id), **given)


@shared_task(expires=A_MINUTE)
def close_due_slot(booking_id: int, **kwargs: Any) -> None:
    """Let one slot booking expire that nobody confirmed; nothing if somebody did."""
    booking = SlotBooking.objects.with_sides().get(pk=booking_id)
    slot_work.close_due(booking=booking, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def close_due(lease_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one lease; nothing if it is done already."""
    lease = Lease.objects.get(pk=lease_id)
    leases.close_due(lease=lease, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def attend_overdue(unit_id: int, **kwargs: Any) -> None:
    """Note whether one machine is overdue, and whose time that puts at risk; again it changes nothing."""
    unit = LeaseUnit.objects.select_related("lease__lessor", "equipment").get(pk=unit_id)
    overdue.attend(unit=unit, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def open_service_orders(lease_id: int, **kwargs: Any) -> None:
    """Open what the terms of one lease promise and nobody ordered yet; nothing if it is there already."""
    lease = Lease.objects.select_related("lessor", "lessee").get(pk=lease_id)
    service_openings.open_due(lease=lease, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=A_MINUTE)
def close_due_service_order(order_id: int, **kwargs: Any) -> None:
    """Do what the clock owes one service order; nothing if it is done already."""
    order = ServiceOrder.objects.with_sides().get(pk=order_id)
    service_orders.close_due(order=order, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=AN_HOUR)
def close_settled_leases(**kwargs: Any) -> int:
    """Queue each settled lease that may be done, each on its own."""
    settled = list(Lease.objects.to_close().order_by("pk").values_list("pk", flat=True))
    for pk in settled:
        close_settled.delay(lease_id=pk)
    return len(settled)


@shared_task(expires=AN_HOUR)
def close_settled(lease_id: int, **kwargs: Any) -> None:
    """Close one settled lease; nothing while something is open, or if it is closed already."""
    lease = Lease.objects.select_related("lessor", "lessee").get(pk=lease_id)
    closing.close(lease=lease, by=parties.robot(name="clock"), at=clock.now())


@shared_task(expires=AN_HOUR)
def run_maintenance(**kwargs: Any) -> int:
    """
    Queue each machine and rule of maintenance, each on its own, so that one fault stops no other; of retired
    rules the machines with something open.
    """
    pairs = [
        (rule.pk, machine)
        for rule in MaintenanceRule.objects.active().order_by("pk")
        for machine in machines_of(rule).order_by("pk").values_list("pk", flat=True)
    ]
    left = MaintenanceTicket.objects.open().exclude(rule__retired_at=None).order_by("pk")
    pairs += left.values_list("rule", "equipment")
    for rule_id, equipment_id in pairs:
        attend_maintenance.delay(rule_id=rule_id, equipment_id=equipment_id)
    return len(pairs)


@shared_task(expires=AN_HOUR)
def attend_maintenance(rule_id: int, equipment_id: int, **kwargs: Any) -> None:
    """Read on what a machine did, and open what comes due, or withdraw it; nothing if it is done already."""
    rule = MaintenanceRule.objects.select_related("owner", "category").get(pk=rule_id)
    equipment = Equipment.objects.select_related("owner").get(pk=equipment_id)
    given: dict[str, Any] = {"by": parties.robot(name="clock"), "at": clock.now()}
    if rule.retired_at is None:
        maintenance_meters.measure(rule=rule, equipment=equipment, **given)
    maintenance.attend(rule=rule, equipment=equipment, **given)


@shared_task(expires=A_NIGHT)
def run_health(**kwargs: Any) -> int:
    """Queue each machine in service that a device speaks for, each on its own."""
    in_service = Equipment.objects.filter(status=Equipment.Status.IN_SERVICE, bindings__isnull=False)
    found = list(in_service.distinct().order_by("pk").values_list("pk", flat=True))
    for equipment_id in found:
        look_at_health.delay(equipment_id=equipment_id)
    return len(found)


@shared_task(expires=A_NIGHT)
def look_at_health(equipment_id: int, **kwargs: Any) -> None:
    """Compare the alarms of one machine with those before, and its values with their limits; once a day."""
    equipment = Equipment.objects.select_related("owner").get(pk=equipment_id)
    given: dict[str, Any] = {"by": parties.robot(name="clock"), "at": clock.now()}
    health.look(equipment=equipment, **given)
    trends.look(equipment=equipment, **given)
